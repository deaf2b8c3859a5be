/* Frames out of lines of text. What is not written as usual is marked ASK: Python reads it and decides. */
#include <math.h>
#include <string.h>

#include "modes.h"

#define LINE_LIMIT 1024
#define MLAT 0xff004d4c4154
#define TICKS_US 12
#define BACK_TICKS 12000000
#define EARLIEST_S 631152000.0 /* 1990 */
#define LATEST_S 4102444800.0  /* 2100 */
#define DEEPEST 30

typedef struct {
    const uint8_t *at, *end;
} Text;

static const int8_t nibble_of[256] = {
    ['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5, ['5'] = 6, ['6'] = 7, ['7'] = 8, ['8'] = 9, ['9'] = 10,
    ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16}; /* one more than the value */

/* A receiver's clock counts 12 million a second; where it went back, it was switched on anew. */
int64_t read_clock(Scanner *scanner, int64_t ticks)
{
    if (!scanner->known || ticks == MLAT)
        return NO_TIME;
    if (!scanner->begun) {
        scanner->begun = 1;
        scanner->first = scanner->last = ticks;
    }
    if (ticks < scanner->last - BACK_TICKS) {
        scanner->known = 0;
        return NO_TIME;
    }
    if (ticks > scanner->last)
        scanner->last = ticks;
    ticks -= scanner->first; /* may be a little below 0: rounded down, as Python does */
    return scanner->starts_us + (ticks >= 0 ? ticks / TICKS_US : -((TICKS_US - 1 - ticks) / TICKS_US));
}

/* Eight letters into four bytes, all at once: each byte of a word is a letter. Returns 0 where one is no digit. */
static int read_eight(const uint8_t *from, uint8_t *to)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    const uint64_t each = 0x0101010101010101ULL;
    uint64_t word, lower, digit, letter;
    uint32_t four;
    memcpy(&word, from, 8);
    lower = word | 0x20 * each;
    digit = (word + (0x80 - '0') * each) & ~(word + (0x7f - '9') * each);
    letter = (lower + (0x80 - 'a') * each) & ~(lower + (0x7f - 'f') * each);
    if ((word & 0x80 * each) || ((digit | letter) & 0x80 * each) != 0x80 * each)
        return 0;
    word = (word & 0xf * each) + 9 * (letter >> 7 & each);
    word = (word << 4 | word >> 8) & 0x00ff00ff00ff00ffULL;
    word = (word | word >> 8) & 0x0000ffff0000ffffULL;
    four = (uint32_t)(word | word >> 16);
    memcpy(to, &four, 4);
    return 1;
#else
    int i, wrong = 0;
    for (i = 0; i < 8; i += 2) {
        wrong |= !nibble_of[from[i]] || !nibble_of[from[i + 1]];
        to[i / 2] = (uint8_t)((unsigned)(nibble_of[from[i]] - 1) << 4 | (unsigned)(nibble_of[from[i + 1]] - 1));
    }
    return !wrong;
#endif
}

static void read_hex(Text text, FrameRow *row)
{
    size_t length = (size_t)(text.end - text.at), i;
    int wrong = length < 2 || length > 28 || length % 2;
    for (i = 0; !wrong && i + 8 <= length; i += 8)
        wrong = !read_eight(text.at + i, row->data + i / 2);
    for (; !wrong && i < length; i += 2) {
        int high = nibble_of[text.at[i]], low = nibble_of[text.at[i + 1]];
        wrong = !high || !low;
        row->data[i / 2] = (uint8_t)((unsigned)(high - 1) << 4 | (unsigned)(low - 1));
    }
    if (wrong)
        memset(row->data, 0, sizeof row->data);
    row->status = wrong ? NOT_HEX : FRAME;
    row->length = wrong ? 0 : (uint8_t)(length / 2);
    if (wrong)
        row->time_us = NO_TIME;
}

/* The double nearest to digits / scale, which is at least 2^29 and below 2^33. */
static double divide(uint64_t digits, uint64_t scale)
{
    __extension__ typedef unsigned __int128 Wide;
    Wide shifted;
    uint64_t quotient, rest;
    if (digits <= (uint64_t)1 << 53) /* both are doubles, and a division rounds once */
        return (double)digits / (double)scale;
    shifted = (Wide)digits << 26;
    quotient = (uint64_t)(shifted / scale);
    rest = (uint64_t)(shifted % scale);
    return (double)(quotient | (rest != 0)) / 67108864.0; /* 55 bits or more: rounded once, by the cast */
}

