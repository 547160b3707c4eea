// For dladdr().
#define _GNU_SOURCE
#include "Preparation.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <vips/vips.h>

static const char *const loaders[] = {
    [FORMAT_JPEG] = "VipsForeignLoadJpegSource",
    [FORMAT_PNG] = "VipsForeignLoadPngSource",
    [FORMAT_GIF] = "VipsForeignLoadNsgifSource",
    [FORMAT_WEBP] = "VipsForeignLoadWebpSource",
    [FORMAT_HEIF] = "VipsForeignLoadHeifSource",
};

static const char *const private_fields[] = {
    VIPS_META_EXIF_NAME, VIPS_META_XMP_NAME, VIPS_META_IPTC_NAME};

// libvips fills what is missing of a picture and only warns.
static volatile sig_atomic_t was_cut_short;

static void notice(const char *domain, GLogLevelFlags level, const char *message, void *context) {
  (void)domain, (void)level, (void)context;
  static const char *const signs[] = {
      "premature end", "Premature end", "error in tile", "not enough data"};
  for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
    if (strstr(message, signs[i])) was_cut_short = 1;
  }
  fprintf(stderr, "%s\n", message);
}

void artel_listen_for_warnings(void) {
  g_log_set_handler("VIPS", G_LOG_LEVEL_WARNING, notice, NULL);
}

void artel_load_heif_module(void) {
  Dl_info library;
  char path[MAX_PATH_BYTES];
  if (g_type_from_name(loaders[FORMAT_HEIF]) || !dladdr((void *)vips_init, &library)) return;
  char *folder = g_path_get_dirname(library.dli_fname);
  int length = snprintf(
      path, sizeof path, "%s/vips-modules-%d.%d/vips-heif.so", folder, vips_version(0),
      vips_version(1));
  g_free(folder);
  void *module = length < (int)sizeof path ? dlopen(path, RTLD_LAZY | RTLD_LOCAL) : NULL;
  if (!module) return;
  // What GModule calls in what it opens: it registers the loaders.
  const char *(*start)(void *) = (const char *(*)(void *))dlsym(module, "g_module_check_init");
  if (start) start(NULL);
}

// vips_thumbnail_source() chooses the loader by content; with all others blocked it has no choice.
static void allow_only(Format format) {
  vips_operation_block_set("VipsForeignLoad", TRUE);
  vips_operation_block_set(loaders[format], FALSE);
}

// The first picture of a file is not always the one that it is about.
static int load_heif(VipsSource *source, VipsImage **out) {
  VipsImage *first = NULL;
  int primary = 0;
  if (vips_heifload_source(source, &first, "fail_on", VIPS_FAIL_ON_TRUNCATED, NULL)) return -1;
  if (vips_image_get_typeof(first, "heif-primary")) {
    vips_image_get_int(first, "heif-primary", &primary);
  }
  if (primary == 0) {
    *out = first;
    return 0;
  }
  g_object_unref(first);
  return vips_heifload_source(
      source, out, "page", primary, "fail_on", VIPS_FAIL_ON_TRUNCATED, NULL);
}

static int load(const Preparation *job, VipsImage **out) {
  VipsSource *source = vips_source_new_from_file(job->source);
  if (!source) return -1;
  int status = -1;
  switch (job->format) {
    case FORMAT_JPEG:
      status = vips_jpegload_source(
          source, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_TRUNCATED, NULL);
      break;
    case FORMAT_PNG:
      status = vips_pngload_source(
          source, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_TRUNCATED, NULL);
      break;
    case FORMAT_GIF:
      status = vips_gifload_source(source, out, "fail_on", VIPS_FAIL_ON_TRUNCATED, NULL);
      break;
    case FORMAT_WEBP:
      status = vips_webpload_source(
          source, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_TRUNCATED, NULL);
      break;
    case FORMAT_HEIF:
      status = load_heif(source, out);
      break;
  }
  g_object_unref(source);
  return status;
}

// libvips reads the header by other code than the server did: what the server overlooked stops
// here.
static Outcome check_header(const Preparation *job, VipsImage *image) {
  // Of several pictures in one file only one is decoded.
  int pages = job->format == FORMAT_HEIF ? 1 : vips_image_get_n_pages(image);
  uint64_t width = (uint64_t)vips_image_get_width(image);
  uint64_t pixels = width * (uint64_t)vips_image_get_page_height(image);
  if (pixels * (uint64_t)(pages > 0 ? pages : 1) > job->pixel_limit) return OUTCOME_TOO_MANY_PIXELS;

  // The source itself, whose pixels are encoded anew without them.
  if (job->format == FORMAT_HEIF) return OUTCOME_OK;
  for (size_t i = 0; i < sizeof private_fields / sizeof *private_fields; i++) {
    if (vips_image_get_typeof(image, private_fields[i])) return OUTCOME_UNCLEAN;
  }
  return OUTCOME_OK;
}

