/* Density-based clusters (Ester et al. 1996), exact, on a grid. */
#ifndef TRUCELINE_CLUSTERS_H
#define TRUCELINE_CLUSTERS_H

#include "pairs_sort.h"
#include "zones.h"

enum { MOST_AXES = 4, MOST_BESIDE = 125 };

/* Points on a grid. Where they lie thinly, cells are as wide as the reach, and neighbours are at most one cell apart.
 * Where they lie densely, cells are so small that points of one are nearly always neighbours, and it is two. */
typedef struct {
    size_t count;
    int axes, apart;
    double eps, eps2;
    uint32_t least;
    uint64_t pace[MOST_AXES];    /* what one cell further along an axis adds to a key */
    double low[MOST_AXES], edge[MOST_AXES];
    int64_t beside[MOST_BESIDE]; /* from a cell's key to those of the rows of cells about it, ascending */
    int besides;
    /* in order of cell */
    Keyed *rows;      /* key of the cell, number of the point */
    double *point;
    uint64_t *key;    /* of each cell */
    uint32_t *start;  /* of each cell, and the end */
    double *box;      /* of each cell: lows, then highs */
    uint8_t *tight;   /* all points of the cell are neighbours */
    uint8_t *alone;   /* no core point of another cell can be near the cell, and it has none */
    size_t cells;
    uint8_t *core;
    uint32_t *parent; /* of core points: trees of those that belong together */
    int64_t *number;  /* of the cluster of a root */
} Dense;

typedef struct {
    uint32_t one, other; /* points, in order of cell */
} Link;

/* The steps, in this order. Threads may share those that go over cells first to end. */
int lay_points(Dense *dense, const double *given); /* count, axes, eps, least are set, all else is 0 */
void find_core(Dense *dense, size_t first, size_t end);
int link_core(Dense *dense, size_t first, size_t end, List *links); /* Link: to cells behind `end` */
int number_clusters(Dense *dense, const Link *links, size_t count, int64_t *clusters);
void label_points(const Dense *dense, size_t first, size_t end, int64_t *labels); /* -1: noise */
void drop_dense(Dense *dense);

/* What follows is compiled for each number of axes apart, so that loops over them are none. */
#if defined(__GNUC__) || defined(__clang__)
#define INLINE static inline __attribute__((always_inline))
#else
#define INLINE static inline
#endif
#define FOR_AXES(work, dense, ...)                      \
    switch ((dense)->axes) {                            \
    case 3: work(dense, __VA_ARGS__, 3); break;         \
    case 4: work(dense, __VA_ARGS__, 4); break;         \
    default: work(dense, __VA_ARGS__, (dense)->axes);   \
    }

INLINE int are_near(const Dense *dense, size_t i, size_t k, int axes)
{
    const double *a = dense->point + i * (size_t)axes, *b = dense->point + k * (size_t)axes;
    double sum = 0.0;
    int axis;
    for (axis = 0; axis < axes; axis++)
        sum += (a[axis] - b[axis]) * (a[axis] - b[axis]);
    return sum <= dense->eps2;
}

INLINE int boxes_are_near(const Dense *dense, size_t one, size_t other, int axes)
{
    const double *a = dense->box + one * 2 * (size_t)axes, *b = dense->box + other * 2 * (size_t)axes;
    double sum = 0.0;
    int axis;
    for (axis = 0; axis < axes; axis++) {
        double away = larger(larger(a[axis] - b[axes + axis], b[axis] - a[axes + axis]), 0.0);
        sum += away * away;
    }
    return sum <= dense->eps2;
}

/* The cells near a cell. */
typedef struct {
    uint32_t at[MOST_BESIDE]; /* where each row of cells about the last one begins */
    uint32_t found[MOST_BESIDE * 5];
    int count;
} Beside;

void start_beside(Beside *beside, const Dense *dense, size_t cell);

/* Cells must come in ascending order. */
INLINE void look_beside(Beside *beside, const Dense *dense, size_t cell, int only_later, int axes)
{
    const int64_t *key = (const int64_t *)dense->key, here = key[cell];
    const int apart = dense->apart;
    int number = only_later ? dense->besides / 2 : 0, count = 0;
    for (; number < dense->besides; number++) {
        int64_t low = here + dense->beside[number] - apart, high = low + 2 * apart;
        uint32_t at = beside->at[number];
        at += key[at] < low; /* mostly no farther, and a guess would cost more */
        at += key[at] < low;
        at += key[at] < low;
        while (key[at] < low)
            at++;
        beside->at[number] = at;
        for (; key[at] <= high; at++)
            if ((!only_later || at > cell) && boxes_are_near(dense, cell, at, axes))
                beside->found[count++] = at;
    }
    beside->count = count;
}

#endif
