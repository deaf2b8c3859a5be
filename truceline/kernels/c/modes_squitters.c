/* What each frame says, in its order, and what is remembered to place the next half of a position. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "modes.h"

#define AIRCRAFT_LIMIT 50000
#define HEARD_SETS 8192 /* a power of two: 2^13 */
#define HEARD_WAYS 4
#define AHEAD 8 /* frames for which memory is asked early */
#define HEARD_US 300000
#define PAIR_US 10000000
#define FRESH_US 300000000
#define VELOCITY_US 10000000
#define FASTEST_M_S 1000.0
#define SLACK_M 5000.0
#define SAME_M 1000.0

typedef struct {
    Half half[2];
    int64_t half_us[2], last_us, velocity_us;
    Place last, doubt;
    float speed_kn, course_deg;
    uint8_t has_half[2], has_last, has_doubt, has_velocity, vehicle;
} Aircraft;

typedef struct { /* the same bits, and when: without the parity, which follows from them */
    uint64_t head;
    uint32_t tail, used;
    int64_t time_us;
} Heard;

struct Decoder {
    Lru aircraft;
    Heard (*heard)[HEARD_WAYS]; /* of each set the last ones, oldest first */
    Place receiver;
    int known, busy;
};

Decoder *decoder_new(double lon, double lat, int known)
{
    Decoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder)
        return NULL;
    decoder->heard = calloc(HEARD_SETS, sizeof *decoder->heard);
    if (!lru_open(&decoder->aircraft, AIRCRAFT_LIMIT, sizeof(Aircraft)) || !decoder->heard) {
        decoder_free(decoder);
        return NULL;
    }
    decoder->receiver.lon = lon;
    decoder->receiver.lat = lat;
    decoder->known = known;
    return decoder;
}

void decoder_free(Decoder *decoder)
{
    lru_close(&decoder->aircraft);
    free(decoder->heard);
    free(decoder);
}

int *decoder_busy(Decoder *decoder)
{
    return &decoder->busy;
}

static int64_t apart(int64_t one, int64_t other)
{
    return one < other ? other - one : one - other;
}

static int reaches(const Aircraft *craft, int64_t time_us, Place place)
{
    return craft->has_last &&
           is_within(craft->last, place, SLACK_M + FASTEST_M_S * (double)apart(time_us, craft->last_us) / 1e6);
}

static int near_last(const Aircraft *craft, int64_t time_us, const Half *half, int surface, Place *out)
{
    return craft->has_last && apart(time_us, craft->last_us) <= FRESH_US &&
           decode_local(half, craft->last.lon, craft->last.lat, surface, out);
}

static int by_pair(const Aircraft *craft, int64_t time_us, const Half *half, Place *out)
{
    int other = 1 - half->odd;
    if (!craft->has_half[other] || apart(time_us, craft->half_us[other]) > PAIR_US)
        return 0;
    return decode_pair(half->odd ? &craft->half[0] : half, half->odd ? half : &craft->half[1], half->odd, out);
}

static int keep(Aircraft *craft, int64_t time_us, Place place, Squitter *out)
{
    craft->has_doubt = 0;
    craft->has_last = 1;
    craft->last_us = time_us;
    craft->last = place;
    out->lon = place.lon;
    out->lat = place.lat;
    return POSITION;
}

static int place_airborne(Aircraft *craft, int64_t time_us, const Half *half, Squitter *out)
{
    Place pair, near;
    int paired, close;
    craft->half[half->odd] = *half;
    craft->half_us[half->odd] = time_us;
    craft->has_half[half->odd] = 1;
    paired = by_pair(craft, time_us, half, &pair);
    close = near_last(craft, time_us, half, 0, &near);
    if (!paired) {
        if (!close)
            return WAITING;
        return reaches(craft, time_us, near) ? keep(craft, time_us, near, out) : FAR;
    }
    if (close && !is_within(near, pair, SAME_M) && (!craft->has_doubt || !is_within(craft->doubt, pair, SLACK_M))) {
        craft->doubt = pair;
        craft->has_doubt = 1;
        return FAR;
    }
    return keep(craft, time_us, pair, out);
}

