/* Context: an SSL_CTX, its own or shared with a stock context. */
#include "tls_bootstrap.h"

/* Python's TLSVersion numbers beside OpenSSL's. */
enum { MINIMUM_SUPPORTED = -2, MAXIMUM_SUPPORTED = -1 };
enum { CERT_NONE, CERT_OPTIONAL, CERT_REQUIRED };

static const char default_ciphers[] =
    "@SECLEVEL=2:ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:DHE+AES:"
    "!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM";

/* What sessions of a server are for. As long as Python 3's: a TLS 1.3 ticket
   shows its length. */
static const unsigned char session_context[6] = {
    't', 'l', 's', '2', '.', '7'};
#define STOCK_SESSION_CONTEXT_SIZE 7      /* of 2.7's contexts */

int
context_setup(void)
{
    Context_Type.ob_type = &PyType_Type;
    return callbacks_setup() < 0 ? -1 : PyType_Ready(&Context_Type);
}

/* ---- making and ending ---- */

/* The old protocols are OpenSSL's methods of one version, which refuse ranges.
   OpenSSL 4 has none of them, and may be built without any before: as in
   Python 3 such a protocol is refused then. */
#if OPENSSL_VERSION_NUMBER < 0x40000000L
#ifndef OPENSSL_NO_TLS1_METHOD
#define HAS_TLS1_METHOD 1
#endif
#ifndef OPENSSL_NO_TLS1_1_METHOD
#define HAS_TLS1_1_METHOD 1
#endif
#ifndef OPENSSL_NO_TLS1_2_METHOD
#define HAS_TLS1_2_METHOD 1
#endif
#endif

/* NULL where there is no such method. */
static const SSL_METHOD *
context_method(int protocol)
{
    switch (protocol) {
    case PROTOCOL_TLS:
        return TLS_method();
    case PROTOCOL_TLS_CLIENT:
        return TLS_client_method();
    case PROTOCOL_TLS_SERVER:
        return TLS_server_method();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#ifdef HAS_TLS1_METHOD
    case PROTOCOL_TLSv1:
        return TLSv1_method();
#endif
#ifdef HAS_TLS1_1_METHOD
    case PROTOCOL_TLSv1_1:
        return TLSv1_1_method();
#endif
#ifdef HAS_TLS1_2_METHOD
    case PROTOCOL_TLSv1_2:
        return TLSv1_2_method();
#endif
#pragma GCC diagnostic pop
    default:
        return NULL;
    }
}

static int
context_has_version_range(int protocol)
{
    return protocol == PROTOCOL_TLS || protocol == PROTOCOL_TLS_CLIENT
        || protocol == PROTOCOL_TLS_SERVER;
}

/* What Python 3 sets on every new context. */
static int
context_apply_defaults(SSL_CTX *context, int protocol)
{
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
        && (!context_has_version_range(protocol)
            || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION))
        && X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_TRUSTED_FIRST)
        && (protocol == PROTOCOL_TLS_CLIENT
            || SSL_CTX_set_session_id_context(context, session_context,
                                              sizeof(session_context)));
}

/* Takes the SSL_CTX over, also where it fails. */
static Context *
context_alloc(PyTypeObject *type, SSL_CTX *context, int protocol)
{
    Context *self = (Context *)type->tp_alloc(type, 0);

    if (self == NULL) {
        SSL_CTX_free(context);
        return NULL;
    }
    self->context = context;
    self->protocol = protocol;
    self->generation = threads_generation;
    self->host_flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
    return self;
}

static PyObject *
context_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    PyObject *number;
    Context *self;
    const SSL_METHOD *method;
    SSL_CTX *context;
    int protocol, ready;

    (void)keywords;
    if (!PyArg_ParseTuple(arguments, "O:_SSLContext", &number)
            || !int_argument(number, &protocol))
        return NULL;
    method = context_method(protocol);
    if (method == NULL) {
        PyErr_Format(PyExc_ValueError,
                     "invalid or unsupported protocol version %i", protocol);
        return NULL;
    }
    ERR_clear_error();
    Py_BEGIN_ALLOW_THREADS
    context = SSL_CTX_new(method);
    ready = context != NULL && context_apply_defaults(context, protocol);
    Py_END_ALLOW_THREADS
    if (!ready) {
        SSL_CTX_free(context);
        return raise_openssl(HERE);
    }
    self = context_alloc(type, context, protocol);
    if (self == NULL)
        return NULL;
    self->check_hostname = protocol == PROTOCOL_TLS_CLIENT;
    if (context_attach(self))
        return (PyObject *)self;
    Py_DECREF(self);
    return NULL;
}

