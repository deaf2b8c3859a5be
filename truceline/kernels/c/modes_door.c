/* The door of Mode S to Python: bytes in, rows into buffers that Python made; the lock let go while it runs. */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030b0000
#include <Python.h>

#include <stdlib.h>

#include "modes.h"
#include "modes_door.h"

#define SCANNER "truceline.kernels.Scanner"
#define DECODER "truceline.kernels.Decoder"

static void drop_scanner(PyObject *capsule)
{
    free(PyCapsule_GetPointer(capsule, SCANNER));
}

static void drop_decoder(PyObject *capsule)
{
    Decoder *decoder = PyCapsule_GetPointer(capsule, DECODER);
    if (decoder)
        decoder_free(decoder);
}

static int is_free(const int *busy)
{
    if (*busy)
        PyErr_SetString(PyExc_RuntimeError, "one stream is read by two threads at once");
    return !*busy;
}

/* modes_scanner(beast, known, starts_us) -> capsule */
PyObject *modes_scanner(PyObject *Py_UNUSED(self), PyObject *args)
{
    PyObject *capsule;
    Scanner *scanner;
    long long starts;
    int beast, known;
    if (!PyArg_ParseTuple(args, "ppL", &beast, &known, &starts))
        return NULL;
    scanner = calloc(1, sizeof *scanner);
    if (!scanner)
        return PyErr_NoMemory();
    scanner->beast = beast;
    scanner->known = known;
    scanner->starts_us = starts;
    capsule = PyCapsule_New(scanner, SCANNER, drop_scanner);
    if (!capsule)
        free(scanner);
    return capsule;
}

/* modes_scan(scanner, buffer, at, ended, rows) -> (how far it came, rows written) */
PyObject *modes_scan(PyObject *Py_UNUSED(self), PyObject *args)
{
    Py_buffer buffer, rows;
    PyObject *capsule, *result = NULL;
    Scanner *scanner;
    Py_ssize_t start;
    int ended;
    if (!PyArg_ParseTuple(args, "Oy*npw*", &capsule, &buffer, &start, &ended, &rows))
        return NULL;
    scanner = PyCapsule_GetPointer(capsule, SCANNER);
    if (scanner && (start < 0 || start > buffer.len || (uint64_t)buffer.len > UINT32_MAX)) {
        PyErr_SetString(PyExc_ValueError, "no place in the buffer");
    } else if (scanner && is_free(&scanner->busy)) {
        size_t at = (size_t)start, written, room = (size_t)rows.len / sizeof(FrameRow);
        scanner->busy = 1;
        Py_BEGIN_ALLOW_THREADS
        written = (scanner->beast ? scan_beast : scan_lines)(scanner, buffer.buf, (size_t)buffer.len, &at, ended,
                                                             rows.buf, room);
        Py_END_ALLOW_THREADS
        scanner->busy = 0;
        result = Py_BuildValue("nn", (Py_ssize_t)at, (Py_ssize_t)written);
    }
    PyBuffer_Release(&buffer);
    PyBuffer_Release(&rows);
    return result;
}

/* modes_decoder(known, lon, lat) -> capsule */
PyObject *modes_decoder(PyObject *Py_UNUSED(self), PyObject *args)
{
    PyObject *capsule;
    Decoder *decoder;
    double lon, lat;
    int known;
    if (!PyArg_ParseTuple(args, "pdd", &known, &lon, &lat))
        return NULL;
    if (known && !(lon >= -180.0 && lon <= 180.0 && lat >= -90.0 && lat <= 90.0)) {
        PyErr_SetString(PyExc_ValueError, "the receiver is not on the globe");
        return NULL;
    }
    decoder = decoder_new(lon, lat, known);
    if (!decoder)
        return PyErr_NoMemory();
    capsule = PyCapsule_New(decoder, DECODER, drop_decoder);
    if (!capsule)
        decoder_free(decoder);
    return capsule;
}

/* modes_decode(decoder, frames, out): one row of `out` for each frame */
PyObject *modes_decode(PyObject *Py_UNUSED(self), PyObject *args)
{
    Py_buffer frames, out;
    PyObject *capsule, *result = NULL;
    Decoder *decoder;
    if (!PyArg_ParseTuple(args, "Oy*w*", &capsule, &frames, &out))
        return NULL;
    decoder = PyCapsule_GetPointer(capsule, DECODER);
    if (decoder && (frames.len % (Py_ssize_t)sizeof(FrameRow) || out.len % (Py_ssize_t)sizeof(Squitter) ||
                    frames.len / (Py_ssize_t)sizeof(FrameRow) != out.len / (Py_ssize_t)sizeof(Squitter))) {
        PyErr_SetString(PyExc_ValueError, "out has not one row for each frame");
    } else if (decoder && is_free(decoder_busy(decoder))) {
        int done;
        *decoder_busy(decoder) = 1;
        Py_BEGIN_ALLOW_THREADS
        done = decode_squitters(decoder, frames.buf, (size_t)frames.len / sizeof(FrameRow), out.buf);
        Py_END_ALLOW_THREADS
        *decoder_busy(decoder) = 0;
        result = done ? Py_NewRef(Py_None) : PyErr_NoMemory();
    }
    PyBuffer_Release(&frames);
    PyBuffer_Release(&out);
    return result;
}
