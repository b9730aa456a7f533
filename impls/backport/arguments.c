/* Arguments, with Python 3's strictness and words. */
#include "tls_bootstrap.h"

#include <strings.h>

PyObject *
as_index(PyObject *value)
{
    if (PyIndex_Check(value))
        return PyNumber_Index(value);
    PyErr_Format(PyExc_TypeError,
                 "'%.200s' object cannot be interpreted as an integer",
                 Py_TYPE(value)->tp_name);
    return NULL;
}

static int
argument_in_range(PyObject *value, long minimum, long maximum,
                       long *result, const char *c_type)
{
    PyObject *number;
    int overflow;

    if (PyInt_CheckExact(value) && PyInt_AS_LONG(value) >= minimum
            && PyInt_AS_LONG(value) <= maximum) {
        *result = PyInt_AS_LONG(value);
        return 1;
    }
    number = as_index(value);
    if (number == NULL)
        return 0;
    *result = PyLong_AsLongAndOverflow(number, &overflow);
    Py_DECREF(number);
    if (!overflow && *result >= minimum && *result <= maximum)
        return 1;
    PyErr_Format(PyExc_OverflowError,
                 "Python int too large to convert to C %s", c_type);
    return 0;
}

int
int_argument(PyObject *value, int *result)
{
    long number;

    if (!argument_in_range(value, INT_MIN, INT_MAX, &number, "int"))
        return 0;
    *result = (int)number;
    return 1;
}

int
long_argument(PyObject *value, long *result)
{
    return argument_in_range(value, LONG_MIN, LONG_MAX, result, "long");
}

int
size_argument(PyObject *value, Py_ssize_t *result)
{
    long number;

    if (!argument_in_range(value, PY_SSIZE_T_MIN, PY_SSIZE_T_MAX, &number,
                           "ssize_t"))
        return 0;
    *result = number;
    return 1;
}

/* as_index()'s condition, with other words. */
int
is_integer(PyObject *value)
{
    if (PyIndex_Check(value))
        return 1;
    PyErr_Format(PyExc_TypeError, "argument must be int, not %.50s",
                 value == Py_None ? "None" : Py_TYPE(value)->tp_name);
    return 0;
}

int
unsigned_argument(PyObject *value, unsigned PY_LONG_LONG *result)
{
    PyObject *index = as_index(value), *number;

    number = index == NULL ? NULL : PyNumber_Long(index);
    Py_XDECREF(index);
    if (number == NULL)
        return 0;
    if (_PyLong_Sign(number) < 0) {
        Py_DECREF(number);
        PyErr_SetString(PyExc_ValueError, "Cannot convert negative int");
        return 0;
    }
    *result = PyLong_AsUnsignedLongLong(number);
    Py_DECREF(number);
    if (*result == (unsigned PY_LONG_LONG)-1 && PyErr_Occurred()) {
        if (PyErr_ExceptionMatches(PyExc_OverflowError))
            PyErr_SetString(PyExc_OverflowError, "Python int too large for C "
                            "unsigned long long");
        return 0;
    }
    return 1;
}

/* The lowest bits of an integer. One that is no signed and no unsigned number
   of 32 or 64 bits is taken with a warning, after which anything may have
   changed. */
int
mask_argument(PyObject *value, int bits, unsigned long *result)
{
    PyObject *number = as_index(value);
    PY_LONG_LONG low;
    int overflow, fits;

    if (number == NULL)
        return 0;
    low = PyLong_AsLongLongAndOverflow(number, &overflow);
    if (overflow > 0 && bits == 64)
        fits = _PyLong_NumBits(number) <= 64;
    else
        fits = !overflow
            && (bits == 64 || (low >= -0x80000000LL && low <= 0xffffffffLL));
    *result = PyInt_AsUnsignedLongMask(number);
    Py_DECREF(number);
    return fits
        || PyErr_WarnEx(PyExc_DeprecationWarning, "integer value out of range",
                        1)
               == 0;
}

/* Any contiguous buffer. One of the old kind is copied: it could move while
   the GIL is released. */
int
bytes_argument(PyObject *value, Py_buffer *view)
{
    const void *memory;
    Py_ssize_t size;
    PyObject *copy;
    int filled;

    if (!PyUnicode_Check(value) && PyObject_CheckBuffer(value))
        return PyObject_GetBuffer(value, view, PyBUF_SIMPLE) == 0;
    if (PyUnicode_Check(value) || !PyObject_CheckReadBuffer(value)) {
        /* A closed mmap says so itself. */
        if (!PyErr_Occurred())
            PyErr_Format(PyExc_TypeError,
                         "a bytes-like object is required, not '%.100s'",
                         Py_TYPE(value)->tp_name);
        return 0;
    }
    copy = PyObject_AsReadBuffer(value, &memory, &size) < 0 ? NULL
        : PyString_FromStringAndSize(memory, size);
    if (copy == NULL)
        return 0;
    filled = PyObject_GetBuffer(copy, view, PyBUF_SIMPLE);
    Py_DECREF(copy);
    return filled == 0;
}

