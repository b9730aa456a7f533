/* Context: an SSL_CTX, its own or shared with a stock context. */
#include "tls_bootstrap.h"

#include <errno.h>

/* The numbers of Python's PROTOCOL_ constants. */
enum {
    PROTOCOL_TLS = 2, PROTOCOL_TLSv1 = 3, PROTOCOL_TLSv1_1 = 4,
    PROTOCOL_TLSv1_2 = 5, PROTOCOL_TLS_CLIENT = 16, PROTOCOL_TLS_SERVER = 17
};
/* Python's TLSVersion numbers beside OpenSSL's. */
enum { MINIMUM_SUPPORTED = -2, MAXIMUM_SUPPORTED = -1 };
enum { CERT_NONE, CERT_OPTIONAL, CERT_REQUIRED };

static const char default_ciphers[] =
    "@SECLEVEL=2:ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:DHE+AES:"
    "!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM";

/* Where an SSL_CTX keeps its Context, for callbacks without an argument. */
static int context_slot = -1;

int
context_setup(void)
{
    if (context_slot == -1)
        context_slot = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    if (context_slot == -1)
        return openssl_failed(HERE);
    Context_Type.ob_type = &PyType_Type;
    return PyType_Ready(&Context_Type);
}

/* ---- making and ending ---- */

/* Python 3 makes contexts of the old protocols with OpenSSL's fixed-version
   methods, which refuse ranges; where they are gone a range must do. */
#if OPENSSL_VERSION_NUMBER < 0x40000000L && !defined(OPENSSL_NO_TLS1_METHOD) \
    && !defined(OPENSSL_NO_TLS1_1_METHOD) && !defined(OPENSSL_NO_TLS1_2_METHOD)
static SSL_CTX *
new_fixed_version(int version)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    if (version == TLS1_VERSION)
        return SSL_CTX_new(TLSv1_method());
    if (version == TLS1_1_VERSION)
        return SSL_CTX_new(TLSv1_1_method());
    return SSL_CTX_new(TLSv1_2_method());
#pragma GCC diagnostic pop
}
#else
static SSL_CTX *
new_fixed_version(int version)
{
    SSL_CTX *context = SSL_CTX_new(TLS_method());

    if (context != NULL && SSL_CTX_set_min_proto_version(context, version)
            && SSL_CTX_set_max_proto_version(context, version))
        return context;
    SSL_CTX_free(context);
    return NULL;
}
#endif

static SSL_CTX *
new_ssl_context(int protocol)
{
    switch (protocol) {
    case PROTOCOL_TLS:
        return SSL_CTX_new(TLS_method());
    case PROTOCOL_TLS_CLIENT:
        return SSL_CTX_new(TLS_client_method());
    case PROTOCOL_TLS_SERVER:
        return SSL_CTX_new(TLS_server_method());
    case PROTOCOL_TLSv1:
        return new_fixed_version(TLS1_VERSION);
    case PROTOCOL_TLSv1_1:
        return new_fixed_version(TLS1_1_VERSION);
    default:
        return new_fixed_version(TLS1_2_VERSION);
    }
}

static int
has_version_range(int protocol)
{
    return protocol == PROTOCOL_TLS || protocol == PROTOCOL_TLS_CLIENT
        || protocol == PROTOCOL_TLS_SERVER;
}

/* What Python 3.13 sets on every new context. */
static int
apply_defaults(SSL_CTX *context, int protocol)
{
    /* As long as Python 3's: a TLS 1.3 ticket holds it, and shows its length. */
    static const unsigned char session_context[6] = {'t', 'l', 's', '2', '.', '7'};
    X509_VERIFY_PARAM *parameters = SSL_CTX_get0_param(context);
    unsigned PY_LONG_LONG options =
        SSL_OP_ALL & ~SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS;

    options |= SSL_OP_NO_SSLv2 | SSL_OP_NO_SSLv3 | SSL_OP_NO_COMPRESSION
        | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_SINGLE_DH_USE
        | SSL_OP_SINGLE_ECDH_USE;
#ifdef SSL_OP_ENABLE_MIDDLEBOX_COMPAT
    options |= SSL_OP_ENABLE_MIDDLEBOX_COMPAT;
#endif
    SSL_CTX_set_options(context, options);
    SSL_CTX_set_mode(context, SSL_MODE_AUTO_RETRY | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(context, protocol == PROTOCOL_TLS_CLIENT
        ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
        : SSL_VERIFY_NONE, NULL);
    return SSL_CTX_set_cipher_list(context, default_ciphers)
        && (!has_version_range(protocol)
            || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION))
        && X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_TRUSTED_FIRST)
        && (protocol == PROTOCOL_TLS_CLIENT
            || SSL_CTX_set_session_id_context(context, session_context,
                                              sizeof(session_context)));
}

/* A lock that its holder may take again; 0 where none could be made. */
static int
make_recursive(pthread_mutex_t *lock)
{
    pthread_mutexattr_t attributes;
    int made;

    if (pthread_mutexattr_init(&attributes) != 0)
        return 0;
    made = pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE) == 0
        && pthread_mutex_init(lock, &attributes) == 0;
    pthread_mutexattr_destroy(&attributes);
    return made;
}

static Context *
alloc_context(PyTypeObject *type, SSL_CTX *context, int protocol)
{
    Context *self = (Context *)type->tp_alloc(type, 0);

    if (self == NULL) {
        SSL_CTX_free(context);
        return NULL;
    }
    self->context = context;
    self->protocol = protocol;
    self->host_flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
    self->keylog_lock = PyThread_allocate_lock();
    self->can_load = make_recursive(&self->loading);
    if (self->keylog_lock != NULL && self->can_load
            && SSL_CTX_set_ex_data(context, context_slot, self))
        return self;
    Py_DECREF(self);
    PyErr_NoMemory();
    return NULL;
}

static PyObject *
context_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    PyObject *number;
    Context *self;
    SSL_CTX *context;
    int protocol, ready;

    (void)keywords;
    if (!PyArg_ParseTuple(arguments, "O:_SSLContext", &number)
            || !int_argument(number, &protocol))
        return NULL;
    if ((protocol < PROTOCOL_TLS || protocol > PROTOCOL_TLSv1_2)
            && protocol != PROTOCOL_TLS_CLIENT
            && protocol != PROTOCOL_TLS_SERVER) {
        PyErr_Format(PyExc_ValueError,
                     "invalid or unsupported protocol version %i", protocol);
        return NULL;
    }
    ERR_clear_error();
    Py_BEGIN_ALLOW_THREADS
    context = new_ssl_context(protocol);
    ready = context != NULL && apply_defaults(context, protocol);
    Py_END_ALLOW_THREADS
    if (!ready) {
        SSL_CTX_free(context);
        return raise_openssl(HERE);
    }
    self = alloc_context(type, context, protocol);
    if (self != NULL)
        self->check_hostname = protocol == PROTOCOL_TLS_CLIENT;
    return (PyObject *)self;
}

/* A Context over the SSL_CTX of a stock _ssl._SSLContext. The caller has made
   sure of the layout (see _tls_bootstrap._verify_stock). */
PyObject *
context_adopt(PyObject *module, PyObject *arguments)
{
    PyObject *stock;
    PyTypeObject *stock_type;
    SSL_CTX *context;
    Context *self;
    int protocol;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "OO!i:adopt", &stock, &PyType_Type,
                          &stock_type, &protocol))
        return NULL;
    context = PyObject_TypeCheck(stock, stock_type)
        ? ((Context *)stock)->context : NULL;
    if (context == NULL || !SSL_CTX_up_ref(context)) {
        PyErr_SetString(PyExc_TypeError, "a stock SSLContext is needed");
        return NULL;
    }
    self = alloc_context(&Context_Type, context, protocol);
    if (self != NULL)
        self->shared = 1;
    return (PyObject *)self;
}

/* (verify mode, options) read through a stock context's pointer: how the
   layout is verified. */
PyObject *
context_read_shared(PyObject *module, PyObject *stock)
{
    SSL_CTX *context = NULL;

    (void)module;
    if ((size_t)Py_TYPE(stock)->tp_basicsize
            >= offsetof(Context, context) + sizeof(SSL_CTX *))
        context = ((Context *)stock)->context;
    if (context == NULL || (size_t)context % sizeof(void *)) {
        PyErr_SetString(PyExc_ValueError, "this is no stock context");
        return NULL;
    }
    return Py_BuildValue("(iK)", SSL_CTX_get_verify_mode(context),
                         (unsigned PY_LONG_LONG)SSL_CTX_get_options(context));
}

