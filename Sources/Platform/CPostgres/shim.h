#pragma once
#include <libpq-fe.h>
#include <openssl/crypto.h>

// OpenSSL frees what it holds when the process exits, and a thread that is still signing in to PostgreSQL then
// reads what was freed. The kernel takes it all back anyway. Counts only before anybody else has begun with OpenSSL.
static inline int artel_keep_openssl_at_exit(void) { return OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL); }
