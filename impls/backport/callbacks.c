/* The callbacks of an SSL_CTX into Python: how they find their Context, ALPN,
   server names, and pre-shared keys. */
#include "tls_bootstrap.h"

/* ---- from an SSL_CTX to its Context ---- */

static int anchor_slot = -1;

static void
anchor_free(void *context, void *anchor, CRYPTO_EX_DATA *data, int slot,
            long number, void *pointer)
{
    Anchor *self = anchor;

    (void)context, (void)data, (void)slot, (void)number, (void)pointer;
    if (self == NULL)
        return;
    BIO_free_all(self->keylog);
    mutex_destroy(&self->lock);
    OPENSSL_free(self);
}

int
callbacks_setup(void)
{
    if (anchor_slot == -1)
        anchor_slot = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL,
                                               anchor_free);
    return anchor_slot == -1 ? openssl_failed(HERE) : 0;
}

/* NULL for an SSL_CTX that no Context has ever had. */
Anchor *
anchor_of_ssl_context(const SSL_CTX *context)
{
    return SSL_CTX_get_ex_data(context, anchor_slot);
}

/* Borrowed, with the GIL; NULL where there is none, or no more. One of a
   subclass may be on its way out, with finalizers of its attributes running:
   it must not be counted again. */
static Context *
context_of_anchor(const Anchor *anchor)
{
    return anchor->context == NULL || Py_REFCNT(anchor->context) == 0 ? NULL
        : anchor->context;
}

Context *
context_of_ssl_context(const SSL_CTX *context)
{
    const Anchor *anchor = anchor_of_ssl_context(context);

    return anchor == NULL ? NULL : context_of_anchor(anchor);
}

static Anchor *
anchor_new(SSL_CTX *context)
{
    Anchor *self = OPENSSL_zalloc(sizeof(*self));

    if (self == NULL)
        return NULL;
    if (mutex_init(&self->lock)
            && SSL_CTX_set_ex_data(context, anchor_slot, self))
        return self;
    OPENSSL_free(self);
    return NULL;
}

/* Lets callbacks find the Context; 0 and MemoryError. */
int
context_attach(Context *self)
{
    Anchor *anchor = anchor_of_ssl_context(self->context);

    if (anchor == NULL)
        anchor = anchor_new(self->context);
    if (anchor == NULL) {
        raise_no_memory();
        return 0;
    }
    anchor->context = self;
    self->anchor = anchor;
    return 1;
}

/* The SSL_CTX may live on: callbacks then find nobody to call. */
void
context_detach(Context *self)
{
    if (self->anchor == NULL || self->anchor->context != self)
        return;
    self->anchor->context = NULL;
    if (!self->psk_installed)
        return;
    /* With one, an SSL that is made from now on offers PSK. */
    SSL_CTX_set_psk_client_callback(self->context, NULL);
    SSL_CTX_set_psk_server_callback(self->context, NULL);
}

/* ---- what Python gives ---- */

static int
callback_is_valid(PyObject *value)
{
    if (value == Py_None || PyCallable_Check(value))
        return 1;
    PyErr_SetString(PyExc_TypeError, "callback must be callable");
    return 0;
}

/* None leaves none. */
static void
callback_replace(PyObject **place, PyObject *callback)
{
    PyObject *old = *place;

    if (callback == Py_None)
        callback = NULL;
    Py_XINCREF(callback);
    *place = callback;
    Py_XDECREF(old);
}

/* ---- ALPN ---- */

/* OpenSSL reads what was chosen when this has returned, and by then another
   thread may have set other protocols: the connection keeps those it chose
   from. */
