// Loads lpakit's Android library. Arguments: its path, and the version it must state.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// UniFFI's, as its generated code has them.
struct buffer {
    uint64_t capacity;
    uint64_t length;
    uint8_t *data;
};
struct status {
    int8_t code;
    struct buffer error;
};
enum { SUCCESS = 0, UNEXPECTED = 2 };

static void *library;

static void *find(const char *name) {
    void *found = dlsym(library, name);
    if (found == NULL) {
        fprintf(stderr, "no %s: %s\n", name, dlerror());
        exit(1);
    }
    return found;
}

static void expect(int holds, const char *what) {
    if (!holds) {
        fprintf(stderr, "wrong: %s\n", what);
        exit(1);
    }
}

static int has(struct buffer buffer, const char *text) {
    return buffer.data != NULL && memmem(buffer.data, buffer.length, text, strlen(text)) != NULL;
}

int main(int count, char **arguments) {
    expect(count == 3, "the number of arguments");
    library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    uint32_t (*contract)(void) = find("ffi_lpakit_ffi_uniffi_contract_version");
    expect(contract() > 0, "the version of UniFFI's contract");

    struct status status = {0};
    struct buffer (*version)(struct status *) = find("uniffi_lpakit_ffi_fn_func_library_version");
    struct buffer stated = version(&status);
    expect(status.code == SUCCESS, "the end of a call");
    size_t length = strlen(arguments[2]);
    expect(stated.length == length && memcmp(stated.data, arguments[2], length) == 0, "the version");

    // A buffer that cannot be: UniFFI panics on it, and the panic must unwind to where it is made an error.
    struct buffer impossible = {1, 0, NULL};
    void (*check)(struct buffer, struct status *) = find("uniffi_lpakit_ffi_fn_func_check_version");
    check(impossible, &status);
    expect(status.code == UNEXPECTED, "a panic's code");
    expect(has(status.error, "null RustBuffer had non-zero capacity"), "a panic's text");

    puts("contract, call and panic as they should be");
    return 0;
}
