/* The door to Python for grouping. Include Python.h first. */
#ifndef TRUCELINE_GROUP_DOOR_H
#define TRUCELINE_GROUP_DOOR_H

PyObject *group_number(PyObject *module, PyObject *args);
PyObject *group_put(PyObject *module, PyObject *args);
PyObject *split_rows(PyObject *module, PyObject *args);

#define GROUP_METHODS                                                                                                  \
    {"group_number", group_number, METH_VARARGS, NULL}, {"group_put", group_put, METH_VARARGS, NULL},                      \
        {"split_rows", split_rows, METH_VARARGS, NULL}

#endif
