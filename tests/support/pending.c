/* Calls a Python function with an exception pending, and returns with one, as faulty extension modules
   do. The library is for any Python, so that nothing is included. */
extern void *PyExc_KeyError;
void PyErr_SetString(void *type, const char *text);
void *PyObject_CallObject(void *function, void *arguments);
void *PyCFunction_NewEx(void *definition, void *self, void *module);
void *PyBool_FromLong(long value);

void *call_with_exception_pending(void *function)
{
    PyErr_SetString(PyExc_KeyError, "pending");
    return PyObject_CallObject(function, (void *)0);
}

static void *return_with_exception_pending(void *self, void *arguments)
{
    (void)self;
    (void)arguments;
    PyErr_SetString(PyExc_KeyError, "pending");
    return PyBool_FromLong(1);
}

void *new_function(void)
{
    static struct {
        const char *name;
        void *(*function)(void *, void *);
        int flags;
        const char *documentation;
    } definition = {
        "return_with_exception_pending", return_with_exception_pending, 4 /* METH_NOARGS */, 0
    };

    return PyCFunction_NewEx(&definition, (void *)0, (void *)0);
}
