#pragma once
#include <stddef.h>
#include <stdint.h>

/// libFuzzer's loop; returns when it is done, ends the process when `callback` crashes.
int LLVMFuzzerRunDriver(int *count, char ***arguments, int (*callback)(const uint8_t *bytes, size_t count));
