/* Raw AIS: lines of an NMEA log -> what each line says (in parallel) -> messages, times and rows (in order). */
#ifndef TRUCELINE_NMEA_H
#define TRUCELINE_NMEA_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "zones.h" /* List */

enum {
    LINE_LIMIT = 1024, /* bytes; a sentence has at most 82 characters, a TAG block as many again */
    LINE_READ = LINE_LIMIT + 3,
    STATION_LIMIT = 40,
    FOUND_LIMIT = 200, /* bytes of a refused line that are kept */
    MOST_PARTS = 9,
    CHARACTERS = 8, /* of a payload in a word, six bits each */
    WORD = 48,
    LINE_WORDS = 4,
    WORDS = 10 /* enough for every message that is used */
};

/* What a line is. */
enum { REFUSED, EMPTY, COMMENT, STATUS, CLOCK, MEASURED, AIS };

/* What becomes of a message in one line, as far as its payload tells: not told here; refused or set aside whenever it
 * was sent; and of a position, if it has a time and is new: refused, not available, or a row. Taken: it is a row now,
 * which is still to be written. */
enum { UNTOLD, SURELY_REFUSED, SURELY_ASIDE, THEN_REFUSED, THEN_NOWHERE, THEN_ROW, TAKEN };

/* Why a line or message is refused; the words are in kernels/sentences_words.py, by these numbers. */
enum {
    NOT_NMEA,
    TOO_LONG,
    NO_CHECKSUM,
    NOT_UNDERSTOOD,
    CHECKSUM_WRONG,
    TAGS_WITHOUT_CHECKSUM,
    TAGS_CHECKSUM_WRONG,
    TIME_NOT_UNDERSTOOD,
    TIME_OUT_OF_RANGE,
    CLOCK_NOT_UNDERSTOOD,
    NOT_SEVEN_FIELDS,
    PARTS_NOT_UNDERSTOOD,
    FILL_NOT_UNDERSTOOD,
    NOT_ARMOURED,
    WITHOUT_PAYLOAD,
    WRONG_LENGTH,
    NO_TIME,
    NOT_DECODABLE,
    MMSI_NOT_VALID,
    OFF_THE_GLOBE,
    NULL_ISLAND,
    AFTER_RECEIPT,
    REASONS,
    PART_MISSING = 100 /* + 10 * missing + total */
};

/* Why something understood is not used; the same. From TYPE_UNUSED on, one for each message type. */
enum { ASIDE_EMPTY, ASIDE_COMMENT, ASIDE_CLOCK, ASIDE_OTHER, ASIDE_NO_PLACE, ASIDE_AGAIN, ASIDE_STATUS };
enum { STATUS_NAMES = 32, TYPE_UNUSED = ASIDE_STATUS + STATUS_NAMES, ASIDES = TYPE_UNUSED + 64 };

/* Of a message that is taken as a row: where among the positions it goes, and its station's number or -1. */
typedef struct {
    uint32_t place;
    int32_t station;
} Taken;

/* One line. Places are counted from the line's first byte after blanks; times are microseconds, 0 where not said. */
typedef struct {
    int64_t heard; /* of a message that is taken: its time */
    union {
        int64_t arrived; /* 0 in lines that have a verdict */
        Taken taken;
    };
    uint64_t word[LINE_WORDS]; /* the payload's first characters, left-aligned */
    uint32_t offset;           /* of the line in the block */
    uint32_t hash;             /* of the payload, where it may be asked for */
    uint8_t kind, reason, verdict, unchecked;
    uint16_t blanks, length;
    uint16_t station, group;
    uint8_t station_length, group_length;
    uint16_t body, payload, payload_length; /* of an AIS sentence: its tag; behind its channel and a comma the payload */
    uint8_t checksum, total, number, fill;
} Line;

