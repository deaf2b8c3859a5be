#include <stdlib.h>
#include <string.h>

#include "pairs.h"

/* Points on a grid of whole numbers, for reaches of up to some kilometres. A turn of longitude is 2^32, so that the
 * antimeridian needs no thought, and so is the way from pole to pole. Cells are powers of two, at least twice as high
 * and wide as the reach, so that it touches two rows and two columns as a rule; columns are as wide as the highest
 * latitude of their band asks for. Near a pole, and for larger reaches, all points go the other way, to join(). */

enum { BITS = 17, WORDS = 1 << (BITS - 5), STRIPS = 512, STRIP_BITS = 23 };

struct Net {
    const Globe *globe;
    int usable, row_bits;
    uint32_t up, out[STRIPS]; /* 0: too near a pole */
    uint8_t column_bits[STRIPS];
    uint32_t one[WORDS], two[WORDS]; /* bits of cells that hold a point, or two; by a hash, so there may be less */
    uint32_t *x, *y, *next, *head;
    uint64_t *key;
    size_t room;
};

#define PER_LON (4294967296.0 / 360.0)
#define PER_LAT (4294967296.0 / 180.0)

/* How far the reach of a point in a strip of latitude goes; its neighbours may lie one reach nearer to a pole. 0: too
 * far to be told here. */
static uint32_t out_of_strip(const Net *net, int strip)
{
    double south = strip * (180.0 / STRIPS) - 90.0, north = south + 180.0 / STRIPS;
    double out = net->globe->out[band_of(fmax(fabs(south), fabs(north)) + net->globe->up)];
    return out < 60.0 ? (uint32_t)(out * PER_LON) + 4 : 0;
}

/* Columns wide enough for a point of the strip and of those beside it. */
static void set_strip(Net *net, int strip)
{
    uint32_t here = out_of_strip(net, strip), widest = here;
    int beside, bits = 1;
    for (beside = strip - 1; beside <= strip + 1; beside++) {
        uint32_t out = beside >= 0 && beside < STRIPS ? out_of_strip(net, beside) : 0;
        widest = out > widest ? out : widest;
        here = out ? here : 0;
    }
    while (bits < 31 && (1u << bits) < 2 * widest)
        bits++;
    net->out[strip] = here;
    net->column_bits[strip] = (uint8_t)bits;
}

Net *make_net(const Globe *globe, size_t most)
{
    Net *net = calloc(1, sizeof *net);
    double up = globe->up * PER_LAT + 4.0;
    size_t heads = 1024;
    int strip;
    if (!net)
        return NULL;
    while (heads < 2 * most)
        heads *= 2;
    net->globe = globe;
    net->usable = 2.0 * up < (double)(1 << STRIP_BITS);
    net->up = net->usable ? (uint32_t)up : 0;
    while ((1u << net->row_bits) < 2 * net->up)
        net->row_bits++;
    for (strip = 0; strip < STRIPS; strip++)
        set_strip(net, strip);
    net->room = most;
    net->x = malloc((most + 1) * sizeof *net->x);
    net->y = malloc((most + 1) * sizeof *net->y);
    net->next = malloc((most + 1) * sizeof *net->next);
    net->key = malloc((most + 1) * sizeof *net->key);
    net->head = malloc(heads * sizeof *net->head);
    if (net->x && net->y && net->next && net->key && net->head)
        return net;
    drop_net(net);
    return NULL;
}

void drop_net(Net *net)
{
    if (net) {
        free(net->x);
        free(net->y);
        free(net->next);
        free(net->key);
        free(net->head);
    }
    free(net);
}

static inline uint32_t hash_of(uint32_t row, uint32_t column)
{
    return row * 0x9e3779b1u + column * 0x85ebca6bu;
}

static inline int bits_of_row(const Net *net, uint32_t row)
{
    return net->column_bits[row << net->row_bits >> STRIP_BITS];
}

/* The rows that a point's reach touches: one or two. */
static inline uint32_t low_row(const Net *net, uint32_t y)
{
    return (y > net->up ? y - net->up : 0) >> net->row_bits;
}

static inline uint32_t high_row(const Net *net, uint32_t y)
{
    return (y < UINT32_MAX - net->up ? y + net->up : UINT32_MAX) >> net->row_bits;
}

static inline int is_held(const uint32_t *set, uint32_t hash)
{
    return set[hash >> (32 - BITS + 5)] >> (hash >> (32 - BITS) & 31) & 1;
}

static inline int is_held_beside(const Net *net, uint32_t hash, uint32_t own)
{
    return (hash != own) & is_held(net->one, hash);
}

