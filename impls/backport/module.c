/* The module __tls_bootstrap: its functions, constants and types. */
/* Python.h defines _GNU_SOURCE, for RTLD_NOLOAD. */
#include "tls_bootstrap.h"

#include <dlfcn.h>

/* ---- functions ---- */

static PyObject *
module_rand_bytes(PyObject *module, PyObject *value)
{
    PyObject *result;
    int size, done;

    (void)module;
    if (!int_argument(value, &size))
        return NULL;
    if (size < 0) {
        PyErr_SetString(PyExc_ValueError, "num must be positive");
        return NULL;
    }
    result = PyString_FromStringAndSize(NULL, size);
    if (result == NULL || size == 0)
        return result;
    ERR_clear_error();
    done = RAND_bytes((unsigned char *)PyString_AS_STRING(result), size);
    if (done == 1)
        return result;
    Py_DECREF(result);
    return raise_openssl(HERE);
}

/* RAND_add(string, entropy): text or any buffer, where stock 2.7 wants str. */
static PyObject *
module_rand_add(PyObject *module, PyObject *arguments)
{
    PyObject *data, *text = NULL;
    Py_buffer view;
    Py_ssize_t done = 0;
    double entropy;
    int part;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "Od:RAND_add", &data, &entropy))
        return NULL;
    if (PyUnicode_Check(data)) {
        text = text_to_utf8(data);
        if (text == NULL)
            return NULL;
        data = text;
    }
    if (!bytes_argument(data, &view)) {
        Py_XDECREF(text);
        return NULL;
    }
    do {
        part = view.len - done > INT_MAX ? INT_MAX : (int)(view.len - done);
        RAND_add((char *)view.buf + done, part, entropy);
        done += part;
    } while (done < view.len);
    PyBuffer_Release(&view);
    Py_XDECREF(text);
    Py_RETURN_NONE;
}

/* What the module of that file (NULL: the executable) calls as SSL_CTX_new; or
   NULL. Both modules are looked into in one way: a library that was preloaded
   may stand before libssl for one of them, or both. */
static void *
module_ssl_ctx_new(const char *name)
{
    void *handle = dlopen(name, RTLD_LAZY | RTLD_NOLOAD), *found = NULL;

    if (handle != NULL) {
        found = dlsym(handle, "SSL_CTX_new");
        dlclose(handle);
    }
    return found;
}

/* same_libssl(stock, own): the files of a stock _ssl (None: built into the
   interpreter) and of this module. Their library must be one, or an SSL_CTX of
   one means nothing to the other. True, False, or None where one of them
   cannot be looked into. */
static PyObject *
module_same_libssl(PyObject *module, PyObject *arguments)
{
    const char *stock, *own;
    void *theirs, *ours;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "zs:same_libssl", &stock, &own))
        return NULL;
    theirs = module_ssl_ctx_new(stock);
    ours = module_ssl_ctx_new(own);
    if (theirs == NULL || ours == NULL)
        Py_RETURN_NONE;
    return PyBool_FromLong(theirs == ours);
}

/* (weak reference, context, whether the SSL points back), read where 2.7 has
   them in its _SSLSocket: how that layout is verified. */
static PyObject *
module_read_stock_socket(PyObject *module, PyObject *stock)
{
    StockSocket *object = (StockSocket *)stock;
    PyTypeObject *type = errors_stock_type("_SSLSocket");
    int known;

    (void)module;
    if (type == NULL)
        return NULL;
    known = PyObject_TypeCheck(stock, type)
        && (size_t)type->tp_basicsize >= sizeof(StockSocket);
    Py_DECREF(type);
    if (!known || object->owner == NULL || object->ssl == NULL
            || object->context == NULL) {
        PyErr_SetString(PyExc_ValueError, "this is no stock SSL object");
        return NULL;
    }
    return Py_BuildValue("(OON)", object->owner, object->context,
                         PyBool_FromLong(SSL_get_app_data(object->ssl)
                                         == (void *)stock));
}

