/* The door to Python for raw AIS: bytes in, rows out, the interpreter's lock let go while they are read. */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030b0000
#include <Python.h>

#include <stdlib.h>
#include <string.h>

#include "nmea_door.h"
#include "nmea_log.h"

#define LOG "truceline.kernels.Log"
#define LINES "truceline.kernels.Lines"

enum { MOST_BYTES = 0x7fffffff }; /* of a block: places in it are 32 bits wide */

static void drop_log(PyObject *capsule)
{
    Log *log = PyCapsule_GetPointer(capsule, LOG);
    if (log)
        close_log(log);
}

static void drop_lines(PyObject *capsule)
{
    List *lines = PyCapsule_GetPointer(capsule, LINES);
    if (lines) {
        release(lines);
        free(lines);
    }
}

/* nmea_open(bounds, seed) -> log; bounds: the numbers of Bounds as int64, in order */
PyObject *nmea_open(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer buffer;
    Bounds bounds;
    unsigned long long seed;
    Log *log;
    if (!PyArg_ParseTuple(args, "y*K", &buffer, &seed))
        return NULL;
    if (buffer.len != (Py_ssize_t)sizeof bounds) {
        PyBuffer_Release(&buffer);
        PyErr_SetString(PyExc_ValueError, "bounds: expected one number for each");
        return NULL;
    }
    memcpy(&bounds, buffer.buf, sizeof bounds);
    PyBuffer_Release(&buffer);
    if (bounds.heard < 1 || bounds.heard > 1 << 24 || bounds.pending < 0 || bounds.pending > 1 << 20) {
        PyErr_SetString(PyExc_ValueError, "bounds: a memory is too large");
        return NULL;
    }
    log = open_log(&bounds, seed);
    return log ? PyCapsule_New(log, LOG, drop_log) : PyErr_NoMemory();
}

/* nmea_scan(data, first, end) -> (lines, how many): what each line of data[first:end] says */
PyObject *nmea_scan(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer data;
    Py_ssize_t first, end;
    List *lines = NULL;
    PyObject *result = NULL;
    int status;
    if (!PyArg_ParseTuple(args, "y*nn", &data, &first, &end))
        return NULL;
    if (first < 0 || first > end || end > data.len || data.len > MOST_BYTES) {
        PyErr_SetString(PyExc_ValueError, "the range is outside the block, or the block too large");
    } else if ((lines = calloc(1, sizeof *lines))) {
        lines->width = sizeof(Line);
        Py_BEGIN_ALLOW_THREADS
        status = read_lines(data.buf, (size_t)first, (size_t)end, lines);
        Py_END_ALLOW_THREADS
        if (status == BUILT) {
            PyObject *capsule = PyCapsule_New(lines, LINES, drop_lines);
            if (capsule)
                result = Py_BuildValue("Nn", capsule, (Py_ssize_t)lines->count);
        } else {
            PyErr_NoMemory();
            release(lines);
            free(lines);
        }
    } else {
        PyErr_NoMemory();
    }
    PyBuffer_Release(&data);
    return result;
}

static int inside(const List *lines, Py_ssize_t size)
{
    const Line *last = lines->count ? (const Line *)lines->data + lines->count - 1 : NULL;
    return !last || (Py_ssize_t)last->offset + last->blanks + last->length <= size;
}

/* nmea_take(log, lines, at, data, base, most) -> (the line at which it stopped, rows decided so far); `data` as
 * scanned, `base` its place in the log, `most` how many rows may be decided */
PyObject *nmea_take(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer data;
    PyObject *log_capsule, *lines_capsule, *result = NULL;
    Py_ssize_t at;
    long long base, most;
    Log *log;
    List *lines;
    int64_t taken;
    if (!PyArg_ParseTuple(args, "OOny*LL", &log_capsule, &lines_capsule, &at, &data, &base, &most))
        return NULL;
    log = PyCapsule_GetPointer(log_capsule, LOG);
    lines = log ? PyCapsule_GetPointer(lines_capsule, LINES) : NULL;
    if (lines && (at < 0 || (size_t)at > lines->count || !inside(lines, data.len))) {
        PyErr_SetString(PyExc_ValueError, "the lines are not of this block");
    } else if (lines) {
        Py_BEGIN_ALLOW_THREADS
        taken = take_lines(log, (const Line *)lines->data + at, (int64_t)lines->count - at, data.buf, base, most);
        Py_END_ALLOW_THREADS
        result = taken < 0 ? PyErr_NoMemory() : Py_BuildValue("LL", (long long)(at + taken), (long long)log->rows);
    }
    PyBuffer_Release(&data);
    return result;
}

/* nmea_finish(log): nothing comes any more */
PyObject *nmea_finish(PyObject *Py_UNUSED(module), PyObject *capsule)
{
    Log *log = PyCapsule_GetPointer(capsule, LOG);
    if (!log)
        return NULL;
    return finish_log(log) == BUILT ? Py_NewRef(Py_None) : PyErr_NoMemory();
}

static PyObject *bytes_of(const List *list)
{
    return PyBytes_FromStringAndSize(list->data, (Py_ssize_t)(list->count * list->width));
}

/* nmea_drain(log) -> rows, used, set aside, positions, statics, refusals, text, stations: as decided since the last call */
PyObject *nmea_drain(PyObject *Py_UNUSED(module), PyObject *capsule)
{
    Log *log = PyCapsule_GetPointer(capsule, LOG);
    PyObject *result;
    if (!log)
        return NULL;
    result = Py_BuildValue("LLNNNNNN", (long long)log->rows, (long long)log->used,
                           PyBytes_FromStringAndSize((const char *)log->aside, sizeof log->aside),
                           bytes_of(&log->positions), bytes_of(&log->statics), bytes_of(&log->refusals),
                           bytes_of(&log->text), bytes_of(&log->stations));
    if (result)
        empty_log(log);
    return result;
}