static int
alpn_callback(SSL *ssl, const unsigned char **out, unsigned char *out_length,
              const unsigned char *offered, unsigned int offered_length,
              void *unused)
{
    SSLObject *object = ssl_object_of(ssl);
    PyObject *protocols, *before;
    Context *self;
    Callback call;
    unsigned char *chosen;

    (void)unused;
    if (object == NULL)
        return SSL_TLSEXT_ERR_NOACK;
    callback_begin(&call, ssl, OTHER_CALLBACK);
    self = context_of_ssl_context(SSL_get_SSL_CTX(ssl));
    protocols = self == NULL ? NULL : self->alpn;
    before = object->alpn;
    Py_XINCREF(protocols);
    object->alpn = protocols;
    Py_XDECREF(before);
    callback_end(&call);
    if (protocols == NULL
            || SSL_select_next_proto(
                &chosen, out_length,
                (unsigned char *)PyString_AS_STRING(protocols),
                (unsigned int)PyString_GET_SIZE(protocols), offered,
                offered_length) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

PyObject *
context_set_alpn(Context *self, PyObject *value)
{
    Py_buffer view;
    PyObject *protocols, *old;

    /* The stock context's connections would be taken for ours. */
    if (self->shared)
        return raise_plain("a stock context has set_alpn_protocols() itself");
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

/* ---- server names ---- */

static PyObject *
sni_name_to_object(const char *name)
{
    if (name == NULL)
        Py_RETURN_NONE;
    if (text_is_ascii(name, (Py_ssize_t)strlen(name)))
        return PyString_FromString(name);
    /* Not a host name: fail as Python 3 does. */
    return PyUnicode_DecodeASCII(name, (Py_ssize_t)strlen(name), NULL);
}

/* The alert for the callback's answer: -1 for none. Takes answer over. */
static int
sni_alert_from_answer(PyObject *answer)
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
sni_find_callback(Context *self, PyObject **callback, PyObject **context)
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
    if (*callback == NULL || *context == NULL)
        PyErr_WriteUnraisable(holder);
    if (*callback == NULL || *context == NULL || *callback == Py_None) {
        Py_CLEAR(*callback);
        Py_CLEAR(*context);
    }
    Py_DECREF(holder);
}

/* Calls back; the alert, or -1 for none. The object may be the stock module's,
   which has its owner at the same place. */
static int
sni_ask_callback(SSL *ssl, PyObject *callback, PyObject *context)
{
    StockSocket *object = SSL_get_app_data(ssl);
    PyObject *owner = object == NULL ? NULL : ssl_object_owner(object->owner);
    PyObject *name, *answer;

    if (owner == NULL)
        return SSL_AD_INTERNAL_ERROR;
    name =
        sni_name_to_object(SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name));
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
    return sni_alert_from_answer(answer);
}

/* What OpenSSL is told; where there is nobody to call that is what it does
   without a callback. */
static int
sni_call_callback(Context *self, SSL *ssl, int *alert)
{
    PyObject *callback, *context;
    int code;

    sni_find_callback(self, &callback, &context);
    if (callback == NULL)
        return SSL_TLSEXT_ERR_NOACK;
    code = sni_ask_callback(ssl, callback, context);
    Py_DECREF(callback);
    Py_DECREF(context);
    if (code == -1)
        return SSL_TLSEXT_ERR_OK;
    *alert = code;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static int
sni_callback_of_openssl(SSL *ssl, int *alert, void *anchor)
{
    Callback call;
    Context *self;
    int result;

    callback_begin(&call, ssl, SERVERNAME_CALLBACK);
    self = context_of_anchor(anchor);
    result = self == NULL ? SSL_TLSEXT_ERR_NOACK
        : sni_call_callback(self, ssl, alert);
    callback_end(&call);
    return result;
}

PyObject *
context_get_sni_callback(Context *self, void *closure)
{
    PyObject *callback = self->sni_callback ? self->sni_callback : Py_None;

    (void)closure;
    Py_INCREF(callback);
    return callback;
}

/* The argument first: OpenSSL reads both without the GIL. */
static void
sni_install_callback(Context *self)
{
    SSL_CTX_set_tlsext_servername_arg(self->context, self->anchor);
    SSL_CTX_set_tlsext_servername_callback(self->context,
                                           sni_callback_of_openssl);
}

int
context_set_sni_callback(Context *self, PyObject *value, void *closure)
{
    (void)closure;
    if (self->protocol == PROTOCOL_TLS_CLIENT) {
        PyErr_SetString(PyExc_ValueError,
                        "sni_callback cannot be set on TLS_CLIENT context");
        return -1;
    }
    if (value == NULL || (value != Py_None && !PyCallable_Check(value))) {
        /* Like Python 3: a refused callback leaves none behind. */
        callback_replace(&self->sni_callback, Py_None);
        PyErr_SetString(PyExc_TypeError, "not a callable object");
        return -1;
    }
    if (value != Py_None)
        sni_install_callback(self);
    callback_replace(&self->sni_callback, value);
    return 0;
}

/* Has the stock context keep a callback; 0 and an exception. The stock setter
   takes out and puts in what handshakes are about to call: ours do not run
   meanwhile. */
static int
sni_set_stock_callback(Context *self, PyObject *stock, PyObject *holder)
{
    PyTypeObject *type = errors_stock_type("_SSLContext");
    PyObject *set = type == NULL ? NULL
        : PyObject_GetAttrString((PyObject *)type, "set_servername_callback");
    PyObject *arguments = PyTuple_Pack(2, stock, holder), *done = NULL;

    if (set != NULL && arguments != NULL) {
        context_wait_until_idle(self);
        done = PyObject_Call(set, arguments, NULL);
        if (done != NULL && holder != Py_None)
            sni_install_callback(self);
    }
    Py_XDECREF(type);
    Py_XDECREF(set);
    Py_XDECREF(arguments);
    Py_XDECREF(done);
    return done != NULL;
}

/* _share_sni_callback(stock, holder): gives the holder, or None, to the stock
   context, whose SSL_CTX this one shares, as its servername callback. The
   stock one in C decodes names; ours takes its place and finds what to call in
   the holder, for as long as the stock context keeps it. */
PyObject *
context_share_sni_callback(Context *self, PyObject *arguments)
{
    PyObject *stock, *holder, *reference, *old;

    if (!PyArg_ParseTuple(arguments, "OO:_share_sni_callback", &stock,
                          &holder))
        return NULL;
    reference = holder == Py_None ? NULL : PyWeakref_NewRef(holder, NULL);
    if ((holder != Py_None && reference == NULL)
            || !sni_set_stock_callback(self, stock, holder)) {
        Py_XDECREF(reference);
        return NULL;
    }
    if (holder == Py_None)
        Py_RETURN_NONE;
    old = self->shared_sni;
    self->shared_sni = reference;
    Py_XDECREF(old);
    Py_RETURN_NONE;
}

/* ---- pre-shared keys ---- */

/* UTF-8 or NULL in, the callback's answer out; NULL and an exception. */
static PyObject *
psk_ask_callback(PyObject *callback, const char *text)
{
    PyObject *argument, *answer;

    if (text == NULL) {
        argument = Py_None;
        Py_INCREF(argument);
    }
    else
        argument = native_text_from_utf8(text, (Py_ssize_t)strlen(text));
    if (argument == NULL)
        return NULL;
    answer = PyObject_CallFunctionObjArgs(callback, argument, NULL);
    Py_DECREF(argument);
    return answer;
}

/* Copies the key; its length, 0 when it does not fit or is no bytes. */
static unsigned int
psk_copy_key(PyObject *key, unsigned char *destination, unsigned int maximum)
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
psk_copy_identity_and_key(PyObject *answer, char *identity,
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
    return psk_copy_key(secret, key, maximum);
}

/* Whether it is none, or UTF-8. OpenSSL asks for the key of what is a session
   ticket, too: that is nobody's identity. */
static int
psk_is_text(const char *text)
{
    PyObject *decoded;

    if (text == NULL)
        return 1;
    decoded = text_from_utf8(text, (Py_ssize_t)strlen(text));
    if (decoded == NULL)
        PyErr_Clear();
    Py_XDECREF(decoded);
    return decoded != NULL;
}

/* One call of a PSK callback: its answer, or NULL, also without a callback. */
typedef struct {
    Callback call;
    PyObject *callback, *answer;
} PskCall;

static void
psk_begin(PskCall *self, SSL *ssl, size_t place, const char *text)
{
    Context *context;
    int is_text;

    callback_begin(&self->call, ssl, OTHER_CALLBACK);
    context = context_of_ssl_context(SSL_get_SSL_CTX(ssl));
    self->callback = context == NULL ? NULL
        : *(PyObject **)((char *)context + place);
    Py_XINCREF(self->callback);
    if (text != NULL && !text[0])
        text = NULL;
    is_text = self->callback != NULL && psk_is_text(text);
    self->answer = is_text ? psk_ask_callback(self->callback, text) : NULL;
}

/* Reports what the callback raised, or what was wrong with its answer. */
static void
psk_end(PskCall *self)
{
    Py_XDECREF(self->answer);
    if (self->callback != NULL && PyErr_Occurred())
        PyErr_WriteUnraisable(self->callback);
    Py_XDECREF(self->callback);
    callback_end(&self->call);
}

static unsigned int
psk_client_callback(SSL *ssl, const char *hint, char *identity,
                    unsigned int identity_size, unsigned char *key,
                    unsigned int maximum)
{
    PskCall self;
    unsigned int length = 0;

    /* As context_new_ssl_settings(), for those of the stock module: OpenSSL
       takes the TLS 1.3 session that it makes of a key for another context's
       where the client has a session id context. */
    if (ssl_object_of(ssl) == NULL)
        (void)SSL_set_session_id_context(ssl, (const unsigned char *)"", 0);
    psk_begin(&self, ssl, offsetof(Context, psk_client_callback), hint);
    if (self.answer != NULL)
        length = psk_copy_identity_and_key(self.answer, identity,
                                           identity_size, key, maximum);
    psk_end(&self);
    return length;
}

static unsigned int
psk_server_callback(SSL *ssl, const char *identity, unsigned char *key,
                    unsigned int maximum)
{
    PskCall self;
    unsigned int length = 0;

    psk_begin(&self, ssl, offsetof(Context, psk_server_callback), identity);
    if (self.answer != NULL)
        length = psk_copy_key(self.answer, key, maximum);
    psk_end(&self);
    return length;
}

PyObject *
context_set_psk_client_callback(Context *self, PyObject *arguments,
                                PyObject *keywords)
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
    if (!callback_is_valid(callback))
        return NULL;
    self->psk_installed = 1;
    SSL_CTX_set_psk_client_callback(
        self->context, callback == Py_None ? NULL : psk_client_callback);
    /* Last: the old one's finalizer may set another. */
    callback_replace(&self->psk_client_callback, callback);
    Py_RETURN_NONE;
}

PyObject *
context_set_psk_server_callback(Context *self, PyObject *arguments,
                                PyObject *keywords)
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
                              " 'identity_hint' must be str or None, "
                              "not %.50s"))
        return NULL;
    if (self->protocol == PROTOCOL_TLS_CLIENT) {
        Py_XDECREF(text);
        return raise_with_text("Cannot add PSK server callback to a "
                               "PROTOCOL_TLS_CLIENT context", HERE);
    }
    if (!callback_is_valid(callback)) {
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
    self->psk_installed = 1;
    SSL_CTX_set_psk_server_callback(
        self->context, callback == Py_None ? NULL : psk_server_callback);
    callback_replace(&self->psk_server_callback, callback);
    Py_RETURN_NONE;
}
