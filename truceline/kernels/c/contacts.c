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
    double dx = walk->to->lon - walk->from->lon, dy = walk->to->lat - walk->from->lat;
    return unit(fabs(dx) >= fabs(dy) ? (x - walk->from->lon) / dx : (y - walk->from->lat) / dy);
}

static void add_hit(Walk *walk, const Entry *entry, int kind, double u, double until)
{
    Hit *hit = grow(&walk->hits, 1);
    if (!hit) {
        walk->failed = 1;
        return;
    }
    hit->zone = ZONE_OF(*entry);
    hit->edge = entry->edge;
    hit->kind = kind;
    hit->u = u;
    hit->until = until;
}

static void meet_along(Walk *walk, const Entry *edge)
{
    double a = along(walk, edge->ax, edge->ay), b = along(walk, edge->bx, edge->by);
    add_hit(walk, edge, a == b ? TOUCH : ALONG, smaller(a, b), larger(a, b));
}

static void meet(Walk *walk, const Entry *edge)
{
    const Here *q = walk->from, *p = walk->to;
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
        meet_along(walk, edge);
    } else if (q_side && p_side && a_side && b_side) {
        double from = float_side(edge, q->lon, q->lat), to = float_side(edge, p->lon, p->lat);
        add_hit(walk, edge, PROPER, unit(from / (from - to)), 0.0);
    } else if (!q_side || !p_side) {
        add_hit(walk, edge, TOUCH, q_side ? 1.0 : 0.0, 0.0);
    } else {
        double u = a_side ? along(walk, edge->bx, edge->by) : along(walk, edge->ax, edge->ay);
        add_hit(walk, edge, TOUCH, u, 0.0);
    }
}

/* The same for an edge of a line: the line is thought of as moved east and, far less, north, so that no ping and no
 * segment touches it. A hit is a crossing then; `kind` tells which way. */
static void meet_line(Walk *walk, const Entry *edge)
{
    const Here *q = walk->from, *p = walk->to;
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
    add_hit(walk, edge, (q_side > 0) != (edge->tag >> 2 & 1) ? RIGHTWARDS : LEFTWARDS, unit(from / (from - to)),
            0.0);
}

/* --- which edges come into question --- */

static inline int outside_box(const Box *box, const Entry *entry)
{
    return (entry->by < box->min_y) | (entry->ay > box->max_y) | ((entry->ax < box->min_x) & (entry->bx < box->min_x)) |
           ((entry->ax > box->max_x) & (entry->bx > box->max_x));
}

static Sight sight_of(const Walk *walk)
{
    const Box *all = &walk->index->all;
    const Here *q = walk->from;
    Sight sight = {q->lon, q->lat, walk->to->lon - q->lon, walk->to->lat - q->lat, 0.0};
    double width = larger(fabs(all->min_x - q->lon), fabs(all->max_x - q->lon));
    double height = larger(fabs(all->min_y - q->lat), fabs(all->max_y - q->lat));
    sight.error = 1.01 * ORIENT_ERROR * (fabs(sight.dx) * height + fabs(sight.dy) * width) + ORIENT_FLOOR;
    return sight;
}

/* Might the segment meet the edge? Not if both its ends lie surely on one side. */
static inline int may_meet(const Sight *sight, const Box *box, const Entry *entry)
{
    double a = sight->dx * (entry->ay - sight->y) - sight->dy * (entry->ax - sight->x);
    double b = sight->dx * (entry->by - sight->y) - sight->dy * (entry->bx - sight->x);
    double error = sight->error;
    return !(((a > error) & (b > error)) | ((a < -error) & (b < -error)) | outside_box(box, entry));
}

#define AT_ONCE 32 /* edges */

static void visit(Walk *walk, const Grid *grid);

static void visit_cell(Walk *walk, const Cell *cell)
{
    const Entry *entries = walk->index->entries.data;
    const Sight sight = walk->sight;
    const Box box = walk->box;
    uint32_t start, end, i, kept, chosen[AT_ONCE];
    if (FINER(cell))
        visit(walk, (const Grid *)walk->index->grids.data + cell->start);
    for (start = cell->start; start < cell->end; start = end) { /* first without a branch, for guesses cost most */
        end = cell->end - start > AT_ONCE ? start + AT_ONCE : cell->end;
        for (i = start, kept = 0; i < end; i++) {
            chosen[kept] = i;
            kept += (uint32_t)may_meet(&sight, &box, &entries[i]);
        }
        for (i = 0; i < kept; i++)
            (walk->lines ? meet_line : meet)(walk, &entries[chosen[i]]);
    }
}

