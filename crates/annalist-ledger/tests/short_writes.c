/* Cuts the SHORT_AT-th write to a ledger's files in half; with SHORT_THEN=full the disk is full from there on. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long made;

static int is_of_the_ledger(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, "/ledger.db") != NULL;
}

/* How much of a write goes to the disk; -1 when it is full. */
static ssize_t allowed(int fd, size_t length) {
    const char *at = getenv("SHORT_AT"), *then = getenv("SHORT_THEN");
    if (at == NULL || !is_of_the_ledger(fd)) return (ssize_t)length;
    made += 1;
    if (made == atol(at)) {
        dprintf(2, "cut short\n");
        return (ssize_t)(length > 1 ? length / 2 : length);
    }
    return made > atol(at) && then != NULL && strcmp(then, "full") == 0 ? -1 : (ssize_t)length;
}

#define CUT(real, ...)                                                  \
    ssize_t part = allowed(fd, length);                                 \
    if (part < 0) { errno = ENOSPC; return -1; }                        \
    return real(fd, bytes, (size_t)part, ##__VA_ARGS__);

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    ssize_t (*real)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
    CUT(real, offset)
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    ssize_t (*real)(int, const void *, size_t, off_t) = dlsym(RTLD_NEXT, "pwrite");
    CUT(real, offset)
}

ssize_t write(int fd, const void *bytes, size_t length) {
    ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    if (fd <= 2) return real(fd, bytes, length);
    CUT(real)
}