static int place_surface(const Decoder *decoder, Aircraft *craft, int64_t time_us, const Half *half, Squitter *out)
{
    Place found;
    craft->has_half[0] = craft->has_half[1] = 0;
    if (near_last(craft, time_us, half, 1, &found))
        return reaches(craft, time_us, found) ? keep(craft, time_us, found, out) : FAR;
    if (!decoder->known || !decode_local(half, decoder->receiver.lon, decoder->receiver.lat, 1, &found))
        return NOWHERE;
    return keep(craft, time_us, found, out);
}

static Aircraft *find_aircraft(Decoder *decoder, const Squitter *out)
{
    uint64_t key = out->address | (uint64_t)out->foreign << 24;
    int32_t at = lru_find(&decoder->aircraft, key);
    if (at >= 0)
        lru_touch(&decoder->aircraft, at);
    else if ((at = lru_add(&decoder->aircraft, key)) < 0)
        return NULL;
    return (Aircraft *)decoder->aircraft.payload + at;
}

static int take_position(const Decoder *decoder, Aircraft *craft, uint64_t message, Squitter *out)
{
    Half half = {(int)(message >> 34 & 1), (double)(message >> 17 & 0x1ffff) / 131072.0,
                 (double)(message & 0x1ffff) / 131072.0};
    int surface = out->code < 9, outcome;
    if (out->time_us == NO_TIME)
        return TIMELESS;
    outcome = surface ? place_surface(decoder, craft, out->time_us, &half, out)
                      : place_airborne(craft, out->time_us, &half, out);
    if (craft->vehicle)
        return VEHICLE;
    if (outcome != POSITION)
        return outcome;
    if (surface) { /* what stands there for a course is mostly a heading */
        out->speed_kn = (float)read_movement_kn(message);
        return outcome;
    }
    if (out->code < 20) /* sources differ on the unit above 19 */
        out->altitude_ft = read_altitude_ft(message);
    if (craft->has_velocity && craft->velocity_us <= out->time_us && out->time_us - craft->velocity_us <= VELOCITY_US) {
        out->speed_kn = craft->speed_kn;
        out->course_deg = craft->course_deg;
    }
    return outcome;
}

static int take_velocity(Decoder *decoder, uint64_t message, Squitter *out)
{
    Aircraft *craft;
    read_rates(message, out);
    if (!read_velocity(message, &out->speed_kn, &out->course_deg) || out->time_us == NO_TIME)
        return VELOCITY;
    craft = find_aircraft(decoder, out);
    if (!craft)
        return -1;
    craft->has_velocity = 1;
    craft->velocity_us = out->time_us;
    craft->speed_kn = out->speed_kn;
    craft->course_deg = out->course_deg;
    return VELOCITY;
}

static int take_identity(Decoder *decoder, uint64_t message, Squitter *out)
{
    Aircraft *craft = find_aircraft(decoder, out);
    if (!craft)
        return -1;
    out->emitter = message >> 48 & 7;
    craft->vehicle = out->code == 2 && out->emitter > 0;
    read_callsign(message, out->callsign);
    return IDENTITY;
}

/* Whether a rebroadcast position says that its address is none of ICAO's (the IMF bit). */
static int is_foreign(uint64_t message, int code)
{
    if (code >= 5 && code <= 8)
        return message >> 35 & 1;
    return code >= 9 && code <= 22 && code != 19 && (message >> 48 & 1);
}

