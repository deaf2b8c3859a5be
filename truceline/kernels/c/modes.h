/* Mode S: frames out of bytes, and extended squitters (ADS-B) out of frames. */
#ifndef TRUCELINE_MODES_H
#define TRUCELINE_MODES_H

#include <stddef.h>
#include <stdint.h>

#define NO_TIME INT64_MIN
#define NO_NUMBER INT32_MIN
#define NO_RATE INT16_MIN
#define NO_CODE 255

/* What a row of a file is; the numbers stand in kernels/frames.py too. */
enum { FRAME, EMPTY, COMMENT, ASK, NOT_UNDERSTOOD, NOT_HEX, NOT_JSON, NO_FRAME, JUNK, CUT, MODE_AC, RECEIVER };

/* What became of a frame; the numbers stand in kernels/squitters.py too. */
enum {
    POSITION, IDENTITY, VELOCITY, WAITING, FAR, NOWHERE, VEHICLE, HEARD, OTHER_FORM, OTHER_CONTROL, OTHER_TYPE,
    WRONG_LENGTH, WRONG_PARITY, TIMELESS, NONE
};

typedef struct { /* kernels/frames.py: FRAME */
    int64_t time_us;
    uint32_t at, end; /* where it stands in the buffer */
    uint8_t status, length, data[14];
} FrameRow;

typedef struct { /* kernels/squitters.py: SQUITTER */
    int64_t time_us;
    double lon, lat;
    float speed_kn, course_deg;
    int32_t altitude_ft;
    uint32_t address;
    int16_t vertical_rate_ft_min, geometric_minus_barometric_ft;
    char callsign[8];
    uint8_t outcome, form, control, code, foreign, emitter, version, nac_p, nac_v, sil, spare[2];
} Squitter;

/* --- frames (modes_lines.c, modes_beast.c) --- */

typedef struct {
    int64_t starts_us, first, last;
    int known, begun, beast, busy;
} Scanner;

int64_t read_clock(Scanner *scanner, int64_t ticks);
/* Both fill `out` from `buffer[at:length]`; they return how many rows, and in `at` how far they came. */
size_t scan_lines(Scanner *scanner, const uint8_t *buffer, size_t length, size_t *at, int ended, FrameRow *out,
                  size_t room);
size_t scan_beast(Scanner *scanner, const uint8_t *buffer, size_t length, size_t *at, int ended, FrameRow *out,
                  size_t room);

/* --- compact position reports (modes_cpr.c) --- */

typedef struct {
    int odd;
    double lat, lon;
} Half;

typedef struct {
    double lon, lat;
} Place;

int decode_pair(const Half *even, const Half *odd, int latest, Place *out);
int decode_local(const Half *half, double lon, double lat, int surface, Place *out);
int is_within(Place from, Place to, double metres);
double floor_mod(double value, double by);
int count_zones(double lat);

/* --- squitters (modes_fields.c, modes_squitters.c) --- */

uint32_t remainder_of(const uint8_t *frame); /* of 14 bytes */
int32_t read_altitude_ft(uint64_t message);
double read_movement_kn(uint64_t message);
int read_velocity(uint64_t message, float *speed_kn, float *course_deg);
int read_callsign(uint64_t message, char *out);
void read_rates(uint64_t message, Squitter *out);
void read_status(uint64_t message, Squitter *out);

typedef struct Decoder Decoder;

Decoder *decoder_new(double lon, double lat, int known);
void decoder_free(Decoder *decoder);
int *decoder_busy(Decoder *decoder);
int decode_squitters(Decoder *decoder, const FrameRow *frames, size_t count, Squitter *out); /* 0: no memory */

/* --- keys in the order of their use (modes_lru.c) --- */

typedef struct {
    uint64_t key;
    int32_t next, newer, older;
} Link;

typedef struct {
    Link *link;
    int32_t *bucket;
    uint8_t *payload;
    size_t width;
    uint32_t mask;
    int32_t count, room, limit, newest, oldest;
} Lru;

int lru_open(Lru *lru, int32_t limit, size_t width);
void lru_close(Lru *lru);
int32_t lru_find(const Lru *lru, uint64_t key);
int32_t lru_add(Lru *lru, uint64_t key); /* the payload is zeroed; -1: no memory */
void lru_touch(Lru *lru, int32_t at);

#endif
