/* One line of an NMEA log: blanks, TAG block, sentence, checksum, and what a logger put behind it. No byte outside the
 * line is read, whatever it holds. The reference in Python says the same in regular expressions. */
#include <string.h>

#include "nmea.h"

static const char NAMES[][6] = {"ABM", "ABK", "ACA", "ADS", "ALR", "BBM", "BRF", "DTM", "GBS",  "GGA",  "GLL",  "GNS",
                                "GSA", "GSV", "HDT", "RMC", "ROT", "TXT", "VSI", "VTG", "PAIS", "PJRC", "PJRCD", "PSHI",
                                "PSTT", "PVOL"};
enum { MAKERS_FROM = 20, NAME_COUNT = sizeof NAMES / sizeof NAMES[0] };

/* Days before a date of the Gregorian calendar, counted from 1970-01-01 (H. Hinnant, "chrono-compatible low-level date
 * algorithms", days_from_civil). */
static int64_t days_before(int64_t year, int64_t month, int64_t day)
{
    int64_t shifted = year - (month <= 2), era = (shifted >= 0 ? shifted : shifted - 399) / 400;
    int64_t of_era = shifted - era * 400, of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

int in_range(int64_t time)
{
    return time >= 631152000000000 && time < 4102444800000000; /* 1990: before the first trials of AIS; to 2100 */
}

/* 0 for a date or a second of the day that does not exist, or is out of range. */
int64_t microseconds(int64_t year, int64_t month, int64_t day, int64_t seconds)
{
    static const uint8_t LENGTHS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    int64_t time;
    if (month < 1 || month > 12 || day < 1 || day > LENGTHS[month - 1] + (month == 2 && leap))
        return 0;
    time = (days_before(year, month, day) * 86400 + seconds) * 1000000;
    return in_range(time) ? time : 0;
}

/* A number of at most `most` digits, or -1. */
static int64_t number_in(const uint8_t *text, size_t length, size_t most)
{
    int64_t value = 0;
    size_t i;
    if (!length || length > most)
        return -1;
    for (i = 0; i < length; i++) {
        if ((uint8_t)(text[i] - '0') > 9)
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

static int hex(uint8_t c)
{
    if ((uint8_t)(c - '0') <= 9)
        return c - '0';
    c |= 0x20;
    return (uint8_t)(c - 'a') <= 5 ? c - 'a' + 10 : -1;
}

/* One or two hexadecimal digits, or -1. */
int hex_in(const uint8_t *text, size_t length)
{
    int high = length == 2 ? hex(text[0]) : 0;
    int low = length == 1 || length == 2 ? hex(text[length - 1]) : -1;
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static uint8_t checksum_of(const uint8_t *text, size_t length)
{
    uint8_t sum = 0;
    size_t i;
    for (i = 0; i < length; i++)
        sum ^= text[i];
    return sum;
}

/* Seconds or milliseconds after 1970; returns a reason, or -1 when it is a time. */
static int read_time(const uint8_t *text, size_t length, int64_t *time)
{
    int64_t value = number_in(text, length, 15);
    if (value < 0)
        return TIME_NOT_UNDERSTOOD;
    *time = value * (value > 100000000000 ? 1000 : 1000000);
    return in_range(*time) ? -1 : TIME_OUT_OF_RANGE;
}

static size_t field_end(const uint8_t *text, size_t at, size_t end)
{
    const uint8_t *comma = at < end ? memchr(text + at, ',', end - at) : NULL;
    return comma ? (size_t)(comma - text) : end;
}

/* "sentence-of-group": where the last number of "1-2-345" begins, or `end` when it is no such group. */
static size_t group_number(const uint8_t *text, size_t at, size_t end)
{
    static const size_t MOST[] = {3, 3, 9};
    int part;
    for (part = 0; part < 3; part++) {
        size_t first = at;
        while (at < end && (uint8_t)(text[at] - '0') <= 9)
            at++;
        if (at == first || at - first > MOST[part])
            return end;
        if (part == 2)
            return at == end ? first : end;
        if (at == end || text[at++] != '-')
            return end;
    }
    return end;
}

static int read_tag_fields(const uint8_t *text, size_t at, size_t end, Line *line)
{
    size_t time = 0, time_end = 0;
    while (at <= end) {
        size_t stop = field_end(text, at, end);
        if (stop - at >= 2 && text[at + 1] == ':') {
            size_t value = at + 2;
            if (text[at] == 'c') {
                time = value;
                time_end = stop;
            } else if (text[at] == 's') {
                line->station = (uint16_t)value;
                line->station_length = (uint8_t)(stop - value > STATION_LIMIT ? STATION_LIMIT : stop - value);
            } else if (text[at] == 'g') {
                line->group = (uint16_t)group_number(text, value, stop);
                line->group_length = (uint8_t)(stop - line->group);
            }
        }
        at = stop + 1;
    }
    return time ? read_time(text + time, time_end - time, &line->heard) : -1;
}

/* The TAG block text[at, end); returns a reason, or -1. */
int read_tags(const uint8_t *text, size_t at, size_t end, Line *line)
{
    size_t star = end;
    int written, right;
    while (star > at && text[star - 1] != '*')
        star--;
    if (star == at)
        return TAGS_WITHOUT_CHECKSUM;
    written = hex_in(text + star, end - star);
    if (written < 0)
        return TAGS_CHECKSUM_WRONG;
    right = checksum_of(text + at, star - 1 - at) == written;
    if (!right && star - 1 - at >= 2 && text[at] == 'g' && text[at + 1] == ':') {
        /* Some relays put the group in front and leave the checksum as it was: the group is not protected. */
        size_t rest = field_end(text, at, star - 1);
        rest += rest < star - 1;
        if (checksum_of(text + rest, star - 1 - rest) == written) {
            at = rest;
            right = 1;
        }
    }
    if (!right && !(end - star == 2 && written == 0)) /* "00": never computed, as some loggers do */
        return TAGS_CHECKSUM_WRONG;
    line->unchecked = !right;
    return read_tag_fields(text, at, star - 1, line);
}

/* "r" or "b" and 3 to 15 letters and digits. */
static int is_station(const uint8_t *text, size_t length)
{
    size_t i;
    if (length < 4 || length > 16 || ((text[0] | 0x20) != 'r' && (text[0] | 0x20) != 'b'))
        return 0;
    for (i = 1; i < length; i++)
        if ((uint8_t)(text[i] - '0') > 9 && (uint8_t)((text[i] | 0x20) - 'a') > 25)
            return 0;
    return 1;
}

/* What stands behind the checksum: stations, and the time at the end. Returns a reason, or -1. */
int read_trailing(const uint8_t *text, size_t at, size_t end, Line *line)
{
    size_t last = end;
    int64_t time;
    int fault;
    while (last > at && text[last - 1] != ',')
        last--;
    if ((end - last == 10 || end - last == 13) && number_in(text + last, end - last, 13) >= 0) {
        fault = read_time(text + last, end - last, &time);
        if (fault >= 0)
            return fault;
        if (end - last == 13)
            line->arrived = time;
        else if (!line->heard)
            line->heard = time;
    }
    while (at < last) {
        size_t stop = field_end(text, at, last);
        if (!line->station_length && is_station(text + at, stop - at)) {
            line->station = (uint16_t)at;
            line->station_length = (uint8_t)(stop - at);
        }
        at = stop + 1;
    }
    return -1;
}

/* A $PGHP line: 1, year, month, day, hour, minute, second, millisecond, country, region, site, flag, checksum. */
static int read_measured(const uint8_t *text, size_t at, size_t end, Line *line)
{
    int64_t value[9] = {0};
    size_t site = 0, site_end = 0, last = 0, count, stop;
    int target;
    for (count = 0; at <= end; count++, at = stop + 1) {
        stop = field_end(text, at, end);
        if (count >= 2 && count < 9 && (value[count] = number_in(text + at, stop - at, count == 8 ? 3 : 4)) < 0)
            return CLOCK_NOT_UNDERSTOOD;
        if (count == 11) {
            site = at;
            site_end = stop;
        }
        last = at;
    }
    target = hex_in(text + last, end - last);
    if (count < 13 || target < 0 || value[5] > 23 || value[6] > 59 || value[7] > 59)
        return CLOCK_NOT_UNDERSTOOD;
    line->heard = microseconds(value[2], value[3], value[4], value[5] * 3600 + value[6] * 60 + value[7]);
    if (!line->heard)
        return CLOCK_NOT_UNDERSTOOD;
    line->heard += value[8] * 1000;
    line->checksum = (uint8_t)target;
    line->station = (uint16_t)site;
    line->station_length = (uint8_t)(site_end - site > STATION_LIMIT ? STATION_LIMIT : site_end - site);
    return -1;
}

/* A $--ZDA line: hhmmss.ss, day, month, year. */
static int read_clock(const uint8_t *text, size_t at, size_t end, Line *line)
{
    size_t clock = field_end(text, at, end) + 1, clock_end = field_end(text, clock, end), stop = clock_end;
    int64_t date[3], time, fraction;
    int i;
    for (i = 0; i < 3; i++) {
        size_t from = stop + 1;
        if (stop >= end)
            return CLOCK_NOT_UNDERSTOOD;
        stop = field_end(text, from, end);
        if ((date[i] = number_in(text + from, stop - from, 4)) < 0)
            return CLOCK_NOT_UNDERSTOOD;
    }
    if (clock_end < clock + 6 || (time = number_in(text + clock, 6, 6)) < 0)
        return CLOCK_NOT_UNDERSTOOD;
    fraction = clock_end > clock + 7 ? number_in(text + clock + 7, clock_end - clock - 7, 6) : -1;
    if (clock_end > clock + 6 && (text[clock + 6] != '.' || fraction < 0))
        return CLOCK_NOT_UNDERSTOOD;
    if (time / 10000 > 23 || time / 100 % 100 > 59 || time % 100 > 59)
        return CLOCK_NOT_UNDERSTOOD;
    line->heard = microseconds(date[2], date[1], date[0], time / 10000 * 3600 + time / 100 % 100 * 60 + time % 100);
    return line->heard ? -1 : CLOCK_NOT_UNDERSTOOD;
}

/* A sentence that is no AIS: a time, or something that is not used. */
static int read_other(const uint8_t *text, size_t at, size_t end, Line *line)
{
    size_t tag = field_end(text, at, end) - at;
    int i;
    line->heard = 0;
    line->station_length = 0;
    if (tag == 5 && !memcmp(text + at, "$PGHP", 5)) {
        line->kind = MEASURED;
        return read_measured(text, at, end, line);
    }
    if (tag == 6 && !memcmp(text + at + 3, "ZDA", 3)) {
        line->kind = CLOCK;
        return read_clock(text, at, end, line);
    }
    line->kind = STATUS;
    line->reason = ASIDE_OTHER;
    for (i = 0; i < NAME_COUNT; i++) {
        size_t length = strlen(NAMES[i]), from = i < MAKERS_FROM ? 3 : 1;
        if (tag == from + length && !memcmp(text + at + from, NAMES[i], length))
            line->reason = (uint8_t)(ASIDE_STATUS + i);
    }
    return -1;
}

/* !AIVDM,parts,part,sequence,channel,payload,fill */
static int read_ais(const uint8_t *text, size_t at, size_t end, Line *line)
{
    size_t comma[6], count, next = at + 6;
    comma[0] = next;
    for (count = 1; count < 5; count++) {
        next++;
        while (next < end && text[next] != ',')
            next++;
        if (next >= end)
            return NOT_SEVEN_FIELDS;
        comma[count] = next;
    }
    comma[5] = text[end - 2] == ',' && end - 2 > next ? end - 2 : field_end(text, next + 1, end);
    if (comma[5] == end)
        return NOT_SEVEN_FIELDS;
    line->kind = AIS;
    line->body = (uint16_t)at;
    line->payload = (uint16_t)(comma[4] + 1);
    line->payload_length = (uint16_t)(comma[5] - line->payload);
    count = unarmour(text + line->payload, line->payload_length, line->word, LINE_WORDS);
    if (count < line->payload_length && memchr(text + line->payload, ',', line->payload_length))
        return NOT_SEVEN_FIELDS;
    if (end - comma[5] == 2 ? text[end - 1] == ',' : field_end(text, comma[5] + 1, end) != end)
        return NOT_SEVEN_FIELDS;
    line->total = text[comma[0] + 1];
    line->number = text[comma[1] + 1];
    if (comma[1] - comma[0] != 2 || comma[2] - comma[1] != 2 || line->number < '1' || line->number > line->total ||
        line->total > '9')
        return PARTS_NOT_UNDERSTOOD;
    if (comma[3] - comma[2] > 1 && number_in(text + comma[2] + 1, comma[3] - comma[2] - 1, 3) < 0)
        return PARTS_NOT_UNDERSTOOD;
    line->total -= '0';
    line->number -= '0';
    if (end - comma[5] != 2 || text[comma[5] + 1] < '0' || text[comma[5] + 1] > '5')
        return FILL_NOT_UNDERSTOOD;
    line->fill = text[comma[5] + 1] - '0';
    return count == line->payload_length ? -1 : NOT_ARMOURED;
}

/* Why a line is no sentence. */
static int refuse(const uint8_t *text, size_t length)
{
    size_t from = length;
    if (text[0] != '!' && text[0] != '$' && text[0] != '\\')
        return NOT_NMEA;
    while (from > 0 && text[from - 1] != '\\')
        from--;
    return memchr(text + from, '*', length - from) ? NOT_UNDERSTOOD : NO_CHECKSUM;
}

/* Bytes that end the body of a sentence: * \ ! $ */
static int ends_body(uint8_t c)
{
    return c == '*' || c == '\\' || c == '!' || c == '$';
}

/* Whether one of eight bytes may end the body: one below ',' (0x2c), or a backslash (S. E. Anderson, "Bit twiddling
 * hacks", hasless and haszero). */
static int may_end(uint64_t eight)
{
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    uint64_t slash = eight ^ ones * 0x5c;
    return ((((eight - ones * 0x2c) & ~eight) | ((slash - ones) & ~slash)) & tops) != 0;
}

/* Where the body of a sentence ends, and the exclusive or of its bytes. */
static size_t end_of_body(const uint8_t *text, size_t at, size_t length, uint8_t *sum)
{
    uint64_t folded = 0, eight;
    for (;;) {
        size_t stop;
        while (at + 8 <= length) {
            memcpy(&eight, text + at, 8);
            if (may_end(eight))
                break;
            folded ^= eight;
            at += 8;
        }
        stop = at + 8 < length ? at + 8 : length;
        for (; at < stop; at++) {
            if (ends_body(text[at]))
                break;
            folded ^= text[at];
        }
        if (at < stop || at == length)
            break;
    }
    folded ^= folded >> 32;
    folded ^= folded >> 16;
    *sum = (uint8_t)(folded ^ folded >> 8);
    return at;
}

static int read_sentence(const uint8_t *text, size_t length, Line *line)
{
    size_t body = 0, at;
    uint8_t sum;
    int fault, written;
    if (text[0] == '\\') {
        const uint8_t *close = memchr(text + 1, '\\', length - 1);
        if (!close)
            return refuse(text, length);
        body = (size_t)(close - text) + 1;
    }
    if (body >= length || (text[body] != '!' && text[body] != '$'))
        return refuse(text, length);
    at = end_of_body(text, body + 1, length, &sum);
    if (at - body < 6 || at + 2 >= length || text[at] != '*' || (written = hex_in(text + at + 1, 2)) < 0)
        return refuse(text, length);
    if (at + 3 < length && (text[at + 3] != ',' || memchr(text + at + 4, '*', length - at - 4)))
        return refuse(text, length);
    if (sum != written)
        return CHECKSUM_WRONG;
    line->checksum = sum;
    if (body && (fault = read_tags(text, 1, body - 1, line)) >= 0)
        return fault;
    if (at + 4 < length && (fault = read_trailing(text, at + 4, length, line)) >= 0)
        return fault;
    if (text[body + 3] == 'V' && text[body + 4] == 'D' && (text[body + 5] == 'M' || text[body + 5] == 'O') &&
        text[body + 6] == ',' && text[body + 1] != ',' && text[body + 2] != ',') /* six bytes and "*": all there */
        return read_ais(text, body, at, line);
    return read_other(text, body, at, line);
}

static int is_blank(uint8_t c)
{
    return c == '\r' || c == '\n' || c == ' ' || c == '\t';
}

void read_line(const uint8_t *text, size_t length, Line *line)
{
    size_t from = length >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;
    int fault;
    while (from < length && is_blank(text[from]))
        from++;
    while (length > from && is_blank(text[length - 1]))
        length--;
    line->blanks = (uint16_t)from;
    line->length = (uint16_t)(length - from);
    text += from;
    if (!line->length) {
        line->kind = EMPTY;
        return;
    }
    if (text[0] == '#') {
        line->kind = COMMENT;
        return;
    }
    fault = line->length > LINE_LIMIT ? TOO_LONG : read_sentence(text, line->length, line);
    if (fault >= 0) {
        line->kind = REFUSED;
        line->reason = (uint8_t)fault;
    }
}
