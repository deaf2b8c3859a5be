/* The door to Python: buffers in, numbers out, the interpreter's lock let go while a kernel runs. */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030b0000
#include <Python.h>

#include <stdlib.h>
#include <string.h>

#include "exact.h"
#include "group_door.h"
#include "modes_door.h"
#include "nmea_door.h"
#include "pairs_door.h"
#include "segments.h"
#include "zones.h"

#define INDEX "truceline.kernels.ZoneIndex"

static Index *index_of(PyObject *capsule)
{
    return PyCapsule_GetPointer(capsule, INDEX);
}

static void drop_index(PyObject *capsule)
{
    Index *index = index_of(capsule);
    if (index)
        index_free(index);
}

/* --- building --- */

/* Turn every edge upwards; returns 0 when a coordinate or a zone is not one that the kernels can hold. */
static int load_edges(Index *index, const double *corners, const uint32_t *zones, size_t count)
{
    size_t i, k;
    uint32_t kept = 0;
    for (i = 0; i < count; i++, corners += 4) {
        Edge *edge = &index->edge[kept];
        uint32_t down = corners[1] > corners[3] || (corners[1] == corners[3] && corners[0] > corners[2]);
        for (k = 0; k < 4; k++)
            if (!(fabs(corners[k]) <= LARGEST_COORDINATE))
                return 0;
        if (zones[i] >= index->zones || (i && zones[i] < zones[i - 1]))
            return 0;
        edge->ax = corners[down ? 2 : 0];
        edge->ay = corners[down ? 3 : 1];
        edge->bx = corners[down ? 0 : 2];
        edge->by = corners[down ? 1 : 3];
        edge->zone = zones[i];
        edge->down = down;
        kept += edge->ax != edge->bx || edge->ay != edge->by;
    }
    index->edges = kept;
    return 1;
}

static void stretch(Box *box, const Edge *edge)
{
    box->min_x = fmin(box->min_x, fmin(edge->ax, edge->bx));
    box->max_x = fmax(box->max_x, fmax(edge->ax, edge->bx));
    box->min_y = fmin(box->min_y, edge->ay);
    box->max_y = fmax(box->max_y, edge->by);
}

/* The boxes of all edges and, from them, how fine a grid may become. */
static void measure(Index *index)
{
    const Box nothing = {HUGE_VAL, HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
    Box *all = &index->all;
    double largest = 1.0;
    uint32_t i;
    *all = nothing;
    for (i = 0; i < index->zones; i++)
        index->box[i] = nothing;
    for (i = 0; i < index->edges; i++) {
        stretch(all, &index->edge[i]);
        stretch(&index->box[index->edge[i].zone], &index->edge[i]);
    }
    if (!index->edges)
        all->min_x = all->min_y = all->max_x = all->max_y = 0.0;
    largest = fmax(largest, fmax(fmax(fabs(all->min_x), fabs(all->max_x)), fmax(fabs(all->min_y), fabs(all->max_y))));
    index->slack = 16.0 * 2.220446049250313e-16 * largest;
    index->smallest_step = 1e4 * index->slack;
    index->most_entries = 24 * (size_t)index->edges + ((size_t)1 << 18);
}

/* A grid of about `cells` cells. Its lines start off the box, at no round place, so that they seldom meet a corner. */
static int lay(Index *index, double cells)
{
    const Box *all = &index->all;
    double width = all->max_x - all->min_x, height = all->max_y - all->min_y;
    double step = fmax(sqrt(width * height / cells), fmax(width, height) / cells);
    double x0, y0, per;
    step = fmax(step, 4.0 * index->smallest_step);
    x0 = all->min_x - step * 0.36787944117144233;
    y0 = all->min_y - step * 0.31830988618379067;
    per = 1.0 / step;
    return index_build(index, x0, y0, step, (int32_t)((all->max_x - x0) * per) + 2,
                       (int32_t)((all->max_y - y0) * per) + 2, cells >= 2.0); /* a single cell always fits */
}

static Index *new_index(const Py_buffer *corners, const Py_buffer *zones, uint32_t zone_count, size_t budget)
{
    size_t count = (size_t)zones->len / sizeof(uint32_t);
    Index *index = calloc(1, sizeof *index);
    if (index) {
        index->edge = malloc((count + 1) * sizeof *index->edge);
        index->box = malloc(((size_t)zone_count + 1) * sizeof *index->box);
    }
    if (!index || !index->edge || !index->box) {
        if (index)
            index_free(index);
        PyErr_NoMemory();
        return NULL;
    }
    index->zones = zone_count;
    index->budget = budget;
    if ((size_t)corners->len != count * 4 * sizeof(double) || count >= IN_CELL ||
        !load_edges(index, corners->buf, zones->buf, count)) {
        index_free(index);
        PyErr_SetString(PyExc_ValueError, "edges: expected finite coordinates, four a zone number, zones in order");
        return NULL;
    }
    measure(index);
    return index;
}

/* build(corners, zones, zone_count, cells, budget) -> capsule, or None when the grid is too fine for the budget */
static PyObject *build(PyObject *Py_UNUSED(self), PyObject *args)
{
    Py_buffer corners, zones;
    unsigned int zone_count;
    double cells;
    Py_ssize_t budget;
    Index *index;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "y*y*Idn", &corners, &zones, &zone_count, &cells, &budget))
        return NULL;
    if (zone_count > MOST_ZONES || !(cells >= 1.0 && cells <= 1e8) || budget < 1 || budget > MOST_SETS) {
        PyErr_SetString(PyExc_ValueError, "too many zones, or no sensible size of grid");
    } else if ((index = new_index(&corners, &zones, zone_count, (size_t)budget))) {
        int status;
        Py_BEGIN_ALLOW_THREADS
        status = lay(index, cells);
        Py_END_ALLOW_THREADS
        if (status == BUILT)
            result = PyCapsule_New(index, INDEX, drop_index);
        if (!result)
            index_free(index);
        if (status == NO_MEMORY)
            PyErr_NoMemory();
        else if (status == TOO_FINE)
            result = Py_NewRef(Py_None);
    }
    PyBuffer_Release(&corners);
    PyBuffer_Release(&zones);
    return result;
}

