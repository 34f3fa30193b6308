/* Indexing with an integer in compiled modules: see tools/fast_views.py. Every case not named here is Python's own way. */
#ifndef STARKLINK_FAST_VIEWS_H
#define STARKLINK_FAST_VIEWS_H
#include <CPy.h>

/* Address of element `index` of a one-dimensional, contiguous, live view of one of the formats B, H, I; NULL for all others. */
static inline char *StarklinkView_Place(PyObject *object, CPyTagged index, char *format) {
    if (!PyMemoryView_Check(object) || !CPyTagged_CheckShort(index)) {
        return NULL;
    }
    PyMemoryViewObject *memory = (PyMemoryViewObject *)object;
    Py_buffer *view = &memory->view;
    Py_ssize_t at = CPyTagged_ShortAsSsize_t(index);
    if ((memory->flags & _Py_MEMORYVIEW_RELEASED) || (memory->mbuf->flags & _Py_MANAGED_BUFFER_RELEASED) || view->ndim != 1
        || view->suboffsets != NULL || view->format == NULL || view->format[0] == 0 || view->format[1] != 0
        || at < 0 || at >= view->shape[0] || view->strides[0] != view->itemsize) {
        return NULL;
    }
    *format = view->format[0];
    return (char *)view->buf + at * view->itemsize;
}

static inline PyObject *StarklinkView_GetItem(PyObject *object, CPyTagged index) {
    char format;
    char *place = StarklinkView_Place(object, index, &format);
    if (place != NULL) {
        switch (format) {
        case 'I': return PyLong_FromLong(*(unsigned int *)place);
        case 'H': return PyLong_FromLong(*(unsigned short *)place);
        case 'B': return PyLong_FromLong(*(unsigned char *)place);
        default: break;
        }
    } else if (PyList_CheckExact(object) && CPyTagged_CheckShort(index)) {
        Py_ssize_t at = CPyTagged_ShortAsSsize_t(index);
        if (at >= 0 && at < PyList_GET_SIZE(object)) {
            PyObject *found = PyList_GET_ITEM(object, at);
            Py_INCREF(found);
            return found;
        }
    }
    PyObject *key = CPyTagged_AsObject(index);
    PyObject *found = PyObject_GetItem(object, key);
    Py_DECREF(key);
    return found;
}

/* The same for a view or sequence of integers: the number itself, which no Python object is made for. */
static inline CPyTagged StarklinkView_GetNumber(PyObject *object, CPyTagged index) {
    char format;
    char *place = StarklinkView_Place(object, index, &format);
    if (place != NULL) {
        switch (format) {
        case 'I': return (CPyTagged)*(unsigned int *)place << 1;
        case 'H': return (CPyTagged)*(unsigned short *)place << 1;
        case 'B': return (CPyTagged)*(unsigned char *)place << 1;
        default: break;
        }
    }
    PyObject *found = StarklinkView_GetItem(object, index);
    if (found == NULL) {
        return CPY_INT_TAG;
    }
    if (!PyLong_Check(found)) {
        CPy_TypeError("int", found);
        Py_DECREF(found);
        return CPY_INT_TAG;
    }
    return CPyTagged_StealFromObject(found);
}

static inline int StarklinkView_SetItem(PyObject *object, CPyTagged index, CPyTagged value) {
    char format;
    char *place = StarklinkView_Place(object, index, &format);
    if (place != NULL && !((PyMemoryViewObject *)object)->view.readonly && CPyTagged_CheckShort(value)) {
        Py_ssize_t number = CPyTagged_ShortAsSsize_t(value);
        if (format == 'I' && number >= 0 && number <= 0xFFFFFFFFLL) {
            *(unsigned int *)place = (unsigned int)number;
            return 0;
        }
        if (format == 'H' && number >= 0 && number <= 0xFFFF) {
            *(unsigned short *)place = (unsigned short)number;
            return 0;
        }
        if (format == 'B' && number >= 0 && number <= 0xFF) {
            *(unsigned char *)place = (unsigned char)number;
            return 0;
        }
    }
    PyObject *key = CPyTagged_AsObject(index), *boxed = CPyTagged_AsObject(value);
    int result = PyObject_SetItem(object, key, boxed);
    Py_DECREF(key);
    Py_DECREF(boxed);
    return result;
}
#endif
