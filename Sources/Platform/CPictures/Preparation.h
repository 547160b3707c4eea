#pragma once
#include <stddef.h>
#include <stdint.h>

enum { MAX_SIZES = 8, MAX_PATH_BYTES = 4096 };

/// Why a job was not done; the numbers are part of the worker's protocol.
typedef enum {
  OUTCOME_OK = 0,
  OUTCOME_DAMAGED = 1,
  OUTCOME_TOO_MANY_PIXELS = 2,
  OUTCOME_UNCLEAN = 3,
  OUTCOME_DISK = 4,
  OUTCOME_BAD_REQUEST = 5
} Outcome;

/// The numbers are part of the worker's protocol.
typedef enum { FORMAT_JPEG = 1, FORMAT_PNG = 2, FORMAT_GIF = 3, FORMAT_WEBP = 4 } Format;

typedef struct {
  uint32_t side;  // of the box, in pixels
  char path[MAX_PATH_BYTES];
  // The results:
  uint32_t width, height, bytes;
} Thumbnail;

typedef struct {
  Format format;
  int orientation;         // as in EXIF, 1 to 8
  uint64_t pixel_limit;    // over all frames
  int quality;             // of the thumbnails, 1 to 100
  int is_square;           // whether the thumbnails show a square from the middle
  char source[MAX_PATH_BYTES];
  char turned[MAX_PATH_BYTES];  // where the upright picture goes; empty when it is upright already
  int size_count;
  Thumbnail thumbnails[MAX_SIZES];  // largest first
  // The results:
  uint32_t width, height;  // of the upright picture
  uint8_t color[3];        // the average, sRGB
} Preparation;

/// Lets `artel_prepare` notice what libvips only warns of; called once, after libvips was started.
void artel_listen_for_warnings(void);

/// Checks the header of the source, turns it upright where asked, and makes the thumbnails.
Outcome artel_prepare(Preparation *job);
