/* Which connections are inside OpenSSL, and what waits for them. The rules are
   at the head of tls_bootstrap.h. */
#include "tls_bootstrap.h"

#include <unistd.h>

/* ---- contexts ---- */

/* Of what a fork left: the connections that the only thread here is in. */
static void
context_revive(Context *self)
{
    SSLObject **place = &self->inside;

    if (self->generation == threads_generation)
        return;
    self->generation = threads_generation;
    self->changing = 0;
    while (*place != NULL)
        if ((*place)->driver == threads_forker)
            place = &(*place)->next_inside;
        else
            *place = (*place)->next_inside;
}

static void
context_add_inside(Context *self, SSLObject *object)
{
    object->next_inside = self->inside;
    self->inside = object;
}

static void
context_remove_inside(Context *self, const SSLObject *object)
{
    SSLObject **place = &self->inside;

    context_revive(self);
    while (*place != NULL && *place != object)
        place = &(*place)->next_inside;
    if (*place != NULL)
        *place = object->next_inside;
}

/* Whether the driver has come back from inside OpenSSL by a way that is not
   ours: the stock module's servername callback, on an SSL_CTX of its. That
   takes the GIL with PyGILState_Ensure(), which counts in the thread's state;
   a driver that asks this itself has the GIL, however it came to it. */
static int
ssl_object_is_in_stock_callback(const SSLObject *self)
{
    return self->thread != NULL
        && (self->driver == PyThread_get_thread_ident()
            || self->thread->gilstate_counter > self->gil_depth);
}

/* Whether another thread is inside OpenSSL with the context. */
static int
context_is_busy(const Context *self)
{
    const SSLObject *object = self->inside;

    while (object != NULL && ssl_object_is_in_stock_callback(object))
        object = object->next_inside;
    return object != NULL;
}

/* Waits until no other thread is inside OpenSSL with the context. From then on
   none gets there before the caller lets go of the GIL. Who is in a callback
   is not inside: so nobody waits for itself. */
void
context_wait_until_idle(Context *self)
{
    context_revive(self);
    if (!context_is_busy(self))
        return;
    self->changing++;
    while (context_is_busy(self))
        threads_wait();
    self->changing--;
    threads_announce();
}

/* ---- connections ---- */

/* What a fork left of an SSLObject: one that another thread was driving is in
   the middle of something that nobody will end. */
static void
ssl_object_revive(SSLObject *self)
{
    if (self->generation == threads_generation)
        return;
    self->generation = threads_generation;
    if (self->driver != 0 && self->driver != threads_forker) {
        self->abandoned = 1;
        self->driver = 0;
        self->thread = NULL;
        self->callback = NO_CALLBACK;
    }
}

int
ssl_object_is_abandoned(SSLObject *self)
{
    ssl_object_revive(self);
    return self->abandoned;
}

static int
ssl_object_is_sound(SSLObject *self)
{
    if (!ssl_object_is_abandoned(self))
        return 1;
    raise_plain("this object was in use by another thread when the process "
                "was forked");
    return 0;
}

static int
ssl_object_is_busy(void)
{
    raise_plain("this object is busy: called from its own callback");
    return 0;
}

typedef enum { INSPECT, DRIVE, RECONFIGURE } Use;

/* Whether a thread keeps all others from that. */
static int
ssl_object_is_taken(const SSLObject *self, Use use)
{
    int in_stock_callback = ssl_object_is_in_stock_callback(self);

    if (use == INSPECT)
        return self->thread != NULL && !in_stock_callback;
    return self->driver != 0
        && (use == DRIVE || (self->callback != SERVERNAME_CALLBACK
                             && !in_stock_callback));
}

/* A thread that waits for an object, on its stack; with the GIL. */
typedef struct Waiter {
    const SSLObject *object;
    Use use;
    long thread;
    struct Waiter *next;
} Waiter;

static Waiter *waiters;
static unsigned int waiters_generation;

static Waiter *
waiter_of_thread(long thread)
{
    Waiter *waiter = waiters;

    while (waiter != NULL && waiter->thread != thread)
        waiter = waiter->next;
    return waiter;
}

/* Whether the driver of the object waits for this thread, which drives another
   one and is in a callback, be it through others. */
static int
ssl_object_waits_for_us(const SSLObject *self)
{
    long me = PyThread_get_thread_ident();
    const Waiter *waiter;

    for (; self->driver != me; self = waiter->object) {
        waiter = waiter_of_thread(self->driver);
        if (waiter == NULL
                || !ssl_object_is_taken(waiter->object, waiter->use))
            return 0;
    }
    return 1;
}

/* Waits for a change; 0 and an exception where none would ever come, or of a
   signal's handler, which may be what makes it come. */
static int
ssl_object_wait(const SSLObject *self, Use use)
{
    Waiter waiter = {self, use, PyThread_get_thread_ident(), NULL}, **place;

    if (waiters_generation != threads_generation) {
        waiters_generation = threads_generation;
        waiters = NULL;
    }
    if (ssl_object_waits_for_us(self)) {
        raise_plain("this object is busy: the thread that uses it waits for "
                    "this one");
        return 0;
    }
    waiter.next = waiters;
    waiters = &waiter;
    threads_wait();
    for (place = &waiters; *place != &waiter; place = &(*place)->next)
        continue;
    *place = waiter.next;
    return PyErr_CheckSignals() == 0;
}

