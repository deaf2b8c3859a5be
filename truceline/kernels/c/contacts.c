#include <stdlib.h>

#include "exact.h"
#include "walk.h"

static double float_side(const Entry *edge, double px, double py)
{
    return (edge->bx - edge->ax) * (py - edge->ay) - (edge->by - edge->ay) * (px - edge->ax);
}

/* How far along the segment the foot of a point lies. */
static double along(const Walk *walk, double x, double y)
{
    double dx = walk->to.lon - walk->from.lon, dy = walk->to.lat - walk->from.lat;
    return unit(fabs(dx) >= fabs(dy) ? (x - walk->from.lon) / dx : (y - walk->from.lat) / dy);
}

static void add_hit(Walk *walk, const Entry *entry, uint32_t edge, int kind, double u, double until)
{
    Hit *hit = grow(&walk->hits, 1);
    if (!hit) {
        walk->failed = 1;
        return;
    }
    hit->zone = ZONE_OF(*entry);
    hit->edge = edge;
    hit->kind = kind;
    hit->u = u;
    hit->until = until;
}

static void meet_along(Walk *walk, const Entry *edge, uint32_t number)
{
    double a = along(walk, edge->ax, edge->ay), b = along(walk, edge->bx, edge->by);
    add_hit(walk, edge, number, a == b ? TOUCH : ALONG, smaller(a, b), larger(a, b));
}

static void meet(Walk *walk, const Entry *edge, uint32_t number)
{
    const Here *q = &walk->from, *p = &walk->to;
    int q_side, p_side, a_side, b_side;
    q_side = orient(edge->ax, edge->ay, edge->bx, edge->by, q->lon, q->lat);
    p_side = orient(edge->ax, edge->ay, edge->bx, edge->by, p->lon, p->lat);
    if (q_side == p_side && q_side)
        return;
    a_side = orient(q->lon, q->lat, p->lon, p->lat, edge->ax, edge->ay);
    b_side = orient(q->lon, q->lat, p->lon, p->lat, edge->bx, edge->by);
    if (a_side == b_side && a_side)
        return;
    if (!q_side && !p_side) {
        meet_along(walk, edge, number);
    } else if (q_side && p_side && a_side && b_side) {
        double from = float_side(edge, q->lon, q->lat), to = float_side(edge, p->lon, p->lat);
        add_hit(walk, edge, number, PROPER, unit(from / (from - to)), 0.0);
    } else if (!q_side || !p_side) {
        add_hit(walk, edge, number, TOUCH, q_side ? 1.0 : 0.0, 0.0);
    } else {
        double u = a_side ? along(walk, edge->bx, edge->by) : along(walk, edge->ax, edge->ay);
        add_hit(walk, edge, number, TOUCH, u, 0.0);
    }
}

/* The same for an edge of a line: the line is thought of as moved east and, far less, north, so that no ping and no
 * segment touches it. A hit is a crossing then; `kind` tells which way. */
static void meet_line(Walk *walk, const Entry *edge, uint32_t number)
{
    const Here *q = &walk->from, *p = &walk->to;
    double east = p->lon - q->lon, north = p->lat - q->lat, from, to;
    int level = edge->ay == edge->by; /* then it points east: entries point up, or to the right */
    int q_side = orient(edge->ax, edge->ay, edge->bx, edge->by, q->lon, q->lat);
    int p_side = orient(edge->ax, edge->ay, edge->bx, edge->by, p->lon, p->lat);
    int a_side, b_side, aside = north != 0.0 ? (north > 0.0 ? -1 : 1) : east > 0.0 ? 1 : -1;
    q_side = q_side ? q_side : level ? -1 : 1;
    p_side = p_side ? p_side : level ? -1 : 1;
    if (q_side == p_side)
        return;
    a_side = orient(q->lon, q->lat, p->lon, p->lat, edge->ax, edge->ay);
    b_side = orient(q->lon, q->lat, p->lon, p->lat, edge->bx, edge->by);
    if ((a_side ? a_side : aside) == (b_side ? b_side : aside))
        return;
    from = float_side(edge, q->lon, q->lat);
    to = float_side(edge, p->lon, p->lat);
    add_hit(walk, edge, number, (q_side > 0) != (edge->tag >> 2 & 1) ? RIGHTWARDS : LEFTWARDS, unit(from / (from - to)),
            0.0);
}

static int outside_box(const Box *box, const Entry *entry)
{
    return (entry->by < box->min_y) | (entry->ay > box->max_y) | ((entry->ax < box->min_x) & (entry->bx < box->min_x)) |
           ((entry->ax > box->max_x) & (entry->bx > box->max_x));
}

static void visit(Walk *walk, const Grid *grid, const uint64_t *edged);

