// What C code in dependencies takes from <mm_malloc.h>; the machine has no headers of phones.
#pragma once
