#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030b0000
#include <Python.h>

#include <math.h>

#include "loiter.h"
#include "pairs_door.h"
#include "pairs_steps.h"
#include "pairs_ways.h"

enum { MOST_BUFFERS = 8 };

static void let_go(Py_buffer *buffers, int count)
{
    while (count-- > 0)
        PyBuffer_Release(&buffers[count]);
}

static PyObject *bytes_of(const List *list)
{
    return PyBytes_FromStringAndSize(list->data, (Py_ssize_t)(list->count * list->width));
}

static PyObject *refuse(const char *why)
{
    PyErr_SetString(PyExc_ValueError, why);
    return NULL;
}

static size_t count_of(const Py_buffer *buffer)
{
    return (size_t)buffer->len / sizeof(int64_t);
}

/* --- are rows in order and on the globe, and where does each platform begin? --- */

static int64_t platform_at(const Py_buffer *platform, int wide, size_t row)
{
    return wide ? ((const int64_t *)platform->buf)[row] : ((const int32_t *)platform->buf)[row];
}

/* Returns the first row out of order, or -1; with NO_MEMORY, -2. */
static int64_t survey_rows(const Py_buffer *column, size_t first, size_t end, List *cuts, int64_t *strays)
{
    const int64_t *time = column[1].buf;
    const double *lon = column[2].buf, *lat = column[3].buf;
    int wide = column[0].len == column[1].len;
    int64_t before = first ? platform_at(&column[0], wide, first - 1) : 0;
    size_t i;
    for (i = first; i < end; i++) {
        int64_t platform = platform_at(&column[0], wide, i), *cut;
        *strays += !(fabs(lon[i]) <= 180.0 && fabs(lat[i]) <= 90.0);
        if (i && platform == before) {
            if (time[i] < time[i - 1])
                return (int64_t)i;
            continue;
        }
        if (i && platform < before)
            return (int64_t)i;
        before = platform;
        if (!(cut = grow(cuts, 1)))
            return -2;
        *cut = (int64_t)i;
    }
    return -1;
}

/* survey(platform, time, lon, lat, first, end) -> (bytes of rows where platforms begin, pings off the globe,
 * first row out of order or -1) */
PyObject *survey_pings(PyObject *Py_UNUSED(self), PyObject *args)
{
    Py_buffer column[4];
    PyObject *result = NULL;
    List cuts = {0};
    long long first, end;
    int64_t strays = 0, wrong = -1;
    if (!PyArg_ParseTuple(args, "y*y*y*y*LL", &column[0], &column[1], &column[2], &column[3], &first, &end))
        return NULL;
    cuts.width = sizeof(int64_t);
    if (column[2].len != column[1].len || column[3].len != column[1].len || column[1].len % 8 ||
        (column[0].len != column[1].len && column[0].len * 2 != column[1].len) || first < 0 || end < first ||
        (size_t)end > count_of(&column[1])) {
        refuse("columns differ in length or width");
    } else {
        Py_BEGIN_ALLOW_THREADS
        wrong = survey_rows(column, (size_t)first, (size_t)end, &cuts, &strays);
        Py_END_ALLOW_THREADS
        result = wrong == -2 ? PyErr_NoMemory()
                             : Py_BuildValue("NLL", bytes_of(&cuts), (long long)strays, (long long)wrong);
    }
    release(&cuts);
    let_go(column, 4);
    return result;
}

/* Columns are cuts, time, lon, lat; 0 when they do not fit together. */
static int load_pings(Pings *pings, const Py_buffer *column)
{
    size_t rows = count_of(&column[1]), cuts = count_of(&column[0]), i;
    pings->cuts = column[0].buf;
    pings->time = column[1].buf;
    pings->lon = column[2].buf;
    pings->lat = column[3].buf;
    pings->platforms = cuts - 1;
    if (cuts < 1 || cuts > UINT32_MAX || rows >= UINT32_MAX || column[2].len != column[1].len ||
        column[3].len != column[1].len || pings->cuts[0] < 0 || (size_t)pings->cuts[cuts - 1] > rows)
        return 0;
    for (i = 1; i < cuts; i++)
        if (pings->cuts[i] < pings->cuts[i - 1])
            return 0;
    return 1;
}

static int fits_time(long long first, long long end, long long step, long long gap)
{
    const long long most = (long long)1 << 61;
    return step > 0 && gap >= 0 && gap <= most && end >= first && end - first <= 1 << 24 && first >= -most / step &&
           end <= most / step;
}

