/* Threads and forks: waiting for a change, and mutexes that survive a fork. The
   rules are at the head of tls_bootstrap.h. */
#include "tls_bootstrap.h"

#include <time.h>

/* How many forks lie between this process and the first: what an object has
   of another generation was left behind by threads that are not here. */
unsigned int threads_generation = 1;

/* The only thread that a child of fork() has at first. */
long threads_forker;

/* Everybody who waits does so here, for any change; that is rare and short. */
static pthread_mutex_t waiting_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t waiting_changed = PTHREAD_COND_INITIALIZER;
static int waiting_threads;           /* with the GIL */
/* The one change that nobody announces is the beginning of a callback of the
   stock module's: who waits looks for it that often. */
#define WAITING_NANOSECONDS 50000000L

static void
threads_after_fork(void)
{
    threads_generation++;
    threads_forker = PyThread_get_thread_ident();
    waiting_threads = 0;
    pthread_mutex_init(&waiting_mutex, NULL);
    pthread_cond_init(&waiting_changed, NULL);
}

int
threads_setup(void)
{
    static int done;

    if (!done && pthread_atfork(NULL, NULL, threads_after_fork) != 0) {
        PyErr_NoMemory();
        return -1;
    }
    done = 1;
    return 0;
}

/* Waits without the GIL until another thread announces a change, or for a
   moment; the caller looks again at what it waits for. No change is missed:
   whoever makes one has the GIL, and so comes after the mutex was taken. */
void
threads_wait(void)
{
    PyThreadState *thread;
    struct timespec end;

    (void)clock_gettime(CLOCK_REALTIME, &end);
    end.tv_nsec += WAITING_NANOSECONDS;
    end.tv_sec += end.tv_nsec / 1000000000L;
    end.tv_nsec %= 1000000000L;
    waiting_threads++;
    pthread_mutex_lock(&waiting_mutex);
    thread = PyEval_SaveThread();
    (void)pthread_cond_timedwait(&waiting_changed, &waiting_mutex, &end);
    pthread_mutex_unlock(&waiting_mutex);
    PyEval_RestoreThread(thread);
    waiting_threads--;
}

void
threads_announce(void)
{
    if (!waiting_threads)
        return;
    pthread_mutex_lock(&waiting_mutex);
    pthread_cond_broadcast(&waiting_changed);
    pthread_mutex_unlock(&waiting_mutex);
}

/* ---- mutexes ---- */

int
mutex_init(Mutex *self)
{
    self->generation = threads_generation;
    return pthread_mutex_init(&self->mutex, NULL) == 0;
}

void
mutex_destroy(Mutex *self)
{
    if (self->generation == threads_generation)
        pthread_mutex_destroy(&self->mutex);
}

/* One of another generation may be held by a thread that is not here. */
static void
mutex_revive(Mutex *self)
{
    pthread_mutex_lock(&waiting_mutex);
    if (self->generation != threads_generation) {
        pthread_mutex_init(&self->mutex, NULL);
        self->generation = threads_generation;
    }
    pthread_mutex_unlock(&waiting_mutex);
}

void
mutex_lock(Mutex *self)
{
    if (self->generation != threads_generation)
        mutex_revive(self);
    pthread_mutex_lock(&self->mutex);
}

void
mutex_unlock(Mutex *self)
{
    pthread_mutex_unlock(&self->mutex);
}
