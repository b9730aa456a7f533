/* Makes the N-th memory allocation fail that OpenSSL makes, or that the
   interpreter makes because the backport's C asked it to. Preloaded; nothing
   fails before failing_arm(). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <malloc.h>
#include <stddef.h>
#include <string.h>

#include <openssl/crypto.h>

/* glibc's own, under the names it keeps for those who replace malloc. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void __libc_free(void *memory);

/* [0]: OpenSSL's; [1]: those of the interpreter and of everything else, of
   which only the backport's fail: CPython 2.7 does not survive all others. */
static volatile long made[2], live[2];
static volatile long first = -1, last = -1;
static volatile int armed = -1;

enum code { OTHER, BACKPORT, PYTHON };

static enum code
look_up(void *address)
{
    Dl_info place;

    if (!dladdr(address, &place))
        return OTHER;
    if (strstr(place.dli_fname, "__tls_bootstrap") != NULL)
        return BACKPORT;
    if (place.dli_sname != NULL
            && strcmp(place.dli_sname, "PyEval_EvalFrameEx") == 0)
        return PYTHON;
    return OTHER;
}

/* Whose code is there; looked up once, as that takes long. */
static enum code
code_at(void *address)
{
    static struct { void *address; enum code code; } seen[4096];
    size_t i = (size_t)address * 2654435761u >> 8 & 4095;

    if (seen[i].address != address) {
        seen[i].address = address;
        seen[i].code = look_up(address);
    }
    return seen[i].code;
}

/* Whether C of the backport is nearer in the stack than Python code is. */
static int
backport_asked(void)
{
    static int inside;
    void *frames[60];
    int count, i;
    enum code code = OTHER;

    if (inside)
        return 0;
    inside = 1;
    count = backtrace(frames, 60);
    for (i = 0; i < count && code != BACKPORT && code != PYTHON; i++)
        code = code_at(frames[i]);
    inside = 0;
    return code == BACKPORT;
}

static int
refused(int whose)
{
    long number;

    if (armed != whose || (whose == 1 && !backport_asked()))
        return 0;
    number = __atomic_add_fetch(&made[whose], 1, __ATOMIC_SEQ_CST);
    if (number < first || number > last)
        return 0;
    errno = ENOMEM;
    return 1;
}

static void *
counted(int whose, void *memory)
{
    if (memory != NULL)
        __atomic_add_fetch(&live[whose], 1, __ATOMIC_SEQ_CST);
    return memory;
}

static void *
reallocate(int whose, void *memory, size_t size)
{
    if (refused(whose))
        return NULL;
    if (memory == NULL)
        return counted(whose, __libc_malloc(size));
    return __libc_realloc(memory, size);
}

/* What is freed is overwritten, so that nothing can go on to use it. */
static void
release(int whose, void *memory)
{
    if (memory != NULL) {
        __atomic_sub_fetch(&live[whose], 1, __ATOMIC_SEQ_CST);
        memset(memory, 0xff, malloc_usable_size(memory));
    }
    __libc_free(memory);
}

static void *
openssl_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    if (size == 0 || refused(0))
        return NULL;
    return counted(0, __libc_malloc(size));
}

static void
openssl_free(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    release(0, memory);
}

static void *
openssl_realloc(void *memory, size_t size, const char *file, int line)
{
    if (size != 0)
        return reallocate(0, memory, size);
    openssl_free(memory, file, line);
    return NULL;
}

void *
malloc(size_t size)
{
    return refused(1) ? NULL : counted(1, __libc_malloc(size));
}

void *
calloc(size_t count, size_t size)
{
    return refused(1) ? NULL : counted(1, __libc_calloc(count, size));
}

void *
realloc(void *memory, size_t size)
{
    return reallocate(1, memory, size);
}

void
free(void *memory)
{
    release(1, memory);
}

/* Before anything else of the process has called OpenSSL. */
int
failing_install(void)
{
    /* Its first call loads the unwinder. */
    (void)backport_asked();
    return CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc,
                                    openssl_free);
}

/* From now on the from-th to the to-th allocation fail. */
void
failing_arm(int whose, long from, long to)
{
    made[whose] = 0;
    first = from;
    last = to;
    armed = whose;
}

/* How many there were since; none fails any more. */
long
failing_disarm(void)
{
    long number = armed < 0 ? 0 : made[armed];

    armed = -1;
    return number;
}

/* The blocks in use, of those allocated since the process began. */
long
failing_live(int whose)
{
    return live[whose];
}
