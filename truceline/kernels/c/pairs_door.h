/* What Python may call of encounters, near tracks, loitering and clusters: lines for the method table. */
#ifndef TRUCELINE_PAIRS_DOOR_H
#define TRUCELINE_PAIRS_DOOR_H

PyObject *survey_pings(PyObject *self, PyObject *args);
PyObject *list_encounters(PyObject *self, PyObject *args);
PyObject *list_near(PyObject *self, PyObject *args);
PyObject *list_loitering(PyObject *self, PyObject *args);

PyObject *lay_dense(PyObject *self, PyObject *args);
PyObject *find_dense_core(PyObject *self, PyObject *args);
PyObject *link_dense_core(PyObject *self, PyObject *args);
PyObject *number_dense(PyObject *self, PyObject *args);
PyObject *label_dense(PyObject *self, PyObject *args);

/* clang-format off */
#define PAIRS_METHODS \
    {"survey", survey_pings, METH_VARARGS, NULL}, \
    {"encounters", list_encounters, METH_VARARGS, NULL}, \
    {"near", list_near, METH_VARARGS, NULL}, \
    {"loitering", list_loitering, METH_VARARGS, NULL}, \
    {"lay_points", lay_dense, METH_VARARGS, NULL}, \
    {"find_core", find_dense_core, METH_VARARGS, NULL}, \
    {"link_core", link_dense_core, METH_VARARGS, NULL}, \
    {"number_clusters", number_dense, METH_VARARGS, NULL}, \
    {"label_points", label_dense, METH_VARARGS, NULL}
/* clang-format on */

#endif