static void visit_cells(Walk *walk, Stretch stretch)
{
    for (; stretch.first < stretch.end; stretch.first++)
        visit_cell(walk, ((const Cell *const *)walk->chosen.data)[stretch.first]); /* the list may move meanwhile */
}

/* --- which cells it passes --- */

/* A segment in steps of a grid, from its lower end. */
typedef struct {
    double x, y, slope, left, right; /* `left` and `right` are on the grid */
    double spread, slack;            /* how much too far left or right a column may be told */
    int32_t first, last;             /* rows */
} Course;

/* 0 when it does not touch the grid. `ay` <= `by`. */
static int plot(double slack_deg, const Grid *grid, double ax, double ay, double bx, double by, Course *course)
{
    double per = grid->per_degree, dx = bx - ax, dy = by - ay;
    double slack = 1e-6 + slack_deg * per;
    double top = (by - grid->y0) * per, end = (bx - grid->x0) * per;
    course->x = (ax - grid->x0) * per;
    course->y = (ay - grid->y0) * per;
    course->left = smaller(course->x, end) - slack;
    course->right = larger(course->x, end) + slack;
    if (course->left >= grid->nx || course->right < 0.0 || course->y - slack >= grid->ny || top + slack < 0.0)
        return 0;
    course->left = larger(course->left, 0.0);
    course->right = smaller(course->right, grid->nx - 0.5);
    course->first = strip_of(larger(course->y - slack, 0.0), grid->ny);
    course->last = strip_of(smaller(top + slack, grid->ny - 0.5), grid->ny);
    course->slope = dy > 1e-200 ? dx / dy : 0.0;
    course->spread = dy > 1e-200 ? slack * (1.0 + fabs(course->slope)) : HUGE_VAL; /* too level for a slope */
    return 1;
}

/* The columns that it touches in some of its rows. */
static inline void columns_between(const Course *course, int32_t first, int32_t last, int32_t *left, int32_t *right)
{
    double one = course->x + (first - course->y) * course->slope;
    double other = course->x + (last + 1 - course->y) * course->slope;
    double low = smaller(one, other) - course->spread, high = larger(one, other) + course->spread;
    *left = (int32_t)smaller(larger(low, course->left), course->right);
    *right = (int32_t)smaller(larger(high, course->left), course->right);
}

/* The columns that it touches in each of eight rows from `south` on, as if it went on beyond its ends. */
typedef struct {
    int32_t left[8], right[8];
} Band;

static void columns_of_band(const Course *course, int32_t south, Band *band)
{
    const double slope = course->slope, spread = course->spread, from = course->left, to = course->right;
    const double x = course->x + (south - course->y) * slope;
    int row;
    for (row = 0; row < 8; row++) { /* plain enough for vectors */
        double one = x + row * slope, other = x + (row + 1) * slope;
        double low = smaller(one, other) - spread, high = larger(one, other) + spread;
        band->left[row] = (int32_t)smaller(larger(low, from), to);
        band->right[row] = (int32_t)smaller(larger(high, from), to);
    }
}

/* The bits of the cells of a tile that it touches; `west` is the tile's first column. */
static inline uint64_t tile_bits(const Band *band, int32_t west)
{
    uint64_t bits = 0;
    int row;
    for (row = 0; row < 8; row++) {
        int32_t left = band->left[row] - west, right = band->right[row] - west;
        left = left < 0 ? 0 : left > 8 ? 8 : left;
        right = right < -1 ? -1 : right > 7 ? 7 : right;
        bits |= (uint64_t)(0xffu >> (7 - right) & 0xffu << left) << 8 * row;
    }
    return bits;
}