static void visit_cell(Walk *walk, const Cell *cell)
{
    const Index *index = walk->index;
    const Entry *entries = index->entries.data;
    uint32_t i;
    if (cell->child >= 0)
        visit(walk, (const Grid *)index->grids.data + cell->child, NULL);
    for (i = cell->start; i < cell->end; i++)
        if (!outside_box(&walk->box, &entries[i]))
            (walk->lines ? meet_line : meet)(walk, &entries[i], ((const uint32_t *)index->origins.data)[i]);
}

#define CELLS_AT_ONCE 32

/* Visit some cells by their codes, each table asked for before the one after it is read. */
static void visit_cells(Walk *walk, const uint32_t *const *codes, int count)
{
    const Index *index = walk->index;
    const Cell *cells[CELLS_AT_ONCE];
    int i, kept = 0;
    for (i = 0; i < count; i++)
        if (*codes[i] & IN_CELL) {
            cells[kept] = (const Cell *)index->cells.data + (*codes[i] & ~IN_CELL);
            SOON(cells[kept++]);
        }
    for (i = 0; i < kept; i++) {
        SOON((const Entry *)index->entries.data + cells[i]->start);
        SOON((const uint32_t *)index->origins.data + cells[i]->start);
    }
    for (i = 0; i < kept; i++)
        visit_cell(walk, cells[i]);
}

/* Meet the edges of all cells of the grid that the segment passes; `edged`, where there is one, tells which have any. */
static void visit(Walk *walk, const Grid *grid, const uint64_t *edged)
{
    const uint32_t *codes = (const uint32_t *)walk->index->codes.data + grid->code, *chosen[CELLS_AT_ONCE];
    const Here *low = walk->from.lat <= walk->to.lat ? &walk->from : &walk->to;
    const Here *high = low == &walk->from ? &walk->to : &walk->from;
    const Slant slant = slant_of(low->lon, low->lat, high->lon, high->lat);
    double slack = walk->index->slack + 1e-6 * grid->step;
    int32_t row, last_row, column, last;
    int count = 0;
    rows_of(grid, low->lat, high->lat, slack, &row, &last_row);
    for (; row <= last_row; row++) {
        size_t start = (size_t)row * (size_t)grid->nx, at, end;
        columns_of(grid, &slant, row, slack, &column, &last);
        if (last < column)
            continue;
        end = start + (size_t)last;
        for (at = start + (size_t)column; at <= end; at++) {
            uint64_t bits = edged ? edged[at / 64] >> at % 64 : 1;
            if (!bits) {
                at |= 63;
            } else if (bits & 1) {
                SOON(&codes[at]);
                chosen[count++] = &codes[at];
                if (count == CELLS_AT_ONCE) {
                    visit_cells(walk, chosen, count);
                    count = 0;
                }
            }
        }
    }
    visit_cells(walk, chosen, count);
}

static int by_edge(const void *one, const void *other)
{
    const Hit *a = one, *b = other;
    return a->edge < b->edge ? -1 : a->edge > b->edge;
}

static int by_zone(const void *one, const void *other)
{
    const Hit *a = one, *b = other;
    if (a->zone != b->zone)
        return a->zone < b->zone ? -1 : 1;
    if (a->u != b->u)
        return a->u < b->u ? -1 : 1;
    return a->edge < b->edge ? -1 : a->edge > b->edge;
}

/* An edge stands in every cell that it touches: keep it once, then order by zone and u. */
static void order_hits(Walk *walk)
{
    Hit *hit = walk->hits.data;
    size_t i, kept = 1;
    if (walk->hits.count < 2)
        return;
    qsort(hit, walk->hits.count, sizeof *hit, by_edge);
    for (i = 1; i < walk->hits.count; i++)
        if (hit[i].edge != hit[kept - 1].edge)
            hit[kept++] = hit[i];
    walk->hits.count = kept;
    qsort(hit, kept, sizeof *hit, by_zone);
}

static int apart(const Box *one, const Box *other)
{
    return one->max_x < other->min_x || one->min_x > other->max_x || one->max_y < other->min_y ||
           one->min_y > other->max_y;
}

static Box box_of(const Here *q, const Here *p)
{
    Box box = {smaller(q->lon, p->lon), smaller(q->lat, p->lat), larger(q->lon, p->lon), larger(q->lat, p->lat)};
    return box;
}

void find_hits(Walk *walk)
{
    walk->hits.count = 0;
    walk->box = box_of(&walk->from, &walk->to);
    if ((walk->from.lon == walk->to.lon && walk->from.lat == walk->to.lat) || apart(&walk->index->all, &walk->box))
        return;
    visit(walk, walk->index->grids.data, walk->index->edged.data);
    order_hits(walk);
}