static int
context_traverse(Context *self, visitproc visit, void *arg)
{
    Py_VISIT(self->sni_callback);
    Py_VISIT(self->shared_sni);
    Py_VISIT(self->psk_client_callback);
    Py_VISIT(self->psk_server_callback);
    Py_VISIT(self->message_callback);
    return 0;
}

static int
context_clear(Context *self)
{
    Py_CLEAR(self->sni_callback);
    Py_CLEAR(self->shared_sni);
    Py_CLEAR(self->psk_client_callback);
    Py_CLEAR(self->psk_server_callback);
    Py_CLEAR(self->message_callback);
    return 0;
}

static int servername_callback(SSL *ssl, int *alert, void *argument);

/* A shared SSL_CTX may live on: leave nothing in it that points here. */
static void
leave_ssl_context(Context *self)
{
    if (SSL_CTX_get_ex_data(self->context, context_slot) == self)
        SSL_CTX_set_ex_data(self->context, context_slot, NULL);
    if (self->sni_installed) {
        SSL_CTX_set_tlsext_servername_callback(self->context, NULL);
        SSL_CTX_set_tlsext_servername_arg(self->context, NULL);
    }
    if (self->message_callback != NULL)
        SSL_CTX_set_msg_callback(self->context, NULL);
    if (self->keylog != NULL)
        SSL_CTX_set_keylog_callback(self->context, NULL);
    if (self->alpn != NULL)
        SSL_CTX_set_alpn_select_cb(self->context, NULL, NULL);
    if (self->psk_installed) {
        SSL_CTX_set_psk_client_callback(self->context, NULL);
        SSL_CTX_set_psk_server_callback(self->context, NULL);
    }
}