Stretch choose_cells(Walk *walk, const Grid *grid, double from_lon, double from_lat, double to_lon, double to_lat)
{
    const Tile *tiles = (const Tile *)walk->index->tiles.data + grid->tile;
    const Cell *cells = walk->index->cells.data, **chosen;
    Stretch stretch = {walk->chosen.count, walk->chosen.count};
    int32_t south, tile, left, right, up = from_lat <= to_lat;
    Course course;
    Band band;
    if (!plot(walk->index->slack, grid, up ? from_lon : to_lon, up ? from_lat : to_lat, up ? to_lon : from_lon,
              up ? to_lat : from_lat, &course))
        return stretch;
    tiles += (size_t)(course.first / 8) * TILES(grid->nx);
    for (south = course.first / 8 * 8; south <= course.last; south += 8, tiles += TILES(grid->nx)) {
        int32_t first = south > course.first ? south : course.first;
        int32_t last = south + 7 < course.last ? south + 7 : course.last;
        uint64_t rows = ~(uint64_t)0 << 8 * (first - south) & ~(uint64_t)0 >> 8 * (south + 7 - last);
        columns_between(&course, first, last, &left, &right);
        columns_of_band(&course, south, &band);
        for (tile = left / 8; tile <= right / 8; tile++) {
            uint64_t all = tiles[tile].bits, bits = all & rows;
            if (bits)
                bits &= tile_bits(&band, tile * 8);
            if (!bits)
                continue;
            if (!(chosen = grow(&walk->chosen, (size_t)count_bits(bits)))) {
                walk->failed = 1;
                return stretch;
            }
            for (; bits; bits &= bits - 1) {
                *chosen = cells + tiles[tile].first + count_bits(all & ((bits & (0 - bits)) - 1));
                SOON(*chosen++);
            }
        }
    }
    stretch.end = walk->chosen.count;
    return stretch;
}

/* Meet the edges of all cells of the grid that the segment passes. */
static void visit(Walk *walk, const Grid *grid)
{
    const Here *q = walk->from, *p = walk->to;
    Stretch stretch = choose_cells(walk, grid, q->lon, q->lat, p->lon, p->lat);
    size_t i;
    for (i = stretch.first; i < stretch.end; i++) /* a wrong one where the cell has a finer grid */
        SOON((const Entry *)walk->index->entries.data + ((const Cell *const *)walk->chosen.data)[i]->start);
    visit_cells(walk, stretch);
    walk->chosen.count = stretch.first;
}

/* --- all contacts, in order --- */

#define FEW_HITS 16 /* more are not sorted by hand */

static int by_zone(const void *one, const void *other)
{
    const Hit *a = one, *b = other;
    if (a->zone != b->zone)
        return a->zone < b->zone ? -1 : 1;
    if (a->u != b->u)
        return a->u < b->u ? -1 : 1;
    return a->edge < b->edge ? -1 : a->edge > b->edge;
}

/* Order by zone and u, with each edge once, though it stands in every cell that it touches. */
static void order_hits(Walk *walk)
{
    Hit *hit = walk->hits.data;
    size_t count = walk->hits.count, i, k, kept = 1;
    if (count < 2)
        return;
    if (count > FEW_HITS)
        qsort(hit, count, sizeof *hit, by_zone);
    for (i = 1; count <= FEW_HITS && i < count; i++) {
        Hit moved = hit[i];
        for (k = i; k && by_zone(&moved, &hit[k - 1]) < 0; k--)
            hit[k] = hit[k - 1];
        hit[k] = moved;
    }
    for (i = 1; i < count; i++)
        if (hit[i].edge != hit[kept - 1].edge)
            hit[kept++] = hit[i];
    walk->hits.count = kept;
}

static int apart(const Box *one, const Box *other)
{
    return one->max_x < other->min_x || one->min_x > other->max_x || one->max_y < other->min_y ||
           one->min_y > other->max_y;
}

void find_hits(Walk *walk)
{
    const Here *q = walk->from, *p = walk->to;
    const Stretch *planned = walk->planned;
    const Box box = {smaller(q->lon, p->lon), smaller(q->lat, p->lat), larger(q->lon, p->lon), larger(q->lat, p->lat)};
    walk->hits.count = 0;
    walk->box = box;
    walk->sight = sight_of(walk);
    if ((q->lon == p->lon && q->lat == p->lat) || apart(&walk->index->all, &box))
        return;
    if (planned)
        visit_cells(walk, *planned);
    else
        visit(walk, walk->index->grids.data);
    order_hits(walk);
}
