// The worker's side of the protocol: one request and one reply at a time on descriptor 0, a socket.
//
// Numbers are little-endian. A request and a reply each begin with a u32, the count of bytes that
// follow; a text is a u16 count of bytes and the bytes.
//
// Request "prepare": u8 1, u8 format, u8 orientation, u8 quality, u8 is square, u64 pixel limit,
//                    text source, text encoded, u8 count, count x (u32 side, text path), largest
//                    side first
// Request "paint":   u8 2, u32 kind, u64 seed, u32 width, u32 height, text path
// Reply:             u8 outcome, u32 resident KiB, then for "prepare" that went well:
//                    u32 width, u32 height, 3 x u8 color, u16 count of bytes, placeholder,
//                    count x (u32 width, height, bytes);
//                    for an outcome other than 0: text reason, for the log

#include "CPictures.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vips/vips.h>

#include "Preparation.h"

enum { MAX_MESSAGE_BYTES = 64 << 10, MAX_REASON_BYTES = 400 };

// MARK: Messages

typedef struct {
  uint8_t *bytes;
  size_t count, position;
  int is_bad;  // read beyond the end, or a text was too long
} Message;

static uint64_t take_number(Message *message, int width) {
  if (message->count - message->position < (size_t)width) {
    message->is_bad = 1;
    return 0;
  }
  uint64_t value = 0;
  for (int i = 0; i < width; i++) value |= (uint64_t)message->bytes[message->position++] << (8 * i);
  return value;
}

static void take_text(Message *message, char text[MAX_PATH_BYTES]) {
  size_t count = take_number(message, 2);
  if (count >= MAX_PATH_BYTES || message->count - message->position < count) {
    message->is_bad = 1;
    count = 0;
  }
  memcpy(text, message->bytes + message->position, count);
  text[count] = 0;
  message->position += count;
}

static void put_number(Message *message, uint64_t value, int width) {
  for (int i = 0; i < width; i++) message->bytes[message->count++] = (uint8_t)(value >> (8 * i));
}

static void put_text(Message *message, const char *text) {
  size_t count = strnlen(text, MAX_REASON_BYTES);
  put_number(message, count, 2);
  memcpy(message->bytes + message->count, text, count);
  message->count += count;
}

static int read_fully(void *bytes, size_t count) {
  char *rest = bytes;
  while (count > 0) {
    ssize_t taken = read(STDIN_FILENO, rest, count);
    if (taken < 0 && errno == EINTR) continue;
    if (taken <= 0) return -1;
    rest += taken;
    count -= (size_t)taken;
  }
  return 0;
}

static int receive(Message *message) {
  uint8_t size[4];
  if (read_fully(size, sizeof size)) return -1;
  Message prefix = {size, sizeof size, 0, 0};
  message->count = take_number(&prefix, 4);
  message->position = 0;
  message->is_bad = 0;
  return message->count > MAX_MESSAGE_BYTES ? -1 : read_fully(message->bytes, message->count);
}

static int reply(const Message *message) {
  const uint8_t *rest = message->bytes;
  size_t count = message->count;
  while (count > 0) {
    ssize_t sent = send(STDIN_FILENO, rest, count, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return -1;
    rest += sent;
    count -= (size_t)sent;
  }
  return 0;
}

// MARK: Jobs

static Outcome prepare(Message *request, Preparation *job) {
  job->format = (Format)take_number(request, 1);
  job->orientation = (int)take_number(request, 1);
  job->quality = (int)take_number(request, 1);
  job->is_square = (int)take_number(request, 1);
  job->pixel_limit = take_number(request, 8);
  take_text(request, job->source);
  take_text(request, job->encoded);
  job->size_count = (int)take_number(request, 1);
  int is_known = job->format >= FORMAT_JPEG && job->format <= FORMAT_HEIF;
  is_known = is_known && job->orientation >= 1 && job->orientation <= 8;
  is_known = is_known && job->size_count >= 1 && job->size_count <= MAX_SIZES;
  for (int i = 0; is_known && i < job->size_count; i++) {
    job->thumbnails[i].side = (uint32_t)take_number(request, 4);
    take_text(request, job->thumbnails[i].path);
    is_known = job->thumbnails[i].side >= 1 && job->thumbnails[i].side <= 16383 &&
               (i == 0 || job->thumbnails[i].side <= job->thumbnails[i - 1].side);
  }
  return request->is_bad || !is_known ? OUTCOME_BAD_REQUEST : artel_prepare(job);
}

static Outcome paint(Message *request) {
  static char path[MAX_PATH_BYTES];
  uint32_t kind = (uint32_t)take_number(request, 4);
  uint64_t seed = take_number(request, 8);
  uint32_t width = (uint32_t)take_number(request, 4);
  uint32_t height = (uint32_t)take_number(request, 4);
  take_text(request, path);
  if (request->is_bad) return OUTCOME_BAD_REQUEST;
  kind %= (uint32_t)artel_demo_kind_count();
  int status = artel_demo_picture((int)kind, seed, (int)width, (int)height, path);
  return status == 0 ? OUTCOME_OK : OUTCOME_DISK;
}

static uint32_t resident_kib(void) {
  unsigned long total = 0, resident = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file) return 0;
  if (fscanf(file, "%lu %lu", &total, &resident) != 2) resident = 0;
  fclose(file);
  return (uint32_t)(resident * (unsigned long)(sysconf(_SC_PAGESIZE) / 1024));
}

