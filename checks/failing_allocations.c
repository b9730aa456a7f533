/* Makes OpenSSL's N-th memory allocation fail. Loaded and installed before
   anything else of the process has called OpenSSL. */
#include <stdlib.h>

#include <openssl/crypto.h>

static long made, live, first = -1, last = -1;

static int
refused(void)
{
    long number = __atomic_add_fetch(&made, 1, __ATOMIC_SEQ_CST);

    return number >= first && number <= last;
}

static void *
allocate(size_t size, const char *file, int line)
{
    void *memory;

    (void)file;
    (void)line;
    if (size == 0 || refused())
        return NULL;
    memory = malloc(size);
    if (memory != NULL)
        __atomic_add_fetch(&live, 1, __ATOMIC_SEQ_CST);
    return memory;
}

static void
release(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    if (memory != NULL)
        __atomic_sub_fetch(&live, 1, __ATOMIC_SEQ_CST);
    free(memory);
}

static void *
reallocate(void *memory, size_t size, const char *file, int line)
{
    if (memory == NULL)
        return allocate(size, file, line);
    if (size == 0) {
        release(memory, file, line);
        return NULL;
    }
    return refused() ? NULL : realloc(memory, size);
}

int
failing_install(void)
{
    return CRYPTO_set_mem_functions(allocate, reallocate, release);
}

/* From now on the first-th to the last-th allocation fail. */
void
failing_arm(long from, long to)
{
    made = 0;
    first = from;
    last = to;
}

/* How many there were since; none fails any more. */
long
failing_disarm(void)
{
    first = last = -1;
    return made;
}

long
failing_live(void)
{
    return live;
}