static Outcome write_file(const char *path, const void *bytes, size_t count) {
  int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) {
    vips_error_system(errno, "open", "%s", "cannot make the file");
    return OUTCOME_DISK;
  }
  const char *rest = bytes;
  while (count > 0) {
    ssize_t written = write(file, rest, count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      vips_error_system(errno, "write", "%s", "cannot write the file");
      close(file);
      unlink(path);
      return OUTCOME_DISK;
    }
    rest += written;
    count -= (size_t)written;
  }
  if (close(file) != 0) {
    vips_error_system(errno, "close", "%s", "cannot write the file");
    unlink(path);
    return OUTCOME_DISK;
  }
  return OUTCOME_OK;
}

// Applies the orientation; the image must allow random access.
static int upright(VipsImage *image, int orientation, VipsImage **out) {
  VipsImage *marked = NULL;
  if (vips_copy(image, &marked, NULL)) return -1;
  vips_image_set_int(marked, VIPS_META_ORIENTATION, orientation);
  int status = vips_autorot(marked, out, NULL);
  g_object_unref(marked);
  return status;
}

static int encode(const Preparation *job, VipsImage *image, void **bytes, size_t *count) {
  // Optimizing keeps all coefficients in memory: 5 % fewer bytes for 6 bytes a pixel.
  gboolean is_small = VIPS_IMAGE_N_PELS(image) <= 16000000;
  switch (job->format) {
    case FORMAT_JPEG:
      return vips_jpegsave_buffer(image, bytes, count, "Q", 93, "optimize_coding", is_small, NULL);
    case FORMAT_PNG:
      return vips_pngsave_buffer(image, bytes, count, NULL);
    case FORMAT_WEBP:
      return vips_webpsave_buffer(image, bytes, count, "Q", 93, NULL);
    case FORMAT_GIF:
    case FORMAT_HEIF:
      break;
  }
  vips_error("artel", "%s", "pictures are not encoded in this format");
  return -1;
}

static Outcome turn(const Preparation *job, VipsImage *image) {
  VipsImage *pixels = vips_image_copy_memory(image);
  if (!pixels) return OUTCOME_DAMAGED;
  VipsImage *turned = NULL;
  void *bytes = NULL;
  size_t count = 0;
  int status = upright(pixels, job->orientation, &turned);
  if (status == 0) status = encode(job, turned, &bytes, &count);
  Outcome outcome = status == 0 ? write_file(job->encoded, bytes, count) : OUTCOME_DAMAGED;
  g_free(bytes);
  g_clear_object(&turned);
  g_object_unref(pixels);
  return outcome;
}

// Encodes what browsers do not all show as JPEG, or as WebP when it is transparent; the rest of the job
// is done with that.
static Outcome convert(Preparation *job, VipsImage *image) {
  VipsImage *pixels = vips_image_copy_memory(image), *bare = NULL;
  void *bytes = NULL;
  size_t count = 0;
  Outcome outcome = OUTCOME_DAMAGED;
  if (pixels && !vips_copy(pixels, &bare, NULL)) {
    for (size_t i = 0; i < sizeof private_fields / sizeof *private_fields; i++) {
      vips_image_remove(bare, private_fields[i]);
    }
    // libheif has turned it.
    vips_image_remove(bare, VIPS_META_ORIENTATION);
    job->format = vips_image_hasalpha(bare) ? FORMAT_WEBP : FORMAT_JPEG;
    if (!encode(job, bare, &bytes, &count)) {
      outcome = write_file(job->encoded, bytes, count);
    }
  }
  strcpy(job->source, job->encoded);
  g_free(bytes);
  g_clear_object(&bare);
  g_clear_object(&pixels);
  return outcome;
}

// Converts by the embedded profile; a picture without one, or with a broken one, counts as sRGB
// already.
static int to_srgb(VipsImage *image, VipsImage **out) {
  if (vips_image_get_typeof(image, VIPS_META_ICC_NAME)) {
    if (!vips_icc_transform(
            image, out, "srgb", "embedded", TRUE, "intent", VIPS_INTENT_RELATIVE,
            "black_point_compensation", TRUE, "depth", 8, NULL)) {
      return 0;
    }
    vips_error_clear();
  }
  return vips_colourspace(image, out, VIPS_INTERPRETATION_sRGB, NULL);
}

