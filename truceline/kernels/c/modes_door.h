/* What the module's table of methods needs of Mode S; Python.h comes first. */
#ifndef TRUCELINE_MODES_DOOR_H
#define TRUCELINE_MODES_DOOR_H

PyObject *modes_scanner(PyObject *self, PyObject *args);
PyObject *modes_scan(PyObject *self, PyObject *args);
PyObject *modes_decoder(PyObject *self, PyObject *args);
PyObject *modes_decode(PyObject *self, PyObject *args);

#define MODES_METHODS                                                                                                  \
    {"modes_scanner", modes_scanner, METH_VARARGS, NULL}, {"modes_scan", modes_scan, METH_VARARGS, NULL},              \
        {"modes_decoder", modes_decoder, METH_VARARGS, NULL}, {"modes_decode", modes_decode, METH_VARARGS, NULL}

#endif
