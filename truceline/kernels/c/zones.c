#include "zones.h"

#include <stdlib.h>
#include <string.h>

#include "exact.h"

/* The way from a point P to the lower left corner C of its cell goes level to M = (Cx, Py), then up or down. P is in
 * a zone if C is and the way crosses the zone's boundary an even number of times, or if it is not and the number is
 * odd. M and C are thought of as moved right by d and up by e, with e far smaller than d: then no edge passes
 * through them, and every test below has one answer (Edelsbrunner and Muecke 1990, "Simulation of Simplicity").
 * A point on an edge is found apart: zones are closed. */

/* Left of an edge, for a point that is thought of as moved right and, far less, up. */
static inline int left_of(double ax, double ay, double bx, double by, double px, double py)
{
    int side = orient(ax, ay, bx, by, px, py);
    return side > 0 || (side == 0 && ay == by);
}

static inline int32_t step_to(double from, double value, double per_degree, int32_t count)
{
    int32_t at = (int32_t)((value - from) * per_degree);
    return at < 0 ? 0 : at >= count ? count - 1 : at;
}

Spot locate(const Index *index, double px, double py)
{
    const Grid *grid = index->grids.data;
    const uint32_t *codes = index->codes.data;
    Spot spot = {NULL, OUTSIDE};
    if (!in_box(&index->all, px, py))
        return spot;
    for (;;) {
        size_t c = (size_t)step_to(grid->x0, px, grid->per_degree, grid->nx);
        size_t r = (size_t)step_to(grid->y0, py, grid->per_degree, grid->ny);
        uint32_t code = codes[grid->code + r * (size_t)grid->nx + c];
        if (!(code & IN_CELL)) {
            spot.set = SET_OF(code);
            return spot;
        }
        spot.cell = (const Cell *)index->cells.data + (code & ~IN_CELL);
        if (!FINER(spot.cell))
            return spot;
        grid = (const Grid *)index->grids.data + spot.cell->start;
        spot.cell = NULL;
    }
}

/* Does the way cross this edge? 0 or 1; `doubt` gathers whether a float sign was not sure. */
static inline uint32_t crosses(const Entry *entry, double px, double py, const Cell *cell, int *doubt)
{
    double dx = entry->bx - entry->ax, dy = entry->by - entry->ay;
    double level = dx * (py - entry->ay);
    double at_point = level - dy * (px - entry->ax);
    double at_bend = level - dy * (cell->x0 - entry->ax);
    uint32_t point = at_point > 0.0, bend = at_bend > 0.0, tag = entry->tag;
    uint32_t spans = (entry->ay > py) != (entry->by > py);
    double error = cell->error;
    *doubt |= (fabs(at_point) <= error) | (fabs(at_bend) <= error);
    return (spans & (point ^ bend)) ^ ((tag >> 1) & (bend ^ tag) & 1u);
}

/* The side of an edge that spans the point's parallel, as GEOS finds it; it looks at no edge that lies wholly to the
 * left of the point, and at none of a zone whose box does not hold the point. */
static int side_as_geos(const Index *index, const Entry *entry, double px, double py)
{
    double ax = entry->ax, ay = entry->ay, bx = entry->bx, by = entry->by;
    if ((ax < px && bx < px) || !in_box(&index->box[ZONE_OF(*entry)], px, py))
        return orient(ax, ay, bx, by, px, py) > 0 ? 1 : -1;
    return entry->tag & 4u ? -orient_as_geos(bx, by, ax, ay, px, py) : orient_as_geos(ax, ay, bx, by, px, py);
}

/* As `crosses`, with no doubt left; -1 when the point is on the edge. */
static int crosses_surely(const Index *index, const Entry *entry, double px, double py, double x0)
{
    double ax = entry->ax, ay = entry->ay, bx = entry->bx, by = entry->by;
    int spans = (ay > py) != (by > py), side = 1;
    uint32_t bend = (uint32_t)left_of(ax, ay, bx, by, x0, py);
    if ((px == ax && py == ay) || (px == bx && py == by) || (ay == py && by == py && px >= ax && px <= bx))
        return -1;
    if (spans) {
        side = side_as_geos(index, entry, px, py);
        if (side == 0)
            return -1;
    }
    return (int)(((uint32_t)spans & ((side > 0) ^ bend)) ^ ((entry->tag >> 1) & (bend ^ entry->tag) & 1u));
}

