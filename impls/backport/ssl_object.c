/* The C half of SSLObject: one SSL between two MemoryBIOs. */
#include "tls_bootstrap.h"

/* ---- driving ---- */

/* An operation of OpenSSL's, without the GIL: what it returns. */
typedef int (*Operation)(SSL *ssl, void *argument);

/* Hands what the message callback raised over to the caller. */
static void
ssl_object_take_message_error(SSLObject *self, PyObject *error[3])
{
    memcpy((void *)error, (void *)self->message_error,
           sizeof(self->message_error));
    memset((void *)self->message_error, 0, sizeof(self->message_error));
}

static void
ssl_object_raise_message_error(PyObject *error[3])
{
    if (error[0] != NULL)
        PyErr_Restore(error[0], error[1], error[2]);
}

static void
ssl_object_forget_message_error(PyObject *error[3])
{
    Py_XDECREF(error[0]);
    Py_XDECREF(error[1]);
    Py_XDECREF(error[2]);
}

/* Runs an operation, the only one of the object at that time, without the GIL.
   0 where nothing was done, and an exception set.

   Python 3.13's unwrap() returns when an alert, not close_notify, has ended
   the connection, and leaves the alert's error in OpenSSL's queue, where the
   next operation that fails for want of anything finds it: that raises
   SSLSyscallError or SSLError, not SSLEOFError (scenarios shutdown/
   test_alerts.py). `untold_error` does that for this object alone. */
static int
ssl_object_drive(SSLObject *self, Operation run, void *argument,
                 Outcome *outcome, PyObject *message_error[3])
{
    if (!ssl_object_begin(self))
        return 0;
    ssl_object_enter_openssl(self);
    forget_errors();
    if (self->untold_error)
        put_error_back(self->untold_error);
    self->untold_error = 0;
    outcome->result = run(self->ssl, argument);
    outcome->error = SSL_get_error(self->ssl, outcome->result);
    outcome->code = ERR_peek_last_error();
    outcome->verify_result = SSL_get_verify_result(self->ssl);
    forget_errors();
    ssl_object_leave_openssl(self);
    ssl_object_take_message_error(self, message_error);
    ssl_object_end(self);
    return 1;
}

/* Runs it where a result of 0 and less is a failure; 1, or 0 and an exception:
   OpenSSL's or, where it has none, the message callback's. */
static int
ssl_object_run(SSLObject *self, Operation run, void *argument,
               const char *where)
{
    Outcome outcome;
    PyObject *message_error[3];

    if (!ssl_object_drive(self, run, argument, &outcome, message_error))
        return 0;
    if (outcome.result > 0) {
        ssl_object_raise_message_error(message_error);
        return message_error[0] == NULL;
    }
    ssl_object_forget_message_error(message_error);
    raise_outcome(self, &outcome, where);
    return 0;
}

static int
ssl_object_is_address(const char *hostname, ASN1_OCTET_STRING **address)
{
    *address = a2i_IPADDRESS(hostname);
    forget_errors();
    return *address != NULL;
}

static int
ssl_object_is_host_name(PyObject *hostname)
{
    const char *text = PyString_AS_STRING(hostname);

    if (text[0] != 0 && text[0] != '.')
        return 1;
    PyErr_SetString(PyExc_ValueError, "server_hostname cannot be an empty "
                    "string or start with a leading dot.");
    return 0;
}

/* SNI, and what the certificate must be for; 0 and OpenSSL's error. */
static int
ssl_object_set_hostname(SSL *ssl, const char *hostname, int check)
{
    X509_VERIFY_PARAM *parameters = SSL_get0_param(ssl);
    ASN1_OCTET_STRING *address;
    int done = 1;

    /* RFC 6066: an address is no server name. */
    if (!ssl_object_is_address(hostname, &address))
        done = (int)SSL_set_tlsext_host_name(ssl, hostname);
    if (done && check && address == NULL)
        done = X509_VERIFY_PARAM_set1_host(parameters, hostname,
                                           strlen(hostname));
    if (done && check && address != NULL)
        done = X509_VERIFY_PARAM_set1_ip(
            parameters, ASN1_STRING_get0_data(address),
            (size_t)ASN1_STRING_length(address));
    ASN1_OCTET_STRING_free(address);
    return done;
}

/* The SSL between its buffers, and the way back from it; 0 and OpenSSL's
   error. */