/* The SSL_CTX of a stock _ssl._SSLContext, borrowed; NULL and an exception for
   all else. That it is at the place of ours _tls_bootstrap._verify_stock() has
   made sure of. */
static SSL_CTX *
context_stock_ssl_context(PyObject *stock)
{
    PyTypeObject *type = errors_stock_type("_SSLContext");
    SSL_CTX *context = NULL;

    if (type == NULL)
        return NULL;
    if (PyObject_TypeCheck(stock, type)
            && (size_t)type->tp_basicsize
               >= offsetof(Context, context) + sizeof(SSL_CTX *))
        context = ((Context *)stock)->context;
    Py_DECREF(type);
    if (context == NULL || (size_t)context % sizeof(void *) != 0) {
        PyErr_SetString(PyExc_TypeError, "a stock SSLContext is needed");
        return NULL;
    }
    return context;
}

/* adopt(stock, type, protocol): the Context over the SSL_CTX of a stock
   context, of which there is one at a time. The type is not used. */
PyObject *
context_adopt(PyObject *module, PyObject *arguments)
{
    PyObject *stock, *type;
    SSL_CTX *context;
    Context *self, *present;
    int protocol;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "OOi:adopt", &stock, &type, &protocol))
        return NULL;
    context = context_stock_ssl_context(stock);
    if (context == NULL)
        return NULL;
    if (!SSL_CTX_up_ref(context))
        return raise_openssl(HERE);
    self = context_alloc(&Context_Type, context, protocol);
    if (self == NULL)
        return NULL;
    self->shared = 1;
    /* Another may have been made by code that a collection ran. */
    present = context_of_ssl_context(context);
    if (present != NULL) {
        Py_INCREF(present);
        Py_DECREF(self);
        return (PyObject *)present;
    }
    if (context_attach(self))
        return (PyObject *)self;
    Py_DECREF(self);
    return NULL;
}

/* (verify mode, options) read through a stock context's pointer: how the
   layout is verified. */
PyObject *
context_read_shared(PyObject *module, PyObject *stock)
{
    SSL_CTX *context = context_stock_ssl_context(stock);

    (void)module;
    if (context == NULL)
        return NULL;
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
    Py_VISIT(self->keylog_filename);
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
    Py_CLEAR(self->keylog_filename);
    return 0;
}

