/* Exceptions: the stock ssl module's classes, filled in as Python 3 does. */
#include "tls_bootstrap.h"

#include <errno.h>

struct library_name { int library; const char *name; };
struct reason_name { int library, reason; const char *name; };
#include "error_names.h"

/* Borrowed from the stock module for the life of the process. */
static struct {
    PyObject *ssl, *zero_return, *want_read, *system_call, *eof;
} classes;

/* Attributes, made once: an exception is part of most small operations. */
static struct {
    PyObject *library, *reason, *verify_code, *verify_message;
} names;

static int
errors_names_setup(void)
{
    struct { const char *name; PyObject **place; } wanted[] = {
        {"library", &names.library},
        {"reason", &names.reason},
        {"verify_code", &names.verify_code},
        {"verify_message", &names.verify_message},
    };
    size_t i;

    for (i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
        Py_XDECREF(*wanted[i].place);
        *wanted[i].place = PyString_InternFromString(wanted[i].name);
        if (*wanted[i].place == NULL)
            return -1;
    }
    return 0;
}

int
errors_setup(void)
{
    struct { const char *name; PyObject **place; } wanted[] = {
        {"SSLError", &classes.ssl},
        {"SSLZeroReturnError", &classes.zero_return},
        {"SSLWantReadError", &classes.want_read},
        {"SSLSyscallError", &classes.system_call},
        {"SSLEOFError", &classes.eof},
    };
    PyObject *stock = PyImport_ImportModule("ssl");
    size_t i;

    if (stock == NULL || errors_names_setup() < 0) {
        Py_XDECREF(stock);
        return -1;
    }
    for (i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
        Py_XDECREF(*wanted[i].place);
        *wanted[i].place = PyObject_GetAttrString(stock, wanted[i].name);
        if (*wanted[i].place == NULL)
            break;
    }
    Py_DECREF(stock);
    return i < sizeof(wanted) / sizeof(*wanted) ? -1 : 0;
}

/* A type of the stock module in C, a new reference; NULL and an exception. */
PyTypeObject *
errors_stock_type(const char *name)
{
    PyObject *stock = PyImport_ImportModule("_ssl"), *type;

    if (stock == NULL)
        return NULL;
    type = PyObject_GetAttrString(stock, name);
    Py_DECREF(stock);
    if (type == NULL || PyType_Check(type))
        return (PyTypeObject *)type;
    Py_DECREF(type);
    PyErr_Format(PyExc_TypeError, "_ssl.%s is not a type", name);
    return NULL;
}

/* SSLCertVerificationError is a Python class, for 2.7 has none to import. Each
   sub-interpreter has its own, in its own copy of this module's names. */
#define VERIFICATION_ERROR "_verification_error"