static int take_squitter(Decoder *decoder, const uint8_t *data, Squitter *out)
{
    uint64_t message = 0;
    int i, control = out->form == 18 ? data[0] & 7 : 0;
    Aircraft *craft;
    out->control = (uint8_t)control;
    if (control == 3 || control == 4 || control == 7)
        return OTHER_CONTROL;
    for (i = 4; i < 11; i++)
        message = message << 8 | data[i];
    out->code = (uint8_t)(message >> 51);
    out->address = (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
    out->foreign = control == 1 || control == 5 || ((control == 2 || control == 6) && is_foreign(message, out->code));
    if ((out->code >= 5 && out->code <= 18) || (out->code >= 20 && out->code <= 22)) {
        craft = find_aircraft(decoder, out);
        return craft ? take_position(decoder, craft, message, out) : -1;
    }
    if (out->code >= 1 && out->code <= 4)
        return take_identity(decoder, message, out);
    if (out->code == 19)
        return take_velocity(decoder, message, out);
    if (out->code == 31)
        read_status(message, out);
    return OTHER_TYPE;
}

static Heard read_bits(const FrameRow *frame)
{
    Heard bits = {0, 0, 1, frame->time_us};
    int i;
    for (i = 0; i < 8; i++)
        bits.head = bits.head << 8 | frame->data[i];
    for (; i < 11; i++)
        bits.tail = bits.tail << 8 | frame->data[i];
    return bits;
}

static Heard *set_of(Decoder *decoder, const Heard *bits)
{
    return decoder->heard[(bits->head ^ bits->tail * 0x9e3779b97f4a7c15ULL) * 0xff51afd7ed558ccdULL >> 51];
}

/* Whether the same bits came a moment before, by another receiver. */
static int is_known(Decoder *decoder, const FrameRow *frame)
{
    Heard bits = read_bits(frame), *set;
    int way;
    if (frame->time_us == NO_TIME)
        return 0;
    set = set_of(decoder, &bits);
    for (way = HEARD_WAYS - 1; way > 0; way--)
        if (set[way].used && set[way].head == bits.head && set[way].tail == bits.tail)
            break;
    if (set[way].used && set[way].head == bits.head && set[way].tail == bits.tail &&
        apart(bits.time_us, set[way].time_us) <= HEARD_US)
        return 1;
    memmove(&set[way], &set[way + 1], (size_t)(HEARD_WAYS - 1 - way) * sizeof *set); /* the oldest, or itself */
    set[HEARD_WAYS - 1] = bits;
    return 0;
}

static void ask_early(Decoder *decoder, const FrameRow *frame)
{
    const Heard bits = read_bits(frame);
    const char *set = (const char *)set_of(decoder, &bits);
    __builtin_prefetch(set);
    __builtin_prefetch(set + 64);
}

static int take(Decoder *decoder, const FrameRow *frame, Squitter *out)
{
    if (frame->status != FRAME || !frame->length || frame->length > 14)
        return NONE;
    out->form = frame->data[0] >> 3 < 24 ? frame->data[0] >> 3 : 24;
    if (frame->length != 14 && !(out->form < 16 && frame->length == 7)) /* some loggers fill short ones up */
        return WRONG_LENGTH;
    if (out->form != 17 && out->form != 18)
        return OTHER_FORM;
    if (remainder_of(frame->data))
        return WRONG_PARITY;
    if (is_known(decoder, frame))
        return HEARD;
    return take_squitter(decoder, frame->data, out);
}

int decode_squitters(Decoder *decoder, const FrameRow *frames, size_t count, Squitter *out)
{
    const Squitter nothing = {.lon = NAN, .lat = NAN, .speed_kn = NAN, .course_deg = NAN, .altitude_ft = NO_NUMBER,
                              .vertical_rate_ft_min = NO_RATE, .geometric_minus_barometric_ft = NO_RATE,
                              .version = NO_CODE, .nac_p = NO_CODE, .nac_v = NO_CODE, .sil = NO_CODE};
    size_t i;
    for (i = 0; i < count; i++) {
        int outcome;
        if (i + AHEAD < count)
            ask_early(decoder, &frames[i + AHEAD]);
        out[i] = nothing;
        out[i].time_us = frames[i].time_us;
        outcome = take(decoder, &frames[i], &out[i]);
        if (outcome < 0)
            return 0;
        out[i].outcome = (uint8_t)outcome;
    }
    return 1;
}