// Cuts the middle out of what is not square yet: what is smaller than the box was only shrunk.
static int to_square(VipsImage *image, VipsImage **out) {
  int width = vips_image_get_width(image), height = vips_image_get_height(image);
  int side = VIPS_MIN(width, height);
  return vips_extract_area(
      image, out, (width - side) / 2, (height - side) / 2, side, side, NULL);
}

// Decodes once, to the largest size. No "export_profile" here: it also changes pictures without a
// profile.
static VipsImage *decode_largest(const Preparation *job) {
  VipsSource *source = vips_source_new_from_file(job->source);
  if (!source) return NULL;
  int side = (int)job->thumbnails[0].side;
  VipsInteresting crop = job->is_square ? VIPS_INTERESTING_CENTRE : VIPS_INTERESTING_NONE;
  VipsImage *lazy = NULL, *rgb = NULL, *cut = NULL, *pixels = NULL, *result = NULL;
  allow_only(job->format);
  if (!vips_thumbnail_source(
          source, &lazy, side, "height", side, "size", VIPS_SIZE_DOWN, "crop", crop, "no_rotate",
          TRUE, "fail_on", VIPS_FAIL_ON_TRUNCATED, NULL) &&
      !to_srgb(lazy, &rgb) &&
      !(job->is_square ? to_square(rgb, &cut) : vips_copy(rgb, &cut, NULL)) &&
      (pixels = vips_image_copy_memory(cut)) &&
      !upright(pixels, job->orientation, &result)) {
    // "strip" leaves the profile in a WebP; sRGB needs none.
    vips_image_remove(result, VIPS_META_ICC_NAME);
  }
  g_clear_object(&pixels);
  g_clear_object(&cut);
  g_clear_object(&rgb);
  g_clear_object(&lazy);
  g_object_unref(source);
  if (was_cut_short) g_clear_object(&result);
  return result;
}

// Drops the EXIF chunk that libvips 8.14 writes in spite of "strip", in place; returns the new
// length.
//
// Without transparency nothing then needs the extended form, and the picture's own chunk is all
// that stays.
static size_t drop_exif(uint8_t *bytes, size_t count) {
  if (count < 30 || memcmp(bytes + 12, "VP8X", 4) != 0) return count;
  size_t kept = 30;
  bytes[20] &= (uint8_t)~0x08;
  for (size_t at = 30; at + 8 <= count;) {
    size_t length = 8;
    for (int i = 0; i < 4; i++) length += (size_t)bytes[at + 4 + (size_t)i] << (8 * i);
    length += length % 2;
    if (length > count - at) return count;
    if (memcmp(bytes + at, "EXIF", 4) != 0) {
      memmove(bytes + kept, bytes + at, length);
      kept += length;
    }
    at += length;
  }
  if (memcmp(bytes + 30, "VP8 ", 4) == 0) {
    memmove(bytes + 12, bytes + 30, kept - 30);
    kept -= 18;
  }
  for (int i = 0; i < 4; i++) bytes[4 + i] = (uint8_t)((kept - 8) >> (8 * i));
  return kept;
}

static Outcome save_thumbnail(VipsImage *image, int quality, Thumbnail *thumbnail) {
  thumbnail->width = (uint32_t)vips_image_get_width(image);
  thumbnail->height = (uint32_t)vips_image_get_height(image);
  void *bytes = NULL;
  size_t count = 0;
  // Effort 2 takes 40 % of the time of the default, 4, and 5 % more bytes.
  if (vips_webpsave_buffer(image, &bytes, &count, "Q", quality, "effort", 2, "strip", TRUE, NULL)) {
    return OUTCOME_DAMAGED;
  }
  count = drop_exif(bytes, count);
  thumbnail->bytes = (uint32_t)count;
  Outcome outcome = write_file(thumbnail->path, bytes, count);
  g_free(bytes);
  return outcome;
}

static Outcome make_thumbnail(Preparation *job, VipsImage *larger, int index, VipsImage **made) {
  Thumbnail *thumbnail = &job->thumbnails[index];
  int side = (int)thumbnail->side;
  VipsImage *lazy = NULL;
  if (vips_thumbnail_image(larger, &lazy, side, "height", side, "size", VIPS_SIZE_DOWN, NULL)) {
    return OUTCOME_DAMAGED;
  }
  *made = vips_image_copy_memory(lazy);
  g_object_unref(lazy);
  return *made ? save_thumbnail(*made, job->quality, thumbnail) : OUTCOME_DAMAGED;
}

