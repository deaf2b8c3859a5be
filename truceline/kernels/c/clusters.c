#include "clusters.h"

#include <stdlib.h>
#include <string.h>

static size_t size_of(const Dense *dense, size_t cell)
{
    return dense->start[cell + 1] - dense->start[cell];
}

/* --- core points: those with enough neighbours, themselves among them --- */

INLINE int is_core(const Dense *dense, const Beside *beside, size_t cell, size_t point, int axes)
{
    size_t neighbours = 0, k;
    int number;
    for (number = 0; number < beside->count; number++) {
        size_t other = beside->found[number];
        if (other == cell && dense->tight[cell]) {
            neighbours += size_of(dense, cell);
            continue;
        }
        for (k = dense->start[other]; k < dense->start[other + 1] && neighbours < dense->least; k++)
            neighbours += (size_t)are_near(dense, point, k, axes);
        if (neighbours >= dense->least)
            return 1;
    }
    return neighbours >= dense->least;
}

INLINE void find_core_in(Dense *dense, size_t first, size_t end, int axes)
{
    Beside beside;
    size_t cell, i;
    start_beside(&beside, dense, first);
    for (cell = first; cell < end; cell++) {
        if (dense->tight[cell] && size_of(dense, cell) >= dense->least) {
            memset(dense->core + dense->start[cell], 1, size_of(dense, cell));
            continue;
        }
        look_beside(&beside, dense, cell, 0, axes);
        dense->alone[cell] = beside.count == 1; /* itself */
        for (i = dense->start[cell]; i < dense->start[cell + 1]; i++) {
            dense->core[i] = (uint8_t)is_core(dense, &beside, cell, i, axes);
            dense->alone[cell] &= !dense->core[i];
        }
    }
}

void find_core(Dense *dense, size_t first, size_t end)
{
    FOR_AXES(find_core_in, dense, first, end)
}

/* --- core points that are neighbours belong together --- */

static uint32_t root_of(uint32_t *parent, uint32_t point)
{
    while (parent[point] != point) {
        parent[point] = parent[parent[point]];
        point = parent[point];
    }
    return point;
}

static void unite(uint32_t *parent, uint32_t one, uint32_t other)
{
    one = root_of(parent, one);
    other = root_of(parent, other);
    if (one < other)
        parent[other] = one;
    else
        parent[one] = other;
}

INLINE void link_inside(Dense *dense, size_t cell, int axes)
{
    uint32_t i, k, before = UINT32_MAX;
    for (i = dense->start[cell]; i < dense->start[cell + 1]; i++) {
        if (!dense->core[i])
            continue;
        if (dense->tight[cell] && before != UINT32_MAX)
            unite(dense->parent, before, i);
        for (k = i + 1; !dense->tight[cell] && k < dense->start[cell + 1]; k++)
            if (dense->core[k] && are_near(dense, i, k, axes))
                unite(dense->parent, i, k);
        before = i;
    }
}

static uint32_t first_core(const Dense *dense, size_t cell)
{
    uint32_t i = dense->start[cell];
    while (i < dense->start[cell + 1] && !dense->core[i])
        i++;
    return i < dense->start[cell + 1] ? i : UINT32_MAX;
}

/* Link the core points of two cells; `apart`: the other one is not this thread's. In two tight cells one link is all. */
INLINE int link_cells(Dense *dense, size_t cell, size_t other, int apart, List *links, int axes)
{
    int one_is_all = dense->tight[cell] && dense->tight[other];
    uint32_t i, k, lead = first_core(dense, cell), follow = first_core(dense, other);
    if (lead == UINT32_MAX || follow == UINT32_MAX ||
        (one_is_all && !apart && root_of(dense->parent, lead) == root_of(dense->parent, follow)))
        return BUILT;
    for (i = lead; i < dense->start[cell + 1]; i++) {
        for (k = follow; dense->core[i] && k < dense->start[other + 1]; k++) {
            Link *link;
            if (!dense->core[k] || !are_near(dense, i, k, axes))
                continue;
            if (!apart) {
                unite(dense->parent, i, k);
            } else if ((link = grow(links, 1))) {
                link->one = i;
                link->other = k;
            } else {
                return NO_MEMORY;
            }
            if (one_is_all)
                return BUILT;
        }
    }
    return BUILT;
}

