#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030b0000
#include <Python.h>

#include <math.h>
#include <stdlib.h>

#include "clusters.h"
#include "pairs_door.h"

#define DENSE "truceline.kernels.Dense"

static Dense *dense_of(PyObject *capsule)
{
    return PyCapsule_GetPointer(capsule, DENSE);
}

static void drop(PyObject *capsule)
{
    Dense *dense = dense_of(capsule);
    if (dense)
        drop_dense(dense);
    free(dense);
}

static int are_usable(const double *value, size_t count)
{
    size_t i;
    for (i = 0; i < count; i++)
        if (!(fabs(value[i]) <= 1e15))
            return 0;
    return 1;
}

/* lay_points(points, axes, eps, least) -> (capsule, number of cells) */
PyObject *lay_dense(PyObject *Py_UNUSED(self), PyObject *args)
{
    Py_buffer points;
    PyObject *result = NULL;
    Dense *dense = calloc(1, sizeof *dense);
    unsigned int least;
    int axes, status;
    double eps;
    if (!dense)
        return PyErr_NoMemory();
    if (!PyArg_ParseTuple(args, "y*idI", &points, &axes, &eps, &least)) {
        free(dense);
        return NULL;
    }
    dense->axes = axes;
    dense->eps = eps;
    dense->least = least;
    dense->count = axes > 0 ? (size_t)points.len / sizeof(double) / (size_t)axes : 0;
    if (axes < 1 || axes > MOST_AXES || !(eps >= 1e-15 && eps <= 1e15) || dense->count >= UINT32_MAX ||
        !are_usable(points.buf, dense->count * (size_t)axes)) {
        PyErr_SetString(PyExc_ValueError, "points: expected one to four finite coordinates each, and a distance");
        free(dense);
    } else {
        Py_BEGIN_ALLOW_THREADS
        status = lay_points(dense, points.buf);
        Py_END_ALLOW_THREADS
        if (!status && (result = PyCapsule_New(dense, DENSE, drop)))
            result = Py_BuildValue("Nn", result, (Py_ssize_t)dense->cells);
        else
            drop_dense(dense), free(dense);
        if (status)
            PyErr_NoMemory();
    }
    PyBuffer_Release(&points);
    return result;
}

static int in_cells(const Dense *dense, Py_ssize_t first, Py_ssize_t end)
{
    if (first >= 0 && first <= end && (size_t)end <= dense->cells)
        return 1;
    PyErr_SetString(PyExc_ValueError, "no such cells");
    return 0;
}

/* find_core(capsule, first, end) */
PyObject *find_dense_core(PyObject *Py_UNUSED(self), PyObject *args)
{
    PyObject *capsule;
    Py_ssize_t first, end;
    Dense *dense;
    if (!PyArg_ParseTuple(args, "Onn", &capsule, &first, &end) || !(dense = dense_of(capsule)) ||
        !in_cells(dense, first, end))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    find_core(dense, (size_t)first, (size_t)end);
    Py_END_ALLOW_THREADS
    return Py_NewRef(Py_None);
}

/* link_core(capsule, first, end) -> bytes of links to cells of other threads */
PyObject *link_dense_core(PyObject *Py_UNUSED(self), PyObject *args)
{
    PyObject *capsule, *result;
    Py_ssize_t first, end;
    Dense *dense;
    List links = {0};
    int status;
    if (!PyArg_ParseTuple(args, "Onn", &capsule, &first, &end) || !(dense = dense_of(capsule)) ||
        !in_cells(dense, first, end))
        return NULL;
    links.width = sizeof(Link);
    Py_BEGIN_ALLOW_THREADS
    status = link_core(dense, (size_t)first, (size_t)end, &links);
    Py_END_ALLOW_THREADS
    result = status ? PyErr_NoMemory()
                    : PyBytes_FromStringAndSize(links.data, (Py_ssize_t)(links.count * links.width));
    release(&links);
    return result;
}

/* number_clusters(capsule, links) -> how many clusters; once, after all links */
PyObject *number_dense(PyObject *Py_UNUSED(self), PyObject *args)
{
    PyObject *capsule, *result = NULL;
    Py_buffer links;
    Dense *dense;
    int64_t clusters = 0;
    int status;
    if (!PyArg_ParseTuple(args, "Oy*", &capsule, &links))
        return NULL;
    if ((dense = dense_of(capsule))) {
        Py_BEGIN_ALLOW_THREADS
        status = number_clusters(dense, links.buf, (size_t)links.len / sizeof(Link), &clusters);
        Py_END_ALLOW_THREADS
        result = status ? PyErr_NoMemory() : PyLong_FromLongLong(clusters);
    }
    PyBuffer_Release(&links);
    return result;
}

/* label_points(capsule, first, end, labels, core) fills a number or -1, and 1 or 0, for the points of these cells */
PyObject *label_dense(PyObject *Py_UNUSED(self), PyObject *args)
{
    PyObject *capsule, *result = NULL;
    Py_buffer labels, core;
    Py_ssize_t first, end, i;
    Dense *dense;
    if (!PyArg_ParseTuple(args, "Onnw*w*", &capsule, &first, &end, &labels, &core))
        return NULL;
    if ((dense = dense_of(capsule)) && in_cells(dense, first, end)) {
        if ((size_t)labels.len != dense->count * sizeof(int64_t) || (size_t)core.len != dense->count) {
            PyErr_SetString(PyExc_ValueError, "labels and core: expected a place for each point");
        } else {
            Py_BEGIN_ALLOW_THREADS
            label_points(dense, (size_t)first, (size_t)end, labels.buf);
            for (i = dense->start[first]; i < (Py_ssize_t)dense->start[end]; i++)
                ((uint8_t *)core.buf)[dense->rows[i].row] = dense->core[i];
            Py_END_ALLOW_THREADS
            result = Py_NewRef(Py_None);
        }
    }
    PyBuffer_Release(&labels);
    PyBuffer_Release(&core);
    return result;
}
