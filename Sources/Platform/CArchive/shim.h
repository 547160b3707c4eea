#pragma once
#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <sys/stat.h>

// libarchive writes names in the locale of the thread; a server is often started without one.
static inline locale_t artel_utf8_locale(void) {
  return newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}