static void
context_dealloc(Context *self)
{
    PyObject_GC_UnTrack(self);
    PyObject_ClearWeakRefs((PyObject *)self);
    if (self->context != NULL) {
        leave_ssl_context(self);
        SSL_CTX_free(self->context);
    }
    context_clear(self);
    Py_XDECREF(self->keylog_filename);
    BIO_free_all(self->keylog);
    if (self->keylog_lock != NULL)
        PyThread_free_lock(self->keylog_lock);
    if (self->can_load)
        pthread_mutex_destroy(&self->loading);
    Py_XDECREF(self->alpn);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

/* What a new SSL cannot inherit from its SSL_CTX: 0, or -1 and an exception. */
int
context_new_ssl_settings(Context *core, SSL *ssl, int server_side)
{
    int mode = SSL_get_verify_mode(ssl);

    X509_VERIFY_PARAM_set_hostflags(SSL_get0_param(ssl), core->host_flags);
    /* It is for servers; a client with one refuses TLS 1.3 PSK sessions. */
    if (!server_side
            && !SSL_set_session_id_context(ssl, (const unsigned char *)"", 0))
        return openssl_failed(HERE);
    if (!core->post_handshake_auth)
        return 0;
    if (!server_side)
        SSL_set_post_handshake_auth(ssl, 1);
    else if (mode & SSL_VERIFY_PEER)
        SSL_set_verify(ssl, mode | SSL_VERIFY_POST_HANDSHAKE, NULL);
    return 0;
}

/* ---- plain attributes ---- */

static int
cannot_delete(PyObject *value)
{
    if (value != NULL)
        return 0;
    PyErr_SetString(PyExc_AttributeError, "cannot delete attribute");
    return 1;
}

/* What Python 3 says on deleting those it parses like an argument. */
static int
missing_value(PyObject *value)
{
    if (value != NULL)
        return 0;
    PyErr_SetString(PyExc_TypeError, "function takes at least one argument");
    return 1;
}

static PyObject *
get_protocol(Context *self, void *closure)
{
    (void)closure;
    return PyInt_FromLong(self->protocol);
}

static PyObject *
get_verify_mode(Context *self, void *closure)
{
    int mode = SSL_CTX_get_verify_mode(self->context);

    (void)closure;
    if (!(mode & SSL_VERIFY_PEER))
        return PyInt_FromLong(CERT_NONE);
    if (!(mode & SSL_VERIFY_FAIL_IF_NO_PEER_CERT))
        return PyInt_FromLong(CERT_OPTIONAL);
    return PyInt_FromLong(CERT_REQUIRED);
}

static void
apply_verify_mode(Context *self, int mode)
{
    int flags = SSL_VERIFY_NONE;

    if (mode == CERT_OPTIONAL)
        flags = SSL_VERIFY_PEER;
    if (mode == CERT_REQUIRED)
        flags = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    SSL_CTX_set_verify(self->context, flags,
                       SSL_CTX_get_verify_callback(self->context));
}

static int
set_verify_mode(Context *self, PyObject *value, void *closure)
{
    long mode;

    (void)closure;
    if (cannot_delete(value) || !long_argument(value, &mode))
        return -1;
    if (mode > INT_MAX || mode < INT_MIN) {
        PyErr_SetString(PyExc_OverflowError, mode > 0
                        ? "signed integer is greater than maximum"
                        : "signed integer is less than minimum");
        return -1;
    }
    if (mode != CERT_NONE && mode != CERT_OPTIONAL && mode != CERT_REQUIRED) {
        PyErr_SetString(PyExc_ValueError, "invalid value for verify_mode");
        return -1;
    }
    if (mode == CERT_NONE && self->check_hostname) {
        PyErr_SetString(PyExc_ValueError, "Cannot set verify_mode to CERT_NONE"
                        " when check_hostname is enabled.");
        return -1;
    }
    apply_verify_mode(self, (int)mode);
    return 0;
}

static PyObject *
get_check_hostname(Context *self, void *closure)
{
    (void)closure;
    return PyBool_FromLong(self->check_hostname);
}

static int
set_check_hostname(Context *self, PyObject *value, void *closure)
{
    int enable;

    (void)closure;
    if (missing_value(value))
        return -1;
    enable = PyObject_IsTrue(value);
    if (enable < 0)
        return -1;
    if (enable && !(SSL_CTX_get_verify_mode(self->context) & SSL_VERIFY_PEER))
        apply_verify_mode(self, CERT_REQUIRED);
    self->check_hostname = enable;
    return 0;
}

static PyObject *
get_host_flags(Context *self, void *closure)
{
    (void)closure;
    return PyInt_FromLong((long)self->host_flags);
}

static int
set_host_flags(Context *self, PyObject *value, void *closure)
{
    PyObject *number;

    (void)closure;
    number = missing_value(value) ? NULL : as_index(value);
    if (number == NULL)
        return -1;
    self->host_flags = (unsigned int)PyInt_AsUnsignedLongMask(number);
    Py_DECREF(number);
    return 0;
}

static PyObject *
get_options(Context *self, void *closure)
{
    (void)closure;
    return PyLong_FromUnsignedLongLong(SSL_CTX_get_options(self->context));
}

static int
set_options(Context *self, PyObject *value, void *closure)
{
    const unsigned PY_LONG_LONG versions = SSL_OP_NO_SSLv2 | SSL_OP_NO_SSLv3
        | SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_TLSv1_2
        | SSL_OP_NO_TLSv1_3;
    unsigned PY_LONG_LONG wanted, present, clear, set;

    (void)closure;
    if (cannot_delete(value) || !unsigned_argument(value, &wanted))
        return -1;
    present = SSL_CTX_get_options(self->context);
    clear = present & ~wanted;
    set = ~present & wanted;
    if ((set & versions) && PyErr_WarnEx(PyExc_DeprecationWarning,
            "ssl.OP_NO_SSL*/ssl.OP_NO_TLS* options are deprecated", 2) < 0)
        return -1;
    if (clear)
        SSL_CTX_clear_options(self->context, clear);
    if (set)
        SSL_CTX_set_options(self->context, set);
    return 0;
}

static PyObject *
get_verify_flags(Context *self, void *closure)
{
    X509_VERIFY_PARAM *parameters = SSL_CTX_get0_param(self->context);

    (void)closure;
    return PyLong_FromUnsignedLong(X509_VERIFY_PARAM_get_flags(parameters));
}

static int
set_verify_flags(Context *self, PyObject *value, void *closure)
{
    X509_VERIFY_PARAM *parameters = SSL_CTX_get0_param(self->context);
    unsigned long wanted, present, clear, set;

    (void)closure;
    if (cannot_delete(value) || !is_integer(value))
        return -1;
    /* Python 3 takes what fits and drops the rest, signs included. */
    wanted = PyInt_AsUnsignedLongMask(value);
    present = X509_VERIFY_PARAM_get_flags(parameters);
    clear = present & ~wanted;
    set = ~present & wanted;
    if ((clear && !X509_VERIFY_PARAM_clear_flags(parameters, clear))
            || (set && !X509_VERIFY_PARAM_set_flags(parameters, set)))
        return openssl_failed(HERE);
    return 0;
}

static PyObject *
get_minimum_version(Context *self, void *closure)
{
    long version = SSL_CTX_get_min_proto_version(self->context);

    (void)closure;
    return PyInt_FromLong(version ? version : MINIMUM_SUPPORTED);
}

static PyObject *
get_maximum_version(Context *self, void *closure)
{
    long version = SSL_CTX_get_max_proto_version(self->context);

    (void)closure;
    return PyInt_FromLong(version ? version : MAXIMUM_SUPPORTED);
}

static const char *
deprecated_version(long version)
{
    switch (version) {
    case SSL3_VERSION:
        return "ssl.TLSVersion.SSLv3 is deprecated";
    case TLS1_VERSION:
        return "ssl.TLSVersion.TLSv1 is deprecated";
    case TLS1_1_VERSION:
        return "ssl.TLSVersion.TLSv1_1 is deprecated";
    default:
        return NULL;
    }
}

/* The lowest and highest version this OpenSSL was built with. */
static long
lowest_version(void)
{
#ifndef OPENSSL_NO_SSL3
    return SSL3_VERSION;
#elif !defined(OPENSSL_NO_TLS1)
    return TLS1_VERSION;
#else
    return TLS1_2_VERSION;
#endif
}

static long
version_to_openssl(long version, int minimum)
{
    if (version == MINIMUM_SUPPORTED)
        return minimum ? 0 : lowest_version();
    if (version == MAXIMUM_SUPPORTED)
        return minimum ? TLS1_3_VERSION : 0;
    return version;
}

static int
version_argument(Context *self, PyObject *value, long *version)
{
    const char *warning;

    if (!long_argument(value, version))
        return 0;
    if (*version > INT_MAX) {
        PyErr_SetString(PyExc_OverflowError, "Option is too long");
        return 0;
    }
    *version = (int)*version;
    if (!has_version_range(self->protocol)) {
        PyErr_SetString(PyExc_ValueError, "The context's protocol doesn't "
                        "support modification of highest and lowest version.");
        return 0;
    }
    warning = deprecated_version(*version);
    if (warning != NULL
            && PyErr_WarnEx(PyExc_DeprecationWarning, warning, 2) < 0)
        return 0;
    if (*version != MINIMUM_SUPPORTED && *version != MAXIMUM_SUPPORTED
            && (*version < SSL3_VERSION || *version > TLS1_3_VERSION)) {
        PyErr_Format(PyExc_ValueError, "Unsupported TLS/SSL version 0x%x",
                     (unsigned int)*version);
        return 0;
    }
    return 1;
}

static int
set_version_limit(Context *self, PyObject *value, int minimum)
{
    long version, number;
    int done;

    if (cannot_delete(value) || !version_argument(self, value, &version))
        return -1;
    number = version_to_openssl(version, minimum);
    done = minimum ? SSL_CTX_set_min_proto_version(self->context, (int)number)
        : SSL_CTX_set_max_proto_version(self->context, (int)number);
    if (done)
        return 0;
    ERR_clear_error();
    PyErr_Format(PyExc_ValueError, "OpenSSL refuses version 0x%x",
                 (unsigned int)version);
    return -1;
}

static int
set_minimum_version(Context *self, PyObject *value, void *closure)
{
    (void)closure;
    return set_version_limit(self, value, 1);
}

static int
set_maximum_version(Context *self, PyObject *value, void *closure)
{
    (void)closure;
    return set_version_limit(self, value, 0);
}

static PyObject *
get_num_tickets(Context *self, void *closure)
{
    (void)closure;
    return PyInt_FromSize_t(SSL_CTX_get_num_tickets(self->context));
}

static int
set_num_tickets(Context *self, PyObject *value, void *closure)
{
    long number;

    (void)closure;
    if (missing_value(value) || !long_argument(value, &number))
        return -1;
    if (number < 0) {
        PyErr_SetString(PyExc_ValueError, "value must be non-negative");
        return -1;
    }
    /* A shared context, which a stock constructor made, can serve. */
    if (self->protocol != PROTOCOL_TLS_SERVER && !self->shared) {
        PyErr_SetString(PyExc_ValueError,
                        "SSLContext is not a server context.");
        return -1;
    }
    return SSL_CTX_set_num_tickets(self->context, (size_t)number) ? 0
        : openssl_failed(HERE);
}

static PyObject *
get_security_level(Context *self, void *closure)
{
    (void)closure;
    return PyInt_FromLong(SSL_CTX_get_security_level(self->context));
}

static PyObject *
get_post_handshake_auth(Context *self, void *closure)
{
    (void)closure;
    return PyBool_FromLong(self->post_handshake_auth);
}

static int
set_post_handshake_auth(Context *self, PyObject *value, void *closure)
{
    int enable;

    (void)closure;
    if (cannot_delete(value))
        return -1;
    enable = PyObject_IsTrue(value);
    if (enable < 0)
        return -1;
    self->post_handshake_auth = enable;
    SSL_CTX_set_post_handshake_auth(self->context, enable);
    return 0;
}

/* ---- ciphers, groups, ALPN ---- */

static PyObject *
set_ciphers(Context *self, PyObject *value)
{
    PyObject *text;
    int done;

    if (!text_argument(value, &text,
                       "set_ciphers() argument must be str, not %.50s"))
        return NULL;
    done = SSL_CTX_set_cipher_list(self->context, PyString_AS_STRING(text));
    Py_DECREF(text);
    if (!done)
        return raise_plain("No cipher can be selected.");
    Py_RETURN_NONE;
}

static const char *
name_of(int nid)
{
    return nid == NID_undef ? NULL : OBJ_nid2ln(nid);
}

static PyObject *
cipher_to_dict(const SSL_CIPHER *cipher)
{
    const char *name = SSL_CIPHER_get_name(cipher);
    const char *version = SSL_CIPHER_get_version(cipher);
    char description[512] = "";
    size_t length;
    int strength_bits, algorithm_bits;

    /* Where it does not fit nothing is written. */
    (void)SSL_CIPHER_description(cipher, description, sizeof(description));
    length = strlen(description);
    if (length && description[length - 1] == '\n')
        description[length - 1] = 0;
    strength_bits = SSL_CIPHER_get_bits(cipher, &algorithm_bits);
    return Py_BuildValue(
        "{sksssssssisisOsssssssz}",
        "id", (unsigned long)SSL_CIPHER_get_id(cipher),
        "name", name, "protocol", version, "description", description,
        "strength_bits", strength_bits, "alg_bits", algorithm_bits,
        "aead", SSL_CIPHER_is_aead(cipher) ? Py_True : Py_False,
        "symmetric", name_of(SSL_CIPHER_get_cipher_nid(cipher)),
        "kea", name_of(SSL_CIPHER_get_kx_nid(cipher)),
        "auth", name_of(SSL_CIPHER_get_auth_nid(cipher)),
        "digest", name_of(SSL_CIPHER_get_digest_nid(cipher)));
}

static PyObject *
get_ciphers(Context *self)
{
    /* The list that an SSL would use leaves out what versions forbid. */
    SSL *ssl = SSL_new(self->context);
    STACK_OF(SSL_CIPHER) *ciphers;
    PyObject *list;
    int i;

    if (ssl == NULL)
        return raise_openssl(HERE);
    ciphers = SSL_get_ciphers(ssl);
    list = PyList_New(0);
    for (i = 0; list != NULL && i < sk_SSL_CIPHER_num(ciphers); i++) {
        PyObject *item = cipher_to_dict(sk_SSL_CIPHER_value(ciphers, i));
        if (item == NULL || PyList_Append(list, item) < 0)
            Py_CLEAR(list);
        Py_XDECREF(item);
    }
    SSL_free(ssl);
    return list;
}

/* Python 3's repr() of a text, in UTF-8; of anything else 2.7's. */
static PyObject *
repr_of_name(PyObject *value)
{
    PyObject *text, *shown;

    if (!PyUnicode_Check(value))
        return PyObject_Repr(value);
    text = PyUnicode_AsASCIIString(value);
    if (text != NULL)
        shown = PyObject_Repr(text);
    else {
        PyErr_Clear();
        text = PyUnicode_AsUTF8String(value);
        shown = text == NULL ? NULL
            : PyString_FromFormat("'%s'", PyString_AS_STRING(text));
    }
    Py_XDECREF(text);
    return shown;
}

static PyObject *
set_ecdh_curve(Context *self, PyObject *value)
{
    PyObject *name, *shown;
    int group;

    if (!path_argument(value, &name, NULL))
        return NULL;
    group = OBJ_sn2nid(PyString_AS_STRING(name));
    Py_DECREF(name);
    if (group == NID_undef) {
        shown = repr_of_name(value);
        if (shown != NULL)
            PyErr_Format(PyExc_ValueError, "unknown elliptic curve name %s",
                         PyString_AS_STRING(shown));
        Py_XDECREF(shown);
        return NULL;
    }
    if (!SSL_CTX_set1_groups(self->context, &group, 1))
        return raise_openssl(HERE);
    Py_RETURN_NONE;
}

/* OpenSSL reads what was chosen when this has returned, and by then another
   thread may have set other protocols: the connection keeps those it chose
   from. */
static int
alpn_callback(SSL *ssl, const unsigned char **out, unsigned char *out_length,
              const unsigned char *offered, unsigned int offered_length,
              void *unused)
{
    PyGILState_STATE gil = PyGILState_Ensure();
    Context *self = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), context_slot);
    SSLObject *object = SSL_get_app_data(ssl);
    PyObject *own = self == NULL ? NULL : self->alpn, *before = object->alpn;
    unsigned char *chosen;

    (void)unused;
    Py_XINCREF(own);
    object->alpn = own;
    Py_XDECREF(before);
    PyGILState_Release(gil);
    if (own == NULL
            || SSL_select_next_proto(
                &chosen, out_length, (unsigned char *)PyString_AS_STRING(own),
                (unsigned int)PyString_GET_SIZE(own), offered, offered_length)
               != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static PyObject *
set_alpn(Context *self, PyObject *value)
{
    Py_buffer view;
    PyObject *protocols, *old;

    if (!bytes_argument(value, &view))
        return NULL;
    if ((size_t)view.len > UINT_MAX) {
        PyBuffer_Release(&view);
        PyErr_SetString(PyExc_OverflowError, "protocols longer than 4 GiB");
        return NULL;
    }
    protocols = PyString_FromStringAndSize(view.buf, view.len);
    PyBuffer_Release(&view);
    if (protocols == NULL)
        return NULL;
    /* Our own are sound, so there was no memory for them. */
    if (SSL_CTX_set_alpn_protos(
            self->context, (unsigned char *)PyString_AS_STRING(protocols),
            (unsigned int)PyString_GET_SIZE(protocols))) {
        Py_DECREF(protocols);
        return PyErr_NoMemory();
    }
    old = self->alpn;
    self->alpn = protocols;
    Py_XDECREF(old);
    SSL_CTX_set_alpn_select_cb(self->context, alpn_callback, NULL);
    Py_RETURN_NONE;
}

/* IOError for what errno says of a file, with its name where one is given;
   MemoryError where that is the reason. */
static PyObject *
raise_errno(PyObject *filename)
{
    if (errno == ENOMEM)
        return PyErr_NoMemory();
    return PyErr_SetFromErrnoWithFilenameObject(PyExc_IOError, filename);
}

/* What loading something ended in: the exception of a callback, what errno
   said of the file, or OpenSSL's, in this order. */
static PyObject *
raise_loading(PyObject *filename, int error_number, const char *where)
{
    if (!PyErr_Occurred() && !error_number)
        return raise_openssl(where);
    errno = error_number;
    if (!PyErr_Occurred())
        raise_errno(filename);
    ERR_clear_error();
    return NULL;
}

/* An SSL_CTX must not be changed by two threads at once, which those could do
   that load something while the GIL is released. Whoever calls back for a
   password may load again: the lock knows its holder. */
static void
begin_loading(Context *self)
{
    Py_BEGIN_ALLOW_THREADS
    pthread_mutex_lock(&self->loading);
    Py_END_ALLOW_THREADS
}

static void
end_loading(Context *self)
{
    pthread_mutex_unlock(&self->loading);
}

static PyObject *
load_dh_params(Context *self, PyObject *value)
{
    PyObject *path;
    BIO *bio;
    int done = 0, error_number;

    if (!path_argument(value, &path, NULL))
        return NULL;
    ERR_clear_error();
    errno = 0;
    bio = BIO_new_file(PyString_AS_STRING(path), "rb");
    error_number = errno;
    Py_DECREF(path);
    if (bio == NULL)
        return raise_loading(value, error_number, HERE);
    begin_loading(self);
    Py_BEGIN_ALLOW_THREADS
    {
#if OPENSSL_VERSION_NUMBER >= 0x40000000L
        EVP_PKEY *parameters = PEM_read_bio_Parameters(bio, NULL);
        if (parameters != NULL) {
            done = SSL_CTX_set0_tmp_dh_pkey(self->context, parameters);
            if (!done)
                EVP_PKEY_free(parameters);
        }
#else
        /* Deprecated by 3.0, but its decoders give other errors. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
        DH *parameters = PEM_read_bio_DHparams(bio, NULL, NULL, NULL);
        if (parameters != NULL) {
            done = (int)SSL_CTX_set_tmp_dh(self->context, parameters);
            DH_free(parameters);
        }
#pragma GCC diagnostic pop
#endif
    }
    BIO_free(bio);
    Py_END_ALLOW_THREADS
    end_loading(self);
    if (!done)
        return raise_openssl(HERE);
    Py_RETURN_NONE;
}

/* ---- certificates and trust ---- */

typedef struct {
    PyThreadState *thread;        /* saved while the GIL is released */
    PyObject *callable;
    char *password;
    size_t size;
} Password;

static void
forget_password(Password *password)
{
    if (password->password != NULL)
        OPENSSL_cleanse(password->password, password->size);
    PyMem_Free(password->password);
    password->password = NULL;
    password->size = 0;
}

static int
keep_password(Password *password, PyObject *value, const char *complaint)
{
    PyObject *encoded = NULL;
    const char *data;
    size_t size;

    if (PyUnicode_Check(value)) {
        encoded = PyUnicode_AsUTF8String(value);
        if (encoded == NULL)
            return 0;
        value = encoded;
    }
    if (PyString_Check(value)) {
        data = PyString_AS_STRING(value);
        size = (size_t)PyString_GET_SIZE(value);
    }
    else if (PyByteArray_Check(value)) {
        data = PyByteArray_AS_STRING(value);
        size = (size_t)PyByteArray_GET_SIZE(value);
    }
    else {
        PyErr_SetString(PyExc_TypeError, complaint);
        return 0;
    }
    if (size > INT_MAX) {
        PyErr_Format(PyExc_ValueError,
                     "password cannot be longer than %d bytes", INT_MAX);
        Py_XDECREF(encoded);
        return 0;
    }
    forget_password(password);
    password->password = PyMem_Malloc(size ? size : 1);
    if (password->password != NULL) {
        memcpy(password->password, data, size);
        password->size = size;
    }
    else
        PyErr_NoMemory();
    Py_XDECREF(encoded);
    return password->password != NULL;
}

static int
ask_password(Password *password)
{
    PyObject *answer = PyObject_CallFunctionObjArgs(password->callable, NULL);
    int kept;

    if (answer == NULL)
        return 0;
    kept = keep_password(password, answer,
                         "password callback must return a string");
    Py_DECREF(answer);
    return kept;
}

static int
password_callback(char *buffer, int size, int writing, void *argument)
{
    Password *password = argument;
    int result = -1;

    (void)writing;
    PyEval_RestoreThread(password->thread);
    if (password->callable == NULL || ask_password(password)) {
        if (password->size > (size_t)size)
            PyErr_Format(PyExc_ValueError,
                         "password cannot be longer than %d bytes", size);
        else {
            memcpy(buffer, password->password, password->size);
            result = (int)password->size;
        }
    }
    password->thread = PyEval_SaveThread();
    return result;
}

static PyObject *
load_chain_and_key(SSL_CTX *context, const char *certificate, const char *key,
                   Password *password)
{
    int done, error_number;

    password->thread = PyEval_SaveThread();
    errno = 0;
    done = SSL_CTX_use_certificate_chain_file(context, certificate);
    error_number = errno;
    PyEval_RestoreThread(password->thread);
    if (done != 1)
        return raise_loading(NULL, error_number, HERE);
    password->thread = PyEval_SaveThread();
    errno = 0;
    done = SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM);
    error_number = errno;
    PyEval_RestoreThread(password->thread);
    if (done != 1)
        return raise_loading(NULL, error_number, HERE);
    password->thread = PyEval_SaveThread();
    done = SSL_CTX_check_private_key(context);
    PyEval_RestoreThread(password->thread);
    if (done != 1)
        return raise_openssl(HERE);
    ERR_clear_error();
    Py_RETURN_NONE;
}

static int
password_argument(Password *password, PyObject *value)
{
    if (value == Py_None)
        return 1;
    if (PyCallable_Check(value)) {
        password->callable = value;
        return 1;
    }
    return keep_password(password, value,
                         "password should be a string or callable");
}

static PyObject *
load_cert_chain(Context *self, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"certfile", "keyfile", "password", NULL};
    PyObject *certfile, *keyfile = Py_None, *secret = Py_None;
    PyObject *certificate = NULL, *key = NULL, *result = NULL;
    Password password = {0};
    pem_password_cb *old_callback;
    void *old_data;

    if (!PyArg_ParseTupleAndKeywords(arguments, keywords,
                                     "O|OO:load_cert_chain", names, &certfile,
                                     &keyfile, &secret))
        return NULL;
    ERR_clear_error();
    if (!path_argument(certfile, &certificate,
                       "certfile should be a valid filesystem path")
        || (keyfile != Py_None
            && !path_argument(keyfile, &key,
                              "keyfile should be a valid filesystem path"))
        || !password_argument(&password, secret))
        goto done;
    begin_loading(self);
    old_callback = SSL_CTX_get_default_passwd_cb(self->context);
    old_data = SSL_CTX_get_default_passwd_cb_userdata(self->context);
    if (secret != Py_None) {
        SSL_CTX_set_default_passwd_cb(self->context, password_callback);
        SSL_CTX_set_default_passwd_cb_userdata(self->context, &password);
    }
    result = load_chain_and_key(self->context, PyString_AS_STRING(certificate),
                                PyString_AS_STRING(key ? key : certificate),
                                &password);
    SSL_CTX_set_default_passwd_cb(self->context, old_callback);
    SSL_CTX_set_default_passwd_cb_userdata(self->context, old_data);
    end_loading(self);
done:
    Py_XDECREF(certificate);
    Py_XDECREF(key);
    forget_password(&password);
    return result;
}

/* One certificate after the other until the data ends. */
static int
add_certificates(SSL_CTX *context, BIO *bio, int pem, int *ended)
{
    X509_STORE *store = SSL_CTX_get_cert_store(context);
    int added = 0;

    for (;;) {
        X509 *certificate;
        int done;
        if (BIO_pending(bio) <= 0) {
            *ended = 1;
            return added;
        }
        if (pem)
            /* Nothing here is encrypted: an empty password, never a prompt. */
            certificate = PEM_read_bio_X509(bio, NULL, NULL, "");
        else
            certificate = d2i_X509_bio(bio, NULL);
        if (certificate == NULL)
            return added;
        done = X509_STORE_add_cert(store, certificate);
        X509_free(certificate);
        if (!done)
            return -1;
        added++;
    }
}

/* In PEM, whatever follows that is no PEM is a comment. */
static int
only_comments_follow(int pem)
{
    unsigned long code = ERR_peek_last_error();

    return pem && ERR_GET_LIB(code) == ERR_LIB_PEM
        && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}

static PyObject *
load_data(SSL_CTX *context, const void *data, Py_ssize_t size, int pem)
{
    BIO *bio;
    int added, ended = 0;

    if (size <= 0) {
        PyErr_SetString(PyExc_ValueError, "Empty certificate data");
        return NULL;
    }
    if (size > INT_MAX) {
        PyErr_SetString(PyExc_OverflowError, "Certificate data is too long.");
        return NULL;
    }
    ERR_clear_error();
    bio = BIO_new_mem_buf(data, (int)size);
    if (bio == NULL)
        return raise_openssl(HERE);
    added = add_certificates(context, bio, pem, &ended);
    BIO_free(bio);
    if (added == 0)
        return raise_with_text(pem
            ? "no start line: cadata does not contain a certificate"
            : "not enough data: cadata does not contain a certificate", HERE);
    if (added < 0 || (!ended && !only_comments_follow(pem)))
        return raise_openssl(HERE);
    ERR_clear_error();
    Py_RETURN_NONE;
}

/* 2.7's str is Python 3's str and bytes in one. A DER certificate begins with
   a long-form SEQUENCE header, which no text can. */
static int
looks_like_der(const char *data, Py_ssize_t size)
{
    return size >= 2 && data[0] == 0x30 && ((unsigned char)data[1] & 0x80);
}

static int
is_ascii(const char *data, Py_ssize_t size)
{
    Py_ssize_t i;

    for (i = 0; i < size; i++)
        if ((unsigned char)data[i] >= 0x80)
            return 0;
    return 1;
}

static PyObject *
load_cadata(SSL_CTX *context, PyObject *value)
{
    PyObject *encoded, *result;
    Py_buffer view;
    int pem = 0;

    if (PyUnicode_Check(value)) {
        encoded = PyUnicode_AsASCIIString(value);
        if (encoded == NULL) {
            if (PyErr_ExceptionMatches(PyExc_UnicodeError))
                PyErr_SetString(PyExc_TypeError, "cadata should be an ASCII "
                                "string or a bytes-like object");
            return NULL;
        }
        result = load_data(context, PyString_AS_STRING(encoded),
                           PyString_GET_SIZE(encoded), 1);
        Py_DECREF(encoded);
        return result;
    }
    if (!bytes_argument(value, &view)) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_SetString(PyExc_TypeError, "cadata should be an ASCII string"
                            " or a bytes-like object");
        return NULL;
    }
    if (PyString_Check(value))
        pem = !looks_like_der(view.buf, view.len)
            && is_ascii(view.buf, view.len);
    result = load_data(context, view.buf, view.len, pem);
    PyBuffer_Release(&view);
    return result;
}

