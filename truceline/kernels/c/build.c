/* Laying the grid: which cells an edge passes, and which zones hold each cell's corner. */
#include <stdlib.h>
#include <string.h>

#include "exact.h"
#include "sets.h"
#include "zones.h"

#define CROWDED 20u    /* a cell with more edges gets a finer grid of its own */
#define DEEPEST 5
#define MOST_ACROSS 64 /* cells along the side of a finer grid */

typedef struct {
    uint32_t row, column, zone;
} Event; /* from this corner on, to the right or upwards, one more boundary of the zone is crossed */

typedef struct {
    Grid grid;
    const uint32_t *edges;
    size_t count;
    uint32_t corner;
    int depth;
} Plan;

/* --- which cells an edge passes --- */

/* How many pairs of a cell and an edge that touches it there are, or more than `limit`. With `start` (nx * ny + 1
 * places, all 0 at first) counted for each cell, with `ids` listed. */
static size_t cover(const Index *index, const Plan *plan, size_t limit, uint32_t *start, uint32_t *ids)
{
    double slack = index->slack + 1e-6 * plan->grid.step;
    size_t i, total = 0;
    for (i = 0; i < plan->count; i++) {
        const Edge *edge = &index->edge[plan->edges[i]];
        Slant slant = slant_of(edge->ax, edge->ay, edge->bx, edge->by);
        int32_t row, last_row, column, last;
        rows_of(&plan->grid, edge->ay, edge->by, slack, &row, &last_row);
        for (; row <= last_row; row++) {
            columns_of(&plan->grid, &slant, row, slack, &column, &last);
            for (; column <= last; column++, total++) {
                size_t cell = (size_t)row * (size_t)plan->grid.nx + (size_t)column;
                if (ids)
                    ids[start[cell]++] = plan->edges[i];
                else if (start)
                    start[cell + 1]++;
            }
        }
        if (total > limit)
            break;
    }
    return total;
}

/* --- which zones hold each corner --- */

static int left(const Edge *edge, double px, double py)
{
    int side = orient(edge->ax, edge->ay, edge->bx, edge->by, px, py);
    return side > 0 || (side == 0 && edge->ay == edge->by);
}

/* The first corner of a row, from the left, that lies right of the edge. */
static int32_t first_right(const Plan *plan, const Edge *edge, double y)
{
    double x = edge->ax + (y - edge->ay) / (edge->by - edge->ay) * (edge->bx - edge->ax);
    int32_t at = clamp(floor((x - plan->grid.x0) / plan->grid.step) + 1.0, 0, plan->grid.nx);
    while (at > 0 && !left(edge, plan->grid.x0 + (at - 1) * plan->grid.step, y))
        at--;
    while (at < plan->grid.nx && left(edge, plan->grid.x0 + at * plan->grid.step, y))
        at++;
    return at;
}

static int above(const Plan *plan, const Edge *edge, int32_t row)
{
    return left(edge, plan->grid.x0, plan->grid.y0 + row * plan->grid.step) == (edge->bx > edge->ax);
}

/* The first corner of the left side, from below, that lies above the edge. */
static int32_t first_above(const Plan *plan, const Edge *edge)
{
    double y = edge->ay + (plan->grid.x0 - edge->ax) / (edge->bx - edge->ax) * (edge->by - edge->ay);
    int32_t at = clamp(floor((y - plan->grid.y0) / plan->grid.step) + 1.0, 0, plan->grid.ny);
    while (at > 0 && above(plan, edge, at - 1))
        at--;
    while (at < plan->grid.ny && !above(plan, edge, at))
        at++;
    return at;
}

static int add_event(const Index *index, List *events, int32_t row, int32_t column, uint32_t zone)
{
    Event *event;
    if (events->count >= index->budget)
        return TOO_FINE;
    event = grow(events, 1);
    if (!event)
        return NO_MEMORY;
    event->row = (uint32_t)row;
    event->column = (uint32_t)column;
    event->zone = zone;
    return BUILT;
}

