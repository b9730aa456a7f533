/* MemoryBIO: the pipe between an SSLObject and whoever moves its bytes. */
#include "tls_bootstrap.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static BIO_METHOD *memory_bio_method;

/* Held for the time of a copy, never while Python code runs: so it may be
   waited for with the GIL. */
static void
memory_bio_lock(MemoryBIO *self)
{
    mutex_lock(&self->lock);
}

static void
memory_bio_unlock(MemoryBIO *self)
{
    mutex_unlock(&self->lock);
}

/* Count the connections inside OpenSSL with the buffer; with the GIL. */
void
memory_bio_use(MemoryBIO *self)
{
    if (self->generation != threads_generation) {
        self->generation = threads_generation;
        self->users = 0;
    }
    self->users++;
}

void
memory_bio_unuse(MemoryBIO *self)
{
    self->users--;
}

/* The same for who has the GIL until it unlocks: only a connection inside
   OpenSSL can be in the way. */
static void
memory_bio_lock_from_python(MemoryBIO *self)
{
    if (self->users)
        memory_bio_lock(self);
}

static void
memory_bio_unlock_from_python(MemoryBIO *self)
{
    if (self->users)
        memory_bio_unlock(self);
}

static size_t
memory_bio_take(MemoryBIO *self, void *destination, size_t size)
{
    if (size > self->length)
        size = self->length;
    if (size == 0)
        return 0;
    memcpy(destination, self->data + self->start, size);
    self->start += size;
    self->length -= size;
    return size;
}

/* Where a BUF_MEM ends, and so the BIO_s_mem(3) that Python 3 writes to: three
   quarters of INT_MAX, in 1.1.1 and all of 3.x. */
#define LARGEST_CAPACITY 0x5ffffffc

/* Leaves in the queue what this OpenSSL says of a larger BUF_MEM; 0. */
static int
memory_bio_refuse_size(size_t size)
{
    BUF_MEM *buffer = BUF_MEM_new();

    if (buffer != NULL)
        (void)BUF_MEM_grow(buffer, size);
    BUF_MEM_free(buffer);
    return 0;
}

/* Makes room for size bytes after those stored; 0 when memory is short. */
static int
memory_bio_reserve(MemoryBIO *self, size_t size)
{
    size_t needed = self->length + size, capacity;
    unsigned char *larger;

    if (self->start + needed <= self->capacity)
        return 1;
    if (needed <= self->capacity && self->start >= self->length) {
        memcpy(self->data, self->data + self->start, self->length);
        self->start = 0;
        return 1;
    }
    if (needed > LARGEST_CAPACITY)
        return memory_bio_refuse_size(needed);
    capacity = needed + needed / 2 + 64;
    larger = OPENSSL_malloc(capacity);
    if (larger == NULL)
        return 0;
    if (self->length)
        memcpy(larger, self->data + self->start, self->length);
    OPENSSL_free(self->data);
    self->data = larger;
    self->start = 0;
    self->capacity = capacity;
    return 1;
}

static int
memory_bio_append(MemoryBIO *self, const void *source, size_t size)
{
    if (size == 0)
        return 1;
    if (!memory_bio_reserve(self, size))
        return 0;
    memcpy(self->data + self->start + self->length, source, size);
    self->length += size;
    return 1;
}

/* ---- OpenSSL's side: called with or without the GIL ---- */

static int
memory_bio_bio_read(BIO *bio, char *destination, int size)
{
    MemoryBIO *self = BIO_get_data(bio);
    int taken, at_end;

    BIO_clear_retry_flags(bio);
    memory_bio_lock(self);
    taken = (int)memory_bio_take(self, destination, (size_t)size);
    at_end = self->eof_written;
    memory_bio_unlock(self);
    if (taken || at_end)
        return taken;
    BIO_set_retry_read(bio);
    return -1;
}

static int
memory_bio_bio_write(BIO *bio, const char *source, int size)
{
    MemoryBIO *self = BIO_get_data(bio);
    int stored;

    BIO_clear_retry_flags(bio);
    memory_bio_lock(self);
    stored = memory_bio_append(self, source, (size_t)size);
    memory_bio_unlock(self);
    return stored ? size : -1;
}

static size_t
memory_bio_length(MemoryBIO *self)
{
    size_t length;

    memory_bio_lock(self);
    length = self->length;
    memory_bio_unlock(self);
    return length;
}