static int
ssl_object_set_buffers(SSLObject *self)
{
    BIO *incoming = memory_bio_as_bio(self->incoming);
    BIO *outgoing = memory_bio_as_bio(self->outgoing);

    if (incoming == NULL || outgoing == NULL
            || !SSL_set_app_data(self->ssl, self)) {
        BIO_free(incoming);
        BIO_free(outgoing);
        return 0;
    }
    SSL_set_bio(self->ssl, incoming, outgoing);
    return 1;
}

static int
ssl_object_check_role(Context *core, int server_side)
{
    if (server_side && core->protocol == PROTOCOL_TLS_CLIENT) {
        raise_with_text("Cannot create a server socket with a "
                        "PROTOCOL_TLS_CLIENT context", HERE);
        return 0;
    }
    if (!server_side && core->protocol == PROTOCOL_TLS_SERVER) {
        raise_with_text("Cannot create a client socket with a "
                        "PROTOCOL_TLS_SERVER context", HERE);
        return 0;
    }
    return 1;
}

/* A weak reference, never NULL: a stock servername callback follows it
   unchecked. */
static PyObject *
ssl_object_new_owner(SSLObject *self, PyObject *owner)
{
    return PyWeakref_NewRef(owner == Py_None ? (PyObject *)self : owner, NULL);
}

/* All but the SSL, which needs what this makes; no collector knows it yet. */
static SSLObject *
ssl_object_alloc(Context *core, PyObject *context, PyObject *incoming,
                 PyObject *outgoing)
{
    SSLObject *self = (SSLObject *)SSLObject_Type.tp_alloc(&SSLObject_Type, 0);

    if (self == NULL)
        return NULL;
    PyObject_GC_UnTrack(self);
    self->generation = threads_generation;
    Py_INCREF(core);
    Py_INCREF(core);
    self->core = self->negotiated = core;
    Py_INCREF(context);
    self->context = context;
    Py_INCREF(incoming);
    self->incoming = (MemoryBIO *)incoming;
    Py_INCREF(outgoing);
    self->outgoing = (MemoryBIO *)outgoing;
    return self;
}

/* The SSL, as its context is at one moment; 0 and OpenSSL's error. */
static int
ssl_object_make_ssl(SSLObject *self, int server_side)
{
    forget_errors();
    self->ssl = SSL_new(self->core->context);
    if (self->ssl == NULL || !ssl_object_set_buffers(self)
            || !context_new_ssl_settings(self->core, self->ssl, server_side)
            || (self->server_hostname != NULL
                && !ssl_object_set_hostname(self->ssl,
                                 PyString_AS_STRING(self->server_hostname),
                                 self->checks_hostname)))
        return 0;
    if (server_side)
        SSL_set_accept_state(self->ssl);
    else
        SSL_set_connect_state(self->ssl);
    return 1;
}

static int
ssl_object_is_memory_bio(PyObject *value, const char *name)
{
    if (PyObject_TypeCheck(value, &MemoryBIO_Type))
        return 1;
    PyErr_Format(PyExc_TypeError, "_wrap_bio() argument '%s' must be "
                 "_tls_bootstrap.MemoryBIO, not %.50s", name,
                 value == Py_None ? "None" : Py_TYPE(value)->tp_name);
    return 0;
}

/* What _wrap_bio() was called with, borrowed. */
typedef struct {
    PyObject *incoming, *outgoing, *hostname, *owner, *session, *context;
    PyObject *check;
    int server_side;
} WrapArguments;

/* (incoming, outgoing, server_side, server_hostname=None, owner=None,
    session=None, context=None, check_hostname=None): the last two are a
   graft's, whose Python context is not the C one. */
static int
ssl_object_wrap_arguments(PyObject *arguments, PyObject *keywords,
                          WrapArguments *result)
{
    static char *names[] = {"incoming", "outgoing", "server_side",
                            "server_hostname", "owner", "session", "context",
                            "check_hostname", NULL};
    PyObject *server_object;

    result->hostname = result->owner = result->session = Py_None;
    result->context = result->check = Py_None;
    if (!PyArg_ParseTupleAndKeywords(
            arguments, keywords, "OOO|OOOOO:_wrap_bio", names,
            &result->incoming, &result->outgoing, &server_object,
            &result->hostname, &result->owner, &result->session,
            &result->context, &result->check)
            || !ssl_object_is_memory_bio(result->incoming, "incoming")
            || !ssl_object_is_memory_bio(result->outgoing, "outgoing"))
        return 0;
    result->server_side = PyObject_IsTrue(server_object);
    return result->server_side >= 0;
}