static int edge_events(const Index *index, const Plan *plan, const Edge *edge, List *events)
{
    int32_t row, last, at;
    int status;
    if ((edge->ax > plan->grid.x0) != (edge->bx > plan->grid.x0)) {
        at = first_above(plan, edge);
        if (at > 0 && at < plan->grid.ny && (status = add_event(index, events, at, 0, edge->zone)) != BUILT)
            return status;
    }
    row = clamp(floor((edge->ay - plan->grid.y0) / plan->grid.step) - 1.0, 0, plan->grid.ny);
    last = clamp(floor((edge->by - plan->grid.y0) / plan->grid.step) + 1.0, -1, plan->grid.ny - 1);
    for (; row <= last; row++) {
        double y = plan->grid.y0 + row * plan->grid.step;
        if ((edge->ay > y) == (edge->by > y))
            continue;
        at = first_right(plan, edge, y);
        if (at > 0 && at < plan->grid.nx && (status = add_event(index, events, row, at, edge->zone)) != BUILT)
            return status;
    }
    return BUILT;
}

static int by_place(const void *one, const void *other)
{
    const Event *a = one, *b = other;
    if (a->row != b->row)
        return a->row < b->row ? -1 : 1;
    if (a->column != b->column)
        return a->column < b->column ? -1 : 1;
    return a->zone < b->zone ? -1 : a->zone > b->zone;
}

static int fill_row(Index *index, const Plan *plan, size_t code, const Event **at, const Event *end, int32_t row)
{
    Interner *interner = index->interned;
    int32_t column = 0;
    int status;
    for (; *at < end && (*at)->row == (uint32_t)row && (*at)->column == 0; (*at)++)
        toggle(&interner->row, (*at)->zone, interner->key);
    copy_set(&interner->now, &interner->row);
    while (column < plan->grid.nx) {
        int more = *at < end && (*at)->row == (uint32_t)row;
        int32_t next = more ? (int32_t)(*at)->column : plan->grid.nx;
        if (next > column) {
            uint32_t number = 0, *codes;
            if ((status = intern(index, &interner->now, &number)) != BUILT)
                return status;
            codes = (uint32_t *)index->codes.data + code + (size_t)row * (size_t)plan->grid.nx;
            for (; column < next; column++)
                codes[column] = number;
        }
        if (more) {
            toggle(&interner->now, (*at)->zone, interner->key);
            (*at)++;
        }
    }
    return BUILT;
}

/* Write into the codes of a grid the set of each cell's corner. */
static int fill_corners(Index *index, const Plan *plan, size_t code)
{
    Interner *interner = index->interned;
    List events = {NULL, 0, 0, sizeof(Event)};
    const Event *at, *end;
    int status = BUILT;
    int32_t row;
    size_t i;
    for (i = 0; i < plan->count && status == BUILT; i++)
        status = edge_events(index, plan, &index->edge[plan->edges[i]], &events);
    if (status == BUILT && events.count)
        qsort(events.data, events.count, sizeof(Event), by_place);
    at = events.data;
    end = events.count ? at + events.count : at;
    load_set(index, plan->corner, &interner->row, interner->hashes.data);
    for (row = 0; row < plan->grid.ny && status == BUILT; row++)
        status = fill_row(index, plan, code, &at, end, row);
    release(&events);
    return status;
}

/* --- cells and grids --- */

static double error_of(const Edge *edge, double x0, double y0, double step, double slack)
{
    double x = fmax(fabs(x0 - slack - edge->ax), fabs(x0 + step + slack - edge->ax));
    double y = fmax(fabs(y0 - slack - edge->ay), fabs(y0 + step + slack - edge->ay));
    return ORIENT_ERROR * (fabs(edge->bx - edge->ax) * y + (edge->by - edge->ay) * x);
}

static int add_entries(Index *index, Cell *cell, const uint32_t *ids, size_t count, double y0, double step)
{
    double slack = index->slack + 1e-6 * step, x0 = cell->x0, error = 1e-37;
    Entry *entry = grow(&index->entries, count);
    size_t i;
    if (!entry)
        return NO_MEMORY;
    for (i = 0; i < count; i++, entry++) {
        const Edge *edge = &index->edge[ids[i]];
        uint32_t spans = (edge->ax > x0) != (edge->bx > x0);
        entry->ax = edge->ax;
        entry->ay = edge->ay;
        entry->bx = edge->bx;
        entry->by = edge->by;
        entry->edge = ids[i];
        entry->tag = edge->zone << 3 | edge->down << 2 | spans << 1 | (uint32_t)left(edge, x0, y0);
        error = fmax(error, error_of(edge, x0, y0, step, slack));
    }
    cell->error = (float)(1.01 * error);
    cell->end = (uint32_t)index->entries.count;
    return BUILT;
}