/* Seconds as "123" or "123.456" to the nearest double, then times a million to the nearest microsecond, ties to
 * even: what float() and round() do. Returns 0 where it is written in another way. */
static int read_seconds(Text text, int64_t *time_us)
{
    uint64_t digits = 0, whole = 0, scale = 1;
    const uint8_t *at = text.at, *point = NULL;
    int count = 0;
    double seconds;
    if (at < text.end && *at == '0' && at + 1 < text.end && at[1] != '.')
        return 0;
    for (; at < text.end; at++) {
        if (*at == '.' && !point && count) {
            point = at;
            whole = digits;
        } else if (*at >= '0' && *at <= '9' && ++count <= 19) {
            digits = digits * 10 + (uint64_t)(*at - '0');
            scale *= point ? 10 : 1;
        } else {
            return 0;
        }
    }
    if (!count || (point && point + 1 == text.end))
        return 0;
    whole = point ? whole : digits;
    *time_us = NO_TIME;
    if (whole < 600000000 || whole > 5000000000) /* neither this century nor the end of the last */
        return 1;
    seconds = divide(digits, scale);
    if (seconds >= EARLIEST_S && seconds <= LATEST_S)
        *time_us = (int64_t)rint(seconds * 1e6);
    return 1;
}

/* --- JSON: only what is plainly right; the rest is asked about --- */

static void skip_space(Text *text)
{
    while (text->at < text->end && *text->at == ' ')
        text->at++;
}

/* A string of printable ASCII without escapes. */
static int take_string(Text *text, Text *out)
{
    if (text->at >= text->end || *text->at != '"')
        return 0;
    out->at = ++text->at;
    while (text->at < text->end && *text->at != '"') {
        if (*text->at < 0x20 || *text->at > 0x7e || *text->at == '\\')
            return 0;
        text->at++;
    }
    out->end = text->at;
    return text->at++ < text->end;
}

static size_t skip_digits(Text *text)
{
    const uint8_t *from = text->at;
    while (text->at < text->end && *text->at >= '0' && *text->at <= '9')
        text->at++;
    return (size_t)(text->at - from);
}

static int is_next(Text *text, const char *either)
{
    int found = text->at < text->end && *text->at && strchr(either, *text->at);
    text->at += found;
    return found;
}

static int take_number(Text *text)
{
    is_next(text, "-");
    if (!is_next(text, "0") && !skip_digits(text))
        return 0;
    if (is_next(text, ".") && !skip_digits(text))
        return 0;
    if (is_next(text, "eE")) {
        is_next(text, "+-");
        return skip_digits(text) > 0;
    }
    return 1;
}

static int take_word(Text *text, const char *word)
{
    size_t length = strlen(word);
    if ((size_t)(text->end - text->at) < length || memcmp(text->at, word, length))
        return 0;
    text->at += length;
    return 1;
}

static int take_value(Text *text, int depth);

/* What stands between brackets, after the first; of an object each value has its key. */
static int take_items(Text *text, int keyed, int depth)
{
    const char *close = keyed ? "}" : "]";
    Text key;
    skip_space(text);
    if (is_next(text, close))
        return 1;
    do {
        skip_space(text);
        if (keyed) {
            if (!take_string(text, &key))
                return 0;
            skip_space(text);
            if (!is_next(text, ":"))
                return 0;
            skip_space(text);
        }
        if (!take_value(text, depth + 1))
            return 0;
        skip_space(text);
    } while (is_next(text, ","));
    return is_next(text, close);
}

static int take_value(Text *text, int depth)
{
    Text inner;
    if (text->at >= text->end || depth > DEEPEST)
        return 0;
    switch (*text->at) {
    case '"':
        return take_string(text, &inner);
    case '{':
    case '[':
        text->at++;
        return take_items(text, text->at[-1] == '{', depth);
    case 't':
        return take_word(text, "true");
    case 'f':
        return take_word(text, "false");
    case 'n':
        return take_word(text, "null");
    default:
        return take_number(text);
    }
}

static int is_key(Text key, const char *name)
{
    size_t length = strlen(name);
    return (size_t)(key.end - key.at) == length && !memcmp(key.at, name, length);
}

