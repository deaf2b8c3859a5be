/* The door to Python for raw AIS. Include Python.h first. */
#ifndef TRUCELINE_NMEA_DOOR_H
#define TRUCELINE_NMEA_DOOR_H

PyObject *nmea_open(PyObject *module, PyObject *args);
PyObject *nmea_lines(PyObject *module, PyObject *nothing);
PyObject *nmea_scan(PyObject *module, PyObject *args);
PyObject *nmea_take(PyObject *module, PyObject *args);
PyObject *nmea_write(PyObject *module, PyObject *args);
PyObject *nmea_finish(PyObject *module, PyObject *args);
PyObject *nmea_drain(PyObject *module, PyObject *capsule);

#define NMEA_METHODS                                                                                                   \
    {"nmea_open", nmea_open, METH_VARARGS, NULL}, {"nmea_lines", nmea_lines, METH_NOARGS, NULL},                       \
        {"nmea_scan", nmea_scan, METH_VARARGS, NULL}, {"nmea_take", nmea_take, METH_VARARGS, NULL},                    \
        {"nmea_write", nmea_write, METH_VARARGS, NULL}, {"nmea_finish", nmea_finish, METH_VARARGS, NULL},                   \
        {"nmea_drain", nmea_drain, METH_O, NULL}

#endif