static int build_grid(Index *index, const Plan *plan, int32_t *number);

/* How many cells across a finer grid pays for these edges: long ones pass many cells. 0 when none does. */
static int32_t across_for(const Index *index, const Plan *plan, const uint32_t *ids, size_t count, double x0, double y0)
{
    int32_t across = clamp(ceil(sqrt((double)count)), 2, MOST_ACROSS);
    size_t spare = index->most_entries - index->entries.count, limit = 4 * count;
    if (count <= CROWDED || plan->depth >= DEEPEST || limit > spare / 2)
        return 0;
    for (; across >= 2; across /= 2) {
        double step = plan->grid.step / across;
        Plan finer = {grid_at(x0, y0, step, across, across), ids, count, OUTSIDE, 0};
        if (step > index->smallest_step && cover(index, &finer, limit, NULL, NULL) <= limit)
            return across;
    }
    return 0;
}

static int build_child(Index *index, const Plan *plan, const uint32_t *ids, size_t count, size_t cell, double y0,
                       int32_t across)
{
    const Cell *parent = (const Cell *)index->cells.data + cell;
    Grid grid = grid_at(parent->x0, y0, plan->grid.step / across, across, across);
    Plan finer = {grid, ids, count, parent->set, plan->depth + 1};
    int32_t child = 0;
    int status = build_grid(index, &finer, &child);
    Cell *cells = index->cells.data;
    cells[cell].start = (uint32_t)child;
    cells[cell].end = 0;
    return status;
}

/* Fill the cell with this number, in this place of the grid. */
static int fill_cell(Index *index, const Plan *plan, size_t number, uint32_t *code, int32_t row, int32_t column,
                     const uint32_t *ids, size_t count)
{
    double y0 = plan->grid.y0 + row * plan->grid.step;
    Cell *cell = (Cell *)index->cells.data + number;
    int32_t across;
    cell->x0 = plan->grid.x0 + column * plan->grid.step;
    cell->set = *code;
    cell->mask = ((const uint64_t *)index->masks.data)[cell->set];
    cell->start = (uint32_t)index->entries.count;
    *code = IN_CELL | (uint32_t)number;
    if (index->entries.count + count > index->most_entries)
        return TOO_FINE;
    across = across_for(index, plan, ids, count, cell->x0, y0);
    if (across)
        return build_child(index, plan, ids, count, number, y0, across);
    return add_entries(index, cell, ids, count, y0, plan->grid.step);
}

/* Fill the cells of a tile; `ends` tells where in `ids` the edges of each cell of the grid end. */
static int fill_tile(Index *index, const Plan *plan, const Grid *grid, size_t at, const uint32_t *ends, const uint32_t *ids)
{
    int32_t west = (int32_t)(at % TILES(grid->nx)) * 8, south = (int32_t)(at / TILES(grid->nx)) * 8, row, column;
    size_t number = ((const Tile *)index->tiles.data)[grid->tile + at].first;
    int status = BUILT;
    for (row = south; row < south + 8 && row < grid->ny; row++)
        for (column = west; column < west + 8 && column < grid->nx && status == BUILT; column++) {
            size_t cell = (size_t)row * (size_t)grid->nx + (size_t)column;
            uint32_t from = cell ? ends[cell - 1] : 0, *code = (uint32_t *)index->codes.data + grid->code + cell;
            if (ends[cell] > from)
                status = fill_cell(index, plan, number++, code, row, column, ids + from, ends[cell] - from);
        }
    return status;
}

/* Give numbers to the cells that have edges, tile by tile, so that neighbours lie together in memory. */
static int number_cells(Index *index, const Grid *grid, const uint32_t *ends)
{
    size_t across = TILES(grid->nx), count = across * TILES(grid->ny), cell, first = index->cells.count, i;
    Tile *tile = (Tile *)index->tiles.data + grid->tile;
    for (cell = 0; cell < (size_t)grid->nx * (size_t)grid->ny; cell++) {
        size_t row = cell / (size_t)grid->nx, column = cell % (size_t)grid->nx;
        uint64_t edged = ends[cell] > (cell ? ends[cell - 1] : 0);
        tile[row / 8 * across + column / 8].bits |= edged << (row % 8 * 8 + column % 8);
    }
    for (i = 0; i < count; i++) {
        tile[i].first = first;
        first += (size_t)count_bits(tile[i].bits);
    }
    if (first >= IN_CELL)
        return TOO_FINE;
    return grow(&index->cells, first - index->cells.count) ? BUILT : NO_MEMORY;
}