// Answers one request; the static buffers keep pages of paths off the stack.
static int answer(Message *request) {
  static Preparation job;
  static uint8_t bytes[4 + 64 + MAX_SIZES * 12 + MAX_PLACEHOLDER_BYTES + MAX_REASON_BYTES];
  memset(&job, 0, sizeof job);
  vips_error_clear();
  uint64_t operation = take_number(request, 1);
  Outcome outcome = operation == 1   ? prepare(request, &job)
                    : operation == 2 ? paint(request)
                                     : OUTCOME_BAD_REQUEST;
  malloc_trim(0);

  Message answer = {bytes, 4, 0, 0};
  put_number(&answer, outcome, 1);
  put_number(&answer, resident_kib(), 4);
  if (outcome != OUTCOME_OK) {
    put_text(&answer, vips_error_buffer());
  } else if (operation == 1) {
    put_number(&answer, job.width, 4);
    put_number(&answer, job.height, 4);
    for (int i = 0; i < 3; i++) put_number(&answer, job.color[i], 1);
    put_number(&answer, job.placeholder_bytes, 2);
    memcpy(bytes + answer.count, job.placeholder, job.placeholder_bytes);
    answer.count += job.placeholder_bytes;
    for (int i = 0; i < job.size_count; i++) {
      put_number(&answer, job.thumbnails[i].width, 4);
      put_number(&answer, job.thumbnails[i].height, 4);
      put_number(&answer, job.thumbnails[i].bytes, 4);
    }
  }
  Message prefix = {bytes, 0, 0, 0};
  put_number(&prefix, answer.count - 4, 4);
  return reply(&answer);
}

// MARK: The process

static void limit(int resource, rlim_t value) {
  struct rlimit limits = {value, value};
  setrlimit(resource, &limits);
}

// Before libvips starts: nothing of it needs more than this.
static int confine(pid_t parent, rlim_t memory_bytes) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) || getppid() != parent) return -1;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return -1;
  // Not RLIMIT_AS: it counts address space that is only reserved, for thread stacks and libraries.
  limit(RLIMIT_DATA, memory_bytes);
  limit(RLIMIT_NOFILE, 64);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 1 << 30);
  setpriority(PRIO_PROCESS, 0, 5);
  // Keeps libvips from loading all of its optional modules, with their loaders for other formats.
  return setenv("VIPSHOME", "/nonexistent", 1);
}

static int work(unsigned job_seconds) {
  if (VIPS_INIT("artel-pictures")) return 70;
  vips_block_untrusted_set(TRUE);
  vips_concurrency_set(1);
  vips_cache_set_max(0);
  artel_load_heif_module();
  artel_listen_for_warnings();

  static uint8_t bytes[MAX_MESSAGE_BYTES];
  Message request = {bytes, 0, 0, 0};
  while (receive(&request) == 0) {
    // The supervisor kills first; this is for the case that it is stopped itself.
    alarm(job_seconds + 5);
    if (answer(&request)) return 74;
    alarm(0);
  }
  return 0;
}

int artel_pictures_run(int argc, char **argv) {
  if (argc != 5 || strcmp(argv[1], "work") != 0) {
    fputs("artel-pictures reads pictures for artel, which starts and stops it.\n", stderr);
    return 64;
  }
  if (confine((pid_t)atol(argv[2]), strtoull(argv[3], NULL, 10))) return 71;
  return work((unsigned)strtoul(argv[4], NULL, 10));
}
