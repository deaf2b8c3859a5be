#include <stdlib.h>
#include <string.h>

#include "pairs.h"

enum { BITS = 17, WORDS = 1 << (BITS - 5) };

/* Cells that hold a point, and those that hold two, by a hash: what is not there is certain, what is there is not. */
typedef struct {
    uint32_t one[WORDS], two[WORDS];
} Held;

static inline uint32_t bit_of(int32_t row, int32_t column)
{
    return ((uint32_t)row * 0x9e3779b1u + (uint32_t)column * 0x85ebca6bu) >> (32 - BITS);
}

static inline int32_t column_of(const Globe *globe, int band, double lon)
{
    int32_t column = (int32_t)((lon + 180.0) * globe->columns[0][band]);
    return column < globe->round[0][band] ? column : 0;
}

static inline uint32_t own_bit(const Globe *globe, const Point *point)
{
    int32_t row = (int32_t)((point->lat + 90.0) * globe->rows[0]);
    return bit_of(row, column_of(globe, band_of_row(globe, 0, row), point->lon));
}

/* Whether another point may lie in a cell that the reach of this one touches. */
static int may_meet(const Globe *globe, const Held *held, const Point *point, uint32_t own)
{
    double out = globe->out[band_of(fabs(point->lat) + globe->up)];
    int32_t last = (int32_t)((smaller(point->lat + globe->up, 90.0) + 90.0) * globe->rows[0]);
    int32_t row = (int32_t)((larger(point->lat - globe->up, -90.0) + 90.0) * globe->rows[0]);
    if (held->two[own >> 5] >> (own & 31) & 1)
        return 1;
    for (; row <= last; row++) {
        int band = band_of_row(globe, 0, row);
        int32_t round = globe->round[0][band], column, count;
        double west = point->lon + 180.0 - out, per = globe->columns[0][band];
        if (out >= 180.0)
            return 1;
        west = west < 0.0 ? west + 360.0 : west;
        column = (int32_t)(west * per);
        count = (int32_t)((west + 2.0 * out) * per) - column + 1;
        if (count >= round)
            return 1;
        for (column = column < round ? column : 0; count > 0; count--) {
            uint32_t bit = bit_of(row, column);
            if (bit != own && held->one[bit >> 5] >> (bit & 31) & 1)
                return 1;
            column = column + 1 < round ? column + 1 : 0;
        }
    }
    return 0;
}

size_t sift(const Globe *globe, const Point *points, size_t count, Patch *kept)
{
    static const Held nothing;
    Held held = nothing;
    size_t i, left = 0;
    for (i = 0; i < count; i++) {
        uint32_t bit = own_bit(globe, &points[i]), word = bit >> 5, mask = 1u << (bit & 31);
        held.two[word] |= held.one[word] & mask;
        held.one[word] |= mask;
    }
    for (i = 0; i < count; i++) {
        if (!may_meet(globe, &held, &points[i], own_bit(globe, &points[i])))
            continue;
        kept[left].lon = points[i].lon;
        kept[left].lat = points[i].lat;
        kept[left].half_lon = kept[left].half_lat = 0.0;
        kept[left++].owner = points[i].owner;
    }
    return left;
}
