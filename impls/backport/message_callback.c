/* _SSLContext._msg_callback: every TLS message but data, shown to Python. */
#include "tls_bootstrap.h"

/* OpenSSL shows a record's header as of no version: it is in the header. */
static int
message_callback_version(int version, int content_type,
                         const unsigned char *data, size_t size)
{
    if (content_type == SSL3_RT_HEADER && size >= 3)
        return data[1] << 8 | data[2];
    return version;
}

/* The byte that says what kind of message it is; -1 where there is none. */
static int
message_callback_type(int content_type, const unsigned char *data, size_t size)
{
    if (content_type == SSL3_RT_CHANGE_CIPHER_SPEC)
        return 0x0101;
    if (content_type == SSL3_RT_ALERT)
        return size >= 2 ? data[1] : -1;
    return size >= 1 && (content_type == SSL3_RT_HEADER
                         || content_type == SSL3_RT_HANDSHAKE
                         || content_type == SSL3_RT_INNER_CONTENT_TYPE)
        ? data[0] : -1;
}

/* Calls back; what that raises is kept until the operation is over. Later
   messages are shown all the same, and the last exception is told: as Python
   3.13. What is shown stays where it is meanwhile: nobody can drive the
   object. */
static void
message_callback_show(SSLObject *self, int written, int version,
                      int content_type, const unsigned char *data, size_t size)
{
    PyObject *callback = self->core->message_callback, *owner, *answer;
    PyObject *error[3];
    int i;

    if (callback == NULL)
        return;
    owner = ssl_object_owner(self->owner);
    if (owner == NULL)
        return;
    Py_INCREF(callback);
    answer = PyObject_CallFunction(
        callback, "Osiiis#", owner, written ? "write" : "read",
        message_callback_version(version, content_type, data, size),
        content_type, message_callback_type(content_type, data, size), data,
        (Py_ssize_t)size);
    Py_DECREF(callback);
    Py_DECREF(owner);
    if (answer == NULL) {
        memcpy((void *)error, (void *)self->message_error, sizeof(error));
        PyErr_Fetch(&self->message_error[0], &self->message_error[1],
                    &self->message_error[2]);
        for (i = 0; i < 3; i++)
            Py_XDECREF(error[i]);
    }
    Py_XDECREF(answer);
}

static void
message_callback(int written, int version, int content_type, const void *data,
                 size_t size, SSL *ssl, void *argument)
{
    SSLObject *object = ssl_object_of(ssl);
    Callback call;

    (void)argument;
    if (object == NULL)
        return;
    callback_begin(&call, ssl, OTHER_CALLBACK);
    message_callback_show(object, written, version, content_type, data, size);
    callback_end(&call);
}

PyObject *
message_callback_get(Context *self, void *closure)
{
    PyObject *callback = self->message_callback ? self->message_callback
        : Py_None;

    (void)closure;
    Py_INCREF(callback);
    return callback;
}

int
message_callback_set(Context *self, PyObject *value, void *closure)
{
    PyObject *old;

    (void)closure;
    /* The stock context's connections would be taken for ours. */
    if (self->shared) {
        raise_plain("a stock context has no message callback");
        return -1;
    }
    if (value == Py_None)        /* the class in Python checks what it is */
        value = NULL;
    old = self->message_callback;
    Py_XINCREF(value);
    self->message_callback = value;
    SSL_CTX_set_msg_callback(self->context, value ? message_callback : NULL);
    Py_XDECREF(old);
    return 0;
}