static PyMethodDef module_functions[] = {
    {"RAND_bytes", module_rand_bytes, METH_O,
     "Cryptographically strong random bytes."},
    {"RAND_add", module_rand_add, METH_VARARGS,
     "Adds to what the generator is seeded with."},
    {"get_sigalgs", module_get_sigalgs, METH_NOARGS,
     "The names of the signature algorithms of this OpenSSL."},
    {"adopt", context_adopt, METH_VARARGS,
     "A context over a stock context's SSL_CTX."},
    {"read_shared", context_read_shared, METH_O,
     "Verify mode and options, read through a stock context's pointer."},
    {"read_stock_socket", module_read_stock_socket, METH_O,
     "Owner, context and back pointer of a stock SSL object."},
    {"same_libssl", module_same_libssl, METH_VARARGS,
     "Whether the stock module's libssl is this one."},
    {"send_from", memory_bio_send_from, METH_VARARGS,
     "send_from(bio, socket, milliseconds): moves bytes to a socket."},
    {"receive_into", memory_bio_receive_into, METH_VARARGS,
     "receive_into(bio, socket, milliseconds): moves bytes from one."},
    {"add_methods", ssl_object_add_methods, METH_VARARGS,
     "Give the class in Python its methods in C."},
    {"register_verification_error", errors_register, METH_O,
     "The class that certificate verification errors are raised as."},
    {NULL}
};

/* ---- constants ---- */

static const struct { const char *name; PY_LONG_LONG value; } constants[] = {
    {"OP_ALL", SSL_OP_ALL & ~SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS},
    {"OP_NO_SSLv2", SSL_OP_NO_SSLv2},
    {"OP_NO_SSLv3", SSL_OP_NO_SSLv3},
    {"OP_NO_TLSv1", SSL_OP_NO_TLSv1},
    {"OP_NO_TLSv1_1", SSL_OP_NO_TLSv1_1},
    {"OP_NO_TLSv1_2", SSL_OP_NO_TLSv1_2},
    {"OP_NO_TLSv1_3", SSL_OP_NO_TLSv1_3},
    {"OP_CIPHER_SERVER_PREFERENCE", SSL_OP_CIPHER_SERVER_PREFERENCE},
    {"OP_SINGLE_DH_USE", SSL_OP_SINGLE_DH_USE},
    {"OP_SINGLE_ECDH_USE", SSL_OP_SINGLE_ECDH_USE},
    {"OP_NO_TICKET", SSL_OP_NO_TICKET},
    {"OP_LEGACY_SERVER_CONNECT", SSL_OP_LEGACY_SERVER_CONNECT},
    {"OP_NO_COMPRESSION", SSL_OP_NO_COMPRESSION},
#ifdef SSL_OP_ENABLE_MIDDLEBOX_COMPAT
    {"OP_ENABLE_MIDDLEBOX_COMPAT", SSL_OP_ENABLE_MIDDLEBOX_COMPAT},
#endif
#ifdef SSL_OP_NO_RENEGOTIATION
    {"OP_NO_RENEGOTIATION", SSL_OP_NO_RENEGOTIATION},
#endif
#ifdef SSL_OP_IGNORE_UNEXPECTED_EOF
    {"OP_IGNORE_UNEXPECTED_EOF", SSL_OP_IGNORE_UNEXPECTED_EOF},
#endif
#ifdef SSL_OP_ENABLE_KTLS
    {"OP_ENABLE_KTLS", SSL_OP_ENABLE_KTLS},
#endif
    {"VERIFY_DEFAULT", 0},
    {"VERIFY_CRL_CHECK_LEAF", X509_V_FLAG_CRL_CHECK},
    {"VERIFY_CRL_CHECK_CHAIN",
     X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL},
    {"VERIFY_X509_STRICT", X509_V_FLAG_X509_STRICT},
    {"VERIFY_ALLOW_PROXY_CERTS", X509_V_FLAG_ALLOW_PROXY_CERTS},
    {"VERIFY_X509_TRUSTED_FIRST", X509_V_FLAG_TRUSTED_FIRST},
    {"VERIFY_X509_PARTIAL_CHAIN", X509_V_FLAG_PARTIAL_CHAIN},
    {"HOSTFLAG_NEVER_CHECK_SUBJECT", X509_CHECK_FLAG_NEVER_CHECK_SUBJECT},
    {"_COMPILED_VERSION_NUMBER", OPENSSL_VERSION_NUMBER},
};

