/* _SSLContext._msg_callback: every TLS message but data, shown to Python. */
#include "tls_bootstrap.h"

/* OpenSSL shows a record's header as of no version: it is in the header. */
static int
version_of(int version, int content_type, const unsigned char *data,
           size_t size)
{
    if (content_type == SSL3_RT_HEADER && size >= 3)
        return data[1] << 8 | data[2];
    return version;
}

/* The byte that says what kind of message it is; -1 where there is none. */
static int
type_of(int content_type, const unsigned char *data, size_t size)
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

/* Calls back; what that raises is kept until the operation is over. */
static void
show(SSLObject *self, int written, int version, int content_type,
     const unsigned char *data, size_t size)
{
    PyObject *callback = self->core->message_callback, *owner, *answer;

    if (callback == NULL)
        return;
    owner = ssl_object_owner(self);
    if (owner == NULL)
        return;
    Py_INCREF(callback);
    answer = PyObject_CallFunction(
        callback, "Osiiis#", owner, written ? "write" : "read",
        version_of(version, content_type, data, size), content_type,
        type_of(content_type, data, size), data, (Py_ssize_t)size);
    Py_DECREF(callback);
    Py_DECREF(owner);
    if (answer == NULL) {
        Py_CLEAR(self->message_error[0]);
        Py_CLEAR(self->message_error[1]);
        Py_CLEAR(self->message_error[2]);
        PyErr_Fetch(&self->message_error[0], &self->message_error[1],
                    &self->message_error[2]);
    }
    Py_XDECREF(answer);
}

static void
message_callback(int written, int version, int content_type, const void *data,
                 size_t size, SSL *ssl, void *argument)
{
    PyGILState_STATE gil = PyGILState_Ensure();

    (void)argument;
    show(SSL_get_app_data(ssl), written, version, content_type, data, size);
    PyGILState_Release(gil);
}

/* Whether an operation is over with an exception: its own or, where it has
   none, what the callback raised meanwhile. */
int
message_callback_failed(SSLObject *self)
{
    PyObject *type = self->message_error[0], *value = self->message_error[1];
    PyObject *traceback = self->message_error[2];

    if (type == NULL)
        return PyErr_Occurred() != NULL;
    memset((void *)self->message_error, 0, sizeof(self->message_error));
    if (!PyErr_Occurred()) {
        PyErr_Restore(type, value, traceback);
        return 1;
    }
    Py_DECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return 1;
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
    PyObject *old = self->message_callback;

    (void)closure;
    if (value == Py_None)        /* the class in Python checks what it is */
        value = NULL;
    Py_XINCREF(value);
    self->message_callback = value;
    SSL_CTX_set_msg_callback(self->context, value ? message_callback : NULL);
    Py_XDECREF(old);
    return 0;
}