static PyObject *
load_paths(Context *self, PyObject *cafile, PyObject *capath)
{
    const char *file = cafile ? PyString_AS_STRING(cafile) : NULL;
    const char *folder = capath ? PyString_AS_STRING(capath) : NULL;
    int done, error_number;

    begin_loading(self);
    Py_BEGIN_ALLOW_THREADS
    errno = 0;
    done = SSL_CTX_load_verify_locations(self->context, file, folder);
    error_number = errno;
    Py_END_ALLOW_THREADS
    end_loading(self);
    if (done != 1)
        return raise_loading(NULL, error_number, HERE);
    Py_RETURN_NONE;
}

static PyObject *
load_verify_locations(Context *self, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"cafile", "capath", "cadata", NULL};
    PyObject *cafile = Py_None, *capath = Py_None, *cadata = Py_None;
    PyObject *file = NULL, *folder = NULL, *result = NULL;

    if (!PyArg_ParseTupleAndKeywords(arguments, keywords,
                                     "|OOO:load_verify_locations", names,
                                     &cafile, &capath, &cadata))
        return NULL;
    ERR_clear_error();
    if (cafile == Py_None && capath == Py_None && cadata == Py_None) {
        PyErr_SetString(PyExc_TypeError,
                        "cafile, capath and cadata cannot be all omitted");
        return NULL;
    }
    if ((cafile != Py_None
            && !path_argument(cafile, &file,
                              "cafile should be a valid filesystem path"))
        || (capath != Py_None
            && !path_argument(capath, &folder,
                              "capath should be a valid filesystem path")))
        goto done;
    if (cadata != Py_None) {
        result = load_cadata(self->context, cadata);
        if (result == NULL || (file == NULL && folder == NULL))
            goto done;
        Py_DECREF(result);
    }
    result = load_paths(self, file, folder);
