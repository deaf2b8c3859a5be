/* How far is the nearest boundary? Rosenfeld and Pfaltz (1966), "Sequential Operations in Digital Picture Processing". */
#include "zones.h"

/* How many rings of clear cells there are around a cell, as known so far; off the grid there are no boundaries. */
static uint32_t rings_at(const uint32_t *codes, const Grid *grid, int32_t row, int32_t column)
{
    if (row < 0 || column < 0 || row >= grid->ny || column >= grid->nx)
        return MOST_RINGS;
    codes += (size_t)row * (size_t)grid->nx + (size_t)column;
    return *codes & IN_CELL ? UINT32_MAX : RINGS_OF(*codes); /* one more is nought */
}

/* One more than the poorest of the four neighbours that were seen before: those on the side `to` and the one before. */
static void improve(uint32_t *codes, const Grid *grid, int32_t row, int32_t column, int32_t to, int first)
{
    uint32_t *code = codes + (size_t)row * (size_t)grid->nx + (size_t)column;
    uint32_t rings = first ? MOST_RINGS : RINGS_OF(*code);
    int32_t side;
    if (*code & IN_CELL)
        return;
    for (side = -1; side <= 1; side++) {
        uint32_t other = rings_at(codes, grid, row + to, column + side) + 1;
        rings = other < rings ? other : rings;
    }
    if (rings_at(codes, grid, row, column + to) + 1 < rings)
        rings = rings_at(codes, grid, row, column + to) + 1;
    *code = SET_OF(*code) | rings << SET_BITS;
}

void measure_rings(Index *index)
{
    const Grid *grid = index->grids.data;
    uint32_t *codes = index->codes.data;
    int32_t row, column;
    for (row = 0; row < grid->ny; row++)
        for (column = 0; column < grid->nx; column++)
            improve(codes, grid, row, column, -1, 1);
    for (row = grid->ny - 1; row >= 0; row--)
        for (column = grid->nx - 1; column >= 0; column--)
            improve(codes, grid, row, column, 1, 0);
}
