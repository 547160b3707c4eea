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
  OUTCOME_BAD_REQUEST = 5,
  OUTCOME_UNSUPPORTED = 6
} Outcome;

/// The numbers are part of the worker's protocol.
typedef enum {
  FORMAT_JPEG = 1,
  FORMAT_PNG = 2,
  FORMAT_GIF = 3,
  FORMAT_WEBP = 4,
  FORMAT_HEIF = 5  // HEIC and AVIF
} Format;

// A picture to show while the picture loads; 16 pixels of WebP have 40 to 200 bytes.
enum { MAX_PLACEHOLDER_BYTES = 512 };

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
  char encoded[MAX_PATH_BYTES];  // where the picture goes when it is encoded anew, upright; else empty
  int size_count;
  Thumbnail thumbnails[MAX_SIZES];  // largest first
  // The results:
  uint32_t width, height;  // of the upright picture
  uint8_t color[3];        // the average, sRGB
  uint8_t placeholder[MAX_PLACEHOLDER_BYTES];  // WebP
  size_t placeholder_bytes;                    // 0 when the picture is transparent
} Preparation;

/// Lets `artel_prepare` notice what libvips only warns of; called once, after libvips was started.
void artel_listen_for_warnings(void);

/// Has libvips load its loader for HEIC and AVIF, where it is installed: Debian keeps it in a module.
void artel_load_heif_module(void);

/// Checks the header of the source, turns it upright where asked, and makes the thumbnails.
Outcome artel_prepare(Preparation *job);