static PyObject *
ssl_object_new(Context *core, PyObject *arguments, PyObject *keywords)
{
    WrapArguments given;
    PyObject *hostname = NULL;
    SSLObject *self = NULL;
    int check;

    if (!ssl_object_wrap_arguments(arguments, keywords, &given))
        return NULL;
    check = given.check == Py_None ? 0 : PyObject_IsTrue(given.check);
    if (check < 0 || !ssl_object_check_role(core, given.server_side)
            || (given.hostname != Py_None
                && !text_argument(given.hostname, &hostname,
                                  "server_hostname must be str, not %.50s")))
        return NULL;
    self = ssl_object_alloc(core, given.context == Py_None ? (PyObject *)core
                            : given.context, given.incoming, given.outgoing);
    if (self == NULL) {
        Py_XDECREF(hostname);
        return NULL;
    }
    self->server_hostname = hostname;
    self->owner = ssl_object_new_owner(self, given.owner);
    if (self->owner == NULL
        || (hostname != NULL && !ssl_object_is_host_name(hostname)))
        goto fail;
    if (given.check == Py_None)
        check = core->check_hostname;
    self->checks_hostname = check && hostname != NULL;
    if (!ssl_object_make_ssl(self, given.server_side)) {
        raise_openssl(HERE);
        goto fail;
    }
    if (given.session != Py_None && session_apply(self, given.session) < 0)
        goto fail;
    PyObject_GC_Track(self);
    return (PyObject *)self;
fail:
    Py_DECREF(self);
    return NULL;
}

static int
ssl_object_traverse(SSLObject *self, visitproc visit, void *arg)
{
    Py_VISIT(self->context);
    Py_VISIT(self->core);
    Py_VISIT(self->negotiated);
    return 0;
}

static void
ssl_object_dealloc(SSLObject *self)
{
    PyObject_GC_UnTrack(self);
    PyObject_ClearWeakRefs((PyObject *)self);
    /* Before the buffers: its BIOs borrow them. One that a fork left in the
       middle of an operation cannot even be freed. */
    if (!ssl_object_is_abandoned(self)) {
        SSL_free(self->ssl);
        ssl_object_free_signatures(self);
    }
    Py_XDECREF(self->owner);
    Py_XDECREF(self->context);
    Py_XDECREF(self->core);
    Py_XDECREF(self->negotiated);
    Py_XDECREF(self->incoming);
    Py_XDECREF(self->outgoing);
    Py_XDECREF(self->server_hostname);
    Py_XDECREF(self->alpn);
    ssl_object_forget_message_error(self->message_error);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

/* ---- the protocol ---- */

static int
run_handshake(SSL *ssl, void *ignored)
{
    (void)ignored;
    return SSL_do_handshake(ssl);
}

/* Whether the connection has ended without close_notify before; then an
   exception is set. OpenSSL 4 would tell whatever it finds next. */
static int
ssl_object_has_met_eof(const SSLObject *self)
{
    if (self->eof_met)
        raise_eof(HERE);
    return self->eof_met;
}

static PyObject *
ssl_object_do_handshake(SSLObject *self)
{
    if (ssl_object_has_met_eof(self))
        return NULL;
    if (!ssl_object_run(self, run_handshake, NULL, HERE))
        return NULL;
    self->handshake_done = 1;
    Py_RETURN_NONE;
}

/* Memory that nobody else can move, and how much of it was used. */
typedef struct {
    void *memory;
    size_t size, count;
} Data;

/* As SSL_read_ex(3), but the end that a peer has announced is no failure. */
static int
run_read(SSL *ssl, void *argument)
{
    Data *data = argument;
    int result = SSL_read_ex(ssl, data->memory, data->size, &data->count);

    if (result)
        return 1;
    data->count = 0;
    return SSL_get_error(ssl, result) == SSL_ERROR_ZERO_RETURN
        && SSL_get_shutdown(ssl) == SSL_RECEIVED_SHUTDOWN;
}

/* The bytes read, 0 also when the peer has closed; -1 and an exception. */
static Py_ssize_t
ssl_object_read_into(SSLObject *self, void *memory, size_t size)
{
    Data data = {memory, size, 0};

    return ssl_object_run(self, run_read, &data, HERE)
        ? (Py_ssize_t)data.count : -1;
}

static PyObject *
ssl_object_read_new(SSLObject *self, Py_ssize_t size)
{
    PyObject *result;
    Py_ssize_t count;

    if (size < 0) {
        PyErr_SetString(PyExc_ValueError, "size should not be negative");
        return NULL;
    }
    if (ssl_object_has_met_eof(self))
        return NULL;
    result = PyString_FromStringAndSize(NULL, size);
    if (result == NULL || size == 0)
        return result;
    count =
        ssl_object_read_into(self, PyString_AS_STRING(result), (size_t)size);
    if (count < 0) {
        Py_DECREF(result);
        return NULL;
    }
    if (count != size)
        _PyString_Resize(&result, count);
    return result;
}

/* Reduces a length argument to what a buffer of the given length has room for,
   which is all of it for 0 and less; 0 and an exception where that is more
   than an int. */
static int
ssl_object_fit_size(Py_ssize_t *size, Py_ssize_t available)
{
    if (*size > 0 && *size <= available)
        return 1;
    if (available > INT_MAX) {
        PyErr_SetString(PyExc_OverflowError,
                        "maximum length can't fit in a C 'int'");
        return 0;
    }
    *size = available;
    return 1;
}

static PyObject *
ssl_object_not_writable(PyObject *buffer)
{
    PyErr_Format(PyExc_TypeError, "read() argument 2 must be read-write "
                 "bytes-like object, not %.50s", Py_TYPE(buffer)->tp_name);
    return NULL;
}

/* An old-style buffer cannot be pinned while the GIL is released: read beside
   it and copy. */
static PyObject *
ssl_object_read_to_old_buffer(SSLObject *self, Py_ssize_t size,
                              PyObject *buffer)
{
    void *memory, *copy;
    Py_ssize_t available, count;

    if (!PyObject_CheckReadBuffer(buffer)
            || PyObject_AsWriteBuffer(buffer, &memory, &available) < 0)
        return ssl_object_not_writable(buffer);
    if (!ssl_object_fit_size(&size, available) || ssl_object_has_met_eof(self))
        return NULL;
    if (size == 0)
        return PyInt_FromLong(0);
    copy = PyMem_Malloc((size_t)size);
    if (copy == NULL)
        return PyErr_NoMemory();
    count = ssl_object_read_into(self, copy, (size_t)size);
    if (count > 0 && (PyObject_AsWriteBuffer(buffer, &memory, &available) < 0
                      || count > available)) {
        PyErr_SetString(PyExc_BufferError, "the buffer shrank");
        count = -1;
    }
    if (count > 0)
        memcpy(memory, copy, (size_t)count);
    PyMem_Free(copy);
    return count < 0 ? NULL : PyInt_FromSsize_t(count);
}

static PyObject *
ssl_object_read_to_buffer(SSLObject *self, Py_ssize_t size, PyObject *buffer)
{
    Py_buffer view;
    Py_ssize_t count;

    if (!PyObject_CheckBuffer(buffer))
        return ssl_object_read_to_old_buffer(self, size, buffer);
    if (PyObject_GetBuffer(buffer, &view, PyBUF_WRITABLE) < 0) {
        PyErr_Clear();
        return ssl_object_not_writable(buffer);
    }
    if (!ssl_object_fit_size(&size, view.len) || ssl_object_has_met_eof(self))
        count = -1;
    else
        count =
            size == 0 ? 0 : ssl_object_read_into(self, view.buf, (size_t)size);
    PyBuffer_Release(&view);
    return count < 0 ? NULL : PyInt_FromSsize_t(count);
}

static PyObject *
ssl_object_read(SSLObject *self, PyObject *arguments)
{
    PyObject *size_object, *buffer = NULL;
    Py_ssize_t size;

    if (!PyArg_UnpackTuple(arguments, "read", 1, 2, &size_object, &buffer)
            || !size_argument(size_object, &size))
        return NULL;
    return buffer == NULL ? ssl_object_read_new(self, size)
        : ssl_object_read_to_buffer(self, size, buffer);
}

static int
run_write(SSL *ssl, void *argument)
{
    Data *data = argument;

    return SSL_write_ex(ssl, data->memory, data->size, &data->count);
}

static PyObject *
ssl_object_write(SSLObject *self, PyObject *value)
{
    Py_buffer view;
    Data data;
    int done;

    if (!bytes_argument(value, &view))
        return NULL;
    data.memory = view.buf;
    data.size = (size_t)view.len;
    data.count = 0;
    done = !ssl_object_has_met_eof(self)
        && ssl_object_run(self, run_write, &data, HERE);
    PyBuffer_Release(&view);
    return done ? PyInt_FromSize_t(data.count) : NULL;
}

/* What is 1 once both have sent close_notify, and 0 where only we have: what
   is next then is to read the peer's. */
static int
run_shutdown(SSL *ssl, void *ignored)
{
    (void)ignored;
    return SSL_shutdown(ssl);
}

/* A first result of 0, and what was in the queue then. */
typedef struct {
    int seen_zero;
    unsigned long code;
} FirstShutdown;

static int
run_shutdown_twice(SSL *ssl, void *argument)
{
    FirstShutdown *first = argument;
    int result = SSL_shutdown(ssl);

    if (result != 0)
        return result;
    first->seen_zero = 1;
    first->code = ERR_peek_last_error();
    forget_errors();
    return SSL_shutdown(ssl);
}

/* The result of a shutdown; -1 and an exception. A fatal alert ends a
   connection as well, and so is no failure here: what is tried next tells. */
static int
ssl_object_end_tls(SSLObject *self, Operation run)
{
    Outcome outcome;
    PyObject *message_error[3];
    FirstShutdown first = {0, 0};

    if (!ssl_object_drive(self, run, &first, &outcome, message_error))
        return -1;
    self->untold_error = outcome.result < 0 ? first.code : outcome.code;
    if (first.seen_zero || outcome.result == 0)
        self->shutdown_seen_zero = 1;
    if (outcome.result < 0) {
        ssl_object_forget_message_error(message_error);
        raise_outcome(self, &outcome, HERE);
        return -1;
    }
    ssl_object_raise_message_error(message_error);
    return message_error[0] == NULL ? outcome.result : -1;
}

static PyObject *
ssl_object_shutdown(SSLObject *self)
{
    if (ssl_object_end_tls(self, run_shutdown_twice) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* For an SSLSocket, which sends what there is before anything is read. */
static PyObject *
ssl_object_shutdown_half(SSLObject *self)
{
    int done = ssl_object_end_tls(self, run_shutdown);

    return done < 0 ? NULL : PyBool_FromLong(done);
}

static int
run_post_handshake(SSL *ssl, void *ignored)
{
    (void)ignored;
    return SSL_verify_client_post_handshake(ssl);
}

static PyObject *
ssl_object_verify_client_post_handshake(SSLObject *self)
{
    Outcome outcome;
    PyObject *message_error[3];

    if (!ssl_object_drive(self, run_post_handshake, NULL, &outcome,
                          message_error))
        return NULL;
    if (outcome.result <= 0) {
        ssl_object_forget_message_error(message_error);
        return raise_code(outcome.code, HERE);
    }
    ssl_object_raise_message_error(message_error);
    if (message_error[0] != NULL)
        return NULL;
    Py_RETURN_NONE;
}

/* Whether an operation that fails now does so since close_notify came. */
static PyObject *
ssl_object_is_closed_by_peer(SSLObject *self)
{
    if (!ssl_object_inspect(self))
        return NULL;
    forget_errors();
    return PyBool_FromLong(SSL_get_error(self->ssl, -1)
                           == SSL_ERROR_ZERO_RETURN);
}

static PyObject *
ssl_object_pending(SSLObject *self)
{
    return ssl_object_inspect(self) ? PyInt_FromLong(SSL_pending(self->ssl))
        : NULL;
}

/* ---- attributes ---- */

static PyObject *
ssl_object_get_context(SSLObject *self, void *closure)
{
    (void)closure;
    Py_INCREF(self->context);
    return self->context;
}

/* A session to resume is of the context that the object has: another one may
   trust nobody whom that trusts. 0 and OpenSSL's error. */
static int
ssl_object_forget_session(SSLObject *self, const Context *core)
{
    return self->core->context == core->context || !SSL_in_before(self->ssl)
        || SSL_get0_session(self->ssl) == NULL
        || SSL_set_session(self->ssl, NULL);
}

/* _set_context(context, core): the same object twice, except for a graft. */
static PyObject *
ssl_object_set_context(SSLObject *self, PyObject *arguments)
{
    PyObject *context, *old_context;
    Context *core, *old_core, *old_negotiated = NULL;

    if (!PyArg_ParseTuple(arguments, "OO!:_set_context", &context,
                          &Context_Type, &core)
            || !ssl_object_reconfigure(self))
        return NULL;
    if (!ssl_object_keep_signatures(self))
        return NULL;
    forget_errors();
    if (!ssl_object_forget_session(self, core)
            || SSL_set_SSL_CTX(self->ssl, core->context) == NULL)
        return raise_openssl(HERE);
    self->core_used = self->thread != NULL;    /* a stock servername callback */
    old_context = self->context;
    Py_INCREF(context);
    self->context = context;
    old_core = self->core;
    Py_INCREF(core);
    self->core = core;
    if (SSL_in_before(self->ssl)) {
        old_negotiated = self->negotiated;
        Py_INCREF(core);
        self->negotiated = core;
    }
    ssl_object_follow_core(self);
    Py_DECREF(old_context);
    Py_DECREF(old_core);
    Py_XDECREF(old_negotiated);
    Py_RETURN_NONE;
}

static PyObject *
ssl_object_get_owner(SSLObject *self, void *closure)
{
    PyObject *owner = ssl_object_owner(self->owner);

    (void)closure;
    if (owner != NULL)
        return owner;
    Py_RETURN_NONE;
}

static int
ssl_object_set_owner(SSLObject *self, PyObject *value, void *closure)
{
    PyObject *old, *reference;

    (void)closure;
    if (refuse_deletion(value))
        return -1;
    reference = ssl_object_new_owner(self, value);
    if (reference == NULL)
        return -1;
    old = self->owner;
    self->owner = reference;
    Py_DECREF(old);
    return 0;
}

static PyObject *
ssl_object_get_server_side(SSLObject *self, void *closure)
{
    (void)closure;
    return ssl_object_inspect(self)
        ? PyBool_FromLong(SSL_is_server(self->ssl)) : NULL;
}

static PyObject *
ssl_object_get_server_hostname(SSLObject *self, void *closure)
{
    PyObject *name = self->server_hostname ? self->server_hostname : Py_None;

    (void)closure;
    Py_INCREF(name);
    return name;
}

static PyObject *
ssl_object_get_session(SSLObject *self, void *closure)
{
    (void)closure;
    return ssl_object_inspect(self) ? session_from_ssl(self) : NULL;
}

static int
ssl_object_set_session(SSLObject *self, PyObject *value, void *closure)
{
    (void)closure;
    if (!ssl_object_inspect(self))
        return -1;
    forget_errors();
    return session_apply(self, value);
}

static PyObject *
ssl_object_get_session_reused(SSLObject *self, void *closure)
{
    (void)closure;
    return ssl_object_inspect(self)
        ? PyBool_FromLong(SSL_session_reused(self->ssl)) : NULL;
}

static PyMethodDef ssl_object_methods[] = {
    {"do_handshake", (PyCFunction)ssl_object_do_handshake, METH_NOARGS, NULL},
    {"read", (PyCFunction)ssl_object_read, METH_VARARGS, NULL},
    {"write", (PyCFunction)ssl_object_write, METH_O, NULL},
    {"shutdown", (PyCFunction)ssl_object_shutdown, METH_NOARGS, NULL},
    {"shutdown_half", (PyCFunction)ssl_object_shutdown_half, METH_NOARGS,
     NULL},
    {"is_closed_by_peer", (PyCFunction)ssl_object_is_closed_by_peer,
     METH_NOARGS, NULL},
    {"pending", (PyCFunction)ssl_object_pending, METH_NOARGS, NULL},
    {"cipher", (PyCFunction)ssl_object_cipher, METH_NOARGS, NULL},
    {"shared_ciphers", (PyCFunction)ssl_object_shared_ciphers,
     METH_NOARGS, NULL},
    {"version", (PyCFunction)ssl_object_version, METH_NOARGS, NULL},
    {"compression", (PyCFunction)ssl_object_compression, METH_NOARGS, NULL},
    {"group", (PyCFunction)ssl_object_group, METH_NOARGS, NULL},
    {"client_sigalg", (PyCFunction)ssl_object_client_sigalg, METH_NOARGS,
     NULL},
    {"server_sigalg", (PyCFunction)ssl_object_server_sigalg, METH_NOARGS,
     NULL},
    {"selected_alpn_protocol", (PyCFunction)ssl_object_selected_alpn_protocol,
     METH_NOARGS, NULL},
    {"get_channel_binding", (PyCFunction)ssl_object_get_channel_binding,
     METH_NOARGS, NULL},
    {"getpeercert", (PyCFunction)ssl_object_getpeercert, METH_O, NULL},
    {"get_verified_chain", (PyCFunction)ssl_object_get_verified_chain,
     METH_NOARGS, NULL},
    {"get_unverified_chain", (PyCFunction)ssl_object_get_unverified_chain,
     METH_NOARGS, NULL},
    {"verify_client_post_handshake",
     (PyCFunction)ssl_object_verify_client_post_handshake, METH_NOARGS, NULL},
    {"_set_context", (PyCFunction)ssl_object_set_context, METH_VARARGS, NULL},
    REFUSE_PICKLING,
    {NULL}
};

static PyGetSetDef ssl_object_attributes[] = {
    {"context", (getter)ssl_object_get_context, NULL, NULL, NULL},
    {"owner", (getter)ssl_object_get_owner, (setter)ssl_object_set_owner, NULL,
     NULL},
    {"server_side", (getter)ssl_object_get_server_side, NULL, NULL, NULL},
    {"server_hostname", (getter)ssl_object_get_server_hostname, NULL, NULL,
     NULL},
    {"session", (getter)ssl_object_get_session,
     (setter)ssl_object_set_session, NULL, NULL},
    {"session_reused", (getter)ssl_object_get_session_reused, NULL, NULL,
     NULL},
    {NULL}
};

PyTypeObject SSLObject_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_tls_bootstrap._SSLSocket",
    .tp_basicsize = sizeof(SSLObject),
    .tp_dealloc = (destructor)ssl_object_dealloc,
    .tp_flags = TYPE_FLAGS | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = (traverseproc)ssl_object_traverse,
    .tp_weaklistoffset = offsetof(SSLObject, weak_references),
    .tp_methods = ssl_object_methods,
    .tp_getset = ssl_object_attributes,
};

/* ---- methods in C of the class in Python ---- */

/* do_handshake() is called for every flight, read() and write() for every
   record, and getpeercert() for every request of some: a Python function in
   front of one takes a tenth of its time and more. So they are methods in C,
   added to the class in Python, whose objects have one of ours. */
static PyObject *own_name;
static PyObject *own_class;

static SSLObject *
owner_sslobj(PyObject *owner, const char *method)
{
    /* What the class says of the attribute counts in a subclass alone. */
    PyObject **attributes = (PyObject *)Py_TYPE(owner) == own_class
        ? _PyObject_GetDictPtr(owner) : NULL;
    PyObject *object = attributes != NULL && *attributes != NULL
        ? PyDict_GetItem(*attributes, own_name) : NULL;

    if (object != NULL)
        Py_INCREF(object);
    else
        object = PyObject_GetAttr(owner, own_name);
    if (object == NULL || PyObject_TypeCheck(object, &SSLObject_Type))
        return (SSLObject *)object;
    PyErr_Format(PyExc_AttributeError, "'%.50s' object has no attribute '%s'",
                 Py_TYPE(object)->tp_name, method);
    Py_DECREF(object);
    return NULL;
}

static PyObject *
owner_do_handshake(PyObject *owner)
{
    SSLObject *self = owner_sslobj(owner, "do_handshake");
    PyObject *result = self == NULL ? NULL : ssl_object_do_handshake(self);

    Py_XDECREF(self);
    return result;
}

static PyObject *
owner_read(PyObject *owner, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"len", "buffer", NULL};
    PyObject *size_object = NULL, *buffer = Py_None, *result;
    Py_ssize_t size = 1024;
    SSLObject *self;

    if (!(keywords == NULL
              ? one_argument(arguments, &size_object)
                    || PyArg_UnpackTuple(arguments, "read", 0, 2, &size_object,
                                         &buffer)
              : PyArg_ParseTupleAndKeywords(arguments, keywords, "|OO:read",
                                            names, &size_object, &buffer))
        || (size_object != NULL && !size_argument(size_object, &size)))
        return NULL;
    self = owner_sslobj(owner, "read");
    if (self == NULL)
        return NULL;
    result = buffer == Py_None ? ssl_object_read_new(self, size)
        : ssl_object_read_to_buffer(self, size, buffer);
    Py_DECREF(self);
    return result;
}

static PyObject *
owner_write(PyObject *owner, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"data", NULL};
    PyObject *data, *result;
    SSLObject *self;

    if (!(keywords == NULL
          ? one_argument(arguments, &data)
            || PyArg_UnpackTuple(arguments, "write", 1, 1, &data)
          : PyArg_ParseTupleAndKeywords(arguments, keywords, "O:write", names,
                                        &data)))
        return NULL;
    self = owner_sslobj(owner, "write");
    if (self == NULL)
        return NULL;
    result = ssl_object_write(self, data);
    Py_DECREF(self);
    return result;
}

static PyObject *
owner_getpeercert(PyObject *owner, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"binary_form", NULL};
    PyObject *binary_object = Py_False, *result;
    SSLObject *self;

    if (!(keywords == NULL
          ? one_argument(arguments, &binary_object)
            || PyArg_UnpackTuple(arguments, "getpeercert", 0, 1,
                                 &binary_object)
          : PyArg_ParseTupleAndKeywords(arguments, keywords, "|O:getpeercert",
                                        names, &binary_object)))
        return NULL;
    self = owner_sslobj(owner, "getpeercert");
    if (self == NULL)
        return NULL;
    result = ssl_object_getpeercert(self, binary_object);
    Py_DECREF(self);
    return result;
}

static PyMethodDef owner_methods[] = {
    {"do_handshake", (PyCFunction)owner_do_handshake, METH_NOARGS,
     "do_handshake(self)\n\n"
     "Goes on with the handshake, as far as what has come lets it."},
    {"read", (PyCFunction)owner_read, METH_VARARGS | METH_KEYWORDS,
     "read(self, len=1024, buffer=None)\n\n"
     "Up to len bytes; with a buffer, their number after storing them."},
    {"write", (PyCFunction)owner_write, METH_VARARGS | METH_KEYWORDS,
     "write(self, data)\n\n"
     "Encrypts data; returns how many bytes of it were taken."},
    {"getpeercert", (PyCFunction)owner_getpeercert,
     METH_VARARGS | METH_KEYWORDS,
     "getpeercert(self, binary_form=False)\n\n"
     "The peer's certificate as a dictionary, or in DER form."},
    {NULL}
};

