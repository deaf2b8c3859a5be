#include "pairs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RADIAN 0.017453292519943295
#define EQUATOR_M 6378137.0
#define E2 0.0066943799901413165

Place place_of(double lon, double lat)
{
    double phi = lat * RADIAN, lambda = lon * RADIAN;
    double up = sin(phi), flat = cos(phi);
    double n = EQUATOR_M / sqrt(1.0 - E2 * (up * up));
    Place place;
    place.x = n * flat * cos(lambda);
    place.y = n * flat * sin(lambda);
    place.z = n * (1.0 - E2) * up;
    return place;
}

double sure_chord(double metres)
{
    return 2.0 * LEAST_RADIUS_M * sin((metres - DOUBT_M) / (2.0 * LEAST_RADIUS_M));
}

/* A point's distance from the axis is at least a cos(lat), so that a chord c spans at most 2 asin(c / (2 a cos(lat)))
 * of longitude; asin(x) is less than 1.05 x up to one half. */
static double span_lon(double reach_m, double slant)
{
    double half = slant > 0.0 ? reach_m / (2.0 * EQUATOR_M * slant) : 1.0;
    return half < 0.5 ? 2.0 * 1.05 * half / RADIAN : 360.0;
}

void make_globe(Globe *globe, double reach_m)
{
    double height;
    int level, band;
    globe->up = 1.000001 * reach_m / LEAST_RADIUS_M / RADIAN + 1e-9;
    for (band = 0; band < BANDS; band++) {
        double top = 0.25 * (band + 1);
        globe->slant[band] = top < 90.0 ? cos(top * RADIAN) : 0.0;
        globe->out[band] = span_lon(reach_m, globe->slant[band]) + 1e-9;
    }
    height = fmin(fmax(2.0 * globe->up, 1e-4), 180.0);
    for (level = 0; level < LEVELS && height <= 360.0; level++, height *= 2.0) {
        globe->rows[level] = 1.0 / height;
        globe->height[level] = height;
        for (band = 0; band < BANDS; band++) {
            double round = 360.0 * globe->slant[band] / height;
            globe->round[level][band] = round > 1.0 ? (int32_t)round : 1;
            globe->columns[level][band] = globe->round[level][band] / 360.0;
        }
    }
    globe->levels = level;
}

static inline uint64_t key_of(int level, int32_t row, int32_t column)
{
    return (uint64_t)level << 56 | (uint64_t)(uint32_t)row << 28 | (uint32_t)column;
}

static inline size_t slot_of(const Cells *cells, uint64_t key)
{
    return (size_t)((key ^ key >> 31) * 0x9e3779b97f4a7c15u >> 32) & (cells->slots - 1);
}

static int make_room(Cells *cells, size_t count)
{
    size_t slots = 1024;
    while (slots < 2 * count)
        slots *= 2;
    if (count > cells->room || slots > cells->slots) {
        drop_cells(cells);
        cells->head = malloc(slots * sizeof *cells->head);
        cells->next = malloc((count + 1) * sizeof *cells->next);
        cells->key = malloc((count + 1) * sizeof *cells->key);
        cells->level = malloc(count + 1);
        if (!cells->head || !cells->next || !cells->key || !cells->level) {
            drop_cells(cells);
            return NO_MEMORY;
        }
        cells->room = count;
        cells->slots = slots;
    }
    memset(cells->head, 0xff, cells->slots * sizeof *cells->head);
    return BUILT;
}

void drop_cells(Cells *cells)
{
    free(cells->head);
    free(cells->next);
    free(cells->key);
    free(cells->level);
    memset(cells, 0, sizeof *cells);
}

/* The finest level whose cells are no smaller than the spot and its reach: only a matter of speed. */
static int level_of(const Globe *globe, const Patch *spot)
{
    double wide = spot->half_lon * globe->slant[band_of(spot->lat)];
    double need = 2.0 * globe->up + 2.0 * fmax(spot->half_lat, wide);
    int level = 0;
    if (spot->half_lat == 0.0 && spot->half_lon == 0.0)
        return 0;
    while (level + 1 < globe->levels && need * globe->rows[level] > 1.0)
        level++;
    return level;
}