// A picture smaller than two of the boxes looks the same in both: one encoding serves.
static Outcome repeat_thumbnail(Preparation *job, int index) {
  Thumbnail *thumbnail = &job->thumbnails[index], *larger = thumbnail - 1;
  thumbnail->width = larger->width;
  thumbnail->height = larger->height;
  thumbnail->bytes = larger->bytes;
  if (link(larger->path, thumbnail->path) == 0) return OUTCOME_OK;
  vips_error_system(errno, "link", "%s", "cannot make the file");
  return OUTCOME_DISK;
}

static void average_color(VipsImage *image, uint8_t color[3]) {
  VipsImage *flat = NULL, *dot = NULL;
  double *values = NULL;
  int count = 0;
  VipsArrayDouble *white = vips_array_double_newv(3, 255.0, 255.0, 255.0);
  int bands = vips_image_get_bands(image);
  int status = bands == 4 ? vips_flatten(image, &flat, "background", white, NULL)
                          : vips_copy(image, &flat, NULL);
  if (status == 0 &&
      !vips_shrink(flat, &dot, vips_image_get_width(flat), vips_image_get_height(flat), NULL) &&
      !vips_getpoint(dot, &values, &count, 0, 0, NULL)) {
    for (int i = 0; i < 3; i++) color[i] = (uint8_t)values[count >= 3 ? i : 0];
  }
  g_free(values);
  vips_area_unref(VIPS_AREA(white));
  g_clear_object(&dot);
  g_clear_object(&flat);
}

static void make_placeholder(Preparation *job, VipsImage *image) {
  if (vips_image_hasalpha(image)) return;
  VipsImage *tiny = NULL;
  void *bytes = NULL;
  size_t count = 0;
  if (!vips_thumbnail_image(image, &tiny, 16, "height", 16, NULL) &&
      !vips_webpsave_buffer(tiny, &bytes, &count, "Q", 40, "effort", 6, "strip", TRUE, NULL)) {
    count = drop_exif(bytes, count);
    if (count <= MAX_PLACEHOLDER_BYTES) {
      memcpy(job->placeholder, bytes, count);
      job->placeholder_bytes = count;
    }
  }
  // Nobody misses it.
  vips_error_clear();
  g_free(bytes);
  g_clear_object(&tiny);
}

static Outcome make_thumbnails(Preparation *job) {
  VipsImage *largest = decode_largest(job);
  if (!largest) return OUTCOME_DAMAGED;
  int width = vips_image_get_width(largest), height = vips_image_get_height(largest);
  uint32_t longest = (uint32_t)VIPS_MAX(width, height);
  Outcome outcome = save_thumbnail(largest, job->quality, &job->thumbnails[0]);
  VipsImage *smallest = g_object_ref(largest);  // so far; each is made from the one before
  for (int i = 1; outcome == OUTCOME_OK && i < job->size_count; i++) {
    if (job->thumbnails[i].side >= longest) {
      outcome = repeat_thumbnail(job, i);
      continue;
    }
    VipsImage *made = NULL;
    outcome = make_thumbnail(job, smallest, i, &made);
    if (made) {
      g_object_unref(smallest);
      smallest = made;
    }
  }
  if (outcome == OUTCOME_OK) {
    average_color(smallest, job->color);
    make_placeholder(job, smallest);
  }
  g_object_unref(smallest);
  g_object_unref(largest);
  return outcome;
}

Outcome artel_prepare(Preparation *job) {
  was_cut_short = 0;
  if (!g_type_from_name(loaders[job->format])) return OUTCOME_UNSUPPORTED;
  allow_only(job->format);
  VipsImage *image = NULL;
  if (load(job, &image)) return OUTCOME_DAMAGED;
  Outcome outcome = check_header(job, image);
  int width = vips_image_get_width(image), height = vips_image_get_page_height(image);
  int is_on_side = job->orientation >= 5;
  job->width = (uint32_t)(is_on_side ? height : width);
  job->height = (uint32_t)(is_on_side ? width : height);
  if (outcome == OUTCOME_OK && job->format == FORMAT_HEIF) {
    outcome = convert(job, image);
  } else if (outcome == OUTCOME_OK && job->encoded[0]) {
    outcome = turn(job, image);
  }
  g_object_unref(image);
  return outcome == OUTCOME_OK ? make_thumbnails(job) : outcome;
}
