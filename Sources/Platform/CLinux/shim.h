#pragma once
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <spawn.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

/// Names the calling thread for debuggers and `top -H`; at most 15 bytes are kept.
static inline void artel_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }
