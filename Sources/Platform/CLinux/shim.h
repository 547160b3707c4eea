#pragma once
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <spawn.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

/// Names the calling thread for debuggers and `top -H`; at most 15 bytes are kept.
static inline void artel_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

// <spawn.h> declares these only under _GNU_SOURCE, which a module built on its own cannot ask for.
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
#ifndef POSIX_SPAWN_SETSID
#define POSIX_SPAWN_SETSID 0x80
#endif
