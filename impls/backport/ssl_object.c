/* The C half of SSLObject: one SSL between two MemoryBIOs. */
#include "tls_bootstrap.h"

/* ---- one thread at a time ---- */

/* A callback of this very SSL may come back here, so the lock is recursive.
   Everybody calls with the GIL held and waits without it. */
static void
enter(SSLObject *self)
{
    long me = PyThread_get_thread_ident();

    if (self->lock_depth && self->lock_holder == me) {
        self->lock_depth++;
        return;
    }
    if (pthread_mutex_trylock(&self->lock) != 0) {
        Py_BEGIN_ALLOW_THREADS
        pthread_mutex_lock(&self->lock);
        Py_END_ALLOW_THREADS
    }
    self->lock_holder = me;
    self->lock_depth = 1;
    self->incoming->connections_at_work++;
    self->outgoing->connections_at_work++;
}

static void
leave(SSLObject *self)
{
    if (--self->lock_depth)
        return;
    self->incoming->connections_at_work--;
    self->outgoing->connections_at_work--;
    pthread_mutex_unlock(&self->lock);
}

/* For what drives the protocol: OpenSSL does not survive being driven from
   its own callbacks (Python 3 crashes there). 0 and an exception then. */
static int
enter_protocol(SSLObject *self)
{
    enter(self);
    if (self->lock_depth == 1) {
        forget_errors();
        if (self->untold_error) {
            put_error_back(self->untold_error);
            self->untold_error = 0;
        }
        return 1;
    }
    leave(self);
    raise_plain("this object is busy: called from its own callback");
    return 0;
}

static PyObject *
protocol_locked(SSLObject *self, PyObject *(*body)(SSLObject *))
{
    PyObject *result;

    if (!enter_protocol(self))
        return NULL;
    result = body(self);
    if (message_callback_failed(self))
        Py_CLEAR(result);
    leave(self);
    return result;
}

static PyObject *
locked(SSLObject *self, PyObject *(*body)(SSLObject *))
{
    PyObject *result;

    enter(self);
    result = body(self);
    leave(self);
    return result;
}

/* What a call left behind, taken before the GIL is. */
typedef struct {
    int result;
    int error;
} Outcome;

static PyObject *
raise_outcome(SSLObject *self, Outcome outcome, const char *where)
{
    return raise_from_ssl(self->ssl, outcome.error, where);
}

/* ---- making and ending ---- */

static int
is_address(const char *hostname, ASN1_OCTET_STRING **address)
{
    *address = a2i_IPADDRESS(hostname);
    forget_errors();
    return *address != NULL;
}

/* SNI, and what the certificate must be for: 0, or -1 and an exception. */
static int
set_hostname(SSLObject *self, const char *hostname, int check)
{
    X509_VERIFY_PARAM *parameters = SSL_get0_param(self->ssl);
    ASN1_OCTET_STRING *address;
    int done = 1;

    if (hostname[0] == 0 || hostname[0] == '.') {
        PyErr_SetString(PyExc_ValueError, "server_hostname cannot be an empty "
                        "string or start with a leading dot.");
        return -1;
    }
    self->server_hostname = PyString_FromString(hostname);
    if (self->server_hostname == NULL)
        return -1;
    /* RFC 6066: an address is no server name. */
    if (!is_address(hostname, &address))
        done = (int)SSL_set_tlsext_host_name(self->ssl, hostname);
    if (done && check && address == NULL)
        done = X509_VERIFY_PARAM_set1_host(parameters, hostname,
                                           strlen(hostname));
    if (done && check && address != NULL)
        done = X509_VERIFY_PARAM_set1_ip(
            parameters, ASN1_STRING_get0_data(address),
            (size_t)ASN1_STRING_length(address));
    ASN1_OCTET_STRING_free(address);
    return done ? 0 : openssl_failed(HERE);
}

/* The SSL between its buffers, and the way back from it. */
static int
attach(SSLObject *self)
{
    BIO *incoming = memory_bio_as_bio(self->incoming);
    BIO *outgoing = memory_bio_as_bio(self->outgoing);

    if (incoming == NULL || outgoing == NULL
            || !SSL_set_app_data(self->ssl, self)) {
        BIO_free(incoming);
        BIO_free(outgoing);
        return openssl_failed(HERE);
    }
    SSL_set_bio(self->ssl, incoming, outgoing);
    return 0;
}

static int
check_role(Context *core, int server_side)
{
    if (server_side && core->protocol == 16) {
        raise_with_text("Cannot create a server socket with a "
                        "PROTOCOL_TLS_CLIENT context", HERE);
        return -1;
    }
    if (!server_side && core->protocol == 17) {
        raise_with_text("Cannot create a client socket with a "
                        "PROTOCOL_TLS_SERVER context", HERE);
        return -1;
    }
    return 0;
}

static SSLObject *
alloc_ssl_object(Context *core, PyObject *context, MemoryBIO *incoming,
                 MemoryBIO *outgoing)
{
    SSLObject *self = (SSLObject *)SSLObject_Type.tp_alloc(&SSLObject_Type, 0);

    if (self == NULL)
        return NULL;
    Py_INCREF(core);
    self->core = core;
    Py_INCREF(context);
    self->context = context;
    Py_INCREF(incoming);
    self->incoming = incoming;
    Py_INCREF(outgoing);
    self->outgoing = outgoing;
    pthread_mutex_init(&self->lock, NULL);
    forget_errors();
    self->ssl = SSL_new(core->context);
    if (self->ssl == NULL) {
        Py_DECREF(self);
        raise_openssl(HERE);
        return NULL;
    }
    return self;
}

static int
set_owner(SSLObject *self, PyObject *owner)
{
    /* Never NULL: a stock servername callback follows it unchecked. */
    PyObject *target = owner == Py_None ? (PyObject *)self : owner;

    self->owner = PyWeakref_NewRef(target, NULL);
    return self->owner == NULL ? -1 : 0;
}

/* The Python object of an SSL, a new reference; NULL when it is gone. */
PyObject *
ssl_object_owner(SSLObject *object)
{
    PyObject *reference = object == NULL ? NULL : object->owner;
    /* One of 2.7's own has no reference where nobody is to be told. */
    PyObject *owner = reference != NULL && PyWeakref_Check(reference)
        ? PyWeakref_GET_OBJECT(reference) : Py_None;

    if (owner == Py_None)
        return NULL;
    Py_INCREF(owner);
    return owner;
}

static int
is_memory_bio(PyObject *value, const char *name)
{
    if (PyObject_TypeCheck(value, &MemoryBIO_Type))
        return 1;
    PyErr_Format(PyExc_TypeError, "_wrap_bio() argument '%s' must be "
                 "_tls_bootstrap.MemoryBIO, not %.50s", name,
                 value == Py_None ? "None" : Py_TYPE(value)->tp_name);
    return 0;
}

/* _wrap_bio(incoming, outgoing, server_side, server_hostname=None,
             owner=None, session=None, context=None, check_hostname=None):
   the last two are a graft's, whose Python context is not the C one. */
PyObject *
ssl_object_new(Context *core, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"incoming", "outgoing", "server_side",
                            "server_hostname", "owner", "session", "context",
                            "check_hostname", NULL};
    PyObject *incoming, *outgoing, *server_object;
    PyObject *hostname = Py_None, *owner = Py_None;
    PyObject *session = Py_None, *context = Py_None, *check_object = Py_None;
    PyObject *text = NULL;
    SSLObject *self = NULL;
    int server_side, check;

    if (!PyArg_ParseTupleAndKeywords(
            arguments, keywords, "OOO|OOOOO:_wrap_bio", names, &incoming,
            &outgoing, &server_object, &hostname, &owner, &session, &context,
            &check_object)
            || !is_memory_bio(incoming, "incoming")
            || !is_memory_bio(outgoing, "outgoing"))
        return NULL;
    server_side = PyObject_IsTrue(server_object);
    check = check_object == Py_None ? core->check_hostname
        : PyObject_IsTrue(check_object);
    if (server_side < 0 || check < 0 || check_role(core, server_side) < 0)
        return NULL;
    if (hostname != Py_None
            && !text_argument(hostname, &text,
                              "server_hostname must be str, not %.50s"))
        return NULL;
    self = alloc_ssl_object(core,
                            context == Py_None ? (PyObject *)core : context,
                            (MemoryBIO *)incoming, (MemoryBIO *)outgoing);
    if (self == NULL || set_owner(self, owner) < 0 || attach(self) < 0
            || context_new_ssl_settings(core, self->ssl, server_side) < 0
            || (text != NULL
                && set_hostname(self, PyString_AS_STRING(text), check) < 0))
        goto fail;
    if (server_side)
        SSL_set_accept_state(self->ssl);
    else
        SSL_set_connect_state(self->ssl);
    if (session != Py_None && session_apply(self, session) < 0)
        goto fail;
    Py_XDECREF(text);
    return (PyObject *)self;
fail:
    Py_XDECREF(text);
    Py_XDECREF(self);
    return NULL;
}

static int
ssl_object_traverse(SSLObject *self, visitproc visit, void *arg)
{
    Py_VISIT(self->context);
    Py_VISIT(self->core);
    return 0;
}

static void
ssl_object_dealloc(SSLObject *self)
{
    PyObject_GC_UnTrack(self);
    PyObject_ClearWeakRefs((PyObject *)self);
    /* Before the buffers: its BIOs borrow them. */
    SSL_free(self->ssl);
    Py_XDECREF(self->owner);
    Py_XDECREF(self->context);
    Py_XDECREF(self->core);
    Py_XDECREF(self->incoming);
    Py_XDECREF(self->outgoing);
    Py_XDECREF(self->server_hostname);
    Py_XDECREF(self->alpn);
    Py_XDECREF(self->message_error[0]);
    Py_XDECREF(self->message_error[1]);
    Py_XDECREF(self->message_error[2]);
    pthread_mutex_destroy(&self->lock);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

/* ---- the protocol ---- */

static PyObject *
handshake_body(SSLObject *self)
{
    Outcome outcome;

    Py_BEGIN_ALLOW_THREADS
    outcome.result = SSL_do_handshake(self->ssl);
    outcome.error = SSL_get_error(self->ssl, outcome.result);
    Py_END_ALLOW_THREADS
    if (outcome.result < 1)
        return raise_outcome(self, outcome, HERE);
    self->handshake_done = 1;
    forget_errors();
    Py_RETURN_NONE;
}

static PyObject *
do_handshake(SSLObject *self)
{
    return protocol_locked(self, handshake_body);
}

/* Reads into memory nobody else can move: the bytes read; -1 and an exception;
   0 also when the peer has closed. */
static Py_ssize_t
read_into(SSLObject *self, void *destination, size_t size)
{
    Outcome outcome;
    size_t count = 0;

    if (!enter_protocol(self))
        return -1;
    Py_BEGIN_ALLOW_THREADS
    outcome.result = SSL_read_ex(self->ssl, destination, size, &count);
    outcome.error = SSL_get_error(self->ssl, outcome.result);
    Py_END_ALLOW_THREADS
    if (!outcome.result) {
        if (outcome.error == SSL_ERROR_ZERO_RETURN
                && SSL_get_shutdown(self->ssl) == SSL_RECEIVED_SHUTDOWN) {
            outcome.result = 1;       /* nothing, and no error */
        }
        else
            raise_outcome(self, outcome, HERE);
    }
    if (outcome.result)
        forget_errors();
    if (message_callback_failed(self))
        outcome.result = 0;
    leave(self);
    return outcome.result ? (Py_ssize_t)count : -1;
}

static PyObject *
read_new(SSLObject *self, Py_ssize_t size)
{
    PyObject *result;
    Py_ssize_t count;

    if (size < 0) {
        PyErr_SetString(PyExc_ValueError, "size should not be negative");
        return NULL;
    }
    result = PyString_FromStringAndSize(NULL, size);
    if (result == NULL || size == 0)
        return result;
    count = read_into(self, PyString_AS_STRING(result), (size_t)size);
    if (count < 0) {
        Py_DECREF(result);
        return NULL;
    }
    if (count != size)
        _PyString_Resize(&result, count);
    return result;
}

/* Reduces a length argument to what a buffer of the given length has room for,
   which is all of it for 0 and less; 0 and an exception for more than an int. */
static int
fit_size(Py_ssize_t *size, Py_ssize_t available)
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
not_writable(PyObject *buffer)
{
    PyErr_Format(PyExc_TypeError, "read() argument 2 must be read-write "
                 "bytes-like object, not %.50s", Py_TYPE(buffer)->tp_name);
    return NULL;
}

/* An old-style buffer cannot be pinned while the GIL is released: read beside
   it and copy. */
static PyObject *
read_to_old_buffer(SSLObject *self, Py_ssize_t size, PyObject *buffer)
{
    void *memory, *copy;
    Py_ssize_t available, count;

    if (!PyObject_CheckReadBuffer(buffer)
            || PyObject_AsWriteBuffer(buffer, &memory, &available) < 0)
        return not_writable(buffer);
    if (!fit_size(&size, available))
        return NULL;
    if (size == 0)
        return PyInt_FromLong(0);
    copy = PyMem_Malloc((size_t)size);
    if (copy == NULL)
        return PyErr_NoMemory();
    count = read_into(self, copy, (size_t)size);
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
read_to_buffer(SSLObject *self, Py_ssize_t size, PyObject *buffer)
{
    Py_buffer view;
    Py_ssize_t count;

    if (!PyObject_CheckBuffer(buffer))
        return read_to_old_buffer(self, size, buffer);
    if (PyObject_GetBuffer(buffer, &view, PyBUF_WRITABLE) < 0) {
        PyErr_Clear();
        return not_writable(buffer);
    }
    if (!fit_size(&size, view.len))
        count = -1;
    else
        count = size == 0 ? 0 : read_into(self, view.buf, (size_t)size);
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
    return buffer == NULL ? read_new(self, size)
        : read_to_buffer(self, size, buffer);
}

static PyObject *
ssl_object_write(SSLObject *self, PyObject *data)
{
    Py_buffer view;
    Outcome outcome;
    size_t count = 0;

    if (!bytes_argument(data, &view))
        return NULL;
    if (!enter_protocol(self)) {
        PyBuffer_Release(&view);
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    outcome.result = SSL_write_ex(self->ssl, view.buf, (size_t)view.len,
                                  &count);
    outcome.error = SSL_get_error(self->ssl, outcome.result);
    Py_END_ALLOW_THREADS
    if (!outcome.result)
        raise_outcome(self, outcome, HERE);
    else
        forget_errors();
    if (message_callback_failed(self))
        outcome.result = 0;
    leave(self);
    PyBuffer_Release(&view);
    return outcome.result ? PyInt_FromSize_t(count) : NULL;
}

/* 1 once both have sent close_notify, 0 where only we have so far: what is
   next is to read the peer's. -1 with an exception set. */
static int
shutdown_once(SSLObject *self)
{
    Outcome outcome;

    Py_BEGIN_ALLOW_THREADS
    outcome.result = SSL_shutdown(self->ssl);
    outcome.error = SSL_get_error(self->ssl, outcome.result);
    Py_END_ALLOW_THREADS
    if (outcome.result < 0) {
        raise_outcome(self, outcome, HERE);
        return -1;
    }
    /* A fatal alert ends a connection as well, and so is no failure here.
       Like Python 3's, whatever is tried next tells of it. */
    self->untold_error = ERR_peek_last_error();
    forget_errors();
    if (outcome.result == 0)
        self->shutdown_seen_zero = 1;
    return outcome.result;
}

static PyObject *
shutdown_body(SSLObject *self)
{
    int done = shutdown_once(self);

    if (done == 0)
        done = shutdown_once(self);
    if (done < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
ssl_object_shutdown(SSLObject *self)
{
    return protocol_locked(self, shutdown_body);
}

/* For an SSLSocket, which sends what there is before anything is read. */
static PyObject *
shutdown_half_body(SSLObject *self)
{
    int done = shutdown_once(self);

    return done < 0 ? NULL : PyBool_FromLong(done);
}

static PyObject *
shutdown_half(SSLObject *self)
{
    return protocol_locked(self, shutdown_half_body);
}

/* Whether an operation that fails now does so since close_notify came. */
static PyObject *
closed_by_peer_body(SSLObject *self)
{
    forget_errors();
    return PyBool_FromLong(SSL_get_error(self->ssl, -1)
                           == SSL_ERROR_ZERO_RETURN);
}

static PyObject *
is_closed_by_peer(SSLObject *self)
{
    return locked(self, closed_by_peer_body);
}

static PyObject *
pending_body(SSLObject *self)
{
    return PyInt_FromLong(SSL_pending(self->ssl));
}

static PyObject *
pending(SSLObject *self)
{
    return locked(self, pending_body);
}

static PyObject *
post_handshake_body(SSLObject *self)
{
    if (!SSL_verify_client_post_handshake(self->ssl))
        return raise_openssl(HERE);
    Py_RETURN_NONE;
}

static PyObject *
verify_client_post_handshake(SSLObject *self)
{
    return protocol_locked(self, post_handshake_body);
}

/* ---- what was agreed ---- */

static PyObject *
cipher_to_tuple(const SSL_CIPHER *cipher)
{
    return Py_BuildValue("(zzi)", SSL_CIPHER_get_name(cipher),
                         SSL_CIPHER_get_version(cipher),
                         SSL_CIPHER_get_bits(cipher, NULL));
}

static PyObject *
cipher_body(SSLObject *self)
{
    const SSL_CIPHER *cipher = SSL_get_current_cipher(self->ssl);

    if (cipher == NULL)
        Py_RETURN_NONE;
    return cipher_to_tuple(cipher);
}

static PyObject *
cipher(SSLObject *self)
{
    return locked(self, cipher_body);
}

static int
offers(STACK_OF(SSL_CIPHER) *ciphers, const SSL_CIPHER *wanted)
{
    int i;

    for (i = 0; i < sk_SSL_CIPHER_num(ciphers); i++)
        if (SSL_CIPHER_get_id(sk_SSL_CIPHER_value(ciphers, i))
                == SSL_CIPHER_get_id(wanted))
            return 1;
    return 0;
}

static PyObject *
shared_ciphers_body(SSLObject *self)
{
    STACK_OF(SSL_CIPHER) *theirs = SSL_get_client_ciphers(self->ssl);
    STACK_OF(SSL_CIPHER) *ours = SSL_get_ciphers(self->ssl);
    PyObject *list;
    int i;

    if (theirs == NULL || ours == NULL || !SSL_is_server(self->ssl))
        Py_RETURN_NONE;
    list = PyList_New(0);
    for (i = 0; list != NULL && i < sk_SSL_CIPHER_num(ours); i++) {
        const SSL_CIPHER *known = sk_SSL_CIPHER_value(ours, i);
        PyObject *item;
        if (!offers(theirs, known))
            continue;
        item = cipher_to_tuple(known);
        if (item == NULL || PyList_Append(list, item) < 0)
            Py_CLEAR(list);
        Py_XDECREF(item);
    }
    return list;
}

static PyObject *
shared_ciphers(SSLObject *self)
{
    return locked(self, shared_ciphers_body);
}

static PyObject *
version_body(SSLObject *self)
{
    if (!SSL_is_init_finished(self->ssl))
        Py_RETURN_NONE;
    return PyString_FromString(SSL_get_version(self->ssl));
}

static PyObject *
version(SSLObject *self)
{
    return locked(self, version_body);
}

static PyObject *
compression_body(SSLObject *self)
{
#ifdef OPENSSL_NO_COMP
    (void)self;
    Py_RETURN_NONE;
#else
    const COMP_METHOD *method = SSL_get_current_compression(self->ssl);

    return Py_BuildValue("z", method == NULL ? NULL
                              : SSL_COMP_get_name(method));
#endif
}

static PyObject *
compression(SSLObject *self)
{
    return locked(self, compression_body);
}

static PyObject *
alpn_body(SSLObject *self)
{
    const unsigned char *chosen;
    unsigned int length;

    SSL_get0_alpn_selected(self->ssl, &chosen, &length);
    if (chosen == NULL)
        Py_RETURN_NONE;
    return PyString_FromStringAndSize((const char *)chosen,
                                      (Py_ssize_t)length);
}

static PyObject *
selected_alpn_protocol(SSLObject *self)
{
    return locked(self, alpn_body);
}

/* tls-unique, RFC 5929: the first Finished of the latest handshake, which the
   server sends when a session is resumed and the client otherwise. */
static PyObject *
channel_binding_body(SSLObject *self)
{
    char finished[EVP_MAX_MD_SIZE];
    size_t length;
    int ours = SSL_session_reused(self->ssl) ^ !SSL_is_server(self->ssl);

    if (ours)
        length = SSL_get_finished(self->ssl, finished, sizeof(finished));
    else
        length = SSL_get_peer_finished(self->ssl, finished, sizeof(finished));
    if (length == 0)
        Py_RETURN_NONE;
    return PyString_FromStringAndSize(finished, (Py_ssize_t)length);
}

static PyObject *
get_channel_binding(SSLObject *self)
{
    return locked(self, channel_binding_body);
}

/* ---- the peer's certificate ---- */

/* Borrowed: a str can be made of it, but nothing that could be the occasion to
   collect garbage, where any code may run. */
static X509 *
peer_certificate(SSL *ssl)
{
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
    return SSL_get0_peer_certificate(ssl);
#else
    X509 *certificate = SSL_get_peer_certificate(ssl);

    X509_free(certificate);           /* its session has it as well */
    return certificate;
#endif
}

static PyObject *
getpeercert_body(SSLObject *self, int binary)
{
    X509 *certificate;
    PyObject *result;

    if (!SSL_is_init_finished(self->ssl)) {
        PyErr_SetString(PyExc_ValueError, "handshake not done yet");
        return NULL;
    }
    certificate = peer_certificate(self->ssl);
    if (certificate == NULL)
        Py_RETURN_NONE;
    if (binary)
        return certificate_to_der(certificate);
    /* Nobody has verified it: its fields mean nothing. Like in Python 3 it is
       the context that says so, whatever it said when the handshake was. */
    if (!(SSL_CTX_get_verify_mode(SSL_get_SSL_CTX(self->ssl))
          & SSL_VERIFY_PEER))
        return PyDict_New();
    X509_up_ref(certificate);
    result = certificate_to_dict(certificate);
    X509_free(certificate);
    return result;
}

static PyObject *
getpeercert(SSLObject *self, PyObject *binary_object)
{
    int binary = PyObject_IsTrue(binary_object);
    PyObject *result;

    if (binary < 0)
        return NULL;
    enter(self);
    result = getpeercert_body(self, binary);
    leave(self);
    return result;
}

static PyObject *
verified_chain_body(SSLObject *self)
{
    return certificate_chain_to_list(SSL_get0_verified_chain(self->ssl));
}

static PyObject *
get_verified_chain(SSLObject *self)
{
    return locked(self, verified_chain_body);
}

static PyObject *
unverified_chain_body(SSLObject *self)
{
    STACK_OF(X509) *chain = SSL_get_peer_cert_chain(self->ssl);
    PyObject *list = certificate_chain_to_list(chain), *item;
    X509 *certificate;

    /* On a server OpenSSL leaves the peer's own certificate out. */
    certificate = chain == NULL || !SSL_is_server(self->ssl) ? NULL
        : peer_certificate(self->ssl);
    if (list == NULL || certificate == NULL)
        return list;
    item = certificate_to_der(certificate);
    if (item == NULL || PyList_Insert(list, 0, item) < 0)
        Py_CLEAR(list);
    Py_XDECREF(item);
    return list;
}

static PyObject *
get_unverified_chain(SSLObject *self)
{
    return locked(self, unverified_chain_body);
}

/* ---- attributes ---- */

static PyObject *
get_context(SSLObject *self, void *closure)
{
    (void)closure;
    Py_INCREF(self->context);
    return self->context;
}

/* _set_context(context, core): the same object twice but for a graft. */
static PyObject *
set_context(SSLObject *self, PyObject *arguments)
{
    PyObject *context, *old_context;
    Context *core, *old_core;
    int done;

    if (!PyArg_ParseTuple(arguments, "OO!:_set_context", &context,
                          &Context_Type, &core))
        return NULL;
    enter(self);
    forget_errors();
    done = SSL_set_SSL_CTX(self->ssl, core->context) != NULL;
    old_context = self->context;
    old_core = self->core;
    self->context = done ? context : old_context;
    self->core = done ? core : old_core;
    Py_INCREF(self->context);
    Py_INCREF(self->core);
    leave(self);
    Py_DECREF(old_context);
    Py_DECREF(old_core);
    if (!done)
        return raise_openssl(HERE);
    Py_RETURN_NONE;
}

static PyObject *
get_server_side(SSLObject *self, void *closure)
{
    (void)closure;
    return PyBool_FromLong(SSL_is_server(self->ssl));
}

static PyObject *
get_server_hostname(SSLObject *self, void *closure)
{
    PyObject *name = self->server_hostname ? self->server_hostname : Py_None;

    (void)closure;
    Py_INCREF(name);
    return name;
}

static PyObject *
get_session(SSLObject *self, void *closure)
{
    (void)closure;
    return locked(self, session_from_ssl);
}

static int
set_session(SSLObject *self, PyObject *value, void *closure)
{
    int result;

    (void)closure;
    enter(self);
    forget_errors();
    result = session_apply(self, value);
    leave(self);
    return result;
}

static PyObject *
get_session_reused(SSLObject *self, void *closure)
{
    (void)closure;
    return PyBool_FromLong(SSL_session_reused(self->ssl));
}

static PyMethodDef ssl_object_methods[] = {
    {"do_handshake", (PyCFunction)do_handshake, METH_NOARGS, NULL},
    {"read", (PyCFunction)ssl_object_read, METH_VARARGS, NULL},
    {"write", (PyCFunction)ssl_object_write, METH_O, NULL},
    {"shutdown", (PyCFunction)ssl_object_shutdown, METH_NOARGS, NULL},
    {"shutdown_half", (PyCFunction)shutdown_half, METH_NOARGS, NULL},
    {"is_closed_by_peer", (PyCFunction)is_closed_by_peer, METH_NOARGS, NULL},
    {"pending", (PyCFunction)pending, METH_NOARGS, NULL},
    {"cipher", (PyCFunction)cipher, METH_NOARGS, NULL},
    {"shared_ciphers", (PyCFunction)shared_ciphers, METH_NOARGS, NULL},
    {"version", (PyCFunction)version, METH_NOARGS, NULL},
    {"compression", (PyCFunction)compression, METH_NOARGS, NULL},
    {"selected_alpn_protocol", (PyCFunction)selected_alpn_protocol,
     METH_NOARGS, NULL},
    {"get_channel_binding", (PyCFunction)get_channel_binding, METH_NOARGS,
     NULL},
    {"getpeercert", (PyCFunction)getpeercert, METH_O, NULL},
    {"get_verified_chain", (PyCFunction)get_verified_chain, METH_NOARGS, NULL},
    {"get_unverified_chain", (PyCFunction)get_unverified_chain, METH_NOARGS,
     NULL},
    {"verify_client_post_handshake",
     (PyCFunction)verify_client_post_handshake, METH_NOARGS, NULL},
    {"_set_context", (PyCFunction)set_context, METH_VARARGS, NULL},
    REFUSE_PICKLING,
    {NULL}
};

static PyGetSetDef ssl_object_attributes[] = {
    {"context", (getter)get_context, NULL, NULL, NULL},
    {"server_side", (getter)get_server_side, NULL, NULL, NULL},
    {"server_hostname", (getter)get_server_hostname, NULL, NULL, NULL},
    {"session", (getter)get_session, (setter)set_session, NULL, NULL},
    {"session_reused", (getter)get_session_reused, NULL, NULL, NULL},
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

static SSLObject *
own_object(PyObject *owner, const char *method)
{
    PyObject *object = PyObject_GetAttr(owner, own_name);

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
    SSLObject *self = own_object(owner, "do_handshake");
    PyObject *result = self == NULL ? NULL : do_handshake(self);

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
            || PyArg_UnpackTuple(arguments, "read", 0, 2, &size_object, &buffer)
          : PyArg_ParseTupleAndKeywords(arguments, keywords, "|OO:read", names,
                                        &size_object, &buffer))
            || (size_object != NULL && !size_argument(size_object, &size)))
        return NULL;
    self = own_object(owner, "read");
    if (self == NULL)
        return NULL;
    result = buffer == Py_None ? read_new(self, size)
        : read_to_buffer(self, size, buffer);
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
    self = own_object(owner, "write");
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
    self = own_object(owner, "getpeercert");
    if (self == NULL)
        return NULL;
    result = getpeercert(self, binary_object);
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
    PyObject *class;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "O!:add_methods", &PyType_Type, &class))
        return NULL;
    Py_XDECREF(own_name);
    own_name = PyString_InternFromString("_sslobj");
    if (own_name == NULL)
        return NULL;
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
