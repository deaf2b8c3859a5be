/* A stretch of a log, line by line: what each line says and, of a message in one line, what its payload tells. Nothing
 * here depends on another line, so that several threads may read at once. Lines as almost all are written are read in
 * words of eight bytes; any other by nmea_line.c, which says the same of them. */
#include <string.h>

#include "nmea_armour.h"
#include "nmea_log.h" /* hash_of */

enum {
    LOOKED_AT = 128, /* bytes behind the TAG block that are there to be read, whatever they hold */
    TAGS_LIMIT = 256,
    QUICK_LIMIT = 72, /* characters of a payload; longer ones are rare */
    AFTER_NUMBERS = 11 /* "!AIVDM,2,1,": where the sequence stands */
};

#define SIXTEEN(digit)                                                                                                 \
    digit "0" digit "1" digit "2" digit "3" digit "4" digit "5" digit "6" digit "7" digit "8" digit "9" digit "A" digit  \
          "B" digit "C" digit "D" digit "E" digit "F"

/* The TAG block before, and what it said: neighbours share their second, and so their block. */
typedef struct {
    const uint8_t *text;
    size_t length;
    Line said;
} Tags;

/* Neither a comma nor what ends the body of a sentence. */
static inline int is_plain(uint8_t c)
{
    return c >= '0' && c != '\\';
}

/* Read the TAG block that a line begins with; 0: it is another's to read. */
static int read_block(const uint8_t *text, size_t left, Tags *tags)
{
    const uint8_t *close = memchr(text + 1, '\\', left < TAGS_LIMIT ? left - 1 : TAGS_LIMIT);
    tags->length = 0;
    memset(&tags->said, 0, sizeof tags->said);
    if (!close || memchr(text, '\n', (size_t)(close - text)) ||
        read_tags(text, 1, (size_t)(close - text), &tags->said) >= 0)
        return 0;
    tags->text = text;
    tags->length = (size_t)(close - text) + 1;
    return 1;
}

/* "!AIVDM,2,1,7,A,": where the payload begins, or 0, and the exclusive or of what stands before. */
static inline size_t read_header(const uint8_t *text, Line *line, uint64_t *sum)
{
    size_t at = AFTER_NUMBERS;
    uint64_t front;
    unsigned total, number;
    line->total = line->number = 1;
    if (is_alone(text, sum))
        return ALONE;
    front = load(text);
    if ((front & 0xff0000fffffdff00u) != 0x21000056444d2c00u) /* "!", "VDM" or "VDO", a comma */
        return 0;
    total = text[7] - (unsigned)'0';
    number = text[9] - (unsigned)'0';
    if (!is_plain(text[1]) || !is_plain(text[2]) || text[8] != ',' || text[10] != ',' || total - 1 > 8 ||
        number - 1 >= total)
        return 0;
    at += (uint8_t)(text[at] - '0') <= 9;
    if (text[at++] != ',')
        return 0;
    at += is_plain(text[at]);
    if (text[at] != ',')
        return 0;
    line->total = (uint8_t)total;
    line->number = (uint8_t)number;
    *sum = (front << 8) ^ load(text + 8) >> 8 * (15 - at);
    return at + 1;
}

/* The payload: its words, as many as a line keeps, and the exclusive or of its bytes; where it ends. */
static inline size_t read_payload(const uint8_t *text, size_t at, Line *line, uint64_t *sum)
{
    uint64_t eight;
    size_t count = read_words(text + at, line->word, sum), more = CHARACTERS;
    if (count == CHARACTERS * LINE_WORDS)
        for (; more == CHARACTERS && count <= QUICK_LIMIT; count += more)
            more = read_eight(text + at + count, &eight, sum);
    return at + count;
}

/* What a logger put behind the checksum at `at`; the bytes of the line with its end, or 0. Sets the line's length. */
static inline size_t read_end(const uint8_t *text, size_t at, size_t left, Line *line)
{
    const uint8_t *mark;
    size_t length;
    if (text[at] != ',')
        return 0;
    mark = memchr(text + at, '\n', left - at < LINE_LIMIT ? left - at : LINE_LIMIT);
    if (!mark)
        return 0;
    length = (size_t)(mark - text);
    while (text[length - 1] == '\r' || text[length - 1] == ' ' || text[length - 1] == '\t')
        length--;
    if (length > LINE_LIMIT || memchr(text + at, '*', length - at) ||
        (length > at + 1 && read_trailing(text, at + 1, length, line) >= 0))
        return 0;
    line->length = (uint16_t)length;
    return (size_t)(mark - text) + 1;
}

/* Whether a checksum's two digits are those of this sum; small letters are rare. */
static inline int are_digits_of(const uint8_t *text, uint8_t sum)
{
    static const char DIGITS[] =
        SIXTEEN("0") SIXTEEN("1") SIXTEEN("2") SIXTEEN("3") SIXTEEN("4") SIXTEEN("5") SIXTEEN("6") SIXTEEN("7")
        SIXTEEN("8") SIXTEEN("9") SIXTEEN("A") SIXTEEN("B") SIXTEEN("C") SIXTEEN("D") SIXTEEN("E") SIXTEEN("F");
    return !memcmp(text, DIGITS + 2 * sum, 2) || hex_in(text, 2) == sum;
}

/* An AIS sentence as receivers write it, with nothing wrong: the bytes of the line with its end, or 0, and another
 * reads it. */