done:
    Py_XDECREF(file);
    Py_XDECREF(folder);
    return result;
}

static PyObject *
set_default_verify_paths(Context *self)
{
    int done;

    ERR_clear_error();
    begin_loading(self);
    Py_BEGIN_ALLOW_THREADS
    done = SSL_CTX_set_default_verify_paths(self->context);
    Py_END_ALLOW_THREADS
    end_loading(self);
    if (!done)
        return raise_openssl(HERE);
    ERR_clear_error();
    Py_RETURN_NONE;
}

static void
free_objects(STACK_OF(X509_OBJECT) *objects)
{
    sk_X509_OBJECT_pop_free(objects, X509_OBJECT_free);
}

#if OPENSSL_VERSION_NUMBER >= 0x30300000L
static STACK_OF(X509_OBJECT) *
copy_objects(X509_STORE *store)
{
    return X509_STORE_get1_objects(store);
}
#else
static X509_OBJECT *
copy_object(const X509_OBJECT *object)
{
    X509_OBJECT *copy = X509_OBJECT_new();
    X509 *certificate = X509_OBJECT_get0_X509(object);
    X509_CRL *list = X509_OBJECT_get0_X509_CRL((X509_OBJECT *)object);

    if (copy != NULL
            && (certificate == NULL
                || X509_OBJECT_set1_X509(copy, certificate))
            && (list == NULL || X509_OBJECT_set1_X509_CRL(copy, list)))
        return copy;
    X509_OBJECT_free(copy);
    return NULL;
}

