/* Marks in a shared file which blocks of the extension run: gcc calls this at
   each (-fsanitize-coverage=trace-pc). Preloaded; the file is in FOOTPRINTS. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define SIZE (1 << 20)

static unsigned char *marks;
static char *start;

void
__sanitizer_cov_trace_pc(void)
{
    char *place = __builtin_return_address(0);
    Dl_info found;

    if (marks == NULL) {
        int file = open(getenv("FOOTPRINTS"), O_RDWR);

        if (file < 0 || !dladdr(place, &found))
            abort();
        marks = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        close(file);
        if (marks == MAP_FAILED)
            abort();
        start = found.dli_fbase;
    }
    if (place > start && place - start < SIZE)
        marks[place - start] = 1;
}