static inline size_t read_quickly(const uint8_t *text, size_t left, Line *line, Tags *tags)
{
    size_t body = 0, at, end;
    uint64_t sum, tail;
    uint8_t fill;
    if (left < TAGS_LIMIT + LOOKED_AT)
        return 0;
    if (text[0] == '\\') {
        if (!same_bytes(text, tags->text, tags->length) && !read_block(text, left, tags))
            return 0;
        copy_sixteens(line, &tags->said, sizeof *line);
        body = tags->length;
    } else {
        clear_sixteens(line, sizeof *line);
    }
    text += body;
    at = read_header(text, line, &sum);
    if (!at)
        return 0;
    end = read_payload(text, at, line, &sum);
    tail = load(text + end); /* ",0*5C", and the end of the line or more */
    fill = (uint8_t)((uint8_t)(tail >> 48) - '0');
    if ((tail & 0xff00ff0000000000u) != 0x2c002a0000000000u || fill > 5)
        return 0;
    sum ^= sum >> 32;
    sum ^= sum >> 16;
    line->checksum = (uint8_t)(sum ^ sum >> 8 ^ tail >> 56 ^ tail >> 48);
    if (!are_digits_of(text + end + 3, line->checksum))
        return 0;
    line->kind = AIS;
    line->fill = fill;
    line->body = (uint16_t)body;
    line->payload = (uint16_t)(body + at);
    line->payload_length = (uint16_t)(end - at);
    end += body + 5;
    line->length = (uint16_t)end;
    if ((tail >> 16 & 0xff) == '\n')
        return end + 1;
    return (tail >> 8 & 0xffff) == 0x0d0a ? end + 2 : read_end(text - body, end, left, line);
}

/* What a position's payload tells of its place and sender: a row, nowhere, or why it is refused. Degrees are whole
 * numbers here, so that nothing is rounded. */
static inline void judge_place(Line *line, unsigned type)
{
    static const uint8_t LON[] = {0, 61, 61, 61, 79, 0, 0, 0, 0, 61, 0, 0, 0, 0, 0, 0, 0, 0, 57, 57};
    uint64_t second = line->word[1], third = line->word[2];
    int64_t lon, lat, degree = 600000;
    uint32_t mmsi = mmsi_of(line->word);
    if (type == 27) {
        degree = 600;
        lon = (int64_t)(line->word[0] << 60 | second >> 34 << 46) >> 46; /* bits 44 to 61, then to 78 */
        lat = (int64_t)(second >> 17 << 47) >> 47;
    } else {
        /* 28 bits from LON on, in bits 48 to 111; and 27 behind them, in bits 72 to 135 */
        uint64_t left = second << 16 | third >> 32, right = second << 40 | third >> 8;
        lon = (int64_t)(left << (LON[type] - WORD)) >> 36;
        lat = (int64_t)(right << (LON[type] + 28 - 72)) >> 37;
    }
    line->verdict = THEN_REFUSED;
    if (mmsi < 1 || mmsi > 999999999)
        line->reason = MMSI_NOT_VALID;
    else if (lon == 181 * degree || lat == 91 * degree)
        line->verdict = THEN_NOWHERE;
    else if ((uint64_t)(lon + 180 * degree) > (uint64_t)(360 * degree) ||
             (uint64_t)(lat + 90 * degree) > (uint64_t)(180 * degree))
        line->reason = OFF_THE_GLOBE;
    else if (!lon && !lat)
        line->reason = NULL_ISLAND;
    else
        line->verdict = THEN_ROW;
}

/* What the payload of a message in one line tells. */
static inline void judge(Line *line, const uint32_t *key)
{
    size_t characters = line->payload_length;
    unsigned type = (unsigned)(line->word[0] >> (WORD - 6));
    line->verdict = SURELY_REFUSED;
    line->reason = characters ? WRONG_LENGTH : WITHOUT_PAYLOAD;
    if (!characters || !right_length(type, 6 * characters - line->fill))
        return;
    line->verdict = SURELY_ASIDE;
    line->reason = (uint8_t)(TYPE_UNUSED + type);
    if (!is_position(type) && !is_static(type))
        return;
    line->verdict = UNTOLD;
    line->reason = 0;
    if (is_static(type) || characters > CHARACTERS * LINE_WORDS)
        return;
    judge_place(line, type);
    if (key)
        line->hash = hash_of(key, line->word, line->payload_length);
}

int read_lines(const uint8_t *data, size_t first, size_t end, const uint32_t *key, Scan *scan)
{
    Tags tags = {0};
    List *lines = &scan->lines;
    size_t count = 0, length;
    while (first < end) {
        Line *line;
        if (count == lines->room) {
            lines->count = count;
            if (!grow(lines, 1))
                return NO_MEMORY;
        }
        line = (Line *)lines->data + count++;
        length = read_quickly(data + first, end - first, line, &tags);
        if (!length) {
            const uint8_t *mark = memchr(data + first, '\n', end - first);
            length = (mark ? (size_t)(mark - data) : end) - first;
            clear_sixteens(line, sizeof *line);
            read_line(data + first, length > LINE_READ ? LINE_READ : length, line);
            length++;
        }
        line->offset = (uint32_t)first;
        if (line->kind == AIS && line->total == 1 && !line->arrived)
            judge(line, key);
        first += length;
    }
    lines->count = count;
    return BUILT;
}
