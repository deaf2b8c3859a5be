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
    Scan *scan = PyCapsule_GetPointer(capsule, LINES);
    if (scan) {
        release(&scan->lines);
        free(scan);
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
    if (bounds.heard < 1 || bounds.heard > MOST_HEARD || bounds.pending < 0 || bounds.pending > 1 << 20 ||
        bounds.measured_lines < 0 || bounds.measured_lines > 1000) {
        PyErr_SetString(PyExc_ValueError, "bounds: a memory is too large");
        return NULL;
    }
    log = open_log(&bounds, seed);
    return log ? PyCapsule_New(log, LOG, drop_log) : PyErr_NoMemory();
}

/* nmea_lines() -> a list for nmea_scan to fill, again and again */
PyObject *nmea_lines(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(nothing))
{
    Scan *scan = calloc(1, sizeof *scan);
    if (!scan)
        return PyErr_NoMemory();
    scan->lines.width = sizeof(Line);
    return PyCapsule_New(scan, LINES, drop_lines);
}

/* nmea_scan(lines, log, data, first, end) -> how many: what each line of data[first:end] says; of the log only what never
 * changes is read, so that others may take lines meanwhile */
PyObject *nmea_scan(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer data;
    Py_ssize_t first, end;
    const Log *log;
    Scan *scan;
    PyObject *lines_capsule, *log_capsule, *result = NULL;
    int status;
    if (!PyArg_ParseTuple(args, "OOy*nn", &lines_capsule, &log_capsule, &data, &first, &end))
        return NULL;
    log = PyCapsule_GetPointer(log_capsule, LOG);
    scan = log ? PyCapsule_GetPointer(lines_capsule, LINES) : NULL;
    if (scan && (first < 0 || first > end || end > data.len || data.len > MOST_BYTES)) {
        PyErr_SetString(PyExc_ValueError, "the range is outside the block, or the block too large");
    } else if (scan) {
        Py_BEGIN_ALLOW_THREADS
        status = read_lines(data.buf, (size_t)first, (size_t)end, log->bounds.repeats ? NULL : log->memory.key, scan);
        Py_END_ALLOW_THREADS
        result = status == BUILT ? PyLong_FromSize_t(scan->lines.count) : PyErr_NoMemory();
    }
    PyBuffer_Release(&data);
    return result;
}

static int inside(const Scan *scan, Py_ssize_t size)
{
    const List *lines = &scan->lines;
    const Line *last = lines->count ? (const Line *)lines->data + lines->count - 1 : NULL;
    return !last || (Py_ssize_t)last->offset + last->blanks + last->length <= size;
}

/* Lay out a buffer for positions, the first of number `first`; 0 when it is not made for them, or cannot hold what a line
 * may decide. */
static int set_room(Log *log, const Py_buffer *room, long long first)
{
    log->room = room->buf;
    log->first = first;
    log->places = room->len / (int64_t)sizeof(Position);
    return (uintptr_t)room->buf % sizeof(double) == 0 && log->places <= UINT32_MAX && first >= 0 &&
           first <= log->positions && log->positions - first <= log->places - most_at_once(log);
}

/* nmea_take(log, lines, at, data, base, most, room, first) -> (the line at which it stopped, rows decided, positions):
 * `data` as scanned, `base` its place in the log, `most` how many rows may be decided, `room` a buffer for positions of
 * the batch, `first` how many went to other rooms before */
PyObject *nmea_take(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer data, room;
    PyObject *log_capsule, *lines_capsule, *result = NULL;
    Py_ssize_t at;
    long long base, most, first;
    Log *log;
    Scan *scan;
    int64_t taken;
    if (!PyArg_ParseTuple(args, "OOny*LLw*L", &log_capsule, &lines_capsule, &at, &data, &base, &most, &room, &first))
        return NULL;
    log = PyCapsule_GetPointer(log_capsule, LOG);
    scan = log ? PyCapsule_GetPointer(lines_capsule, LINES) : NULL;
    if (scan && (at < 0 || (size_t)at > scan->lines.count || !inside(scan, data.len))) {
        PyErr_SetString(PyExc_ValueError, "the lines are not of this block");
    } else if (scan && !set_room(log, &room, first)) {
        PyErr_SetString(PyExc_ValueError, "room: too little, or not for positions");
    } else if (scan) {
        Py_BEGIN_ALLOW_THREADS
        scan->base = base;
        scan->row = log->row - at;
        taken = take_lines(log, scan, data.buf, at, most);
        Py_END_ALLOW_THREADS
        result = taken < 0 ? PyErr_NoMemory()
                           : Py_BuildValue("LLL", (long long)taken, (long long)log->rows,
                                           (long long)log->positions);
    }
    PyBuffer_Release(&data);
    PyBuffer_Release(&room);
    return result;
}

/* nmea_write(lines, first, end, room): the positions that the lines [first, end) were taken as, into the room in which
 * their places are */
PyObject *nmea_write(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer room;
    Py_ssize_t first, end;
    PyObject *capsule, *result = NULL;
    Scan *scan;
    if (!PyArg_ParseTuple(args, "Onnw*", &capsule, &first, &end, &room))
        return NULL;
    scan = PyCapsule_GetPointer(capsule, LINES);
    if (scan && (first < 0 || first > end || (size_t)end > scan->lines.count)) {
        PyErr_SetString(PyExc_ValueError, "there are not so many lines");
    } else if (scan && (uintptr_t)room.buf % sizeof(double)) {
        PyErr_SetString(PyExc_ValueError, "room: not for positions");
    } else if (scan) {
        Py_BEGIN_ALLOW_THREADS
        write_rows(scan, (size_t)first, (size_t)end, room.buf, (size_t)room.len / sizeof(Position));
        Py_END_ALLOW_THREADS
        result = Py_NewRef(Py_None);
    }
    PyBuffer_Release(&room);
    return result;
}

/* nmea_finish(log, room, first): nothing comes any more */
PyObject *nmea_finish(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer room;
    PyObject *capsule, *result = NULL;
    long long first;
    Log *log;
    if (!PyArg_ParseTuple(args, "Ow*L", &capsule, &room, &first))
        return NULL;
    log = PyCapsule_GetPointer(capsule, LOG);
    if (log && !set_room(log, &room, first))
        PyErr_SetString(PyExc_ValueError, "room: too little, or not for positions");
    else if (log)
        result = finish_log(log) == BUILT ? Py_NewRef(Py_None) : PyErr_NoMemory();
    PyBuffer_Release(&room);
    return result;
}

static PyObject *bytes_of(const List *list)
{
    return PyBytes_FromStringAndSize(list->data, (Py_ssize_t)(list->count * list->width));
}

/* nmea_drain(log) -> rows, used, set aside, positions, statics, refusals, text, stations: as decided since the
 * last call */
PyObject *nmea_drain(PyObject *Py_UNUSED(module), PyObject *capsule)
{
    Log *log = PyCapsule_GetPointer(capsule, LOG);
    PyObject *result;
    if (!log)
        return NULL;
    result = Py_BuildValue("LLNLNNNN", (long long)log->rows, (long long)log->used,
                           PyBytes_FromStringAndSize((const char *)log->aside, sizeof log->aside),
                           (long long)log->positions, bytes_of(&log->statics), bytes_of(&log->refusals),
                           bytes_of(&log->text), bytes_of(&log->stations));
    if (result)
        empty_log(log);
    return result;
}