/* Most commands are for what only a socket has. */
static long
memory_bio_bio_control(BIO *bio, int command, long number, void *pointer)
{
    (void)number;
    (void)pointer;
    switch (command) {
    case BIO_CTRL_EOF:
        return memory_bio_length(BIO_get_data(bio)) == 0;
    case BIO_CTRL_FLUSH:
        return 1;
    default:
        return 0;
    }
}

static int
memory_bio_bio_create(BIO *bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

int
memory_bio_setup(void)
{
    int index = BIO_get_new_index();

    memory_bio_method = index == -1 ? NULL
        : BIO_meth_new(index | BIO_TYPE_SOURCE_SINK,
                       "_tls_bootstrap.MemoryBIO");
    if (memory_bio_method == NULL
            || !BIO_meth_set_read(memory_bio_method, memory_bio_bio_read)
            || !BIO_meth_set_write(memory_bio_method, memory_bio_bio_write)
            || !BIO_meth_set_ctrl(memory_bio_method, memory_bio_bio_control)
            || !BIO_meth_set_create(memory_bio_method, memory_bio_bio_create))
        return openssl_failed(HERE);
    MemoryBIO_Type.ob_type = &PyType_Type;
    return PyType_Ready(&MemoryBIO_Type);
}

/* A BIO over the buffer, or NULL. It borrows: the SSLObject that asks keeps
   self alive for longer than the BIO. */
BIO *
memory_bio_as_bio(MemoryBIO *self)
{
    BIO *bio = BIO_new(memory_bio_method);

    if (bio != NULL)
        BIO_set_data(bio, self);
    return bio;
}

/* ---- Python's side ---- */

static PyObject *
memory_bio_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    MemoryBIO *self;

    if (PyTuple_GET_SIZE(arguments)) {
        PyErr_SetString(PyExc_TypeError,
                        "MemoryBIO() takes no positional arguments");
        return NULL;
    }
    if (keywords != NULL && PyDict_Size(keywords)) {
        PyErr_SetString(PyExc_TypeError,
                        "MemoryBIO() takes no keyword arguments");
        return NULL;
    }
    self = (MemoryBIO *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->generation = threads_generation;
    self->missing = sizeof(self->header);
    if (mutex_init(&self->lock))
        return (PyObject *)self;
    type->tp_free((PyObject *)self);
    return PyErr_NoMemory();
}

static void
memory_bio_dealloc(MemoryBIO *self)
{
    OPENSSL_free(self->data);
    mutex_destroy(&self->lock);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyObject *
memory_bio_read(MemoryBIO *self, PyObject *arguments)
{
    PyObject *size_object = NULL, *result;
    int size = -1;
    size_t available;

    if (!one_argument(arguments, &size_object)
            && !PyArg_UnpackTuple(arguments, "read", 0, 1, &size_object))
        return NULL;
    if (size_object != NULL && !int_argument(size_object, &size))
        return NULL;
    memory_bio_lock_from_python(self);
    available = self->length;
    if (size >= 0 && (size_t)size < available)
        available = (size_t)size;
    /* A str is nothing the garbage collector knows: no code runs. */
    result = PyString_FromStringAndSize(NULL, (Py_ssize_t)available);
    if (result != NULL)
        memory_bio_take(self, PyString_AS_STRING(result), available);
    memory_bio_unlock_from_python(self);
    return result;
}

static PyObject *
memory_bio_store(MemoryBIO *self, const void *source, Py_ssize_t size)
{
    int closed, stored = 1;

    if (size > INT_MAX) {
        PyErr_Format(PyExc_OverflowError, "string longer than %d bytes",
                     INT_MAX);
        return NULL;
    }
    memory_bio_lock_from_python(self);
    closed = self->eof_written;
    if (!closed)
        stored = memory_bio_append(self, source, (size_t)size);
    memory_bio_unlock_from_python(self);
    if (closed)
        return raise_plain("cannot write() after write_eof()");
    if (!stored)
        return ERR_peek_error() ? raise_openssl(HERE) : PyErr_NoMemory();
    return PyInt_FromSsize_t(size);
}

static PyObject *
memory_bio_write(MemoryBIO *self, PyObject *data)
{
    Py_buffer view;
    PyObject *result;

    if (PyString_CheckExact(data))
        return memory_bio_store(self, PyString_AS_STRING(data),
                                PyString_GET_SIZE(data));
    if (!bytes_argument(data, &view))
        return NULL;
    result = memory_bio_store(self, view.buf, view.len);
    PyBuffer_Release(&view);
    return result;
}

static PyObject *
memory_bio_write_eof(MemoryBIO *self)
{
    memory_bio_lock_from_python(self);
    self->eof_written = 1;
    memory_bio_unlock_from_python(self);
    Py_RETURN_NONE;
}

static PyObject *
memory_bio_get_pending(MemoryBIO *self, void *closure)
{
    (void)closure;
    return PyInt_FromSize_t(memory_bio_length(self));
}

static PyObject *
memory_bio_get_eof(MemoryBIO *self, void *closure)
{
    int at_end;

    (void)closure;
    memory_bio_lock_from_python(self);
    at_end = self->eof_written && self->length == 0;
    memory_bio_unlock_from_python(self);
    return PyBool_FromLong(at_end);
}

/* ---- between a buffer and a socket ---- */

/* Both steps make their system call with the GIL and without waiting, so that
   what was moved is noted before anything else runs: another thread, a signal
   handler, a finalizer. Only poll() is called without the GIL. */

/* How much to receive at once: no byte behind the record that is wanted, since
   after the last one may come what is not TLS. */
static size_t
length_after_header(const unsigned char *header)
{
    size_t length;

    if (!(header[0] & 0x80 && header[2] == 1))
        return (size_t)header[3] << 8 | header[4];
    /* RFC 5246, E.2: an SSLv2 ClientHello, whose length has two bytes. */
    length = ((size_t)(header[0] & 0x7f) << 8 | header[1]) + 2;
    return length > 5 ? length - 5 : 0;
}

static void
memory_bio_follow_record(MemoryBIO *self, const unsigned char *data,
                         size_t size)
{
    self->missing -= size;
    if (self->header_length < sizeof(self->header)) {
        memcpy(self->header + self->header_length, data, size);
        self->header_length += size;
        if (self->missing == 0)
            self->missing = length_after_header(self->header);
    }
    if (self->missing == 0) {
        self->header_length = 0;
        self->missing = sizeof(self->header);
    }
}

/* What send(2) and recv(2) tell; -1 and errno for an error. */
static ssize_t
memory_bio_send_now(MemoryBIO *self, int descriptor)
{
    ssize_t sent = 0;

    memory_bio_lock_from_python(self);
    if (self->length)
        sent = send(descriptor, self->data + self->start, self->length,
                    MSG_DONTWAIT);
    if (sent > 0) {
        self->start += (size_t)sent;
        self->length -= (size_t)sent;
    }
    memory_bio_unlock_from_python(self);
    return sent;
}

static ssize_t
memory_bio_receive_now(MemoryBIO *self, int descriptor)
{
    unsigned char *place;
    ssize_t received = -1;

    memory_bio_lock_from_python(self);
    if (memory_bio_reserve(self, self->missing)) {
        place = self->data + self->start + self->length;
        received = recv(descriptor, place, self->missing, MSG_DONTWAIT);
        if (received > 0) {
            self->length += (size_t)received;
            memory_bio_follow_record(self, place, (size_t)received);
        }
        else if (received == 0)
            self->eof_written = 1;
    }
    else {
        ERR_clear_error();
        errno = ENOMEM;
    }
    memory_bio_unlock_from_python(self);
    return received;
}

/* The end of waiting for a socket: ready, or what a step returns. */
enum { READY = 1, ELAPSED = 0 };

/* READY, ELAPSED or -errno. A blocking socket's waiting may have an end that
   was set with SO_RCVTIMEO or SO_SNDTIMEO: it is told as EAGAIN. */
static int
memory_bio_wait_for_socket(pid_t *waiting, int descriptor, short events,
                           int milliseconds)
{
    struct pollfd poller = {descriptor, events, 0};
    struct timeval limit = {0, 0};
    socklen_t size = sizeof(limit);
    int limited = 0, found, error;

    if (milliseconds < 0
            && getsockopt(descriptor, SOL_SOCKET,
                          events == POLLIN ? SO_RCVTIMEO : SO_SNDTIMEO,
                          &limit, &size) == 0
            && (limit.tv_sec || limit.tv_usec)) {
        limited = 1;
        milliseconds = limit.tv_sec >= INT_MAX / 1000 ? INT_MAX
            : (int)(limit.tv_sec * 1000 + (limit.tv_usec + 999) / 1000);
    }
    *waiting = getpid();
    Py_BEGIN_ALLOW_THREADS
    found = poll(&poller, 1, milliseconds);
    error = errno;
    Py_END_ALLOW_THREADS
    *waiting = 0;
    if (found > 0)
        return READY;
    if (found < 0)
        return -error;
    return limited ? -EAGAIN : ELAPSED;
}

static PyObject *
memory_bio_move(PyObject *arguments, const char *format,
                pid_t *(*waiting_of)(MemoryBIO *), short events,
                ssize_t (*move_now)(MemoryBIO *, int))
{
    MemoryBIO *self;
    PyObject *sock, *number;
    ssize_t moved;
    int descriptor, milliseconds, waited = READY;

    if (!PyArg_ParseTuple(arguments, format, &MemoryBIO_Type, &self, &sock,
                          &milliseconds))
        return NULL;
    /* The arguments keep the socket, and so its descriptor open. */
    number = PyObject_CallMethod(sock, "fileno", NULL);
    if (number == NULL || !int_argument(number, &descriptor)) {
        Py_XDECREF(number);
        return NULL;
    }
    Py_DECREF(number);
    if (*waiting_of(self) == getpid())
        return PyInt_FromLong(-EBUSY);
    moved = move_now(self, descriptor);
    if (moved < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)
            && milliseconds != 0) {
        waited = memory_bio_wait_for_socket(waiting_of(self), descriptor,
                                            events, milliseconds);
        if (waited == ELAPSED)
            Py_RETURN_NONE;
        if (waited < 0)
            return PyInt_FromLong(waited);
        moved = move_now(self, descriptor);
        if (moved < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            Py_RETURN_NONE;
    }
    return PyInt_FromLong(moved < 0 ? -errno : (long)moved);
}

static pid_t *
memory_bio_sender(MemoryBIO *self)
{
    return &self->sender;
}

static pid_t *
memory_bio_receiver(MemoryBIO *self)
{
    return &self->receiver;
}

/* send_from(bio, socket, milliseconds): the number of bytes sent, 0 where
   there are none; -errno, -EBUSY while another thread waits in here with the
   same buffer; None when the time has elapsed, or where whoever has a copy of
   the descriptor was first: the caller looks at its deadline. */
PyObject *
memory_bio_send_from(PyObject *module, PyObject *arguments)
{
    (void)module;
    return memory_bio_move(arguments, "O!Oi:send_from", memory_bio_sender,
                           POLLOUT, memory_bio_send_now);
}

/* receive_into(bio, socket, milliseconds): as send_from(); at most what is
   missing of the present record is received. 0 is the end, written as EOF. */
PyObject *
memory_bio_receive_into(PyObject *module, PyObject *arguments)
{
    (void)module;
    return memory_bio_move(arguments, "O!Oi:receive_into", memory_bio_receiver,
                           POLLIN, memory_bio_receive_now);
}

static PyMethodDef memory_bio_methods[] = {
    {"read", (PyCFunction)memory_bio_read, METH_VARARGS,
     "Take up to size bytes, all when size is missing or negative.\n\n"
     "An empty string means that nothing is there now, or EOF: see eof."},
    {"write", (PyCFunction)memory_bio_write, METH_O,
     "Store the bytes; returns their number."},
    {"write_eof", (PyCFunction)memory_bio_write_eof, METH_NOARGS,
     "Mark the end: eof turns true once everything has been read."},
    REFUSE_PICKLING,
    {NULL}
};

static PyGetSetDef memory_bio_attributes[] = {
    {"pending", (getter)memory_bio_get_pending, NULL,
     "The number of bytes stored.", NULL},
    {"eof", (getter)memory_bio_get_eof, NULL,
     "Whether EOF was written and everything read.", NULL},
    {NULL}
};

PyTypeObject MemoryBIO_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_tls_bootstrap.MemoryBIO",
    .tp_basicsize = sizeof(MemoryBIO),
    .tp_dealloc = (destructor)memory_bio_dealloc,
    .tp_flags = TYPE_FLAGS,
    .tp_methods = memory_bio_methods,
    .tp_getset = memory_bio_attributes,
    .tp_new = memory_bio_new,
};