/* One line that begins with "{": its frame and its time, the last where a key comes twice. */
static int take_object(Text *text, Text *frame, int64_t *time_us)
{
    Text key, value;
    int found = 0;
    text->at++;
    do {
        skip_space(text);
        if (!take_string(text, &key))
            return 0;
        skip_space(text);
        if (!is_next(text, ":"))
            return 0;
        skip_space(text);
        value.at = text->at;
        if (!take_value(text, 0))
            return 0;
        value.end = text->at;
        if (is_key(key, "timestamp") && !read_seconds(value, time_us))
            return 0;
        if (is_key(key, "frame")) {
            found = *value.at == '"';
            frame->at = value.at + 1;
            frame->end = value.end - 1;
        }
        skip_space(text);
    } while (is_next(text, ","));
    return found && is_next(text, "}") && text->at == text->end;
}

static void read_object(Text line, FrameRow *row)
{
    Text frame = {NULL, NULL};
    row->time_us = NO_TIME;
    if (take_object(&line, &frame, &row->time_us)) {
        read_hex(frame, row);
    } else {
        row->status = ASK;
        row->time_us = NO_TIME;
    }
}

/* --- AVR, and "time,frame" --- */

static int is_space(uint8_t byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static void read_avr(Scanner *scanner, Text line, FrameRow *row)
{
    const uint8_t *at;
    int64_t ticks = 0;
    int clocked = *line.at == '@', i;
    while (is_space(line.end[-1])) /* the first is none */
        line.end--;
    row->status = NOT_UNDERSTOOD;
    if (line.end - line.at < 2 + 12 * clocked || line.end[-1] != ';')
        return;
    line.at++;
    line.end--;
    for (at = line.at; at < line.end; at++)
        if (!nibble_of[*at])
            return;
    for (i = 0; clocked && i < 12; i++)
        ticks = ticks << 4 | (nibble_of[*line.at++] - 1);
    row->time_us = clocked ? read_clock(scanner, ticks) : NO_TIME;
    read_hex(line, row);
}

static void read_pair(Text line, FrameRow *row)
{
    const uint8_t *comma = memchr(line.at, ',', (size_t)(line.end - line.at)), *next;
    Text time = {line.at, comma ? comma : line.end}, frame = {comma ? comma + 1 : line.end, line.end};
    if (!read_seconds(time, &row->time_us)) {
        row->status = ASK;
        row->time_us = NO_TIME;
        return;
    }
    next = memchr(frame.at, ',', (size_t)(frame.end - frame.at));
    if (next)
        frame.end = next;
    while (frame.at < frame.end && (*frame.at == ' ' || *frame.at == '"'))
        frame.at++;
    while (frame.at < frame.end && (frame.end[-1] == ' ' || frame.end[-1] == '"'))
        frame.end--;
    read_hex(frame, row);
}

static void read_line(Scanner *scanner, Text line, FrameRow *row)
{
    const uint8_t *at = line.at;
    while (at < line.end && is_space(*at))
        at++;
    if (at == line.end)
        row->status = EMPTY;
    else if (*line.at == '#')
        row->status = COMMENT;
    else if (*line.at == '{')
        read_object(line, row);
    else if (*line.at == '*' || *line.at == '@')
        read_avr(scanner, line, row);
    else
        read_pair(line, row);
}

static int is_margin(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* A line without its end, cut to the limit; as evidence/tagblock.py reads it. */
static Text trim(const uint8_t *from, const uint8_t *to)
{
    Text line = {from, to};
    if (line.end - line.at > LINE_LIMIT + 3)
        line.end = line.at + LINE_LIMIT + 3;
    if (line.end - line.at >= 3 && !memcmp(line.at, "\xef\xbb\xbf", 3))
        line.at += 3;
    while (line.at < line.end && is_margin(*line.at))
        line.at++;
    while (line.at < line.end && is_margin(line.end[-1]))
        line.end--;
    if (line.end - line.at > LINE_LIMIT + 1)
        line.end = line.at + LINE_LIMIT + 1;
    return line;
}

size_t scan_lines(Scanner *scanner, const uint8_t *buffer, size_t length, size_t *at, int ended, FrameRow *out,
                  size_t room)
{
    size_t rows = 0;
    while (rows < room && *at < length) {
        const uint8_t *from = buffer + *at, *to = memchr(from, '\n', length - *at);
        Text line;
        if (!to && !ended)
            break;
        to = to ? to + 1 : buffer + length;
        line = trim(from, to);
        memset(&out[rows], 0, sizeof *out);
        out[rows].time_us = NO_TIME;
        out[rows].at = (uint32_t)(line.at - buffer);
        out[rows].end = (uint32_t)(line.end - buffer);
        read_line(scanner, line, &out[rows]);
        *at = (size_t)(to - buffer);
        rows++;
    }
    return rows;
}
