// What bionic names or does otherwise than glibc, as far as lpakit asks for it.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

int *__errno(void) {
    return &errno;
}

_Noreturn void __assert2(const char *file, int line, const char *function, const char *text) {
    fprintf(stderr, "%s:%d: %s: %s\n", file, line, function, text);
    abort();
}

// Bionic's gives a number, glibc's of this name a text.
extern int __xpg_strerror_r(int, char *, size_t);
int strerror_r_of_bionic(int number, char *text, size_t size) __asm__("strerror_r");
int strerror_r_of_bionic(int number, char *text, size_t size) {
    return __xpg_strerror_r(number, text, size);
}