static int
is_surrogate(Py_UNICODE character)
{
    return character >= 0xd800 && character <= 0xdfff;
}

/* Whether the two are one character, where Py_UNICODE has 16 bits. */
static int
is_pair(const Py_UNICODE *text, Py_ssize_t rest)
{
    return Py_UNICODE_SIZE == 2 && rest >= 2 && text[0] < 0xdc00
        && text[1] >= 0xdc00 && is_surrogate(text[1]);
}

/* Whether a surrogate stands for a byte of a path that is no text: as Python 3
   decodes it. */
static int
is_escaped_byte(Py_UNICODE character)
{
    return character >= 0xdc80 && character <= 0xdcff;
}

/* UnicodeEncodeError and 0 for half a character, which 2.7 would encode; a path
   may have escaped bytes. */
static int
refuse_half_characters(PyObject *value, int is_path)
{
    const Py_UNICODE *text = PyUnicode_AS_UNICODE(value);
    Py_ssize_t size = PyUnicode_GET_SIZE(value), start = 0, end;
    PyObject *error;
    int wrong;

    for (;;) {
        while (start < size && (!is_surrogate(text[start])
                                || is_pair(text + start, size - start)))
            start += is_surrogate(text[start]) ? 2 : 1;
        if (start == size)
            return 1;
        wrong = 0;
        for (end = start; end < size && is_surrogate(text[end])
             && !is_pair(text + end, size - end); end++)
            wrong |= !(is_path && is_escaped_byte(text[end]));
        if (wrong)
            break;
        start = end;
    }
    while (is_path && is_escaped_byte(text[start]))
        start++;
    error = PyObject_CallFunction(PyExc_UnicodeEncodeError, "sOnns", "utf-8",
                                  value, start, end, "surrogates not allowed");
    if (error != NULL) {
        PyErr_SetObject(PyExc_UnicodeEncodeError, error);
        Py_DECREF(error);
    }
    return 0;
}

/* A str from a unicode object, as strict as Python 3; NULL and an exception. */
PyObject *
text_to_utf8(PyObject *value)
{
    return refuse_half_characters(value, 0) ? PyUnicode_AsUTF8String(value)
        : NULL;
}


/* Text in UTF-8, in which an escaped byte is that byte. */
static PyObject *
path_in_utf8(PyObject *value)
{
    const Py_UNICODE *text = PyUnicode_AS_UNICODE(value);
    Py_ssize_t size = PyUnicode_GET_SIZE(value), start = 0, end;
    PyObject *path, *part;
    char byte;

    if (!refuse_half_characters(value, 1))
        return NULL;
    path = PyString_FromString("");
    while (path != NULL && start < size) {
        for (end = start; end < size && !is_escaped_byte(text[end]);)
            end += is_pair(text + end, size - end) ? 2 : 1;
        if (end > start)
            part = PyUnicode_EncodeUTF8(text + start, end - start, NULL);
        else {
            byte = (char)text[end++];
            part = PyString_FromStringAndSize(&byte, 1);
        }
        PyString_ConcatAndDel(&path, part);
        start = end;
    }
    return path;
}

/* A str without NUL from a native str or, encoded, a unicode object; 0 and an
   exception otherwise. The encoding NULL is UTF-8, as strict as Python 3 has
   it. The complaint may show the type with one %s. */
static int
argument_encoded(PyObject *value, PyObject **result,
                        const char *encoding, const char *complaint,
                        const char *nul_complaint)
{
    PyObject *text;

    if (PyUnicode_Check(value))
        text = encoding == NULL ? text_to_utf8(value)
            : PyUnicode_AsEncodedString(value, encoding, "strict");
    else if (PyString_Check(value)) {
        text = value;
        Py_INCREF(text);
    }
    else {
        PyErr_Format(PyExc_TypeError, complaint, Py_TYPE(value)->tp_name);
        return 0;
    }
    if (text == NULL)
        return 0;
    if (strlen(PyString_AS_STRING(text)) != (size_t)PyString_GET_SIZE(text)) {
        Py_DECREF(text);
        PyErr_SetString(PyExc_ValueError, nul_complaint);
        return 0;
    }
    *result = text;
    return 1;
}

/* What `__fspath__` of a path returns, or the value itself where it is text or
   bytes. TypeError for all else, with the complaint. */