/* Does the set hold the zone? */
static int set_holds(const Index *index, uint32_t set, uint32_t zone)
{
    const uint32_t *offsets = index->offsets.data, *members = index->members.data;
    uint32_t low = offsets[set], high = offsets[set + 1];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (members[middle] < zone)
            low = middle + 1;
        else
            high = middle;
    }
    return low < offsets[set + 1] && members[low] == zone;
}

/* The zones of a cell in which point and corner differ, ascending; returns how many. */
static uint32_t flips_surely(const Index *index, const Cell *cell, double px, double py, uint32_t *out)
{
    const Entry *entries = index->entries.data;
    uint32_t i = cell->start, found = 0;
    while (i < cell->end) {
        uint32_t zone = ZONE_OF(entries[i]);
        int odd = 0, touched = 0;
        for (; i < cell->end && ZONE_OF(entries[i]) == zone; i++) {
            int crossed = crosses_surely(index, &entries[i], px, py, cell->x0);
            touched |= crossed < 0;
            odd ^= crossed & 1;
        }
        if (touched)
            odd = !set_holds(index, cell->set, zone);
        if (odd)
            out[found++] = zone;
    }
    return found;
}

static uint32_t flips(const Index *index, const Cell *cell, double px, double py, uint32_t *out)
{
    const Entry *entries = index->entries.data;
    uint32_t i = cell->start, found = 0;
    int doubt = 0;
    while (i < cell->end) {
        uint32_t zone = ZONE_OF(entries[i]), odd = 0;
        for (; i < cell->end && ZONE_OF(entries[i]) == zone; i++)
            odd ^= crosses(&entries[i], px, py, cell, &doubt);
        out[found] = zone;
        found += odd;
    }
    return doubt ? flips_surely(index, cell, px, py, out) : found;
}

static uint64_t mask_surely(const Index *index, const Cell *cell, double px, double py)
{
    const Entry *entries = index->entries.data;
    uint64_t mask = cell->mask;
    uint32_t i = cell->start;
    while (i < cell->end) {
        uint32_t zone = ZONE_OF(entries[i]);
        uint64_t odd = 0, touched = 0;
        for (; i < cell->end && ZONE_OF(entries[i]) == zone; i++) {
            int crossed = crosses_surely(index, &entries[i], px, py, cell->x0);
            touched |= crossed < 0;
            odd ^= (uint64_t)(crossed & 1);
        }
        mask = touched ? mask | (uint64_t)1 << zone : mask ^ odd << zone;
    }
    return mask;
}

static inline uint64_t cell_mask(const Index *index, const Cell *cell, double px, double py)
{
    const Entry *entries = index->entries.data;
    uint64_t mask = cell->mask;
    int doubt = 0;
    uint32_t i;
    for (i = cell->start; i < cell->end; i++)
        mask ^= (uint64_t)crosses(&entries[i], px, py, cell, &doubt) << (ZONE_OF(entries[i]));
    return doubt ? mask_surely(index, cell, px, py) : mask;
}

static uint64_t edged_mask(const Index *index, uint32_t code, double px, double py)
{
    const Cell *cell = (const Cell *)index->cells.data + (code & ~IN_CELL);
    Spot spot = {cell, OUTSIDE};
    if (FINER(cell))
        spot = locate(index, px, py);
    return spot.cell ? cell_mask(index, spot.cell, px, py) : ((const uint64_t *)index->masks.data)[spot.set];
}

/* The masks of points in cells that no boundary passes; those of the others come later. */
VECTORS static int64_t fill_masks(const uint64_t *masks, const uint32_t *code, const double *lon, const double *lat,
                                  int count, uint64_t *out)
{
    int i, strays = 0;
    for (i = 0; i < count; i++)
        out[i] = masks[SET_OF(code[i]) & ((code[i] >> 31) - 1u)]; /* OUTSIDE where one does */
    for (i = 0; i < count; i++)
        strays += !((fabs(lon[i]) <= 180.0) & (fabs(lat[i]) <= 90.0));
    return strays;
}