static PyObject *size(PyObject *Py_UNUSED(self), PyObject *capsule)
{
    const Index *index = index_of(capsule);
    return index ? PyLong_FromSize_t(index_bytes(index)) : NULL;
}

/* --- asking --- */

static int same_length(const Py_buffer *lon, const Py_buffer *lat)
{
    if (lon->len == lat->len && lon->len % (Py_ssize_t)sizeof(double) == 0)
        return 1;
    PyErr_SetString(PyExc_ValueError, "lon and lat differ in length");
    return 0;
}

/* masks(index, lon, lat, out, words) -> how many points are not on the globe */
static PyObject *masks(PyObject *Py_UNUSED(self), PyObject *args)
{
    Py_buffer lon, lat, out;
    PyObject *capsule, *result = NULL;
    const Index *index;
    Py_ssize_t words;
    if (!PyArg_ParseTuple(args, "Oy*y*w*n", &capsule, &lon, &lat, &out, &words))
        return NULL;
    if ((index = index_of(capsule)) && same_length(&lon, &lat)) {
        int64_t count = lon.len / (int64_t)sizeof(double), strays;
        if (words < 1 || words != (index->zones + 63) / 64 + (index->zones == 0) ||
            out.len / (Py_ssize_t)sizeof(uint64_t) / words != count) {
            PyErr_SetString(PyExc_ValueError, "out has not one bit for each point and zone");
        } else {
            Py_BEGIN_ALLOW_THREADS
            strays = words == 1 ? find_masks(index, lon.buf, lat.buf, count, out.buf)
                                : find_wide_masks(index, lon.buf, lat.buf, count, out.buf, words);
            Py_END_ALLOW_THREADS
            result = strays < 0 ? PyErr_NoMemory() : PyLong_FromLongLong(strays);
        }
    }
    PyBuffer_Release(&lon);
    PyBuffer_Release(&lat);
    PyBuffer_Release(&out);
    return result;
}

/* pairs(index, lon, lat, first, points, zones) -> (points done, pairs written, points not on the globe) */
static PyObject *pairs(PyObject *Py_UNUSED(self), PyObject *args)
{
    Py_buffer lon, lat, points, zones;
    PyObject *capsule, *result = NULL;
    const Index *index;
    long long first;
    if (!PyArg_ParseTuple(args, "Oy*y*Lw*w*", &capsule, &lon, &lat, &first, &points, &zones))
        return NULL;
    if ((index = index_of(capsule)) && same_length(&lon, &lat)) {
        int64_t room = points.len / (int64_t)sizeof(int64_t), written = 0, strays = 0, done;
        if (zones.len / (int64_t)sizeof(uint32_t) < room)
            room = zones.len / (int64_t)sizeof(uint32_t);
        Py_BEGIN_ALLOW_THREADS
        done = find_pairs(index, lon.buf, lat.buf, lon.len / (int64_t)sizeof(double), first, points.buf, zones.buf,
                          room, &written, &strays);
        Py_END_ALLOW_THREADS
        result = done < 0 ? PyErr_NoMemory()
                          : Py_BuildValue("LLL", (long long)done, (long long)written, (long long)strays);
    }
    PyBuffer_Release(&lon);
    PyBuffer_Release(&lat);
    PyBuffer_Release(&points);
    PyBuffer_Release(&zones);
    return result;
}