static PyObject *
text_of_path(PyObject *value, const char *complaint)
{
    static PyObject *name;
    PyObject *method, *path;

    if (PyString_Check(value) || PyUnicode_Check(value)) {
        Py_INCREF(value);
        return value;
    }
    method = PyInstance_Check(value)
        ? PyObject_GetAttrString(value, "__fspath__")
        : _PyObject_LookupSpecial(value, "__fspath__", &name);
    if (method == NULL || method == Py_None) {
        Py_XDECREF(method);
        /* As Python 3 has it, whatever the look-up raised. */
        PyErr_Format(PyExc_TypeError, complaint, Py_TYPE(value)->tp_name);
        return NULL;
    }
    path = PyObject_CallObject(method, NULL);
    Py_DECREF(method);
    if (path != NULL && !PyString_Check(path) && !PyUnicode_Check(path)) {
        PyErr_Format(PyExc_TypeError, "expected %.200s.__fspath__() to return "
                     "str or bytes, not %.200s", Py_TYPE(value)->tp_name,
                     Py_TYPE(path)->tp_name);
        Py_CLEAR(path);
    }
    return path;
}

int
path_argument(PyObject *value, PyObject **path, const char *complaint)
{
    const char *encoding = Py_FileSystemDefaultEncoding;
    const char *expected = "expected str, bytes or os.PathLike object, not "
        "%.50s";
    PyObject *text = text_of_path(value, expected), *encoded;
    int done;

    if (text == NULL) {
        /* Whose TypeError it is does not count. */
        if (complaint != NULL && PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_SetString(PyExc_TypeError, complaint);
        return 0;
    }
    if (PyUnicode_Check(text)
            && (encoding == NULL || strcasecmp(encoding, "utf-8") == 0)) {
        encoded = path_in_utf8(text);
        Py_DECREF(text);
        if (encoded == NULL)
            return 0;
        text = encoded;
    }
    done = argument_encoded(text, path, encoding, expected,
                            "embedded null byte");
    Py_DECREF(text);
    return done;
}

int
text_argument(PyObject *value, PyObject **text, const char *complaint)
{
    return argument_encoded(value, text, NULL, complaint,
                            "embedded null character");
}

/* Where in what 2.7 takes for UTF-8 the first half of a character is; -1 where
   there is none. */
static Py_ssize_t
half_character_in_utf8(const char *data, Py_ssize_t size)
{
    Py_ssize_t i;

    for (i = 0; i + 1 < size; i++)
        if ((unsigned char)data[i] == 0xed
                && (unsigned char)data[i + 1] >= 0xa0)
            return i;
    return -1;
}

/* 2.7 calls the codec "utf8" in its errors. */
static void
rename_codec_of_error(void)
{
    PyObject *type, *value, *traceback, *arguments, *error = NULL;

    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    arguments = PyObject_GetAttrString(value, "args");
    if (arguments != NULL)
        error = PyObject_CallFunction(type, "sOOOO", "utf-8",
                                      PyTuple_GET_ITEM(arguments, 1),
                                      PyTuple_GET_ITEM(arguments, 2),
                                      PyTuple_GET_ITEM(arguments, 3),
                                      PyTuple_GET_ITEM(arguments, 4));
    if (error != NULL)
        PyErr_SetObject(type, error);
    Py_XDECREF(error);
    Py_XDECREF(arguments);
    Py_DECREF(type);
    Py_DECREF(value);
    Py_XDECREF(traceback);
}

/* A unicode object from UTF-8, as strict as Python 3 has it; NULL and an
   exception. */
PyObject *
text_from_utf8(const char *data, Py_ssize_t size)
{
    PyObject *text = PyUnicode_DecodeUTF8(data, size, "strict"), *error;
    Py_ssize_t half = half_character_in_utf8(data, size);

    if (text == NULL && PyErr_ExceptionMatches(PyExc_UnicodeDecodeError))
        rename_codec_of_error();
    if (text == NULL || half < 0)
        return text;
    Py_DECREF(text);
    error = PyObject_CallFunction(PyExc_UnicodeDecodeError, "ss#nns", "utf-8",
                                  data, size, half, half + 1,
                                  "invalid continuation byte");
    if (error != NULL)
        PyErr_SetObject(PyExc_UnicodeDecodeError, error);
    Py_XDECREF(error);
    return NULL;
}

int
text_is_ascii(const char *data, Py_ssize_t size)
{
    Py_ssize_t i;

    for (i = 0; i < size; i++)
        if ((unsigned char)data[i] >= 0x80)
            return 0;
    return 1;
}

/* Native str where the text is ASCII, else unicode, as stock 2.7 gives what is
   in certificates. */
PyObject *
native_text_from_utf8(const char *data, Py_ssize_t size)
{
    return text_is_ascii(data, size) ? PyString_FromStringAndSize(data, size)
        : text_from_utf8(data, size);
}

PyObject *
refuse_pickling(PyObject *self, PyObject *ignored)
{
    (void)ignored;
    PyErr_Format(PyExc_TypeError, "cannot pickle '%.200s' object",
                 Py_TYPE(self)->tp_name);
    return NULL;
}

int
refuse_deletion(PyObject *value)
{
    if (value != NULL)
        return 0;
    PyErr_SetString(PyExc_AttributeError, "cannot delete attribute");
    return 1;
}
