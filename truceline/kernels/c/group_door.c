/* The door to Python for grouping: columns in, columns by platform out. */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030b0000
#include <Python.h>

#include "group.h"
#include "group_door.h"

static int are_rows(Py_ssize_t first, Py_ssize_t end, Py_ssize_t rows)
{
    if (first >= 0 && first <= end && end <= rows)
        return 1;
    PyErr_SetString(PyExc_ValueError, "there are not so many rows");
    return 0;
}

/* group_number(platform, width, first, end, seed, number) -> platform and count of rows as two int64 for each platform of
 * platform[first:end]; which of them each row is goes to number[first:end] (uint32) */
PyObject *group_number(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer platform, number;
    Py_ssize_t width, first, end, rows;
    unsigned long long seed;
    PyObject *result = NULL;
    List shares = {NULL, 0, 0, sizeof(Share)};
    int status;
    if (!PyArg_ParseTuple(args, "y*nnnKw*", &platform, &width, &first, &end, &seed, &number))
        return NULL;
    rows = number.len / (Py_ssize_t)sizeof(uint32_t);
    if ((width != 4 && width != 8) || platform.len != rows * width) {
        PyErr_SetString(PyExc_ValueError, "platforms and their numbers: expected columns of one length");
    } else if (are_rows(first, end, rows)) {
        Py_BEGIN_ALLOW_THREADS
        status = number_platforms((const char *)platform.buf + first * width, (size_t)width, (size_t)(end - first), seed,
                                  (uint32_t *)number.buf + first, &shares);
        Py_END_ALLOW_THREADS
        result = status == BUILT ? PyBytes_FromStringAndSize(shares.data, (Py_ssize_t)(shares.count * sizeof(Share)))
                                 : PyErr_NoMemory();
        release(&shares);
    }
    PyBuffer_Release(&platform);
    PyBuffer_Release(&number);
    return result;
}

enum { BUFFERS = 8 };

/* group_put(number, next, first, end, three columns, the same by platform): the rows first to end, to the places that
 * `next` says, one for each platform (int64), which counts on */
PyObject *group_put(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer at[BUFFERS]; /* number, next, three columns and three more */
    Py_ssize_t first, end, rows;
    PyObject *result = NULL;
    Columns columns;
    int i, right = 1;
    if (!PyArg_ParseTuple(args, "y*w*nny*y*y*w*w*w*", &at[0], &at[1], &first, &end, &at[2], &at[3], &at[4], &at[5],
                          &at[6], &at[7]))
        return NULL;
    rows = at[0].len / (Py_ssize_t)sizeof(uint32_t);
    for (i = 2; i < BUFFERS; i++)
        right &= at[i].len == rows * (Py_ssize_t)sizeof(uint64_t);
    if (!right) {
        PyErr_SetString(PyExc_ValueError, "columns: expected one length, and eight bytes a row");
    } else if (are_rows(first, end, rows)) {
        for (i = 0; i < 3; i++) {
            columns.from[i] = (const uint64_t *)at[2 + i].buf + first;
            columns.to[i] = at[5 + i].buf;
        }
        Py_BEGIN_ALLOW_THREADS
        right = put_rows(&columns, (const uint32_t *)at[0].buf + first, (size_t)(end - first), at[1].buf,
                         (size_t)at[1].len / sizeof(int64_t), (size_t)rows);
        Py_END_ALLOW_THREADS
        if (right)
            result = Py_NewRef(Py_None);
        else
            PyErr_SetString(PyExc_ValueError, "a platform has more rows than places");
    }
    for (i = 0; i < BUFFERS; i++)
        PyBuffer_Release(&at[i]);
    return result;
}