INLINE void link_core_in(Dense *dense, size_t first, size_t end, List *links, int *status, int axes)
{
    Beside beside;
    size_t cell;
    int number;
    start_beside(&beside, dense, first);
    for (cell = first; cell < end; cell++)
        link_inside(dense, cell, axes);
    for (cell = first; cell < end; cell++) {
        if (first_core(dense, cell) == UINT32_MAX)
            continue;
        look_beside(&beside, dense, cell, 1, axes);
        for (number = 0; number < beside.count; number++) {
            size_t other = beside.found[number];
            if ((*status = link_cells(dense, cell, other, other >= end, links, axes)))
                return;
        }
    }
}

int link_core(Dense *dense, size_t first, size_t end, List *links)
{
    int status = BUILT;
    FOR_AXES(link_core_in, dense, first, end, links, &status)
    return status;
}

/* --- numbers: by the first point, in the order given, that is a core point of the cluster --- */

int number_clusters(Dense *dense, const Link *links, size_t count, int64_t *clusters)
{
    uint32_t *by_row = malloc((dense->count + 1) * sizeof *by_row);
    size_t i;
    if (!by_row)
        return NO_MEMORY;
    for (i = 0; i < count; i++)
        if (links[i].one < dense->count && links[i].other < dense->count)
            unite(dense->parent, links[i].one, links[i].other);
    for (i = 0; i < dense->count; i++) {
        by_row[dense->rows[i].row] = dense->core[i] ? root_of(dense->parent, (uint32_t)i) : UINT32_MAX;
        dense->number[i] = -1;
    }
    *clusters = 0;
    for (i = 0; i < dense->count; i++)
        if (by_row[i] != UINT32_MAX && dense->number[by_row[i]] < 0)
            dense->number[by_row[i]] = (*clusters)++;
    for (i = 0; i < dense->count; i++) /* every core point knows its number: threads read only */
        if (dense->core[i])
            dense->number[i] = dense->number[root_of(dense->parent, (uint32_t)i)];
    free(by_row);
    return BUILT;
}

/* The lowest number of the core points near a point; -1 when there are none. */
INLINE int64_t lowest_near(const Dense *dense, const Beside *beside, size_t point, int axes)
{
    int64_t lowest = -1;
    int number;
    size_t k;
    for (number = 0; number < beside->count; number++) {
        size_t other = beside->found[number];
        for (k = dense->start[other]; k < dense->start[other + 1]; k++)
            if (dense->core[k] && (lowest < 0 || dense->number[k] < lowest) && are_near(dense, point, k, axes))
                lowest = dense->number[k];
    }
    return lowest;
}

INLINE void label_points_in(const Dense *dense, size_t first, size_t end, int64_t *labels, int axes)
{
    Beside beside;
    size_t cell, i;
    start_beside(&beside, dense, first);
    for (cell = first; cell < end; cell++) {
        int looked = 0;
        for (i = dense->start[cell]; i < dense->start[cell + 1]; i++) {
            if (!dense->core[i] && !dense->alone[cell] && !looked++)
                look_beside(&beside, dense, cell, 0, axes);
            labels[dense->rows[i].row] = dense->core[i]      ? dense->number[i]
                                         : dense->alone[cell] ? -1
                                                              : lowest_near(dense, &beside, i, axes);
        }
    }
}

void label_points(const Dense *dense, size_t first, size_t end, int64_t *labels)
{
    FOR_AXES(label_points_in, dense, first, end, labels)
}