static STACK_OF(X509_OBJECT) *
copy_objects(X509_STORE *store)
{
    STACK_OF(X509_OBJECT) *objects = NULL;

    if (X509_STORE_lock(store)) {
        objects = sk_X509_OBJECT_deep_copy(X509_STORE_get0_objects(store),
                                           copy_object, X509_OBJECT_free);
        X509_STORE_unlock(store);
    }
    return objects;
}
#endif

/* What the store holds now: a handshake in another thread may add what it
   finds in a folder, so that the list itself must not be looked at without
   the store's lock. NULL and MemoryError. */
static STACK_OF(X509_OBJECT) *
stored_objects(Context *self)
{
    STACK_OF(X509_OBJECT) *objects =
        copy_objects(SSL_CTX_get_cert_store(self->context));

    if (objects == NULL) {
        ERR_clear_error();
        PyErr_NoMemory();
    }
    return objects;
}

static PyObject *
cert_store_stats(Context *self)
{
    STACK_OF(X509_OBJECT) *objects = stored_objects(self);
    int certificates = 0, authorities = 0, lists = 0, i;

    if (objects == NULL)
        return NULL;
    for (i = 0; i < sk_X509_OBJECT_num(objects); i++) {
        const X509_OBJECT *object = sk_X509_OBJECT_value(objects, i);
        X509 *certificate = X509_OBJECT_get0_X509(object);
        certificates += certificate != NULL;
        authorities += certificate != NULL && X509_check_ca(certificate);
        lists += X509_OBJECT_get_type(object) == X509_LU_CRL;
    }
    free_objects(objects);
    return Py_BuildValue("{sisisi}", "x509", certificates, "crl", lists,
                         "x509_ca", authorities);
}

static PyObject *
get_ca_certs(Context *self, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"binary_form", NULL};
    PyObject *binary_object = Py_False, *list;
    STACK_OF(X509_OBJECT) *objects;
    int binary, i;

    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "|O:get_ca_certs",
                                     names, &binary_object))
        return NULL;
    binary = PyObject_IsTrue(binary_object);
    if (binary < 0)
        return NULL;
    objects = stored_objects(self);
    if (objects == NULL)
        return NULL;
    list = PyList_New(0);
    for (i = 0; list != NULL && i < sk_X509_OBJECT_num(objects); i++) {
        X509 *certificate =
            X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));
        PyObject *item;
        if (certificate == NULL || !X509_check_ca(certificate))
            continue;
        item = binary ? certificate_to_der(certificate)
            : certificate_to_dict(certificate);
        if (item == NULL || PyList_Append(list, item) < 0)
            Py_CLEAR(list);
        Py_XDECREF(item);
    }
    free_objects(objects);
    return list;
}

static PyObject *
session_stats(Context *self)
{
    SSL_CTX *context = self->context;

    return Py_BuildValue(
        "{slslslslslslslslslslsl}",
        "number", SSL_CTX_sess_number(context),
        "connect", SSL_CTX_sess_connect(context),
        "connect_good", SSL_CTX_sess_connect_good(context),
        "connect_renegotiate", SSL_CTX_sess_connect_renegotiate(context),
        "accept", SSL_CTX_sess_accept(context),
        "accept_good", SSL_CTX_sess_accept_good(context),
        "accept_renegotiate", SSL_CTX_sess_accept_renegotiate(context),
        "hits", SSL_CTX_sess_hits(context),
        "misses", SSL_CTX_sess_misses(context),
        "timeouts", SSL_CTX_sess_timeouts(context),
        "cache_full", SSL_CTX_sess_cache_full(context));
}

/* ---- callbacks into Python ---- */

static PyObject *
name_to_object(const char *name)
{
    if (name == NULL)
        Py_RETURN_NONE;
    if (is_ascii(name, (Py_ssize_t)strlen(name)))
        return PyString_FromString(name);
    /* Not a host name: fail as Python 3 does. */
    return PyUnicode_DecodeASCII(name, (Py_ssize_t)strlen(name), NULL);
}

/* The alert for the callback's answer: -1 for none. Takes answer over. */
static int
alert_from_answer(PyObject *answer)
{
    PyObject *number;
    long alert = SSL_AD_INTERNAL_ERROR;

    if (answer == Py_None) {
        Py_DECREF(answer);
        return -1;
    }
    number = as_index(answer);
    if (number != NULL) {
        alert = PyInt_AsLong(number);
        Py_DECREF(number);
    }
    if (PyErr_Occurred()) {
        PyErr_WriteUnraisable(answer);
        alert = SSL_AD_INTERNAL_ERROR;
    }
    Py_DECREF(answer);
    /* Cut as Python 3 cuts it, and never the -1 that means none: OpenSSL
       knows neither number. */
    return (int)((unsigned long)alert & 0x7fffffff);
}

/* Whom to call, and the context to show; new references, both NULL where
   there is no callback. */
static void
find_sni_callback(Context *self, PyObject **callback, PyObject **context)
{
    PyObject *holder, *reference;

    *callback = *context = NULL;
    if (self->sni_callback != NULL) {
        *callback = self->sni_callback;
        Py_INCREF(*callback);
        *context = (PyObject *)self;
        Py_INCREF(*context);
        return;
    }
    holder = self->shared_sni == NULL ? Py_None
        : PyWeakref_GetObject(self->shared_sni);
    if (holder == Py_None)
        return;
    Py_INCREF(holder);
    *callback = PyObject_GetAttrString(holder, "callback");
    reference = PyObject_GetAttrString(holder, "context");
    if (reference != NULL)
        *context = PyObject_CallFunctionObjArgs(reference, NULL);
    Py_XDECREF(reference);
    if (*callback == NULL || *context == NULL) {
        PyErr_WriteUnraisable(holder);
        Py_CLEAR(*callback);
        Py_CLEAR(*context);
    }
    Py_DECREF(holder);
}

/* Calls back; the alert, or -1 for none. */
static int
ask_sni_callback(SSL *ssl, PyObject *callback, PyObject *context)
{
    PyObject *owner = ssl_object_owner(SSL_get_app_data(ssl)), *name, *answer;

    if (owner == NULL)
        return SSL_AD_INTERNAL_ERROR;
    name = name_to_object(SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name));
    if (name == NULL) {
        PyErr_WriteUnraisable(callback);
        Py_DECREF(owner);
        return SSL_AD_INTERNAL_ERROR;
    }
    answer = PyObject_CallFunctionObjArgs(callback, owner, name, context,
                                          NULL);
    Py_DECREF(name);
    Py_DECREF(owner);
    if (answer == NULL) {
        PyErr_WriteUnraisable(callback);
        return SSL_AD_HANDSHAKE_FAILURE;
    }
    return alert_from_answer(answer);
}