/* Whether another point may lie within reach. All four cells are asked, though some may be one: no branch to guess. */
static inline int may_meet(const Net *net, uint32_t x, uint32_t y)
{
    uint32_t row = y >> net->row_bits, low = low_row(net, y), high = high_row(net, y), out = net->out[y >> STRIP_BITS];
    uint32_t own = hash_of(row, x >> bits_of_row(net, row));
    int below = bits_of_row(net, low), above = bits_of_row(net, high);
    return is_held(net->two, own) | is_held_beside(net, hash_of(low, (x - out) >> below), own) |
           is_held_beside(net, hash_of(low, (x + out) >> below), own) |
           is_held_beside(net, hash_of(high, (x - out) >> above), own) |
           is_held_beside(net, hash_of(high, (x + out) >> above), own);
}

/* Put the points that may have another one within reach into `kept`; -1 when one is too near a pole. */
static int64_t sift(Net *net, const Point *points, size_t count, Patch *kept)
{
    size_t i, left = 0;
    memset(net->one, 0, sizeof net->one);
    memset(net->two, 0, sizeof net->two);
    for (i = 0; i < count; i++) {
        double down = (points[i].lat + 90.0) * PER_LAT;
        uint32_t y = down < 4294967295.0 ? (uint32_t)(int64_t)down : UINT32_MAX;
        uint32_t x = (uint32_t)(int64_t)((points[i].lon + 180.0) * PER_LON), row = y >> net->row_bits;
        uint32_t hash = hash_of(row, x >> bits_of_row(net, row)), word = hash >> (32 - BITS + 5);
        uint32_t bit = 1u << (hash >> (32 - BITS) & 31);
        net->x[i] = x;
        net->y[i] = y;
        net->two[word] |= net->one[word] & bit;
        net->one[word] |= bit;
        if (!net->out[y >> STRIP_BITS])
            return -1;
    }
    for (i = 0; i < count; i++) { /* written always, kept if it may meet another */
        int keep = may_meet(net, net->x[i], net->y[i]);
        net->x[left] = net->x[i];
        net->y[left] = net->y[i];
        kept[left].lon = points[i].lon;
        kept[left].lat = points[i].lat;
        kept[left].half_lon = kept[left].half_lat = 0.0;
        kept[left].owner = points[i].owner;
        left += (size_t)keep;
    }
    return (int64_t)left;
}

/* Meet all that are within reach among those put into the cell before. */
static int ask_cell(const Net *net, const Patch *kept, uint32_t i, uint64_t key, uint32_t head, Meet meet, void *self)
{
    uint32_t at, x = net->x[i], y = net->y[i], out = net->out[y >> STRIP_BITS];
    for (at = net->head[head]; at; at = net->next[at - 1]) {
        uint32_t other = at - 1;
        if (net->key[other] == key && x - net->x[other] + out <= 2 * out && y - net->y[other] + net->up <= 2 * net->up) {
            int status = meet(self, &kept[i], &kept[other]);
            if (status)
                return status;
        }
    }
    return BUILT;
}

/* Ask the one or two cells of a row that the point's reach touches. */
static int ask_row(const Net *net, const Patch *kept, uint32_t i, uint32_t row, uint32_t heads, Meet meet, void *self)
{
    int bits = bits_of_row(net, row), status;
    uint32_t x = net->x[i], out = net->out[net->y[i] >> STRIP_BITS];
    uint32_t west = (x - out) >> bits, east = (x + out) >> bits;
    status = ask_cell(net, kept, i, (uint64_t)row << 32 | west, hash_of(row, west) >> 8 & (heads - 1), meet, self);
    if (status || west == east)
        return status;
    return ask_cell(net, kept, i, (uint64_t)row << 32 | east, hash_of(row, east) >> 8 & (heads - 1), meet, self);
}

static int pair_up(Net *net, const Patch *kept, uint32_t count, Meet meet, void *self)
{
    uint32_t i, heads = 1024;
    while (heads < 2 * count)
        heads *= 2;
    memset(net->head, 0, heads * sizeof *net->head);
    for (i = 0; i < count; i++) {
        uint32_t y = net->y[i], row = y >> net->row_bits, column = net->x[i] >> bits_of_row(net, row);
        uint32_t slot = hash_of(row, column) >> 8 & (heads - 1), low = low_row(net, y), high = high_row(net, y);
        int status = ask_row(net, kept, i, low, heads, meet, self);
        if (!status && high != low)
            status = ask_row(net, kept, i, high, heads, meet, self);
        if (status)
            return status;
        net->key[i] = (uint64_t)row << 32 | column;
        net->next[i] = net->head[slot];
        net->head[slot] = i + 1;
    }
    return BUILT;
}

int join_points(Net *net, Cells *cells, const Point *points, size_t count, Patch *kept, Meet meet, void *self)
{
    int64_t left = net->usable && count <= net->room ? sift(net, points, count, kept) : -1;
    size_t i;
    if (left >= 0)
        return pair_up(net, kept, (uint32_t)left, meet, self);
    for (i = 0; i < count; i++) {
        Patch patch = {points[i].lon, points[i].lat, 0.0, 0.0, points[i].owner};
        kept[i] = patch;
    }
    return join(net->globe, cells, kept, count, meet, self);
}
