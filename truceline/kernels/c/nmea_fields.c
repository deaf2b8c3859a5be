/* The fields of AIS messages: Recommendation ITU-R M.1371-5, annex 8. Lengths: the same, with those that transponders are
 * known to send (E. S. Raymond, "AIVDM/AIVDO protocol decoding"). */
#include <math.h>
#include <string.h>

#include "nmea_armour.h"

#if defined(__GNUC__)
#define INLINED static inline __attribute__((always_inline)) /* so that the places of fields are constants */
#else
#define INLINED static inline
#endif

size_t unarmour(const uint8_t *payload, size_t length, uint64_t *word, size_t words)
{
    uint64_t wrong = 0, eight;
    size_t at = 0, number = 0;
    for (; at + CHARACTERS <= length; at += CHARACTERS) {
        eight = load(payload + at);
        wrong |= faults(eight);
        if (number < words)
            word[number++] = pack(eight);
    }
    if (at < length) {
        eight = load_end(payload, at, length);
        wrong |= faults(eight);
        if (number < words)
            word[number++] = pack(eight);
    }
    while (number < words)
        word[number++] = 0;
    if (!wrong)
        return length;
    for (at = 0; at < length; at++)
        if (faults((uint64_t)payload[at] | EACH('0') << 8))
            break;
    return at;
}

INLINED uint64_t bits(const uint64_t *word, unsigned start, unsigned width)
{
    unsigned number = start / WORD, from = start % WORD, over;
    if (from + width <= WORD)
        return word[number] >> (WORD - from - width) & ((1ull << width) - 1);
    over = from + width - WORD;
    return (word[number] & ((1ull << (WORD - from)) - 1)) << over | word[number + 1] >> (WORD - over);
}

INLINED int64_t signed_bits(const uint64_t *word, unsigned start, unsigned width)
{
    uint64_t top = (uint64_t)1 << (width - 1);
    return (int64_t)((bits(word, start, width) ^ top) - top);
}

unsigned part_of(const uint64_t *word)
{
    return (unsigned)bits(word, 38, 2);
}

int is_length_of(unsigned type, size_t length)
{
    switch (type) {
    case 5:
        return length == 422 || length == 424 || length == 426;
    case 19:
        return length == 312;
    case 24:
        return length == 160 || length == 162 || length == 168;
    case 27:
        return length == 96 || length == 168;
    default:
        return !is_position(type) || length == 168;
    }
}

static const double TENTH = 0.1; /* times a whole number below 4096, it rounds to the same float as a division by ten */

/* Degrees to six decimals, correctly rounded: the nearest whole number of millionths of `scale` * value / 6 of them,
 * which is never half way between two. */
INLINED double degrees(int64_t value, int64_t scale)
{
    const int64_t above = 1000000000; /* so that a division of positive numbers rounds down */
    uint64_t six = (uint64_t)(scale * value + 3 + 6 * above);
    return (double)((int64_t)(six / 6) - above) / 1e6;
}

/* Where the fields of a type begin. 0: it has none. */
typedef struct {
    uint16_t speed, accuracy, lon, course, heading, second, raim;
} Places;

static const Places CLASS_A = {50, 60, 61, 116, 128, 137, 148}, STATION = {0, 78, 79, 0, 0, 0, 148},
                    AIRCRAFT = {50, 60, 61, 116, 0, 128, 147}, CLASS_B = {46, 56, 57, 112, 124, 133, 147},
                    EXTENDED = {46, 56, 57, 112, 124, 133, 305};

static void set_speed(Position *position, unsigned type, int64_t tenths)
{
    position->speed = type == 9 ? (float)tenths : (float)((double)tenths * TENTH);
    if (tenths >= 1022) { /* 1022: that fast or faster; 1023: not available */
        position->speed = NAN;
        position->flags |= tenths == 1022 ? SATURATED : 0;
    }
}

static int find_long_range(const uint64_t *word, Position *position)
{
    int64_t lon = signed_bits(word, 44, 18), lat = signed_bits(word, 62, 17);
    uint64_t speed = bits(word, 79, 6), course = bits(word, 85, 9);
    position->flags |= bits(word, 38, 1) ? ACCURATE : 0;
    position->flags |= bits(word, 39, 1) ? RAIM : 0;
    position->status = (int8_t)bits(word, 40, 4);
    position->speed = speed < 63 ? (float)speed : NAN;
    position->course = course < 360 ? (float)course : NAN;
    position->lon = degrees(lon, 10000);
    position->lat = degrees(lat, 10000);
    return lon != 181 * 600 && lat != 91 * 600;
}

INLINED int find_plain(const uint64_t *word, unsigned type, const Places *at, Position *position)
{
    int64_t lon = signed_bits(word, at->lon, 28), lat = signed_bits(word, at->lon + 28u, 27);
    position->flags |= bits(word, at->accuracy, 1) ? ACCURATE : 0;
    position->flags |= bits(word, at->raim, 1) ? RAIM : 0;
    if (at->speed)
        set_speed(position, type, (int64_t)bits(word, at->speed, 10));
    if (at->course) {
        uint64_t course = bits(word, at->course, 12);
        position->course = course < 3600 ? (float)((double)course * TENTH) : NAN;
    }
    if (at->heading) {
        uint64_t heading = bits(word, at->heading, 9);
        position->heading = heading < 360 ? (int16_t)heading : -1;
    }
    if (at->second)
        position->second = (int8_t)bits(word, at->second, 6);
    position->lon = degrees(lon, 10);
    position->lat = degrees(lat, 10);
    return lon != 181 * 600000 && lat != 91 * 600000;
}