/* SSL_TLSEXT_ERR_OK or the alert's verdict; the GIL is held. */
static int
call_sni_callback(Context *self, SSL *ssl, int *alert)
{
    PyObject *callback, *context;
    int code;

    find_sni_callback(self, &callback, &context);
    if (callback == NULL)
        return SSL_TLSEXT_ERR_OK;
    code = ask_sni_callback(ssl, callback, context);
    Py_DECREF(callback);
    Py_DECREF(context);
    if (code == -1)
        return SSL_TLSEXT_ERR_OK;
    *alert = code;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static int
servername_callback(SSL *ssl, int *alert, void *argument)
{
    PyGILState_STATE gil = PyGILState_Ensure();
    int result = call_sni_callback(argument, ssl, alert);

    PyGILState_Release(gil);
    return result;
}

static PyObject *
get_sni_callback(Context *self, void *closure)
{
    PyObject *callback = self->sni_callback ? self->sni_callback : Py_None;

    (void)closure;
    Py_INCREF(callback);
    return callback;
}

static int
set_sni_callback(Context *self, PyObject *value, void *closure)
{
    PyObject *old = self->sni_callback;

    (void)closure;
    if (self->protocol == PROTOCOL_TLS_CLIENT) {
        PyErr_SetString(PyExc_ValueError,
                        "sni_callback cannot be set on TLS_CLIENT context");
        return -1;
    }
    if (value == Py_None) {
        SSL_CTX_set_tlsext_servername_callback(self->context, NULL);
        self->sni_callback = NULL;
        Py_XDECREF(old);
        return 0;
    }
    if (value == NULL || !PyCallable_Check(value)) {
        /* Like Python 3: a refused callback leaves none behind. */
        SSL_CTX_set_tlsext_servername_callback(self->context, NULL);
        self->sni_callback = NULL;
        Py_XDECREF(old);
        PyErr_SetString(PyExc_TypeError, "not a callable object");
        return -1;
    }
    Py_INCREF(value);
    self->sni_callback = value;
    self->sni_installed = 1;
    SSL_CTX_set_tlsext_servername_arg(self->context, self);
    SSL_CTX_set_tlsext_servername_callback(self->context, servername_callback);
    Py_XDECREF(old);
    return 0;
}

/* share_sni_callback(holder): on an SSL_CTX shared with a stock context, to
   which `holder` has just been given as servername callback. The stock one
   decodes names; this one takes its place and finds what to call in the
   holder, for as long as the stock context keeps it. */
static PyObject *
share_sni_callback(Context *self, PyObject *holder)
{
    PyObject *reference = PyWeakref_NewRef(holder, NULL);
    PyObject *old = self->shared_sni;

    if (reference == NULL)
        return NULL;
    self->shared_sni = reference;
    self->sni_installed = 1;
    SSL_CTX_set_tlsext_servername_arg(self->context, self);
    SSL_CTX_set_tlsext_servername_callback(self->context, servername_callback);
    Py_XDECREF(old);
    Py_RETURN_NONE;
}

/* A str or None in, the callback's answer out; NULL and an exception. */
static PyObject *
ask_psk(PyObject *callback, const char *text)
{
    PyObject *argument, *answer;

    if (text == NULL) {
        argument = Py_None;
        Py_INCREF(argument);
    }
    else
        argument = PyString_FromString(text);
    if (argument == NULL)
        return NULL;
    answer = PyObject_CallFunctionObjArgs(callback, argument, NULL);
    Py_DECREF(argument);
    return answer;
}

/* Copies the key; its length, 0 when it does not fit or is no bytes. */
static unsigned int
copy_key(PyObject *key, unsigned char *destination, unsigned int maximum)
{
    size_t length;

    if (!PyString_Check(key)) {
        PyErr_Format(PyExc_TypeError, "expected bytes, %.50s found",
                     Py_TYPE(key)->tp_name);
        return 0;
    }
    length = (size_t)PyString_GET_SIZE(key);
    if (length > maximum)
        return 0;
    memcpy(destination, PyString_AS_STRING(key), length);
    return (unsigned int)length;
}

/* Copies (identity or None, key); the key's length, 0 when unusable. */
static unsigned int
copy_identity_and_key(PyObject *answer, char *identity,
                      unsigned int identity_size, unsigned char *key,
                      unsigned int maximum)
{
    PyObject *name, *secret, *text = NULL;

    if (!PyTuple_Check(answer)) {
        PyErr_SetString(PyExc_TypeError, "PSK callback must return a tuple");
        return 0;
    }
    if (!PyArg_ParseTuple(answer, "OO", &name, &secret))
        return 0;
    identity[0] = 0;
    if (name != Py_None) {
        if (!text_argument(name, &text, "PSK identity must be str, not %.50s"))
            return 0;
        if ((size_t)PyString_GET_SIZE(text) >= identity_size) {
            Py_DECREF(text);
            return 0;
        }
        memcpy(identity, PyString_AS_STRING(text),
               (size_t)PyString_GET_SIZE(text) + 1);
        Py_DECREF(text);
    }
    return copy_key(secret, key, maximum);
}

static unsigned int
psk_client_callback(SSL *ssl, const char *hint, char *identity,
                    unsigned int identity_size, unsigned char *key,
                    unsigned int maximum)
{
    PyGILState_STATE gil = PyGILState_Ensure();
    Context *self = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), context_slot);
    unsigned int length = 0;

    if (self != NULL && self->psk_client_callback != NULL) {
        PyObject *callback = self->psk_client_callback, *answer;
        Py_INCREF(callback);
        answer = ask_psk(callback, hint && hint[0] ? hint : NULL);
        if (answer != NULL)
            length = copy_identity_and_key(answer, identity, identity_size,
                                           key, maximum);
        Py_XDECREF(answer);
        if (PyErr_Occurred())
            PyErr_WriteUnraisable(callback);
        Py_DECREF(callback);
    }
    PyGILState_Release(gil);
    return length;
}

static unsigned int
psk_server_callback(SSL *ssl, const char *identity, unsigned char *key,
                    unsigned int maximum)
{
    PyGILState_STATE gil = PyGILState_Ensure();
    Context *self = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), context_slot);
    unsigned int length = 0;

    if (self != NULL && self->psk_server_callback != NULL) {
        PyObject *callback = self->psk_server_callback, *answer;
        Py_INCREF(callback);
        answer = ask_psk(callback, identity && identity[0] ? identity : NULL);
        if (answer != NULL)
            length = copy_key(answer, key, maximum);
        Py_XDECREF(answer);
        if (PyErr_Occurred())
            PyErr_WriteUnraisable(callback);
        Py_DECREF(callback);
    }
    PyGILState_Release(gil);
    return length;
}

static int
is_callback(PyObject *value)
{
    if (value == Py_None || PyCallable_Check(value))
        return 1;
    PyErr_SetString(PyExc_TypeError, "callback must be callable");
    return 0;
}

/* None leaves none. */
static void
replace_callback(PyObject **place, PyObject *callback)
{
    PyObject *old = *place;

    if (callback == Py_None)
        callback = NULL;
    Py_XINCREF(callback);
    *place = callback;
    Py_XDECREF(old);
}

static PyObject *
set_psk_client_callback(Context *self, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"callback", NULL};
    PyObject *callback;

    if (!PyArg_ParseTupleAndKeywords(arguments, keywords,
                                     "O:set_psk_client_callback", names,
                                     &callback))
        return NULL;
    if (self->protocol == PROTOCOL_TLS_SERVER)
        return raise_with_text("Cannot add PSK client callback to a "
                               "PROTOCOL_TLS_SERVER context", HERE);
    if (!is_callback(callback))
        return NULL;
    replace_callback(&self->psk_client_callback, callback);
    self->psk_installed = 1;
    SSL_CTX_set_psk_client_callback(
        self->context, callback == Py_None ? NULL : psk_client_callback);
    Py_RETURN_NONE;
}