PyObject *
ssl_object_add_methods(PyObject *module, PyObject *arguments)
{
    PyMethodDef *method;
    PyObject *class, *former;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "O!:add_methods", &PyType_Type, &class))
        return NULL;
    if (own_name == NULL)
        own_name = PyString_InternFromString("_sslobj");
    if (own_name == NULL)
        return NULL;
    former = own_class;
    Py_INCREF(class);
    own_class = class;
    Py_XDECREF(former);
    for (method = owner_methods; method->ml_name != NULL; method++) {
        PyObject *added = PyDescr_NewMethod((PyTypeObject *)class, method);
        int failed = added == NULL
            || PyObject_SetAttrString(class, method->ml_name, added) < 0;
        Py_XDECREF(added);
        if (failed)
            return NULL;
    }
    Py_RETURN_NONE;
}

/* Contexts know nothing of connections: the method that makes one is added to
   their type, which is ready. */
int
ssl_object_setup(void)
{
    static PyMethodDef wrap_bio = {
        "_wrap_bio", (PyCFunction)ssl_object_new, METH_VARARGS | METH_KEYWORDS,
        NULL};
    PyObject *method;
    int failed;

    SSLObject_Type.ob_type = &PyType_Type;
    if (PyType_Ready(&SSLObject_Type) < 0)
        return -1;
    method = PyDescr_NewMethod(&Context_Type, &wrap_bio);
    failed = method == NULL
        || PyDict_SetItemString(Context_Type.tp_dict, wrap_bio.ml_name,
                                method) < 0;
    Py_XDECREF(method);
    PyType_Modified(&Context_Type);
    return failed ? -1 : 0;
}
