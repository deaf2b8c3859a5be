#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clusters.h"

/* Cells a little wider than eps, or than eps over the root of the number of axes: neighbours are then never more than
 * one cell apart, or two, however coordinates are rounded. */
static int measure(Dense *dense, const double *given)
{
    double high[MOST_AXES];
    int axis, bits[MOST_AXES] = {0}, sum, widest;
    size_t i;
    for (axis = 0; axis < dense->axes; axis++) {
        dense->low[axis] = HUGE_VAL;
        high[axis] = -HUGE_VAL;
        for (i = 0; i < dense->count; i++) {
            double value = given[i * (size_t)dense->axes + (size_t)axis];
            dense->low[axis] = smaller(dense->low[axis], value);
            high[axis] = larger(high[axis], value);
        }
        dense->edge[axis] = dense->eps / (dense->apart == 1 ? 1.0 : sqrt((double)dense->axes)) * (1.0 + 1e-5);
    }
    do { /* coarser where the cells of all axes are too many for a key */
        for (axis = sum = widest = 0; axis < dense->axes; axis++) {
            bits[axis] = ilogb((high[axis] - dense->low[axis]) / dense->edge[axis] + 6.0) + 1;
            sum += bits[axis];
            widest = bits[axis] > bits[widest] ? axis : widest;
        }
        if (sum > 62 || bits[widest] > 30)
            dense->edge[widest] *= 2.0;
    } while (sum > 62 || bits[widest] > 30);
    for (axis = dense->axes - 1, sum = 0; axis >= 0; sum += bits[axis--])
        dense->pace[axis] = (uint64_t)1 << sum;
    return sum <= 62;
}

static void list_beside(Dense *dense)
{
    int leading = dense->axes - 1, wide = 2 * dense->apart + 1, axis, number, rest;
    for (dense->besides = 1, axis = 0; axis < leading; axis++)
        dense->besides *= wide;
    for (number = 0; number < dense->besides; number++) {
        dense->beside[number] = 0;
        for (axis = leading - 1, rest = number; axis >= 0; axis--, rest /= wide)
            dense->beside[number] += (rest % wide - dense->apart) * (int64_t)dense->pace[axis];
    }
}

static uint64_t key_of(const Dense *dense, const double *point)
{
    uint64_t key = 0;
    int axis;
    for (axis = 0; axis < dense->axes; axis++)
        key += ((uint64_t)((point[axis] - dense->low[axis]) / dense->edge[axis]) + 2) * dense->pace[axis];
    return key;
}

static int sort_points(Dense *dense, const double *given)
{
    size_t i, axes = (size_t)dense->axes;
    Keyed *spare = claim((dense->count + 1) * sizeof *spare);
    if (!spare)
        return NO_MEMORY;
    for (i = 0; i < dense->count; i++) {
        dense->rows[i].key = key_of(dense, given + i * axes);
        dense->rows[i].row = (uint32_t)i;
    }
    sort_keyed(dense->rows, spare, dense->count);
    free(spare);
    for (i = 0; i < dense->count; i++)
        memcpy(dense->point + i * axes, given + dense->rows[i].row * axes, axes * sizeof *given);
    return BUILT;
}

/* Whether the two far corners of a box are neighbours: then all points in it are, as floats round alike for both. */
static int is_tight(const Dense *dense, const double *box)
{
    double sum = 0.0;
    int axis;
    for (axis = 0; axis < dense->axes; axis++)
        sum += (box[dense->axes + axis] - box[axis]) * (box[dense->axes + axis] - box[axis]);
    return sum <= dense->eps2;
}

static void list_cells(Dense *dense)
{
    size_t i, axes = (size_t)dense->axes, axis;
    double *box = dense->box;
    dense->cells = 0;
    for (i = 0; i < dense->count; i++) {
        const double *point = dense->point + i * axes;
        if (!i || dense->rows[i].key != dense->rows[i - 1].key) {
            box = dense->box + dense->cells * 2 * axes;
            dense->key[dense->cells] = dense->rows[i].key;
            dense->start[dense->cells++] = (uint32_t)i;
            memcpy(box, point, axes * sizeof *box);
            memcpy(box + axes, point, axes * sizeof *box);
        }
        for (axis = 0; axis < axes; axis++) {
            box[axis] = smaller(box[axis], point[axis]);
            box[axes + axis] = larger(box[axes + axis], point[axis]);
        }
    }
    dense->start[dense->cells] = (uint32_t)dense->count;
    dense->key[dense->cells] = INT64_MAX; /* no key is as large: who looks for a cell stops there */
    for (i = 0; i < dense->cells; i++)
        dense->tight[i] = (uint8_t)is_tight(dense, dense->box + i * 2 * axes);
}

static int lay(Dense *dense, const double *given, int apart)
{
    dense->apart = apart;
    if (dense->count && !measure(dense, given))
        return TOO_FINE;
    list_beside(dense);
    if (sort_points(dense, given))
        return NO_MEMORY;
    list_cells(dense);
    return BUILT;
}

enum { THIN = 32 }; /* comparisons a point, within its cell, that are still cheap */

static int is_thin(const Dense *dense)
{
    double comparisons = 0.0;
    size_t i;
    for (i = 0; i < dense->cells; i++) {
        double here = dense->start[i + 1] - dense->start[i];
        comparisons += here * here;
    }
    return comparisons <= (double)THIN * (double)dense->count;
}

int lay_points(Dense *dense, const double *given)
{
    int status;
    size_t room = dense->count + 1, axes = (size_t)dense->axes, i;
    dense->eps2 = dense->eps * dense->eps;
    dense->rows = claim(room * sizeof *dense->rows);
    dense->point = claim(room * axes * sizeof *dense->point);
    dense->key = claim(room * sizeof *dense->key);
    dense->start = claim(room * sizeof *dense->start);
    dense->box = claim(room * 2 * axes * sizeof *dense->box);
    dense->tight = claim(room);
    dense->alone = calloc(room, 1);
    dense->core = calloc(room, 1);
    dense->parent = claim(room * sizeof *dense->parent);
    dense->number = claim(room * sizeof *dense->number);
    if (!dense->rows || !dense->point || !dense->key || !dense->start || !dense->box || !dense->tight ||
        !dense->alone || !dense->core || !dense->parent || !dense->number)
        return NO_MEMORY;
    for (i = 0; i < dense->count; i++)
        dense->parent[i] = (uint32_t)i;
    status = lay(dense, given, 1);
    return status || is_thin(dense) ? status : lay(dense, given, 2);
}

void drop_dense(Dense *dense)
{
    free(dense->rows);
    free(dense->point);
    free(dense->key);
    free(dense->start);
    free(dense->box);
    free(dense->tight);
    free(dense->alone);
    free(dense->core);
    free(dense->parent);
    free(dense->number);
}

/* --- the cells about a cell --- */

static uint32_t cell_from(const Dense *dense, int64_t key)
{
    size_t low = 0, high = dense->cells;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((int64_t)dense->key[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    return (uint32_t)low;
}

void start_beside(Beside *beside, const Dense *dense, size_t cell)
{
    int number;
    beside->count = 0;
    for (number = 0; number < dense->besides && cell < dense->cells; number++)
        beside->at[number] = cell_from(dense, (int64_t)dense->key[cell] + dense->beside[number] - dense->apart);
}
