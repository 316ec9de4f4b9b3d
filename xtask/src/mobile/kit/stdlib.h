// What C code in dependencies takes from <stdlib.h>; the machine has no headers of phones.
#pragma once
#include <stddef.h>
void *malloc(size_t);
void free(void *);