static int fill_cells(Index *index, const Plan *plan, const Grid *grid)
{
    size_t cells = (size_t)grid->nx * (size_t)grid->ny, count = TILES(grid->nx) * TILES(grid->ny), i, total;
    uint32_t *start = calloc(cells + 1, sizeof *start), *ids = NULL;
    int status = NO_MEMORY;
    total = start ? cover(index, plan, index->most_entries, start, NULL) : 0;
    if (total > index->most_entries)
        status = TOO_FINE;
    else if (start)
        ids = malloc((total + 1) * sizeof *ids);
    if (ids) {
        for (i = 0; i < cells; i++)
            start[i + 1] += start[i];
        cover(index, plan, index->most_entries, start, ids); /* afterwards start[i] is where cell i ends */
        status = number_cells(index, grid, start);
        for (i = 0; i < count && status == BUILT; i++)
            status = fill_tile(index, plan, grid, i, start, ids);
    }
    free(ids);
    free(start);
    return status;
}

static int build_grid(Index *index, const Plan *plan, int32_t *number)
{
    size_t cells = (size_t)plan->grid.nx * (size_t)plan->grid.ny, tiles = TILES(plan->grid.nx) * TILES(plan->grid.ny);
    Grid *kept = grow(&index->grids, 1), grid = plan->grid;
    Tile *tile = grow(&index->tiles, tiles);
    int status;
    if (!kept || !tile || !grow(&index->codes, cells))
        return NO_MEMORY;
    memset(tile, 0, tiles * sizeof *tile);
    grid.code = index->codes.count - cells;
    grid.tile = index->tiles.count - tiles;
    *kept = grid;
    *number = (int32_t)index->grids.count - 1;
    status = fill_corners(index, plan, grid.code);
    return status == BUILT ? fill_cells(index, plan, &grid) : status;
}

static void start_lists(Index *index)
{
    index->grids.width = sizeof(Grid);
    index->codes.width = index->offsets.width = index->members.width = sizeof(uint32_t);
    index->cells.width = sizeof(Cell);
    index->entries.width = sizeof(Entry);
    index->masks.width = sizeof(uint64_t);
    index->tiles.width = sizeof(Tile);
}

int index_build(Index *index, double x0, double y0, double step, int32_t nx, int32_t ny, int finer)
{
    Interner interner = {0};
    uint32_t *all = malloc(((size_t)index->edges + 1) * sizeof *all), i;
    Plan plan = {grid_at(x0, y0, step, nx, ny), all, index->edges, OUTSIDE, finer ? 0 : DEEPEST};
    int32_t root;
    int status;
    start_lists(index);
    status = all ? start_interner(index, &interner) : NO_MEMORY;
    if (status == BUILT) {
        for (i = 0; i < index->edges; i++)
            all[i] = i;
        status = build_grid(index, &plan, &root);
    }
    if (status == BUILT)
        measure_rings(index);
    end_interner(&interner);
    index->interned = NULL;
    free(all);
    shrink(&index->cells);
    shrink(&index->entries);
    shrink(&index->members);
    return status;
}

void index_free(Index *index)
{
    release(&index->grids);
    release(&index->codes);
    release(&index->cells);
    release(&index->entries);
    release(&index->offsets);
    release(&index->members);
    release(&index->masks);
    release(&index->tiles);
    free(index->edge);
    free(index->box);
    free(index);
}

static size_t bytes_of(const List *list)
{
    return list->room * list->width;
}

size_t index_bytes(const Index *index)
{
    return bytes_of(&index->grids) + bytes_of(&index->codes) + bytes_of(&index->cells) + bytes_of(&index->entries) +
           bytes_of(&index->offsets) + bytes_of(&index->members) +
           bytes_of(&index->masks) + bytes_of(&index->tiles) + (size_t)index->edges * sizeof(Edge) +
           (size_t)index->zones * sizeof(Box);
}
