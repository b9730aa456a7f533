/* Calls a Python function with an exception pending, as a faulty extension module does. */
extern void *PyExc_KeyError;
void PyErr_SetString(void *type, const char *text);
void *PyObject_CallObject(void *function, void *arguments);

void *call_with_exception_pending(void *function)
{
    PyErr_SetString(PyExc_KeyError, "pending");
    return PyObject_CallObject(function, (void *)0);
}