/* --- stays --- */

static PyObject *bytes_of_list(const List *list)
{
    return PyBytes_FromStringAndSize(list->data, (Py_ssize_t)(list->count * list->width));
}

static PyObject *stays_to_python(Stays *found, int lines)
{
    return Py_BuildValue("NNNNLL", bytes_of_list(lines ? &found->crossings : &found->episodes), bytes_of_list(&found->gaps),
                         bytes_of_list(&found->last), bytes_of_list(&found->open), (long long)found->unusable,
                         (long long)found->wrong);
}

static int load_track(Track *track, const Py_buffer *column)
{
    Py_ssize_t count = column[1].len / (Py_ssize_t)sizeof(int64_t);
    Py_ssize_t width = count ? column[0].len / count : (Py_ssize_t)sizeof(int64_t);
    track->count = count;
    track->platform = column[0].buf;
    track->time = column[1].buf;
    track->lon = column[2].buf;
    track->lat = column[3].buf;
    track->wide = width == sizeof(int64_t);
    track->last = column[4].buf;
    track->last_count = (size_t)column[4].len / sizeof(Last);
    track->open = column[5].buf;
    track->open_count = (size_t)column[5].len / sizeof(Open);
    return (width == sizeof(int64_t) || width == sizeof(int32_t)) && column[0].len == count * width &&
           column[1].len == count * 8 && column[2].len == count * 8 && column[3].len == count * 8 &&
           column[4].len % (Py_ssize_t)sizeof(Last) == 0 && column[5].len % (Py_ssize_t)sizeof(Open) == 0;
}

/* stays(index, platform, time, lon, lat, last, open, gap, bridge, lines)
 * -> (episodes or, of lines, crossings, gaps, last, open: bytes of records; pings not on the globe; first row out of order or -1) */
static PyObject *stays(PyObject *Py_UNUSED(self), PyObject *args)
{
    Py_buffer column[6];
    PyObject *capsule, *result = NULL;
    const Index *index;
    long long gap, bridge;
    Track track;
    Stays found;
    int i, status, lines;
    if (!PyArg_ParseTuple(args, "Oy*y*y*y*y*y*LLp", &capsule, &column[0], &column[1], &column[2], &column[3],
                          &column[4], &column[5], &gap, &bridge, &lines))
        return NULL;
    index = index_of(capsule);
    if (index && !load_track(&track, column)) {
        PyErr_SetString(PyExc_ValueError, "columns differ in length or width");
    } else if (index) {
        track.gap = gap;
        track.bridge = bridge;
        Py_BEGIN_ALLOW_THREADS
        status = find_stays(index, &track, lines, &found);
        Py_END_ALLOW_THREADS
        result = status == BUILT ? stays_to_python(&found, lines) : PyErr_NoMemory();
        release(&found.episodes);
        release(&found.crossings);
        release(&found.gaps);
        release(&found.last);
        release(&found.open);
    }
    for (i = 0; i < 6; i++)
        PyBuffer_Release(&column[i]);
    return result;
}

/* orient(ax, ay, bx, by, px, py) -> 1 left of a->b, -1 right, 0 on the line: for tests */
static PyObject *side(PyObject *Py_UNUSED(self), PyObject *args)
{
    double v[6];
    int i;
    if (!PyArg_ParseTuple(args, "dddddd", &v[0], &v[1], &v[2], &v[3], &v[4], &v[5]))
        return NULL;
    for (i = 0; i < 6; i++)
        if (!(fabs(v[i]) <= LARGEST_COORDINATE)) {
            PyErr_SetString(PyExc_ValueError, "a coordinate is too large");
            return NULL;
        }
    return PyLong_FromLong(orient(v[0], v[1], v[2], v[3], v[4], v[5]));
}

static PyMethodDef methods[] = {
    {"build", build, METH_VARARGS, NULL},
    {"size", size, METH_O, NULL},
    {"masks", masks, METH_VARARGS, NULL},
    {"pairs", pairs, METH_VARARGS, NULL},
    {"stays", stays, METH_VARARGS, NULL},
    {"orient", side, METH_VARARGS, NULL},
    GROUP_METHODS,
    PAIRS_METHODS,
    MODES_METHODS,
    NMEA_METHODS,
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{0, NULL}};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_compiled", NULL, 0, methods, slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__compiled(void)
{
    return PyModuleDef_Init(&definition);
}