PyObject *
errors_register(PyObject *module, PyObject *verification_error)
{
    PyObject *modules = PyImport_GetModuleDict();

    (void)module;
    module = PyDict_GetItemString(modules, "__tls_bootstrap");
    if (module == NULL) {
        PyErr_SetString(PyExc_ImportError, "__tls_bootstrap is not imported");
        return NULL;
    }
    if (PyObject_SetAttrString(module, VERIFICATION_ERROR,
                               verification_error) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* A new reference; SSLError where none was registered. */
static PyObject *
errors_verification_class(void)
{
    PyObject *module = PyDict_GetItemString(PyImport_GetModuleDict(),
                                            "__tls_bootstrap");
    PyObject *class = module == NULL ? NULL
        : PyObject_GetAttrString(module, VERIFICATION_ERROR);

    if (class != NULL)
        return class;
    PyErr_Clear();
    Py_INCREF(classes.ssl);
    return classes.ssl;
}

static const char *
errors_library_name(unsigned long code)
{
    int library = ERR_GET_LIB(code);
    size_t i;

    for (i = 0; i < sizeof(library_names) / sizeof(*library_names); i++)
        if (library_names[i].library == library)
            return library_names[i].name;
    return NULL;
}

static const char *
errors_reason_name(unsigned long code)
{
    int library = ERR_GET_LIB(code), reason = ERR_GET_REASON(code);
    size_t low = 0, high = sizeof(reason_names) / sizeof(*reason_names);

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct reason_name *entry = &reason_names[middle];
        if (entry->library == library && entry->reason == reason)
            return entry->name;
        if (entry->library < library
                || (entry->library == library && entry->reason < reason))
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static int
errors_set_text(PyObject *exception, PyObject *name, const char *text)
{
    PyObject *value = text == NULL ? Py_None : PyString_FromString(text);
    int result;

    if (value == NULL)
        return -1;
    result = PyObject_SetAttr(exception, name, value);
    if (value != Py_None)
        Py_DECREF(value);
    return result;
}

/* The texts of Python 3 for the two checks it can name the subject of. */
static PyObject *
errors_verify_message(const SSLObject *object, long code)
{
    PyObject *hostname = object->server_hostname;

    if (hostname != NULL && code == X509_V_ERR_HOSTNAME_MISMATCH)
        return PyString_FromFormat("Hostname mismatch, certificate is not "
                                   "valid for '%s'.",
                                   PyString_AS_STRING(hostname));
    if (hostname != NULL && code == X509_V_ERR_IP_ADDRESS_MISMATCH)
        return PyString_FromFormat("IP address mismatch, certificate is not "
                                   "valid for '%s'.",
                                   PyString_AS_STRING(hostname));
    return PyString_FromString(X509_verify_cert_error_string(code));
}

static int
errors_set_verification(PyObject *exception, PyObject *message, long code)
{
    PyObject *number = PyInt_FromLong(code);
    int result;

    if (number == NULL)
        return -1;
    result = PyObject_SetAttr(exception, names.verify_code, number);
    Py_DECREF(number);
    if (result == 0)
        result = PyObject_SetAttr(exception, names.verify_message, message);
    return result;
}

static PyObject *
errors_format_message(const char *library, const char *reason,
                      const char *text, PyObject *detail, const char *where)
{
    const char *colon = detail == NULL ? "" : ": ";
    const char *details = detail == NULL ? "" : PyString_AS_STRING(detail);

    if (library == NULL)
        return PyString_FromFormat("%s%s%s (%s)", text, colon, details, where);
    return PyString_FromFormat("[%s%s%s] %s%s%s (%s)", library,
                               reason == NULL ? "" : ": ",
                               reason == NULL ? "" : reason, text, colon,
                               details, where);
}

/* A certificate check that failed: whose it was, and how. */
typedef struct {
    const SSLObject *object;
    long code;
} FailedCheck;

/* Sets an exception of the class: code is OpenSSL's (0: none), text replaces
   OpenSSL's own, check may be NULL. The queue is not looked into. */
static PyObject *
errors_set_error(PyObject *class, long number, const char *text,
                 unsigned long code, const FailedCheck *check,
                 const char *where)
{
    const char *library = NULL, *reason = NULL;
    PyObject *detail = NULL, *message = NULL, *exception = NULL;
    char unknown[40];

    if (code) {
        library = errors_library_name(code);
        reason = errors_reason_name(code);
        if (text == NULL)
            text = ERR_reason_error_string(code);
    }
    if (text == NULL) {
        (void)PyOS_snprintf(unknown, sizeof(unknown), "unknown error (0x%lx)",
                            code);
        text = unknown;
    }
    forget_errors();
    if (check != NULL)
        detail = errors_verify_message(check->object, check->code);
    if (check == NULL || detail != NULL)
        message = errors_format_message(library, reason, text, detail, where);
    if (message != NULL)
        exception = PyObject_CallFunction(class, "lO", number, message);
    if (exception != NULL
        && errors_set_text(exception, names.reason, reason) == 0
        && errors_set_text(exception, names.library, library) == 0
        && (detail == NULL
            || errors_set_verification(exception, detail, check->code) == 0))
        PyErr_SetObject(class, exception);
    Py_XDECREF(detail);
    Py_XDECREF(message);
    Py_XDECREF(exception);
    return NULL;
}

/* SSLError for a code of OpenSSL's; 0 is an unknown one. */
PyObject *
raise_code(unsigned long code, const char *where)
{
    return errors_set_error(classes.ssl, code ? ERR_GET_REASON(code) : 0, NULL,
                            code, NULL, where);
}

/* IOError for what errno says of a file, with its name where one is given;
   MemoryError where that is the reason. */
PyObject *
raise_errno(int number, PyObject *filename)
{
    if (number == ENOMEM)
        return PyErr_NoMemory();
    errno = number;
    return PyErr_SetFromErrnoWithFilenameObject(PyExc_IOError, filename);
}

PyObject *
raise_openssl(const char *where)
{
    return raise_code(ERR_peek_last_error(), where);
}

int
openssl_failed(const char *where)
{
    raise_openssl(where);
    return -1;
}

/* The end of file, where OpenSSL has nothing to say of it. */
PyObject *
raise_eof(const char *where)
{
    return errors_set_error(classes.eof, 8,
                            "EOF occurred in violation of protocol", 0, NULL,
                            where);
}

PyObject *
raise_with_text(const char *text, const char *where)
{
    return errors_set_error(classes.ssl, 0, text, 0, NULL, where);
}

PyObject *
raise_plain(const char *text)
{
    PyErr_SetString(classes.ssl, text);
    ERR_clear_error();
    return NULL;
}

static int
errors_is_reason(unsigned long code, int reason)
{
    return ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == reason;
}

static PyObject *
errors_raise_verification(SSLObject *object, const Outcome *outcome,
                   const char *where)
{
    FailedCheck check = {object, outcome->verify_result};
    PyObject *class = errors_verification_class();

    errors_set_error(class, SSL_ERROR_SSL, NULL, outcome->code, &check, where);
    Py_DECREF(class);
    return NULL;
}

static PyObject *
errors_raise_protocol_error(SSLObject *object, const Outcome *outcome,
                     const char *where)
{
    unsigned long code = outcome->code;

#ifdef SSL_R_UNEXPECTED_EOF_WHILE_READING
    if (errors_is_reason(code, SSL_R_UNEXPECTED_EOF_WHILE_READING)) {
        object->eof_met = 1;
        return errors_set_error(classes.eof, 8,
                         "EOF occurred in violation of protocol", code, NULL,
                         where);
    }
#endif
    if (errors_is_reason(code, SSL_R_CERTIFICATE_VERIFY_FAILED))
        return errors_raise_verification(object, outcome, where);
    /* OpenSSL 4 only remembers that something was fatal, and says no more. */
    return errors_set_error(classes.ssl, SSL_ERROR_SSL,
                     code ? NULL : "A failure in the SSL library occurred",
                     code, NULL, where);
}

PyObject *
raise_outcome(SSLObject *object, const Outcome *outcome, const char *where)
{
    unsigned long code = outcome->code;
    int error = outcome->error;

    switch (error) {
    case SSL_ERROR_ZERO_RETURN:
        return errors_set_error(classes.zero_return, error,
                         "TLS/SSL connection has been closed (EOF)", 0, NULL,
                         where);
    case SSL_ERROR_WANT_READ:
        return errors_set_error(classes.want_read, error,
                         "The operation did not complete (read)", 0, NULL,
                         where);
    case SSL_ERROR_SYSCALL:
        /* Memory has no system calls: without a reason it is an early end. */
        if (code == 0) {
            object->eof_met = 1;
            return raise_eof(where);
        }
        return errors_set_error(classes.system_call, error, NULL, code, NULL,
                                where);
    case SSL_ERROR_SSL:
        return errors_raise_protocol_error(object, outcome, where);
    default:
        /* SSL_ERROR_WANT_WRITE, SSL_ERROR_WANT_X509_LOOKUP and the like: a
           MemoryBIO takes all, and nothing here sets up what OpenSSL would
           wait for then. */
        return errors_set_error(classes.ssl, error, "OpenSSL waits", 0, NULL,
                                where);
    }
}

PyObject *
raise_no_memory(void)
{
    ERR_clear_error();
    return PyErr_NoMemory();
}

/* Whether OpenSSL's queue has an error for want of memory; empties it. */
int
ran_out_of_memory(void)
{
    unsigned long code;
    int found = 0;

    while ((code = ERR_get_error()) != 0)
        if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
            found = 1;
    return found;
}

/* ERR_clear_error() goes through every slot of the queue, and most often it is
   empty. */
void
forget_errors(void)
{
    if (ERR_peek_error())
        ERR_clear_error();
}

/* Into OpenSSL's queue, from which it was taken. */
void
put_error_back(unsigned long code)
{
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
    ERR_raise(ERR_GET_LIB(code), ERR_GET_REASON(code));
#else
    ERR_put_error(ERR_GET_LIB(code), 0, ERR_GET_REASON(code), __FILE__,
                  __LINE__);
#endif
}
