/* Which zones hold a point? A grid over all zones, whose cells know the answer or the few edges that decide it. */
#ifndef TRUCELINE_ZONES_H
#define TRUCELINE_ZONES_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

/* An edge of a zone's boundary, pointing up (to the right when it is level). */
typedef struct {
    double ax, ay, bx, by;
    uint32_t zone;
    uint32_t down; /* the ring runs from b to a */
} Edge;

/* An edge inside one cell, ready for a crossing test on the way from a point to the cell's lower left corner. */
typedef struct {
    double ax, ay, bx, by;
    uint32_t edge; /* its number */
    uint32_t tag;  /* zone << 3 | down << 2 | it spans the corner's meridian << 1 | the corner is on its left */
} Entry;

#define ZONE_OF(entry) ((entry).tag >> 3)
#define MOST_ZONES 0x1fffffffu

/* A cell that a boundary passes through. */
typedef struct {
    double x0;            /* of the lower left corner */
    uint64_t mask;        /* zones 0 to 63 that hold the corner */
    uint32_t start, end;  /* entries, ordered by zone; or the number of a finer grid over the cell, and 0 */
    uint32_t set;         /* all zones that hold the corner */
    float error;          /* no float sign of an entry is in doubt above this, for any point of the cell */
} Cell;

#define FINER(cell) ((cell)->end == 0)

/* 8 by 8 cells of a grid. Those that a boundary passes have a bit, and numbers one after the other from `first`. */
typedef struct {
    uint64_t bits;
    size_t first;
} Tile;

typedef struct {
    double x0, y0, step, per_degree;
    int32_t nx, ny;
    size_t code; /* where its codes begin */
    size_t tile; /* and its tiles */
} Grid;

#define TILES(cells) ((size_t)((cells) + 7) / 8)

/* Tables are larger than the near caches: what will be read soon is asked for early. */
#if defined(__GNUC__) || defined(__clang__)
#define SOON(address) __builtin_prefetch(address)
#else
#define SOON(address) ((void)(address))
#endif

/* Loops that are plain enough for vectors are compiled for wider ones too, and the processor's are taken when the
 * program starts. Every one gives the same bits: there is no fused multiply-add in any (-ffp-contract=off). */
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__) && __GNUC__ >= 12 && !defined(__SANITIZE_ADDRESS__)
#define VECTORS __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VECTORS
#endif

