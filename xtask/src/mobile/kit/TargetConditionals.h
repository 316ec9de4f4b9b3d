// What C code in dependencies takes from <TargetConditionals.h>; the machine has no headers of phones.
#pragma once
#define TARGET_OS_MAC 1
#define TARGET_OS_IPHONE 1
#define TARGET_OS_IOS 1