static const struct { const char *name; int value; } features[] = {
    {"HAS_SNI", 1}, {"HAS_ECDH", 1}, {"HAS_NPN", 0}, {"HAS_ALPN", 1},
    {"HAS_NEVER_CHECK_COMMON_NAME", 1}, {"HAS_PSK", 1}, {"HAS_SSLv2", 0},
#if !defined(OPENSSL_NO_SSL3) && !defined(OPENSSL_NO_SSL3_METHOD) \
    && OPENSSL_VERSION_NUMBER < 0x40000000L
    {"HAS_SSLv3", 1},
#else
    {"HAS_SSLv3", 0},
#endif
#if !defined(OPENSSL_NO_TLS1) && !defined(OPENSSL_NO_TLS1_METHOD)
    {"HAS_TLSv1", 1},
#else
    {"HAS_TLSv1", 0},
#endif
#if !defined(OPENSSL_NO_TLS1_1) && !defined(OPENSSL_NO_TLS1_1_METHOD)
    {"HAS_TLSv1_1", 1},
#else
    {"HAS_TLSv1_1", 0},
#endif
#if !defined(OPENSSL_NO_TLS1_2) && !defined(OPENSSL_NO_TLS1_2_METHOD)
    {"HAS_TLSv1_2", 1},
#else
    {"HAS_TLSv1_2", 0},
#endif
#ifndef OPENSSL_NO_TLS1_3
    {"HAS_TLSv1_3", 1}, {"HAS_PHA", 1}, {"HAS_PSK_TLS13", 1},
#else
    {"HAS_TLSv1_3", 0}, {"HAS_PHA", 0}, {"HAS_PSK_TLS13", 0},
#endif
};

/* The library's number unpacked: major, minor, fix, patch, status. */
static int
module_add_version(PyObject *module)
{
    unsigned long number = OpenSSL_version_num();
    PyObject *info = Py_BuildValue(
        "(kkkkk)", number >> 28 & 0xff, number >> 20 & 0xff,
        number >> 12 & 0xff, number >> 4 & 0xff, number & 0xf);

    if (info == NULL
            || PyModule_AddObject(module, "OPENSSL_VERSION_INFO", info) < 0
            || PyModule_AddIntConstant(module, "OPENSSL_VERSION_NUMBER",
                                       (long)number) < 0)
        return -1;
    return PyModule_AddStringConstant(module, "OPENSSL_VERSION",
                                      OpenSSL_version(OPENSSL_VERSION));
}

static int
module_add_constants(PyObject *module)
{
    size_t i;

    for (i = 0; i < sizeof(constants) / sizeof(*constants); i++) {
        PyObject *value = PyInt_FromLong((long)constants[i].value);
        if (value == NULL
                || PyModule_AddObject(module, constants[i].name, value) < 0)
            return -1;
    }
    for (i = 0; i < sizeof(features) / sizeof(*features); i++)
        if (PyModule_AddObject(module, features[i].name,
                               PyBool_FromLong(features[i].value)) < 0)
            return -1;
    return module_add_version(module);
}

static int
module_add_type(PyObject *module, const char *name, PyTypeObject *type)
{
    Py_INCREF(type);
    return PyModule_AddObject(module, name, (PyObject *)type);
}

/* The one symbol that others see, see VISIBILITY in setup.py. */
__attribute__((visibility("default"))) PyMODINIT_FUNC
init__tls_bootstrap(void)
{
    PyObject *module;

    Session_Type.ob_type = &PyType_Type;
    if (threads_setup() < 0 || errors_setup() < 0 || memory_bio_setup() < 0
            || context_setup() < 0
            || ssl_object_setup() < 0
            || PyType_Ready(&Session_Type) < 0)
        return;
    module = Py_InitModule3("__tls_bootstrap", module_functions,
                            "The C half of _tls_bootstrap.");
    if (module == NULL || module_add_constants(module) < 0
            || module_add_type(module, "MemoryBIO", &MemoryBIO_Type) < 0
            || module_add_type(module, "_SSLContext", &Context_Type) < 0
            || module_add_type(module, "_SSLSocket", &SSLObject_Type) < 0)
        return;
    module_add_type(module, "SSLSession", &Session_Type);
}
