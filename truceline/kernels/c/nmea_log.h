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
    int64_t received, tomorrow; /* no message is dated later; 0: not known */
    int64_t arrival_is_measured, undated, repeats; /* undated, repeats: keep such messages */
} Bounds;

typedef struct {
    const Line *line;
    int64_t row, offset;
    const uint8_t *text;
    Line *own; /* the line and, behind it, its text, where they outlive the block */
} Part;

/* Lines to take, and where they came from. */
typedef struct {
    const Line *line;
    const Position *place;
    int64_t count;
    const uint8_t *data;
    int64_t base; /* place of the data in the log */
} Stretch;

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

/* A message that was heard: its payload and its time. */
typedef struct {
    uint64_t hash;
    int64_t time;
    uint32_t next, older, newer; /* entry + 1 of the same slot, and by time of writing; 0: none */
    uint32_t characters;
    uint64_t word[WORDS];
} Heard;

typedef struct {
    Heard *entry;
    uint32_t *slot;
    uint32_t count, slots, oldest, newest;
    uint32_t key[2 * WORDS];
} Memory;

int start_memory(Memory *memory, int64_t limit, uint64_t seed);
void end_memory(Memory *memory);
/* The hash of a payload, of which will be asked soon. */
uint64_t expect(const Memory *memory, const uint64_t *word, uint32_t characters);
/* Whether the payload was heard at most `reach` from `time` (0: at an unknown time); notes it if not. `word`: at least
 * LINE_WORDS of them. */
int is_known(Memory *memory, uint64_t hash, const uint64_t *word, uint32_t characters, int64_t time, int64_t limit,
             int64_t reach);

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
    Position *room; /* the caller's, for as long as a call takes; `positions` of them are written */
    int64_t positions;
    List statics, refusals, text, stations; /* stations: two int64 each, place and length in the text */
    int32_t known_station[256], last_station; /* -1: none */
} Log;

Log *open_log(const Bounds *bounds, uint64_t seed);
void close_log(Log *log);
/* How many positions a line, or the end, can decide at most: those that wait for a $PGHP line, and its own. */
int64_t most_at_once(const Log *log);
/* Take lines until `most` rows are decided, or the room for `room` positions may not be enough for the next; returns how
 * many lines were taken, or -1 when memory is short. */
int64_t take_lines(Log *log, const Stretch *stretch, int64_t at, int64_t most, int64_t room);
int finish_log(Log *log); /* decide all that waits; 0, or NO_MEMORY */
void empty_log(Log *log);  /* forget what was decided */

/* nmea_rows.c: decisions */
void refuse_part(Log *log, const Part *part, unsigned reason);
void put_aside(Log *log, int reason, int64_t rows);
void decide(Log *log, Message *message);
/* The same of a message in one line, whose payload is judged already and that no other line can change. */
void decide_judged(Log *log, const Part *part, const Position *place, uint64_t hash);

#endif
