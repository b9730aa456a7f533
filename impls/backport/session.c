/* SSLSession: a TLS session to resume. */
#include "tls_bootstrap.h"

static void
session_dealloc(Session *self)
{
    PyObject_GC_UnTrack(self);
    SSL_SESSION_free(self->session);
    Py_XDECREF(self->core);
    Py_XDECREF(self->negotiated);
    Py_XDECREF(self->verified_hostname);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static int
session_traverse(Session *self, visitproc visit, void *arg)
{
    Py_VISIT(self->core);
    Py_VISIT(self->negotiated);
    return 0;
}

/* A copy of an SSL's own; NULL and an exception. OpenSSL marks the original as
   not to be resumed where the SSL is freed before both have said goodbye. */
static SSL_SESSION *
session_get_from(SSL *ssl)
{
    SSL_SESSION *session = SSL_SESSION_dup(SSL_get0_session(ssl));

    if (session == NULL)
        raise_no_memory();
    return session;
}

PyObject *
session_from_ssl(SSLObject *object)
{
    int is_complete = SSL_is_init_finished(object->ssl);
    long verify_result = SSL_get_verify_result(object->ssl);
    X509_VERIFY_PARAM *parameters = SSL_get0_param(object->ssl);
    SSL_SESSION *session;
    Session *self;

    if (SSL_get0_session(object->ssl) == NULL)
        Py_RETURN_NONE;
    session = session_get_from(object->ssl);
    if (session == NULL)
        return NULL;
    self = (Session *)Session_Type.tp_alloc(&Session_Type, 0);
    if (self == NULL) {
        SSL_SESSION_free(session);
        return NULL;
    }
    self->session = session;
    self->is_complete = is_complete;
    self->verify_result = verify_result;
    self->verify_flags = X509_VERIFY_PARAM_get_flags(parameters);
    self->host_flags = X509_VERIFY_PARAM_get_hostflags(parameters);
    Py_INCREF(object->core);
    self->core = object->core;
    Py_INCREF(object->negotiated);
    self->negotiated = object->negotiated;
    if (object->checks_hostname) {
        Py_INCREF(object->server_hostname);
        self->verified_hostname = object->server_hostname;
    }
    return (PyObject *)self;
}

/* The flags of which each that is set makes a verification stricter: of those
   that allow something what is not set. */
static unsigned long
session_strictness(unsigned long flags)
{
    return flags ^ (X509_V_FLAG_ALLOW_PROXY_CERTS | X509_V_FLAG_PARTIAL_CHAIN
                    | X509_V_FLAG_IGNORE_CRITICAL | X509_V_FLAG_NO_CHECK_TIME);
}

/* Whether a connection that verifies its peer may resume it: nothing is
   verified then, so that the first connection must have been as strict. */
static int
session_is_verified(const Session *self, const SSLObject *object)
{
    X509_VERIFY_PARAM *parameters = SSL_get0_param(object->ssl);
    unsigned long flags = X509_VERIFY_PARAM_get_flags(parameters);

    if (!(SSL_get_verify_mode(object->ssl) & SSL_VERIFY_PEER))
        return 1;
    if (self->verify_result != X509_V_OK
            || (session_strictness(flags)
                & ~session_strictness(self->verify_flags)))
        return 0;
    return !object->checks_hostname
        || (self->verified_hostname != NULL
            && !(X509_VERIFY_PARAM_get_hostflags(parameters)
                 & ~self->host_flags)
            && _PyString_Eq(self->verified_hostname,
                            object->server_hostname));
}

static const char *
session_refusal(const Session *self, const SSLObject *object)
{
    if (self->core->context != object->core->context)
        return "Session refers to a different SSLContext.";
    if (SSL_is_server(object->ssl))
        return "Cannot set session for server-side SSLSocket.";
    if (SSL_is_init_finished(object->ssl))
        return "Cannot set session after handshake.";
    /* OpenSSL reads the session that it began with until the end. */
    if (!SSL_in_before(object->ssl))
        return "Cannot set session during handshake.";
    if (self->negotiated->context != object->core->context)
        return "Session refers to a different SSLContext.";
    /* It may have no keys, and nothing may be verified. */
    if (!self->is_complete)
        return "Session is of a handshake that was not done.";
    if (!session_is_verified(self, object))
        return "Session is of a connection whose peer was not verified for "
            "this one.";
    return NULL;
}

/* 0, or -1 with an exception set. */
int
session_apply(SSLObject *object, PyObject *value)
{
    SSL_SESSION *copy;
    const char *refusal;
    int applied;

    if (value == NULL || !PyObject_TypeCheck(value, &Session_Type)) {
        PyErr_SetString(PyExc_TypeError, "Value is not a SSLSession.");
        return -1;
    }
    refusal = session_refusal((Session *)value, object);
    if (refusal != NULL) {
        PyErr_SetString(PyExc_ValueError, refusal);
        return -1;
    }
    /* A handshake may change its session; this one is another connection's. */
    copy = SSL_SESSION_dup(((Session *)value)->session);
    applied = copy != NULL && SSL_set_session(object->ssl, copy);
    SSL_SESSION_free(copy);
    return applied ? 0 : openssl_failed(HERE);
}

static PyObject *
session_get_id(Session *self, void *closure)
{
    unsigned int length;
    const unsigned char *id = SSL_SESSION_get_id(self->session, &length);

    (void)closure;
    return PyString_FromStringAndSize((const char *)id, (Py_ssize_t)length);
}

static PyObject *
session_get_time(Session *self, void *closure)
{
    (void)closure;
#if OPENSSL_VERSION_NUMBER >= 0x30300000L
    long long seconds = SSL_SESSION_get_time_ex(self->session);

    /* An int as far as that goes, as with every OpenSSL before. */
    if (seconds < LONG_MIN || seconds > LONG_MAX) {
        return PyLong_FromLongLong(seconds);
    }
    return PyInt_FromLong((long)seconds);
#else
    return PyInt_FromLong(SSL_SESSION_get_time(self->session));
#endif
}

static PyObject *
session_get_timeout(Session *self, void *closure)
{
    (void)closure;
    return PyInt_FromLong(SSL_SESSION_get_timeout(self->session));
}

static PyObject *
session_get_hint(Session *self, void *closure)
{
    (void)closure;
    return PyInt_FromSize_t(
        SSL_SESSION_get_ticket_lifetime_hint(self->session));
}

static PyObject *
session_get_has_ticket(Session *self, void *closure)
{
    (void)closure;
    return PyBool_FromLong(SSL_SESSION_has_ticket(self->session));
}

static int
session_is_same(Session *left, Session *right)
{
    unsigned int left_length, right_length;
    const unsigned char *left_id, *right_id;

    left_id = SSL_SESSION_get_id(left->session, &left_length);
    right_id = SSL_SESSION_get_id(right->session, &right_length);
    return left_length == right_length
        && memcmp(left_id, right_id, left_length) == 0;
}

static PyObject *
session_compare(PyObject *left, PyObject *right, int operation)
{
    int same;

    if (!PyObject_TypeCheck(left, &Session_Type)
            || !PyObject_TypeCheck(right, &Session_Type)) {
        Py_INCREF(Py_NotImplemented);
        return Py_NotImplemented;
    }
    /* What is not answered 2.7 answers itself, by addresses. */
    if (operation != Py_EQ && operation != Py_NE) {
        PyErr_SetString(PyExc_TypeError, "sessions have no order");
        return NULL;
    }
    same = left == right || session_is_same((Session *)left, (Session *)right);
    return PyBool_FromLong(operation == Py_EQ ? same : !same);
}

static PyMethodDef session_methods[] = {
    REFUSE_PICKLING,
    {NULL}
};

static PyGetSetDef session_attributes[] = {
    {"id", (getter)session_get_id, NULL, "The session's id.", NULL},
    {"time", (getter)session_get_time, NULL,
     "When it was made, in seconds since the epoch.", NULL},
    {"timeout", (getter)session_get_timeout, NULL,
     "How long it may be resumed, in seconds.", NULL},
    {"ticket_lifetime_hint", (getter)session_get_hint, NULL,
     "The ticket's lifetime, in seconds.", NULL},
    {"has_ticket", (getter)session_get_has_ticket, NULL,
     "Whether it has a ticket.", NULL},
    {NULL}
};

PyTypeObject Session_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_tls_bootstrap.SSLSession",
    .tp_basicsize = sizeof(Session),
    .tp_dealloc = (destructor)session_dealloc,
    .tp_flags = TYPE_FLAGS | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = (traverseproc)session_traverse,
    /* Comparable by id, hence, as in Python 3, not hashable. */
    .tp_hash = PyObject_HashNotImplemented,
    .tp_richcompare = session_compare,
    .tp_methods = session_methods,
    .tp_getset = session_attributes,
};
