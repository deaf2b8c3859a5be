/* The memory of one pass over a log: parts that wait for others, times, what was heard, and the rows decided. */
#ifndef TRUCELINE_NMEA_LOG_H
#define TRUCELINE_NMEA_LOG_H

#include "nmea.h"

/* How far each memory reaches; times are microseconds. */
typedef struct {
    int64_t pending, part_lines, part_time; /* incomplete messages; lines and time between two parts of one */
    int64_t measured_lines, measured_time;  /* a $PGHP line stands at most so far before, arrives so long after */
    int64_t heard, heard_time;              /* distinct messages remembered */
    int64_t clock_lines;
    int64_t received; /* no message is dated later; 0: not known */
    int64_t arrival_is_measured, undated, repeats; /* undated, repeats: keep such messages */
} Bounds;

typedef struct {
    const Line *line;
    int64_t row, offset;
    const uint8_t *text;
    Line *own; /* the line and, behind it, its text, where they outlive the block */
} Part;

/* Parts that are one message, in order once it is complete, and what they say together. */
typedef struct {
    Part part[MOST_PARTS];
    int count;
    uint8_t checksum;
    int64_t heard, arrived, measured;
    uint8_t station[STATION_LIMIT];
    size_t station_length;
} Message;

typedef struct {
    uint64_t key; /* a hash of header and origin */
    Message *message;
} Pending;

typedef struct {
    int64_t row, time;
    uint8_t target, station_length;
    uint8_t station[STATION_LIMIT];
} Measured;

enum { MEASURED_LIMIT = 100 };

enum { MOST_HEARD = 1 << 24 };

/* A message that was heard: its payload, as far as a line keeps it, and its time. */
typedef struct {
    int64_t time;
    uint32_t hash, characters;
    uint32_t older, newer; /* entry + 1, by time of writing; 0: none */
    uint64_t word[LINE_WORDS];
} Heard;

typedef struct {
    uint32_t hash, number; /* entry + 1; 0: empty */
} Slot;

/* Entries, of each the words behind its first (rarely any), and a table of slots: each entry in its hash's slot or the
 * next empty one. */
typedef struct {
    Heard *entry;
    uint64_t (*rest)[WORDS - LINE_WORDS];
    Slot *slot;
    uint32_t count, last_slot, oldest, newest;
    uint32_t key[2 * WORDS];
} Memory;

int start_memory(Memory *memory, int64_t limit, uint64_t seed);
void end_memory(Memory *memory);

static inline size_t words_of(uint32_t characters)
{
    return (characters + CHARACTERS - 1) / CHARACTERS;
}

static inline uint64_t product_of(const uint32_t *key, const uint64_t *word, size_t i)
{
    return (uint64_t)((uint32_t)word[i] + key[2 * i]) * ((uint32_t)(word[i] >> 32) + key[2 * i + 1]);
}

/* Sums of products of halves and secret keys (the hash NH of J. Black et al., "UMAC"). The seed is drawn anew for each log,
 * so that nobody can write one whose messages all share a slot. */
static inline uint32_t hash_of(const uint32_t *key, const uint64_t *word, uint32_t characters)
{
    uint64_t hash = product_of(key, word, 0) + product_of(key, word, 1) + product_of(key, word, 2) +
                    product_of(key, word, 3);
    size_t i, words = words_of(characters);
    for (i = LINE_WORDS; i < words; i++)
        hash += product_of(key, word, i);
    hash = (hash ^ hash >> 32) * 0x9e3779b97f4a7c15u;
    return (uint32_t)(hash >> 32);
}

/* Ask for what tells whether a payload of this hash was heard; it will be looked at soon. */
static inline void expect(const Memory *memory, uint32_t hash)
{
    SOON(&memory->slot[hash & memory->last_slot]);
}

/* Whether the payload was heard within the bounds of `time` (0: at an unknown time); notes it if not. `word`: at least
 * LINE_WORDS of them, 0 behind the payload. */
int is_known(Memory *memory, uint32_t hash, const uint64_t *word, uint32_t characters, int64_t time,
             const Bounds *bounds);

typedef struct {
    Bounds bounds;
    Memory memory;
    List pending;  /* Pending, the oldest first */
    List waiting;  /* Message * */
    Message *spare; /* one that was dropped */
    int borrowed;  /* some parts that wait are still the caller's */
    Measured measured[MEASURED_LIMIT];
    int measured_count;
    int64_t clock, clock_row, row;
    int clock_out_of_order, failed;
    /* decided since the last batch */
    int64_t rows, used, aside[ASIDES];
    int64_t positions;
    Position *room; /* the caller's, for as long as a call takes: for `places` positions, the first of number `first` */
    int64_t first, places;
    List statics, refusals, text, stations; /* stations: two int64 each, place and length in the text */
    int32_t known_station[256], last_station; /* -1: none */
} Log;

Log *open_log(const Bounds *bounds, uint64_t seed);
void close_log(Log *log);
/* How many positions a line, or the end, can decide at most: those that wait for a $PGHP line, and its own. */
int64_t most_at_once(const Log *log);
/* Take the lines of data from `at` on until `most` rows are decided, or the room may not be enough for the next; returns
 * at which it stopped, or -1 when memory is short. Rows that the lines themselves tell are given a place only: they are
 * written by write_rows, while others take the next lines. */
int64_t take_lines(Log *log, Scan *scan, const uint8_t *data, int64_t at, int64_t most);
int finish_log(Log *log); /* decide all that waits; 0, or NO_MEMORY */
void empty_log(Log *log);  /* forget what was decided */

/* nmea_log.c: messages */
Message *make_message(Log *log); /* empty but for its parts' places; NULL when memory is short */
void drop_message(Log *log, Message *message);
Message *take_pending(Log *log, size_t at);
int keep_part(Part *part);
void set_station(Message *message, const uint8_t *name, size_t length);
int take_message(Log *log, Message *message);
void take_single(Log *log, const Part *part);
void release_waiting(Log *log, const Part *now);

static inline Message **waiting(Log *log)
{
    return log->waiting.data;
}

static inline Pending *pending(Log *log)
{
    return log->pending.data;
}

/* nmea_parts.c */
void take_part(Log *log, const Part *part);
void expire(Log *log, size_t at);
void keep_borrowed(Log *log);

/* nmea_rows.c: decisions */
void refuse_part(Log *log, const Part *part, unsigned reason);
void decide(Log *log, Message *message);
int32_t find_station(Log *log, const uint8_t *name, size_t length);

static inline void put_aside(Log *log, int reason, int64_t rows)
{
    log->aside[reason] += rows;
    log->rows += rows;
}

/* The number of a station in the batch, -1 where none is named. */
static inline int32_t number_of_station(Log *log, const uint8_t *name, size_t length)
{
    return length ? find_station(log, name, length) : -1;
}

/* What the receiver's clock lines say of the time of a row; 0: nothing. */
static inline int64_t time_by_clock(const Log *log, int64_t row)
{
    int silent = !log->clock || log->clock_out_of_order || row - log->clock_row > log->bounds.clock_lines;
    return silent ? 0 : log->clock;
}

static inline int is_late(const Bounds *bounds, int64_t time)
{
    return bounds->received && time > bounds->received ? AFTER_RECEIPT : -1;
}

#endif