/* encounters(cuts, time, lon, lat, known, first, end, step, gap, least, reach) -> (bytes of runs, bytes of doubts) */
PyObject *list_encounters(PyObject *Py_UNUSED(self), PyObject *args)
{
    Py_buffer column[5];
    PyObject *result = NULL;
    Pings pings;
    Clock clock;
    List runs = {0}, doubts = {0};
    long long first, end, step, gap, least;
    double reach;
    int status = BUILT;
    if (!PyArg_ParseTuple(args, "y*y*y*y*y*LLLLLd", &column[0], &column[1], &column[2], &column[3], &column[4],
                          &first, &end, &step, &gap, &least, &reach))
        return NULL;
    runs.width = sizeof(Run);
    doubts.width = sizeof(Doubt);
    if (!load_pings(&pings, column) || !fits_time(first, end, step, gap) || !(reach >= 0.0 && reach <= 1e6)) {
        refuse("columns that do not fit together, or steps or a reach without sense");
    } else {
        clock.first = first;
        clock.end = end;
        clock.step = step;
        clock.gap = gap;
        clock.least = least;
        clock.reach = reach;
        Py_BEGIN_ALLOW_THREADS
        status = find_runs(&pings, &clock, column[4].buf, (size_t)column[4].len / sizeof(Doubt), &runs, &doubts);
        Py_END_ALLOW_THREADS
        result = status ? PyErr_NoMemory() : Py_BuildValue("NN", bytes_of(&runs), bytes_of(&doubts));
    }
    release(&runs);
    release(&doubts);
    let_go(column, 5);
    return result;
}

/* near(cuts, time, lon, lat, names, split, first, end, slot, gap, reach) -> bytes of pairs */
PyObject *list_near(PyObject *Py_UNUSED(self), PyObject *args)
{
    Py_buffer column[5];
    PyObject *result = NULL;
    Pings tracks;
    Search search;
    List pairs = {0};
    long long split, first, end, slot, gap;
    double reach;
    int status = BUILT;
    if (!PyArg_ParseTuple(args, "y*y*y*y*y*LLLLLd", &column[0], &column[1], &column[2], &column[3], &column[4],
                          &split, &first, &end, &slot, &gap, &reach))
        return NULL;
    pairs.width = sizeof(uint64_t);
    if (!load_pings(&tracks, column) || count_of(&column[4]) < tracks.platforms || split < 0 ||
        !fits_time(first, end, slot, gap) || gap / slot > 1 << 16 || !(reach >= 0.0 && reach <= 2.5e6)) {
        refuse("columns that do not fit together, or slots or a reach without sense");
    } else {
        search.name = column[4].buf;
        search.split = (size_t)split;
        search.slot = slot;
        search.first = first;
        search.end = end;
        search.gap = gap;
        search.reach = reach;
        Py_BEGIN_ALLOW_THREADS
        status = find_near(&tracks, &search, &pairs);
        Py_END_ALLOW_THREADS
        result = status ? PyErr_NoMemory() : bytes_of(&pairs);
    }
    release(&pairs);
    let_go(column, 5);
    return result;
}

/* loitering(cuts, time, lon, lat, known, first, end, window, gap, least, speed)
 * -> (bytes of slow stretches, bytes of doubts) */
PyObject *list_loitering(PyObject *Py_UNUSED(self), PyObject *args)
{
    Py_buffer column[5];
    PyObject *result = NULL;
    Pings pings;
    Drift drift;
    List stretches = {0}, doubts = {0};
    long long first, end, window, gap, least;
    int status = BUILT;
    if (!PyArg_ParseTuple(args, "y*y*y*y*y*LLLLLd", &column[0], &column[1], &column[2], &column[3], &column[4],
                          &first, &end, &window, &gap, &least, &drift.speed))
        return NULL;
    stretches.width = sizeof(Stretch);
    doubts.width = sizeof(Window);
    if (!load_pings(&pings, column) || window < 1 || gap < 0 || first < 0 || end < first ||
        (size_t)end > pings.platforms || !(drift.speed >= 0.0 && drift.speed <= 1e9)) {
        refuse("columns that do not fit together, or limits without sense");
    } else {
        drift.window = window;
        drift.gap = gap;
        drift.least = least;
        Py_BEGIN_ALLOW_THREADS
        status = find_slow(&pings, &drift, (size_t)first, (size_t)end, column[4].buf,
                           (size_t)column[4].len / sizeof(Window), &stretches, &doubts);
        Py_END_ALLOW_THREADS
        result = status ? PyErr_NoMemory() : Py_BuildValue("NN", bytes_of(&stretches), bytes_of(&doubts));
    }
    release(&stretches);
    release(&doubts);
    let_go(column, 5);
    return result;
}
