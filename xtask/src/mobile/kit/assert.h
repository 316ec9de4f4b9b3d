// What C code in dependencies takes from <assert.h>; the machine has no headers of phones.
#pragma once
#define assert(x) ((void)0)