static void
context_dealloc(Context *self)
{
    PyObject_GC_UnTrack(self);
    /* First: from here on nobody may find it, in a weak reference's callback
       for example. */
    context_detach(self);
    PyObject_ClearWeakRefs((PyObject *)self);
    SSL_CTX_free(self->context);
    context_clear(self);
    Py_XDECREF(self->alpn);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

/* A resumed connection verifies nothing: so a server that verifies clients has
   a session id context of its own, for each mode and for how it verifies, and
   takes no session from before. As long as the SSL_CTX's: a TLS 1.3 ticket shows its length. A client
   has none, or it would refuse TLS 1.3 PSK sessions. */
static int
context_set_session_id(const Context *core, SSL *ssl, int server_side)
{
    int mode = SSL_get_verify_mode(ssl);
    unsigned long flags = X509_VERIFY_PARAM_get_flags(SSL_get0_param(ssl));
    unsigned char name[7] = "tls2.7";
    unsigned int length = 0, i;

    if (server_side && !(mode & SSL_VERIFY_PEER))
        return 1;
    if (server_side) {
        length = core->shared ? STOCK_SESSION_CONTEXT_SIZE
            : sizeof(session_context);
        name[length - 1] = (unsigned char)mode;
        for (i = 0; i < 4; i++)
            name[i] ^= (unsigned char)(flags >> 8 * i);
    }
    return SSL_set_session_id_context(ssl, name, length);
}

/* What a new SSL cannot inherit from its SSL_CTX; 0 and OpenSSL's error. */
int
context_new_ssl_settings(Context *core, SSL *ssl, int server_side)
{
    int mode = SSL_get_verify_mode(ssl);
    X509_VERIFY_PARAM *own = SSL_get0_param(ssl);
    X509_VERIFY_PARAM *store =
        X509_STORE_get0_param(SSL_CTX_get_cert_store(core->context));

    X509_VERIFY_PARAM_set_hostflags(own, core->host_flags);
    /* Stock 2.7 sets verify_flags on the store, where a later change counts
       for what is verified from then on, not for a session of before. */
    if (!X509_VERIFY_PARAM_set_flags(own, X509_VERIFY_PARAM_get_flags(store))
            || !context_set_session_id(core, ssl, server_side))
        return 0;
    if (!core->post_handshake_auth)
        return 1;
    if (!server_side)
        SSL_set_post_handshake_auth(ssl, 1);
    else if (mode & SSL_VERIFY_PEER)
        SSL_set_verify(ssl, mode | SSL_VERIFY_POST_HANDSHAKE, NULL);
    return 1;
}

/* ---- plain attributes ---- */

/* What Python 3 says on deleting those it parses like an argument. */
static int
context_missing_value(PyObject *value)
{
    if (value != NULL)
        return 0;
    PyErr_SetString(PyExc_TypeError, "function takes at least one argument");
    return 1;
}

/* A C int, with the words of those that Python 3 parses like an argument. */
static int
context_int_argument(PyObject *value, int *result)
{
    long number;

    if (!long_argument(value, &number))
        return 0;
    *result = (int)number;
    if (number == *result)
        return 1;
    PyErr_SetString(PyExc_OverflowError, number > 0
                    ? "signed integer is greater than maximum"
                    : "signed integer is less than minimum");
    return 0;
}

static PyObject *
context_get_protocol(Context *self, void *closure)
{
    (void)closure;
    return PyInt_FromLong(self->protocol);
}

static PyObject *
context_get_verify_mode(Context *self, void *closure)
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
context_apply_verify_mode(Context *self, int mode)
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
context_set_verify_mode(Context *self, PyObject *value, void *closure)
{
    int mode;

    (void)closure;
    if (context_missing_value(value) || !context_int_argument(value, &mode))
        return -1;
    if (mode != CERT_NONE && mode != CERT_OPTIONAL && mode != CERT_REQUIRED) {
        PyErr_SetString(PyExc_ValueError, "invalid value for verify_mode");
        return -1;
    }
    if (mode == CERT_NONE && self->check_hostname) {
        PyErr_SetString(PyExc_ValueError, "Cannot set verify_mode to CERT_NONE"
                        " when check_hostname is enabled.");
        return -1;
    }
    context_apply_verify_mode(self, mode);
    return 0;
}

static PyObject *
context_get_check_hostname(Context *self, void *closure)
{
    (void)closure;
    return PyBool_FromLong(self->check_hostname);
}

static int
context_set_check_hostname(Context *self, PyObject *value, void *closure)
{
    int enable;

    (void)closure;
    if (context_missing_value(value))
        return -1;
    enable = PyObject_IsTrue(value);
    if (enable < 0)
        return -1;
    if (enable && !(SSL_CTX_get_verify_mode(self->context) & SSL_VERIFY_PEER))
        context_apply_verify_mode(self, CERT_REQUIRED);
    self->check_hostname = enable;
    return 0;
}

static PyObject *
context_get_host_flags(Context *self, void *closure)
{
    (void)closure;
    return PyInt_FromLong((long)self->host_flags);
}

static int
context_set_host_flags(Context *self, PyObject *value, void *closure)
{
    unsigned long flags;

    (void)closure;
    if (context_missing_value(value) || !mask_argument(value, 32, &flags))
        return -1;
    self->host_flags = (unsigned int)flags;
    return 0;
}

static PyObject *
context_get_options(Context *self, void *closure)
{
    (void)closure;
    return PyLong_FromUnsignedLongLong(SSL_CTX_get_options(self->context));
}

static int
context_set_options(Context *self, PyObject *value, void *closure)
{
    const unsigned PY_LONG_LONG versions = SSL_OP_NO_SSLv2 | SSL_OP_NO_SSLv3
        | SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_TLSv1_2
        | SSL_OP_NO_TLSv1_3;
    unsigned PY_LONG_LONG wanted, present, clear, set;

    (void)closure;
    if (context_missing_value(value) || !unsigned_argument(value, &wanted))
        return -1;
    present = SSL_CTX_get_options(self->context);
    clear = present & ~wanted;
    if ((~present & wanted & versions)
        && PyErr_WarnEx(PyExc_DeprecationWarning,
                        "ssl.OP_NO_SSL*/ssl.OP_NO_TLS* options are deprecated",
                        2)
               < 0)
        return -1;
    /* The warning may have run any code: nothing that is wanted is missing,
       and what it has added stays. */
    present = SSL_CTX_get_options(self->context);
    set = ~present & wanted;
    if (clear)
        SSL_CTX_clear_options(self->context, clear);
    if (set)
        SSL_CTX_set_options(self->context, set);
    return 0;
}

static PyObject *
context_get_verify_flags(Context *self, void *closure)
{
    X509_VERIFY_PARAM *parameters = SSL_CTX_get0_param(self->context);

    (void)closure;
    return PyLong_FromUnsignedLong(X509_VERIFY_PARAM_get_flags(parameters));
}

static int
context_set_verify_flags(Context *self, PyObject *value, void *closure)
{
    X509_VERIFY_PARAM *parameters = SSL_CTX_get0_param(self->context);
    unsigned long wanted, present, clear, set;

    (void)closure;
    if (context_missing_value(value) || !is_integer(value)
            || !mask_argument(value, 64, &wanted))
        return -1;
    present = X509_VERIFY_PARAM_get_flags(parameters);
    clear = present & ~wanted;
    set = ~present & wanted;
    if ((clear && !X509_VERIFY_PARAM_clear_flags(parameters, clear))
            || (set && !X509_VERIFY_PARAM_set_flags(parameters, set)))
        return openssl_failed(HERE);
    return 0;
}

static PyObject *
context_get_minimum_version(Context *self, void *closure)
{
    long version = SSL_CTX_get_min_proto_version(self->context);

    (void)closure;
    return PyInt_FromLong(version ? version : MINIMUM_SUPPORTED);
}

static PyObject *
context_get_maximum_version(Context *self, void *closure)
{
    long version = SSL_CTX_get_max_proto_version(self->context);

    (void)closure;
    return PyInt_FromLong(version ? version : MAXIMUM_SUPPORTED);
}

static const char *
context_deprecated_version(int version)
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
static int
context_lowest_version(void)
{
/* OpenSSL 4 has none, and says nothing of it. */
#if !defined(OPENSSL_NO_SSL3) && OPENSSL_VERSION_NUMBER < 0x40000000L
    return SSL3_VERSION;
#elif !defined(OPENSSL_NO_TLS1)
    return TLS1_VERSION;
#else
    return TLS1_2_VERSION;
#endif
}

static int
context_version_to_openssl(int version, int minimum)
{
    if (version == MINIMUM_SUPPORTED)
        return minimum ? 0 : context_lowest_version();
    if (version == MAXIMUM_SUPPORTED)
        return minimum ? TLS1_3_VERSION : 0;
    return version;
}

static int
context_version_argument(Context *self, PyObject *value, int *version)
{
    const char *warning;

    if (!context_int_argument(value, version))
        return 0;
    if (!context_has_version_range(self->protocol)) {
        PyErr_SetString(PyExc_ValueError, "The context's protocol doesn't "
                        "support modification of highest and lowest version.");
        return 0;
    }
    warning = context_deprecated_version(*version);
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
context_set_version_limit(Context *self, PyObject *value, int minimum)
{
    int version, number, done;

    if (context_missing_value(value)
            || !context_version_argument(self, value, &version))
        return -1;
    number = context_version_to_openssl(version, minimum);
    done = minimum ? SSL_CTX_set_min_proto_version(self->context, number)
        : SSL_CTX_set_max_proto_version(self->context, number);
    if (done)
        return 0;
    ERR_clear_error();
    PyErr_Format(PyExc_ValueError, "Unsupported protocol version 0x%x",
                 (unsigned int)version);
    return -1;
}

static int
context_set_minimum_version(Context *self, PyObject *value, void *closure)
{
    (void)closure;
    return context_set_version_limit(self, value, 1);
}

static int
context_set_maximum_version(Context *self, PyObject *value, void *closure)
{
    (void)closure;
    return context_set_version_limit(self, value, 0);
}

static PyObject *
context_get_num_tickets(Context *self, void *closure)
{
    (void)closure;
    return PyInt_FromSize_t(SSL_CTX_get_num_tickets(self->context));
}

static int
context_set_num_tickets(Context *self, PyObject *value, void *closure)
{
    long number;

    (void)closure;
    if (context_missing_value(value) || !long_argument(value, &number))
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
context_get_security_level(Context *self, void *closure)
{
    (void)closure;
    return PyInt_FromLong(SSL_CTX_get_security_level(self->context));
}

static PyObject *
context_get_post_handshake_auth(Context *self, void *closure)
{
    (void)closure;
    return PyBool_FromLong(self->post_handshake_auth);
}

static int
context_set_post_handshake_auth(Context *self, PyObject *value, void *closure)
{
    int enable;

    (void)closure;
    if (refuse_deletion(value))
        return -1;
    enable = PyObject_IsTrue(value);
    if (enable < 0)
        return -1;
    self->post_handshake_auth = enable;
    SSL_CTX_set_post_handshake_auth(self->context, enable);
    return 0;
}

/* ---- ciphers, groups, ALPN ---- */

/* Whether there are such ciphers. OpenSSL tells only when it has set what it
   could of them, and the security level with it: so a scratch SSL is asked. */
static int
context_has_ciphers(Context *self, const char *text)
{
    SSL *scratch = SSL_new(self->context);
    int found = scratch != NULL && SSL_set_cipher_list(scratch, text);

    SSL_free(scratch);
    return found;
}

static PyObject *
context_set_ciphers(Context *self, PyObject *value)
{
    PyObject *text;
    int done;

    if (!text_argument(value, &text,
                       "set_ciphers() argument must be str, not %.50s"))
        return NULL;
    /* A connection shares the list, which this frees; nothing in OpenSSL keeps
       a pointer into it while it calls back. */
    context_wait_until_idle(self);
    forget_errors();
    done = context_has_ciphers(self, PyString_AS_STRING(text))
        && SSL_CTX_set_cipher_list(self->context, PyString_AS_STRING(text));
    Py_DECREF(text);
    if (!done)
        return raise_plain("No cipher can be selected.");
    Py_RETURN_NONE;
}

static const char *
context_nid_name(int nid)
{
    return nid == NID_undef ? NULL : OBJ_nid2ln(nid);
}

static PyObject *
context_cipher_to_dict(const SSL_CIPHER *cipher)
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
        "symmetric", context_nid_name(SSL_CIPHER_get_cipher_nid(cipher)),
        "kea", context_nid_name(SSL_CIPHER_get_kx_nid(cipher)),
        "auth", context_nid_name(SSL_CIPHER_get_auth_nid(cipher)),
        "digest", context_nid_name(SSL_CIPHER_get_digest_nid(cipher)));
}

static PyObject *
context_get_ciphers(Context *self)
{
    SSL *ssl;
    STACK_OF(SSL_CIPHER) *ciphers;
    PyObject *list;
    int i;

    forget_errors();
    /* The list that an SSL would use leaves out what versions forbid. */
    ssl = SSL_new(self->context);
    if (ssl == NULL)
        return raise_openssl(HERE);
    ciphers = sk_SSL_CIPHER_dup(SSL_get_ciphers(ssl));
    SSL_free(ssl);
    if (ciphers == NULL)
        return raise_no_memory();
    list = PyList_New(0);
    for (i = 0; list != NULL && i < sk_SSL_CIPHER_num(ciphers); i++) {
        PyObject *item =
            context_cipher_to_dict(sk_SSL_CIPHER_value(ciphers, i));
        if (item == NULL || PyList_Append(list, item) < 0)
            Py_CLEAR(list);
        Py_XDECREF(item);
    }
    sk_SSL_CIPHER_free(ciphers);
    return list;
}

/* Python 3's repr() of a text, in UTF-8; of anything else 2.7's. */
static PyObject *
context_repr_of_name(PyObject *value)
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

/* Before OpenSSL 3 a key of the curve must be possible, so X25519 and X448 are
   refused there, as by Python 3 (EC_KEY_new(3)). */
static int
context_is_curve(int group)
{
#if OPENSSL_VERSION_NUMBER < 0x30000000L
    EC_KEY *key = EC_KEY_new_by_curve_name(group);

    EC_KEY_free(key);
    return key != NULL;
#else
    return group != NID_undef;
#endif
}

static PyObject *
context_set_ecdh_curve(Context *self, PyObject *value)
{
    PyObject *name, *shown;
    int group;

    if (!path_argument(value, &name, NULL))
        return NULL;
    group = OBJ_sn2nid(PyString_AS_STRING(name));
    Py_DECREF(name);
    if (group == NID_undef) {
        shown = context_repr_of_name(value);
        if (shown != NULL)
            PyErr_Format(PyExc_ValueError, "unknown elliptic curve name %s",
                         PyString_AS_STRING(shown));
        Py_XDECREF(shown);
        return NULL;
    }
    forget_errors();                  /* it may refuse without a word */
    if (!context_is_curve(group)
            || !SSL_CTX_set1_groups(self->context, &group, 1))
        return raise_openssl(HERE);
    Py_RETURN_NONE;
}

static PyObject *
context_session_stats(Context *self)
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

/* ---- the type ---- */

static PyMethodDef context_methods[] = {
    {"_share_sni_callback", (PyCFunction)context_share_sni_callback,
     METH_VARARGS,
     NULL},
    {"set_ciphers", (PyCFunction)context_set_ciphers, METH_O, NULL},
    {"get_ciphers", (PyCFunction)context_get_ciphers, METH_NOARGS, NULL},
    {"set_ecdh_curve", (PyCFunction)context_set_ecdh_curve, METH_O, NULL},
    {"set_ciphersuites", (PyCFunction)context_set_ciphersuites, METH_O, NULL},
    {"set_groups", (PyCFunction)context_set_groups, METH_O, NULL},
    {"get_groups", (PyCFunction)context_get_groups,
     METH_VARARGS | METH_KEYWORDS, NULL},
    {"set_client_sigalgs", (PyCFunction)context_set_client_sigalgs, METH_O,
     NULL},
    {"set_server_sigalgs", (PyCFunction)context_set_server_sigalgs, METH_O,
     NULL},
    {"_set_alpn_protocols", (PyCFunction)context_set_alpn, METH_O, NULL},
    {"load_dh_params", (PyCFunction)context_load_dh_params, METH_O, NULL},
    {"load_cert_chain", (PyCFunction)context_load_cert_chain,
     METH_VARARGS | METH_KEYWORDS, NULL},
    {"load_verify_locations", (PyCFunction)context_load_verify_locations,
     METH_VARARGS | METH_KEYWORDS, NULL},
    {"set_default_verify_paths", (PyCFunction)context_set_default_verify_paths,
     METH_NOARGS, NULL},
    {"cert_store_stats", (PyCFunction)context_cert_store_stats, METH_NOARGS,
     NULL},
    {"get_ca_certs", (PyCFunction)context_get_ca_certs,
     METH_VARARGS | METH_KEYWORDS, NULL},
    {"session_stats", (PyCFunction)context_session_stats, METH_NOARGS, NULL},
    {"set_psk_client_callback", (PyCFunction)context_set_psk_client_callback,
     METH_VARARGS | METH_KEYWORDS, NULL},
    {"set_psk_server_callback", (PyCFunction)context_set_psk_server_callback,
     METH_VARARGS | METH_KEYWORDS, NULL},
    REFUSE_PICKLING,
    {NULL}
};

static PyGetSetDef context_attributes[] = {
    {"protocol", (getter)context_get_protocol, NULL, NULL, NULL},
    {"verify_mode", (getter)context_get_verify_mode,
     (setter)context_set_verify_mode, NULL, NULL},
    {"check_hostname", (getter)context_get_check_hostname,
     (setter)context_set_check_hostname, NULL, NULL},
    {"_host_flags", (getter)context_get_host_flags,
     (setter)context_set_host_flags, NULL, NULL},
    {"options", (getter)context_get_options, (setter)context_set_options, NULL,
     NULL},
    {"verify_flags", (getter)context_get_verify_flags,
     (setter)context_set_verify_flags, NULL, NULL},
    {"minimum_version", (getter)context_get_minimum_version,
     (setter)context_set_minimum_version, NULL, NULL},
    {"maximum_version", (getter)context_get_maximum_version,
     (setter)context_set_maximum_version, NULL, NULL},
    {"num_tickets", (getter)context_get_num_tickets,
     (setter)context_set_num_tickets, NULL, NULL},
    {"security_level", (getter)context_get_security_level, NULL, NULL, NULL},
    {"post_handshake_auth", (getter)context_get_post_handshake_auth,
     (setter)context_set_post_handshake_auth, NULL, NULL},
    {"sni_callback", (getter)context_get_sni_callback,
     (setter)context_set_sni_callback, NULL, NULL},
    {"keylog_filename", (getter)context_get_keylog_filename,
     (setter)context_set_keylog_filename, NULL, NULL},
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
