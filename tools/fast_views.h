/* Indexing with an integer in compiled modules: see tools/fast_views.py. Every case not named here is Python's own way. */
#ifndef STARKLINK_FAST_VIEWS_H
#define STARKLINK_FAST_VIEWS_H
#include <CPy.h>

/* A list as mypyc indexes it: the usual case without a call. */
static inline PyObject *StarklinkList_GetItem(PyObject *list, CPyTagged index) {
    if (CPyTagged_CheckShort(index) && (size_t)CPyTagged_ShortAsSsize_t(index) < (size_t)PyList_GET_SIZE(list)) {
        PyObject *found = PyList_GET_ITEM(list, CPyTagged_ShortAsSsize_t(index));
        Py_INCREF(found);
        return found;
    }
    return CPyList_GetItem(list, index);
}
#define CPyList_GetItem StarklinkList_GetItem

/* A number that is an element of something: the reference is borrowed. Raises TypeError for what is no number. */
static inline CPyTagged StarklinkView_Number(PyObject *found) {
#if PY_VERSION_HEX < 0x030C0000
    if (PyLong_CheckExact(found) && (size_t)Py_SIZE(found) <= 1) {
        return (CPyTagged)(Py_SIZE(found) ? ((PyLongObject *)found)->ob_digit[0] : 0) << 1;
    }
#endif
    if (!PyLong_Check(found)) {
        CPy_TypeError("int", found);
        return CPY_INT_TAG;
    }
    return CPyTagged_FromObject(found);
}

/* Address of element `index` of a one-dimensional, contiguous, live view; NULL for all others. */
static inline char *StarklinkView_Place(PyObject *object, CPyTagged index, char *format) {
    if (!PyMemoryView_Check(object) || !CPyTagged_CheckShort(index)) {
        return NULL;
    }
    PyMemoryViewObject *memory = (PyMemoryViewObject *)object;
    Py_buffer *view = &memory->view;
    size_t at = (size_t)CPyTagged_ShortAsSsize_t(index);
    if ((memory->flags & (_Py_MEMORYVIEW_RELEASED | _Py_MEMORYVIEW_C | _Py_MEMORYVIEW_PIL)) != _Py_MEMORYVIEW_C
        || (memory->mbuf->flags & _Py_MANAGED_BUFFER_RELEASED) || view->ndim != 1 || at >= (size_t)view->shape[0]
        || view->format == NULL || view->format[0] == 0 || view->format[1] != 0) {
        return NULL;
    }
    *format = view->format[0];
    return (char *)view->buf + at * view->itemsize;
}

static PyObject *StarklinkView_GetItem(PyObject *object, CPyTagged index) {
    char format;
    char *place = StarklinkView_Place(object, index, &format);
    if (place != NULL) {
        switch (format) {
        case 'I': return PyLong_FromLong(*(unsigned int *)place);
        case 'H': return PyLong_FromLong(*(unsigned short *)place);
        case 'B': return PyLong_FromLong(*(unsigned char *)place);
        default: break;
        }
    } else if (PyList_CheckExact(object)) {
        return CPyList_GetItem(object, index);
    }
    PyObject *key = CPyTagged_AsObject(index);
    PyObject *found = PyObject_GetItem(object, key);
    Py_DECREF(key);
    return found;
}

/* The same for a view or sequence of integers: the number itself, which no Python object is made for. */
static CPyTagged StarklinkView_GetNumber(PyObject *object, CPyTagged index) {
    char format;
    if (PyList_CheckExact(object)) {
        if (CPyTagged_CheckShort(index) && (size_t)CPyTagged_ShortAsSsize_t(index) < (size_t)PyList_GET_SIZE(object)) {
            return StarklinkView_Number(PyList_GET_ITEM(object, CPyTagged_ShortAsSsize_t(index)));
        }
    } else if (PyTuple_CheckExact(object)) {
        if (CPyTagged_CheckShort(index) && (size_t)CPyTagged_ShortAsSsize_t(index) < (size_t)PyTuple_GET_SIZE(object)) {
            return StarklinkView_Number(PyTuple_GET_ITEM(object, CPyTagged_ShortAsSsize_t(index)));
        }
    } else {
        char *place = StarklinkView_Place(object, index, &format);
        if (place != NULL) {
            switch (format) {
            case 'I': return (CPyTagged)*(unsigned int *)place << 1;
            case 'H': return (CPyTagged)*(unsigned short *)place << 1;
            case 'B': return (CPyTagged)*(unsigned char *)place << 1;
            default: break;
            }
        }
    }
    PyObject *found = StarklinkView_GetItem(object, index);
    if (found == NULL) {
        return CPY_INT_TAG;
    }
    CPyTagged number = StarklinkView_Number(found);
    Py_DECREF(found);
    return number;
}

static int StarklinkView_SetItem(PyObject *object, CPyTagged index, CPyTagged value) {
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