typedef struct {
    int64_t row, offset, time, received;
    double lon, lat;
    float altitude, speed, course; /* metres, knots, degrees; NaN: not available */
    uint32_t mmsi;
    int32_t station; /* index into the stations, or -1 */
    int16_t heading; /* degrees, -1: not available */
    int8_t status;   /* of navigation, -1: not said */
    int8_t second;   /* of the time stamp, 60 to 63 as in M.1371, -1: not said */
    uint8_t type, flags, parts, spare[5];
} Position;

enum { ACCURATE = 1, RAIM = 2, SATURATED = 4, UNCHECKED = 8 };

typedef struct {
    int64_t row, offset, before; /* `before`: how many positions of the batch came first */
    uint32_t mmsi, imo;
    int16_t ship_type, to_bow, to_stern, to_port, to_starboard; /* -1: this message does not say */
    uint8_t type, part;
    char name[20], callsign[7], spare[9];
} Static;

typedef struct {
    int64_t row, offset, found; /* `found`: where the line's text begins in the batch's text */
    uint32_t reason, length;
} Refusal;

/* To clear and to copy in pieces of 16 bytes: for the whole compilers take an instruction that is slow to begin. */
static inline void clear_sixteens(void *to, size_t bytes)
{
    static const uint64_t NOTHING[2];
    size_t at;
    for (at = 0; at < bytes; at += sizeof NOTHING)
        memcpy((char *)to + at, NOTHING, sizeof NOTHING);
}

static inline void copy_sixteens(void *to, const void *from, size_t bytes)
{
    size_t at;
    for (at = 0; at < bytes; at += 16)
        memcpy((char *)to + at, (const char *)from + at, 16);
}

/* What a stretch of a log says, line by line. Once its lines are taken: the number of the line before the first, and
 * where in the log the block begins. */
typedef struct {
    List lines; /* Line */
    int64_t row, base;
} Scan;

/* nmea_scan.c: every line of data[first, end), in place of what the scan held; 0, or NO_MEMORY. `key`: for the hash of
 * what may be heard again, NULL if nobody will ask. */
int read_lines(const uint8_t *data, size_t first, size_t end, const uint32_t *key, Scan *scan);

/* nmea_line.c */
void read_line(const uint8_t *text, size_t length, Line *line); /* the line zeroed, but for its offset */
int read_tags(const uint8_t *text, size_t at, size_t end, Line *line); /* the block text[at, end): a reason, or -1 */
int read_trailing(const uint8_t *text, size_t at, size_t end, Line *line); /* what stands behind a checksum; the same */
int hex_in(const uint8_t *text, size_t length); /* one or two hexadecimal digits, or -1 */

size_t unarmour(const uint8_t *payload, size_t length, uint64_t *word, size_t words); /* characters until a bad one */
int64_t microseconds(int64_t year, int64_t month, int64_t day, int64_t seconds);
int in_range(int64_t time);

/* A payload's fields. */
static inline uint32_t mmsi_of(const uint64_t *word)
{
    return word[0] >> 10 & 0x3fffffff; /* 30 bits behind the first 8 */
}

static inline int is_position(unsigned type)
{
    const uint32_t types = 1u << 1 | 1u << 2 | 1u << 3 | 1u << 4 | 1u << 9 | 1u << 18 | 1u << 19 | 1u << 27;
    return types >> (type & 31) & (type < 32);
}

static inline int is_static(unsigned type)
{
    const uint32_t types = 1u << 5 | 1u << 19 | 1u << 24;
    return types >> (type & 31) & (type < 32);
}

int is_length_of(unsigned type, size_t bits);

static inline int right_length(unsigned type, size_t bits)
{
    return bits == 168 ? type != 5 && type != 19 : is_length_of(type, bits); /* most have 168 */
}

int fault_of(const Position *position); /* why it is no place, or -1 */
/* Write the positions that lines [first, end) were taken as, each to its place among `places`. */
void write_rows(const Scan *scan, size_t first, size_t end, Position *position, size_t places);
int find_position(const uint64_t *word, unsigned type, Position *position); /* 0: the place is not available */
void find_static(const uint64_t *word, unsigned type, size_t bits, Static *found);
unsigned part_of(const uint64_t *word);

#endif
