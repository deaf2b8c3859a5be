/* Rows of fields -> columns, in one pass: some rows at a time, which stay in the cache while each field is taken out. */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030b0000
#include <Python.h>

#include <stdint.h>
#include <string.h>

#include "group_door.h"

enum { MOST_COLUMNS = 32, ROWS_AT_ONCE = 256 };

#define TAKE(bytes)                                                                                                    \
    for (row = 0; row < rows; row++)                                                                                   \
        memcpy(to + row * (bytes), from + row * width, bytes)

static void take_field(const char *from, size_t width, size_t rows, size_t bytes, char *to)
{
    size_t row;
    switch (bytes) { /* so that the compiler knows how many */
    case 1:
        TAKE(1);
        break;
    case 2:
        TAKE(2);
        break;
    case 4:
        TAKE(4);
        break;
    default:
        TAKE(8);
    }
}

typedef struct {
    Py_buffer out;
    Py_ssize_t offset, bytes;
} Field;

/* Columns that fit the rows; how many were opened, or -1 - that. */
static Py_ssize_t open_fields(PyObject *list, Py_ssize_t width, Py_ssize_t rows, Py_ssize_t at, Field *field)
{
    Py_ssize_t count = PyList_Size(list), i;
    for (i = 0; i < count; i++) {
        Field *one = &field[i];
        PyObject *column;
        if (!PyArg_ParseTuple(PyList_GetItem(list, i), "nnO", &one->offset, &one->bytes, &column) ||
            PyObject_GetBuffer(column, &one->out, PyBUF_WRITABLE) < 0)
            return -1 - i;
        if ((one->bytes != 1 && one->bytes != 2 && one->bytes != 4 && one->bytes != 8) || one->offset < 0 ||
            one->offset > width - one->bytes || one->out.len / one->bytes - at < rows) {
            PyErr_SetString(PyExc_ValueError, "columns: too short, or no field of the rows");
            return -2 - i;
        }
    }
    return count;
}

/* split_rows(rows, width, columns, at): of each row of `width` bytes the fields (offset, bytes, column), to the column
 * from row `at` on */
PyObject *split_rows(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer rows;
    Py_ssize_t width, at, count, opened, i;
    PyObject *list, *result = NULL;
    Field field[MOST_COLUMNS];
    if (!PyArg_ParseTuple(args, "y*nOn", &rows, &width, &list, &at))
        return NULL;
    if (width < 1 || rows.len % width || at < 0 || !PyList_Check(list) || PyList_Size(list) > MOST_COLUMNS) {
        PyErr_SetString(PyExc_ValueError, "rows: not of this width, or too many columns");
        PyBuffer_Release(&rows);
        return NULL;
    }
    count = rows.len / width;
    opened = open_fields(list, width, count, at, field);
    if (opened >= 0) {
        Py_ssize_t first;
        Py_BEGIN_ALLOW_THREADS
        for (first = 0; first < count; first += ROWS_AT_ONCE) {
            Py_ssize_t more = count - first < ROWS_AT_ONCE ? count - first : ROWS_AT_ONCE;
            for (i = 0; i < opened; i++)
                take_field((const char *)rows.buf + first * width + field[i].offset, (size_t)width, (size_t)more,
                           (size_t)field[i].bytes, (char *)field[i].out.buf + (at + first) * field[i].bytes);
        }
        Py_END_ALLOW_THREADS
        result = Py_NewRef(Py_None);
    } else {
        opened = -1 - opened;
    }
    for (i = 0; i < opened; i++)
        PyBuffer_Release(&field[i].out);
    PyBuffer_Release(&rows);
    return result;
}
