/* starklink_compiled_loader.load(capsule): what the shared library offers as `init_...` is called and gives the module.
   It stands in the library itself, so that one file is all there is to open (starklink/compiled.py). */
#include <Python.h>

static PyObject *load(PyObject *self, PyObject *capsule) {
    void *init = PyCapsule_GetPointer(capsule, PyCapsule_GetName(capsule));
    if (init == NULL) {
        return NULL;
    }
    PyObject *module = ((PyObject *(*)(void))init)();
    Py_XINCREF(module);     /* the library keeps what it made */
    return module;
}

static PyMethodDef methods[] = {{"load", load, METH_O, PyDoc_STR("load(capsule)\n--\n\n")}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "starklink_compiled_loader", NULL, -1, methods};

PyMODINIT_FUNC PyInit_starklink_compiled_loader(void) {
    return PyModule_Create(&module);
}