/* Lets the SSL be looked at for as long as the GIL is kept: waits while
   another thread is inside OpenSSL with it. 0 and an exception where it cannot
   be. */
int
ssl_object_inspect(SSLObject *self)
{
    if (!ssl_object_is_sound(self))
        return 0;
    while (ssl_object_is_taken(self, INSPECT))
        if (!ssl_object_wait(self, INSPECT))
            return 0;
    return 1;
}

/* Makes this thread the one that drives the object; 0 and an exception where
   it drives it already, from a callback: OpenSSL does not survive that. */
int
ssl_object_begin(SSLObject *self)
{
    long me = PyThread_get_thread_ident();

    if (!ssl_object_is_sound(self))
        return 0;
    while (ssl_object_is_taken(self, DRIVE)) {
        if (self->driver == me)
            return ssl_object_is_busy();
        if (!ssl_object_wait(self, DRIVE))
            return 0;
    }
    self->driver = me;
    return 1;
}

void
ssl_object_end(SSLObject *self)
{
    self->driver = 0;
    threads_announce();
}

/* Lets the context of the object be changed for as long as the GIL is kept:
   while nobody drives it or, whoever asks, during a servername callback. */
int
ssl_object_reconfigure(SSLObject *self)
{
    long me = PyThread_get_thread_ident();

    if (!ssl_object_is_sound(self))
        return 0;
    while (ssl_object_is_taken(self, RECONFIGURE)) {
        if (self->driver == me)
            return ssl_object_is_busy();
        if (!ssl_object_wait(self, RECONFIGURE))
            return 0;
    }
    return 1;
}

/* Releases the GIL, for OpenSSL to work on the SSL of the object that this
   thread drives. */
void
ssl_object_enter_openssl(SSLObject *self)
{
    for (;;) {
        context_revive(self->core);   /* which may be another one each time */
        if (!self->core->changing)
            break;
        threads_wait();
    }
    self->core_used = 1;
    self->entered = self->core;
    Py_INCREF(self->entered);
    context_add_inside(self->entered, self);
    memory_bio_use(self->incoming);
    memory_bio_use(self->outgoing);
    self->thread = PyThreadState_GET();
    self->gil_depth = self->thread->gilstate_counter;
    (void)PyEval_SaveThread();
}

void
ssl_object_leave_openssl(SSLObject *self)
{
    Context *entered = self->entered;

    PyEval_RestoreThread(self->thread);
    self->thread = NULL;
    memory_bio_unuse(self->incoming);
    memory_bio_unuse(self->outgoing);
    context_remove_inside(entered, self);
    self->entered = NULL;
    threads_announce();
    Py_DECREF(entered);               /* the object may have another by now */
}

/* After the object was given another core: the stock module's servername
   callback does that without having left OpenSSL. */
void
ssl_object_follow_core(SSLObject *self)
{
    Context *left = self->entered;

    if (left == NULL || left == self->core)
        return;
    context_remove_inside(left, self);
    self->entered = self->core;
    Py_INCREF(self->entered);
    context_revive(self->entered);
    context_add_inside(self->entered, self);
    threads_announce();
    Py_DECREF(left);
}

/* ---- callbacks ---- */

/* The SSLObject of an SSL; NULL for one of the stock module's. */
SSLObject *
ssl_object_of(const SSL *ssl)
{
    PyObject *object = SSL_get_app_data(ssl);

    return object != NULL && Py_TYPE(object) == &SSLObject_Type
        ? (SSLObject *)object : NULL;
}

/* Takes the GIL for a callback of OpenSSL. A connection of ours gets the very
   thread state that it left, and others may use it meanwhile as the kind of
   the callback allows. */
void
callback_begin(Callback *self, const SSL *ssl, CallbackKind kind)
{
    SSLObject *object = ssl_object_of(ssl);

    /* A daemon thread that outlives the interpreter must not enter it. */
    while (!Py_IsInitialized())
        (void)pause();
    self->error = ERR_peek_last_error();
    self->object = object != NULL && object->thread != NULL ? object : NULL;
    if (self->object == NULL) {
        self->gil = PyGILState_Ensure();
        return;
    }
    ssl_object_leave_openssl(object);
    object->callback = kind;
}

void
callback_end(Callback *self)
{
    /* What the callback did with OpenSSL is nothing to this operation. */
    if (ERR_peek_last_error() != self->error) {
        forget_errors();
        if (self->error)
            put_error_back(self->error);
    }
    if (self->object == NULL) {
        PyGILState_Release(self->gil);
        return;
    }
    self->object->callback = NO_CALLBACK;
    ssl_object_enter_openssl(self->object);
}

/* ---- whose an object is ---- */

/* The Python object that a weak reference is to, a new reference; NULL when it
   is gone. */
PyObject *
ssl_object_owner(PyObject *reference)
{
    /* One of 2.7's own has no reference where nobody is to be told. */
    PyObject *owner = reference != NULL && PyWeakref_Check(reference)
        ? PyWeakref_GET_OBJECT(reference) : Py_None;

    if (owner == Py_None)
        return NULL;
    Py_INCREF(owner);
    return owner;
}
