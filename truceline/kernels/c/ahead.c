#include "zones.h"


#define FAR 1e300 /* times any distance that coordinates can have: more than there are cells */

/* The cells of all points, without a branch, for guesses cost most, and plain enough for vectors. */
VECTORS static void find_cells(const Index *index, const double *lon, const double *lat, int count, int32_t *at)
{
    const Grid *grid = index->grids.data;
    const Box all = index->all;
    const double x0 = grid->x0, y0 = grid->y0, per = grid->per_degree, nx = grid->nx;
    int i;
    for (i = 0; i < count; i++) {
        double east = larger(smaller(lon[i], all.max_x), all.min_x); /* a number, also for NaN */
        double north = larger(smaller(lat[i], all.max_y), all.min_y);
        double column = (int32_t)((east - x0) * per), row = (int32_t)((north - y0) * per);
        double off = fabs(east - lon[i]) + fabs(north - lat[i]); /* the box: 0 in it */
        at[i] = (int32_t)larger(row * nx + column - off * FAR, -1.0);
    }
}

VECTORS static void read_codes(const uint32_t *codes, const int32_t *at, int count, uint32_t *code)
{
    int i;
    for (i = 0; i < count; i++) {
        int32_t off = at[i] >> 31; /* all bits or none */
        code[i] = codes[at[i] & ~off] & ~(uint32_t)off;
    }
}

void look_ahead(const Index *index, const double *lon, const double *lat, int64_t count, Ahead *ahead)
{
    const uint32_t *codes = index->codes.data;
    const Cell *cells = index->cells.data;
    int i, some = count < AHEAD ? (int)count : AHEAD, edged = 0;
    find_cells(index, lon, lat, some, ahead->at);
    read_codes(codes, ahead->at, some, ahead->code);
    for (i = 0; i < some; i++) { /* without a branch */
        ahead->which[edged] = i;
        edged += (int)(ahead->code[i] >> 31);
    }
    for (i = 0; i < edged; i++)
        SOON(cells + (ahead->code[ahead->which[i]] & ~IN_CELL));
    for (i = 0; i < edged; i++) /* a wrong one where the cell has a finer grid */
        SOON((const Entry *)index->entries.data + cells[ahead->code[ahead->which[i]] & ~IN_CELL].start);
    ahead->count = some;
    ahead->edged = edged;
}