int64_t find_masks(const Index *index, const double *lon, const double *lat, int64_t count, uint64_t *out)
{
    int64_t strays = 0;
    Ahead ahead;
    int i;
    for (; count > 0; count -= AHEAD, lon += AHEAD, lat += AHEAD, out += AHEAD) {
        look_ahead(index, lon, lat, count, &ahead);
        strays += fill_masks(index->masks.data, ahead.code, lon, lat, ahead.count, out);
        for (i = 0; i < ahead.edged; i++) {
            int at = ahead.which[i];
            out[at] = edged_mask(index, ahead.code[at], lon[at], lat[at]);
        }
    }
    return strays;
}

/* The members of a set in ascending order, without the zones in `out` that it holds and with those it does not. */
static uint32_t merge(const Index *index, uint32_t set, const uint32_t *flipped, uint32_t count, uint32_t *out)
{
    const uint32_t *offsets = index->offsets.data;
    const uint32_t *member = (const uint32_t *)index->members.data + offsets[set];
    const uint32_t *last = (const uint32_t *)index->members.data + offsets[set + 1];
    uint32_t written = 0, i = 0;
    while (member < last || i < count) {
        if (i == count || (member < last && *member < flipped[i]))
            out[written++] = *member++;
        else if (member == last || flipped[i] < *member)
            out[written++] = flipped[i++];
        else
            member++, i++;
    }
    return written;
}

/* The zones of a point in the cell with this code; `scratch` has room for all zones. */
static uint32_t zones_in(const Index *index, uint32_t code, double px, double py, uint32_t *out, uint32_t *scratch)
{
    const uint32_t *offsets = index->offsets.data;
    Spot spot = {NULL, SET_OF(code)};
    uint32_t count = 0;
    if (code & IN_CELL) {
        spot.cell = (const Cell *)index->cells.data + (code & ~IN_CELL);
        if (FINER(spot.cell))
            spot = locate(index, px, py);
    }
    if (spot.cell) {
        count = flips(index, spot.cell, px, py, scratch);
        return merge(index, spot.cell->set, scratch, count, out);
    }
    for (; offsets[spot.set] + count < offsets[spot.set + 1]; count++)
        out[count] = ((const uint32_t *)index->members.data)[offsets[spot.set] + count];
    return count;
}

uint32_t find_zones_in(const Index *index, uint32_t code, double px, double py, uint32_t *out)
{
    return zones_in(index, code, px, py, out, out + index->zones + 1);
}

uint32_t find_zones(const Index *index, double px, double py, uint32_t *out)
{
    int64_t at = cell_at(index, px, py);
    return find_zones_in(index, at < 0 ? OUTSIDE : ((const uint32_t *)index->codes.data)[at], px, py, out);
}

int64_t find_wide_masks(const Index *index, const double *lon, const double *lat, int64_t count, uint64_t *out,
                        int64_t words)
{
    uint32_t *found = malloc(2 * ((size_t)index->zones + 1) * sizeof *found);
    int64_t i, strays = 0;
    if (!found)
        return -1;
    memset(out, 0, (size_t)(count * words) * sizeof *out);
    for (i = 0; i < count; i++) {
        uint32_t k, n = find_zones(index, lon[i], lat[i], found);
        strays += !on_globe(lon[i], lat[i]);
        for (k = 0; k < n; k++)
            out[i * words + found[k] / 64] |= (uint64_t)1 << found[k] % 64;
    }
    free(found);
    return strays;
}

int64_t find_pairs(const Index *index, const double *lon, const double *lat, int64_t count, int64_t first,
                   int64_t *point, uint32_t *zone, int64_t room, int64_t *written, int64_t *strays)
{
    uint32_t *scratch = malloc(((size_t)index->zones + 1) * sizeof *scratch);
    int64_t i, done = 0, lost = 0;
    Ahead ahead;
    if (!scratch)
        return -1;
    for (i = 0; i < count && done + (int64_t)index->zones <= room; i++) {
        uint32_t k, n;
        if (i % AHEAD == 0)
            look_ahead(index, lon + i, lat + i, count - i, &ahead);
        n = zones_in(index, ahead.code[i % AHEAD], lon[i], lat[i], zone + done, scratch);
        for (k = 0; k < n; k++)
            point[done + k] = first + i;
        done += n;
        lost += !on_globe(lon[i], lat[i]);
    }
    free(scratch);
    *written = done;
    *strays = lost;
    return i;
}