int fault_of(const Position *position)
{
    if (!(fabs(position->lon) <= 180.0 && fabs(position->lat) <= 90.0))
        return OFF_THE_GLOBE;
    return position->lon == 0.0 && position->lat == 0.0 ? NULL_ISLAND : -1;
}

INLINED int find_fields(const uint64_t *word, unsigned type, Position *position)
{
    position->mmsi = mmsi_of(word);
    position->type = (uint8_t)type;
    position->altitude = position->speed = position->course = NAN;
    position->heading = position->status = position->second = -1;
    switch (type) {
    case 27:
        return find_long_range(word, position);
    case 4:
        return find_plain(word, type, &STATION, position);
    case 9: {
        uint64_t altitude = bits(word, 38, 12);
        position->altitude = altitude < 4094 ? (float)altitude : NAN; /* 4094: that high or higher */
        return find_plain(word, type, &AIRCRAFT, position);
    }
    case 18:
        return find_plain(word, type, &CLASS_B, position);
    case 19:
        return find_plain(word, type, &EXTENDED, position);
    default:
        position->status = (int8_t)bits(word, 38, 4);
        return find_plain(word, type, &CLASS_A, position);
    }
}

int find_position(const uint64_t *word, unsigned type, Position *position)
{
    return find_fields(word, type, position);
}

void write_rows(const Scan *scan, size_t first, size_t end, Position *position, size_t places)
{
    const Line *lines = scan->lines.data;
    size_t at;
    for (at = first; at < end; at++) {
        const Line *line = &lines[at];
        Position *row;
        if (line->verdict != TAKEN || line->taken.place >= places)
            continue;
        row = &position[line->taken.place];
        clear_sixteens(row, sizeof *row);
        find_fields(line->word, (unsigned)(line->word[0] >> (WORD - 6)), row);
        row->row = scan->row + 1 + (int64_t)at;
        row->offset = scan->base + line->offset;
        row->time = line->heard;
        row->station = line->taken.station;
        row->flags |= line->unchecked ? UNCHECKED : 0;
        row->parts = 1;
    }
}

/* The reverse of `pack`: six bits in each byte. */
static inline uint64_t spread(uint64_t word)
{
    uint64_t fours = (word & 0xffffffu) | (word >> 24 & 0xffffffu) << 32;
    uint64_t pairs = (fours & 0x00000fff00000fffu) | (fours & 0x00fff00000fff000u) << 4;
    return (pairs & 0x003f003f003f003fu) | (pairs & 0x0fc00fc00fc00fc0u) << 2;
}

/* Eight characters of six bits at once: those below 32 are "@" and what follows it. */
INLINED void text_of(const uint64_t *word, unsigned start, char *text, unsigned count)
{
    unsigned at, i;
    for (at = 0; at < count; at += CHARACTERS) {
        unsigned more = count - at < CHARACTERS ? count - at : CHARACTERS;
        uint64_t six = spread(bits(word, start + 6 * at, 6 * more) << 6 * (CHARACTERS - more));
        uint64_t eight = six | (~six & EACH(0x20)) << 1;
        for (i = 0; i < more; i++)
            text[at + i] = (char)(eight >> (56 - 8 * i));
    }
}

/* Metres from the antenna; a message of 160 bits ends within the last field. */
static void find_dimensions(const uint64_t *word, unsigned start, size_t length, Static *found)
{
    unsigned last = start + 24, left = length < last + 6 ? (unsigned)length - last : 6;
    found->to_bow = (int16_t)bits(word, start, 9);
    found->to_stern = (int16_t)bits(word, start + 9, 9);
    found->to_port = (int16_t)bits(word, start + 18, 6);
    found->to_starboard = (int16_t)bits(word, last, left);
}

void find_static(const uint64_t *word, unsigned type, size_t length, Static *found)
{
    found->mmsi = mmsi_of(word);
    found->type = (uint8_t)type;
    found->ship_type = found->to_bow = found->to_stern = found->to_port = found->to_starboard = -1;
    if (type == 5) {
        found->imo = (uint32_t)bits(word, 40, 30);
        text_of(word, 70, found->callsign, sizeof found->callsign);
        text_of(word, 112, found->name, sizeof found->name);
        found->ship_type = (int16_t)bits(word, 232, 8);
        find_dimensions(word, 240, length, found);
    } else if (type == 19) {
        text_of(word, 143, found->name, sizeof found->name);
        found->ship_type = (int16_t)bits(word, 263, 8);
        find_dimensions(word, 271, length, found);
    } else if ((found->part = (uint8_t)part_of(word)) == 0) {
        text_of(word, 40, found->name, sizeof found->name);
    } else {
        found->ship_type = (int16_t)bits(word, 40, 8);
        text_of(word, 90, found->callsign, sizeof found->callsign);
        if (found->mmsi / 10000000 != 98) /* an auxiliary craft names its mother ship there */
            find_dimensions(word, 132, length, found);
    }
}
