// LLVM's libunwind comes from Debian, built for glibc. What it takes from there by glibc's names is led to bionic's.
#include <stdarg.h>
#include <stddef.h>

extern int *__errno(void);
extern _Noreturn void __assert2(const char *, int, const char *, const char *);
extern int vfprintf(struct _IO_FILE *, const char *, va_list);
extern int vsnprintf(char *, size_t, const char *, va_list);

int *__errno_location(void) {
    return __errno();
}

_Noreturn void __assert_fail(const char *text, const char *file, unsigned line, const char *function) {
    __assert2(file, (int)line, function, text);
}

int __vfprintf_chk(struct _IO_FILE *stream, int flag, const char *format, va_list arguments) {
    (void)flag;
    return vfprintf(stream, format, arguments);
}

int __vsnprintf_chk(char *text, size_t size, int flag, size_t room, const char *format, va_list arguments) {
    (void)flag;
    (void)room;
    return vsnprintf(text, size, format, arguments);
}