static PyObject *
set_psk_server_callback(Context *self, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"callback", "identity_hint", NULL};
    PyObject *callback, *hint = Py_None, *text = NULL;
    int done;

    if (!PyArg_ParseTupleAndKeywords(arguments, keywords,
                                     "O|O:set_psk_server_callback", names,
                                     &callback, &hint))
        return NULL;
    if (hint != Py_None
            && !text_argument(hint, &text, "set_psk_server_callback() argument"
                              " 'identity_hint' must be str or None, not %.50s"))
        return NULL;
    if (self->protocol == PROTOCOL_TLS_CLIENT) {
        Py_XDECREF(text);
        return raise_with_text("Cannot add PSK server callback to a "
                               "PROTOCOL_TLS_CLIENT context", HERE);
    }
    if (!is_callback(callback)) {
        Py_XDECREF(text);
        return NULL;
    }
    ERR_clear_error();
    /* Without a callback there is nobody to hint at. */
    done = SSL_CTX_use_psk_identity_hint(
        self->context,
        text && callback != Py_None ? PyString_AS_STRING(text) : NULL);
    Py_XDECREF(text);
    if (!done) {
        /* Without a word where the copy could not be made. */
        if (ERR_peek_error() == 0 || ran_out_of_memory())
            return PyErr_NoMemory();
        ERR_clear_error();
        PyErr_SetString(PyExc_ValueError, "failed to set identity hint");
        return NULL;
    }
    replace_callback(&self->psk_server_callback, callback);
    self->psk_installed = 1;
    SSL_CTX_set_psk_server_callback(
        self->context, callback == Py_None ? NULL : psk_server_callback);
    Py_RETURN_NONE;
}

/* ---- key log ---- */

static void
keylog_callback(const SSL *ssl, const char *line)
{
    Context *self = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), context_slot);

    if (self != NULL) {
        /* For one line of output; no Python code, so no GIL is needed. */
        PyThread_acquire_lock(self->keylog_lock, WAIT_LOCK);
        if (self->keylog != NULL) {
            BIO_printf(self->keylog, "%s\n", line);
            (void)BIO_flush(self->keylog);
        }
        PyThread_release_lock(self->keylog_lock);
    }
}

static PyObject *
get_keylog_filename(Context *self, void *closure)
{
    PyObject *name = self->keylog_filename ? self->keylog_filename : Py_None;

    (void)closure;
    Py_INCREF(name);
    return name;
}

static void
replace_keylog(Context *self, BIO *bio, PyObject *filename)
{
    BIO *old_bio;
    PyObject *old_name = self->keylog_filename;

    Py_XINCREF(filename);
    self->keylog_filename = filename;
    Py_BEGIN_ALLOW_THREADS
    PyThread_acquire_lock(self->keylog_lock, WAIT_LOCK);
    old_bio = self->keylog;
    self->keylog = bio;
    PyThread_release_lock(self->keylog_lock);
    SSL_CTX_set_keylog_callback(self->context, bio ? keylog_callback : NULL);
    BIO_free_all(old_bio);
    Py_END_ALLOW_THREADS
    Py_XDECREF(old_name);
}

static BIO *
open_keylog(PyObject *path, PyObject *shown)
{
    BIO *bio;
    FILE *file;

    /* Appended to, and private from the moment it exists is the umask's job. */
    file = fopen(PyString_AS_STRING(path), "ab");
    if (file == NULL) {
        raise_errno(shown);
        return NULL;
    }
    bio = BIO_new_fp(file, BIO_CLOSE | BIO_FP_TEXT);
    if (bio == NULL) {
        (void)fclose(file);
        raise_openssl(HERE);
        return NULL;
    }
    if (fseek(file, 0, SEEK_END) == 0 && ftell(file) == 0) {
        BIO_puts(bio,
                 "# TLS secrets log file, generated by OpenSSL / Python\n");
        (void)BIO_flush(bio);
    }
    return bio;
}

static int
set_keylog_filename(Context *self, PyObject *value, void *closure)
{
    PyObject *path;
    BIO *bio;

    (void)closure;
    if (value == Py_None) {
        replace_keylog(self, NULL, NULL);
        return 0;
    }
    if (cannot_delete(value) || !path_argument(value, &path, NULL))
        return -1;
    /* A name that cannot be opened ends the log that was: as Python 3. */
    replace_keylog(self, NULL, NULL);
    bio = open_keylog(path, value);
    Py_DECREF(path);
    if (bio == NULL)
        return -1;
    replace_keylog(self, bio, value);
    return 0;
}

/* ---- the type ---- */

static PyObject *
wrap_bio(Context *self, PyObject *arguments, PyObject *keywords)
{
    return ssl_object_new(self, arguments, keywords);
}

static PyMethodDef context_methods[] = {
    {"_share_sni_callback", (PyCFunction)share_sni_callback, METH_O, NULL},
    {"_wrap_bio", (PyCFunction)wrap_bio, METH_VARARGS | METH_KEYWORDS, NULL},
    {"set_ciphers", (PyCFunction)set_ciphers, METH_O, NULL},
    {"get_ciphers", (PyCFunction)get_ciphers, METH_NOARGS, NULL},
    {"set_ecdh_curve", (PyCFunction)set_ecdh_curve, METH_O, NULL},
    {"_set_alpn_protocols", (PyCFunction)set_alpn, METH_O, NULL},
    {"load_dh_params", (PyCFunction)load_dh_params, METH_O, NULL},
    {"load_cert_chain", (PyCFunction)load_cert_chain,
     METH_VARARGS | METH_KEYWORDS, NULL},
    {"load_verify_locations", (PyCFunction)load_verify_locations,
     METH_VARARGS | METH_KEYWORDS, NULL},
    {"set_default_verify_paths", (PyCFunction)set_default_verify_paths,
     METH_NOARGS, NULL},
    {"cert_store_stats", (PyCFunction)cert_store_stats, METH_NOARGS, NULL},
    {"get_ca_certs", (PyCFunction)get_ca_certs, METH_VARARGS | METH_KEYWORDS,
     NULL},
    {"session_stats", (PyCFunction)session_stats, METH_NOARGS, NULL},
    {"set_psk_client_callback", (PyCFunction)set_psk_client_callback,
     METH_VARARGS | METH_KEYWORDS, NULL},
    {"set_psk_server_callback", (PyCFunction)set_psk_server_callback,
     METH_VARARGS | METH_KEYWORDS, NULL},
    REFUSE_PICKLING,
    {NULL}
};

static PyGetSetDef context_attributes[] = {
    {"protocol", (getter)get_protocol, NULL, NULL, NULL},
    {"verify_mode", (getter)get_verify_mode, (setter)set_verify_mode, NULL,
     NULL},
    {"check_hostname", (getter)get_check_hostname, (setter)set_check_hostname,
     NULL, NULL},
    {"_host_flags", (getter)get_host_flags, (setter)set_host_flags, NULL,
     NULL},
    {"options", (getter)get_options, (setter)set_options, NULL, NULL},
    {"verify_flags", (getter)get_verify_flags, (setter)set_verify_flags, NULL,
     NULL},
    {"minimum_version", (getter)get_minimum_version,
     (setter)set_minimum_version, NULL, NULL},
    {"maximum_version", (getter)get_maximum_version,
     (setter)set_maximum_version, NULL, NULL},
    {"num_tickets", (getter)get_num_tickets, (setter)set_num_tickets, NULL,
     NULL},
    {"security_level", (getter)get_security_level, NULL, NULL, NULL},
    {"post_handshake_auth", (getter)get_post_handshake_auth,
     (setter)set_post_handshake_auth, NULL, NULL},
    {"sni_callback", (getter)get_sni_callback, (setter)set_sni_callback, NULL,
     NULL},
    {"keylog_filename", (getter)get_keylog_filename,
     (setter)set_keylog_filename, NULL, NULL},
    {"_msg_callback", (getter)message_callback_get,
     (setter)message_callback_set, NULL, NULL},
    {NULL}
};

PyTypeObject Context_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_tls_bootstrap._SSLContext",
    .tp_basicsize = sizeof(Context),
    .tp_dealloc = (destructor)context_dealloc,
    .tp_flags = TYPE_FLAGS | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = (traverseproc)context_traverse,
    .tp_clear = (inquiry)context_clear,
    .tp_weaklistoffset = offsetof(Context, weak_references),
    .tp_methods = context_methods,
    .tp_getset = context_attributes,
    .tp_new = context_new,
};