typedef struct {
    const Globe *globe;
    Cells *cells;
    const Patch *spots;
    Meet meet;
    void *self;
    double half_lon[LEVELS], half_lat[LEVELS]; /* the largest of a level */
    size_t held[LEVELS];
    int coarsest;
} Join;

/* Longitudes that the spot's reach covers. A point within reach is at most `up` nearer to a pole. */
static inline double out_of(const Globe *globe, const Patch *spot)
{
    return globe->out[band_of(fabs(spot->lat) + spot->half_lat + globe->up)];
}

static int ask_cell(const Join *join, const Patch *spot, double out, uint64_t key)
{
    const Cells *cells = join->cells;
    int32_t at;
    for (at = cells->head[slot_of(cells, key)]; at >= 0; at = cells->next[at]) {
        const Patch *other = join->spots + at;
        if (cells->key[at] == key && fabs(spot->lat - other->lat) <= join->globe->up + spot->half_lat + other->half_lat &&
            fabs(east_of(spot->lon, other->lon)) <= out + spot->half_lon + other->half_lon) {
            int status = join->meet(join->self, spot, other);
            if (status)
                return status;
        }
    }
    return BUILT;
}

/* What is cast to a whole number here is never below 0. */
static int ask_level(const Join *join, int level, const Patch *spot, double out)
{
    const Globe *globe = join->globe;
    double high = globe->up + spot->half_lat + join->half_lat[level];
    double wide = out + spot->half_lon + join->half_lon[level];
    int32_t last = (int32_t)((smaller(spot->lat + high, 90.0) + 90.0) * globe->rows[level]);
    int32_t row = (int32_t)((larger(spot->lat - high, -90.0) + 90.0) * globe->rows[level]);
    for (; row <= last; row++) {
        int band = band_of_row(globe, level, row), status;
        int32_t round = globe->round[level][band], column = 0, count = round;
        if (wide < 180.0) {
            double west = spot->lon + 180.0 - wide, per = globe->columns[level][band];
            west = west < 0.0 ? west + 360.0 : west;
            column = (int32_t)(west * per);
            count = (int32_t)((west + 2.0 * wide) * per) - column + 1;
            count = count < round ? count : round;
            column = column < round ? column : 0;
        }
        for (; count > 0; count--) {
            if ((status = ask_cell(join, spot, out, key_of(level, row, column))))
                return status;
            column = column + 1 < round ? column + 1 : 0;
        }
    }
    return BUILT;
}

static void put(Join *join, int level, int32_t number)
{
    const Globe *globe = join->globe;
    const Patch *spot = join->spots + number;
    Cells *cells = join->cells;
    int32_t row = (int32_t)((spot->lat + 90.0) * globe->rows[level]);
    int band = band_of_row(globe, level, row);
    int32_t column = (int32_t)((spot->lon + 180.0) * globe->columns[level][band]);
    uint64_t key = key_of(level, row, column < globe->round[level][band] ? column : 0);
    size_t slot = slot_of(cells, key);
    cells->key[number] = key;
    cells->next[number] = cells->head[slot];
    cells->head[slot] = number;
}

/* From the coarsest level to the finest: each spot asks the levels that are as coarse as its own, then is put there. */
int join(const Globe *globe, Cells *cells, const Patch *spots, size_t count, Meet meet, void *self)
{
    Join work = {globe, cells, spots, meet, self, {0}, {0}, {0}, 0};
    int level, coarser, status = make_room(cells, count);
    size_t i;
    if (status || count < 2)
        return status;
    for (i = 0; i < count; i++) {
        level = cells->level[i] = (uint8_t)level_of(globe, &spots[i]);
        work.held[level]++;
        work.half_lon[level] = larger(work.half_lon[level], spots[i].half_lon);
        work.half_lat[level] = larger(work.half_lat[level], spots[i].half_lat);
        work.coarsest = level > work.coarsest ? level : work.coarsest;
    }
    for (level = work.coarsest; level >= 0; level--) {
        for (i = 0; work.held[level] && i < count; i++) {
            double out;
            if (cells->level[i] != level)
                continue;
            out = out_of(globe, &spots[i]);
            for (coarser = level; coarser <= work.coarsest; coarser++)
                if (work.held[coarser] && (status = ask_level(&work, coarser, &spots[i], out)))
                    return status;
            put(&work, level, (int32_t)i);
        }
    }
    return BUILT;
}