static inline int count_bits(uint64_t bits)
{
    bits -= bits >> 1 & 0x5555555555555555u;
    bits = (bits & 0x3333333333333333u) + (bits >> 2 & 0x3333333333333333u);
    return (int)(((bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0fu) * 0x0101010101010101u >> 56);
}

/* --- the rows and columns of a grid that a segment touches, with some slack; last < first when none --- */

static inline int32_t clamp(double value, int32_t low, int32_t high)
{
    return value <= low ? low : value >= high ? high : (int32_t)value;
}

static inline Grid grid_at(double x0, double y0, double step, int32_t nx, int32_t ny)
{
    Grid grid = {x0, y0, step, 1.0 / step, nx, ny, 0, 0};
    return grid;
}

static inline double smaller(double a, double b)
{
    return a < b ? a : b;
}

static inline double larger(double a, double b)
{
    return a > b ? a : b;
}

/* The row or column of a place given in steps from the grid's corner: -1 before, `count` behind the grid. */
static inline int32_t strip_of(double steps, int32_t count)
{
    return steps < 0.0 ? -1 : steps >= count ? count : (int32_t)steps;
}

static inline void strips_of(double low, double high, double from, const Grid *grid, int32_t count, int32_t *first,
                             int32_t *last)
{
    int32_t below = strip_of((low - from) * grid->per_degree, count);
    int32_t above = strip_of((high - from) * grid->per_degree, count);
    *first = below < 0 ? 0 : below;
    *last = above == count ? count - 1 : above;
}

static inline void rows_of(const Grid *grid, double low, double high, double slack, int32_t *first, int32_t *last)
{
    strips_of(low - slack, high + slack, grid->y0, grid, grid->ny, first, last);
}

/* A segment on its way through the rows of a grid. */
typedef struct {
    double ax, ay, left, right; /* its lower end, and the meridians between which it lies */
    double slope;               /* degrees east for each north */
    int level;                  /* too level for a slope */
} Slant;

static inline Slant slant_of(double ax, double ay, double bx, double by) /* ay <= by */
{
    Slant slant = {ax, ay, smaller(ax, bx), larger(ax, bx), 0.0, !(by - ay > 1e-200)};
    if (!slant.level)
        slant.slope = (bx - ax) / (by - ay);
    return slant;
}

static inline double within(double value, double low, double high)
{
    return value < low ? low : value > high ? high : value;
}

/* The columns that it touches in one of its rows. */
static inline void columns_of(const Grid *grid, const Slant *slant, int32_t row, double slack, int32_t *first,
                              int32_t *last)
{
    double left = slant->left, right = slant->right;
    if (!slant->level) {
        double below = grid->y0 + row * grid->step - slack, above = grid->y0 + (row + 1) * grid->step + slack;
        double one = slant->ax + (below - slant->ay) * slant->slope;
        double other = slant->ax + (above - slant->ay) * slant->slope;
        left = within(smaller(one, other), slant->left, slant->right);
        right = within(larger(one, other), slant->left, slant->right);
    }
    strips_of(left - slack, right + slack, grid->x0, grid, grid->nx, first, last);
}

void *claim(size_t bytes); /* as malloc; much of it in large pages where the system has them, which are taken sooner */

/* --- a list that grows --- */

typedef struct {
    void *data;
    size_t count, room, width;
} List;

void *grow(List *list, size_t more); /* room for so many more at the end, or NULL */
void release(List *list);
void shrink(List *list); /* to what it holds */

typedef struct {
    double min_x, min_y, max_x, max_y;
} Box;

typedef struct {
    Box all, *box; /* of all zones, and of each */
    double smallest_step, slack;
    uint32_t zones, edges;
    Edge *edge;
    List grids;   /* Grid; the first is the root */
    List codes;   /* uint32: what is known of each cell */
    List cells;   /* Cell */
    List entries; /* Entry */
    List offsets; /* uint32: where the zones of each set begin, and the end */
    List members; /* uint32: zones of the sets, ascending */
    List masks;   /* uint64: zones 0 to 63 of each set */
    List tiles;   /* Tile */
    size_t budget;       /* most members, codes or events before the grid counts as too fine */
    size_t most_entries; /* the same for entries */
    void *interned; /* only while building */
} Index;

/* A cell's code: where a boundary passes, its number; else its set of zones and, in the coarsest grid, how many rings of
 * such cells lie around it. */
#define IN_CELL 0x80000000u
#define OUTSIDE 0u /* the set of no zones */
#define SET_BITS 26
#define MOST_SETS (1u << SET_BITS)
#define MOST_RINGS 31u
#define SET_OF(code) ((code) & (MOST_SETS - 1))
#define RINGS_OF(code) ((code) & IN_CELL ? 0u : (code) >> SET_BITS)

enum { BUILT = 0, TOO_FINE = 1, NO_MEMORY = 2 };

/* A point's cell or, where no boundary is near, its set of zones. */
typedef struct {
    const Cell *cell; /* NULL: `set` is the answer */
    uint32_t set;
} Spot;

int index_build(Index *index, double x0, double y0, double step, int32_t nx, int32_t ny, int finer);
void index_free(Index *index);

/* Note in the codes of the coarsest grid how far away boundaries are. */
void measure_rings(Index *index);
size_t index_bytes(const Index *index);

/* Zones 0 to 63 that hold each point; returns how many points are not on the globe. */
int64_t find_masks(const Index *index, const double *lon, const double *lat, int64_t count, uint64_t *out);

/* Zones that hold each point, as rows of `words` words; -1 without memory. */
int64_t find_wide_masks(const Index *index, const double *lon, const double *lat, int64_t count, uint64_t *out,
                        int64_t words);

/* Pairs (point, zone) in order until the points end or `room` might not hold another point's; returns points done. */
int64_t find_pairs(const Index *index, const double *lon, const double *lat, int64_t count, int64_t first,
                   int64_t *point, uint32_t *zone, int64_t room, int64_t *written, int64_t *strays);

/* The zones of one point, ascending, into `out` (room for 2 * (zones + 1)); returns how many.*/
uint32_t find_zones(const Index *index, double px, double py, uint32_t *out);

/* The same for a point of which the code of its cell of the coarsest grid is known. */
uint32_t find_zones_in(const Index *index, uint32_t code, double px, double py, uint32_t *out);

static inline int in_box(const Box *box, double px, double py)
{
    return px >= box->min_x && px <= box->max_x && py >= box->min_y && py <= box->max_y;
}

/* The cell of the coarsest grid that holds a point of the box of all zones. */
static inline int64_t cell_of(const Grid *grid, double px, double py)
{
    return (int64_t)(int32_t)((py - grid->y0) * grid->per_degree) * grid->nx +
           (int32_t)((px - grid->x0) * grid->per_degree);
}

/* That of any point; -1 off the box. */
static inline int64_t cell_at(const Index *index, double px, double py)
{
    return in_box(&index->all, px, py) ? cell_of(index->grids.data, px, py) : -1;
}

static inline int on_globe(double px, double py)
{
    return fabs(px) <= 180.0 && fabs(py) <= 90.0; /* false for NaN */
}

#define AHEAD 128 /* points */

/* Where some points lie: their cells of the coarsest grid (-1 off the box), what is known of those, and which have edges. */
typedef struct {
    int32_t at[AHEAD];
    uint32_t code[AHEAD];
    int which[AHEAD], edged, count;
} Ahead;

/* Look where the next points lie (AHEAD of them, or `count` if that is less), and ask for what will be read of them. */
void look_ahead(const Index *index, const double *lon, const double *lat, int64_t count, Ahead *ahead);

Spot locate(const Index *index, double px, double py);

#endif
