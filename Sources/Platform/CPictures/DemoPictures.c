#include "DemoPictures.h"

#include <stdlib.h>
#include <string.h>
#include <vips/vips.h>

#include "DemoCanvas.h"

typedef void Scene(Canvas *);
static Scene *const scenes[] = {
    artel_demo_mountains,  artel_demo_sunset,     artel_demo_night,      artel_demo_paper_forest,
    artel_demo_birches,    artel_demo_wheat,      artel_demo_aurora,     artel_demo_city,
    artel_demo_embroidery, artel_demo_watercolor, artel_demo_lighthouse, artel_demo_bokeh,
};

int artel_demo_kind_count(void) { return (int)(sizeof scenes / sizeof *scenes); }

// Rolls off highlights, darkens the corners a little and breaks up banding with grain.
static void develop(const Canvas *c, unsigned char *out) {
  float cx = 0.5f * (float)c->w, cy = 0.5f * (float)c->h;
  for (int y = 0; y < c->h; y++)
    for (int x = 0; x < c->w; x++) {
      const float *p = &c->px[(size_t)y * (size_t)c->w + (size_t)x].r;
      float dx = ((float)x - cx) / cx, dy = ((float)y - cy) / cy;
      float corner = 1 - 0.055f * (dx * dx + dy * dy),
            grain = (lattice(x, y, c->seed) - 0.5f) * 3.2f;
      for (int i = 0; i < 3; i++) {
        float v = p[i] * corner;
        if (v > 0.8f) v = 0.8f + 0.2f * (1 - 1 / (1 + (v - 0.8f) * 5)) * 1.35f;
        v = v * 255 + grain + 0.5f;
        *out++ = (unsigned char)(v < 0 ? 0 : v > 255 ? 255 : v);
      }
    }
}

static int save(const unsigned char *pixels, int width, int height, const char *path) {
  size_t bytes = (size_t)width * (size_t)height * 3, length = strlen(path);
  VipsImage *image = vips_image_new_from_memory(pixels, bytes, width, height, 3, VIPS_FORMAT_UCHAR);
  if (!image) return -1;
  image->Type = VIPS_INTERPRETATION_sRGB;
  int failed = length > 4 && strcmp(path + length - 4, ".png") == 0
                   ? vips_pngsave(image, path, NULL)
                   : vips_jpegsave(image, path, "Q", 90, NULL);
  g_object_unref(image);
  return failed ? -1 : 0;
}

int artel_demo_picture(int kind, unsigned long long seed, int width, int height, const char *path) {
  if (kind < 0 || kind >= artel_demo_kind_count() || !path) return -1;
  if (width < 16 || height < 16 || width > 8192 || height > 8192) return -1;
  size_t count = (size_t)width * (size_t)height;
  Canvas c = {.w = width, .h = height, .u = (float)(width < height ? width : height)};
  c.variant = (unsigned)(seed % 1000);
  c.dice = seed * 0xD1B54A32D192ED03u + (uint64_t)kind;
  c.px = calloc(count, sizeof *c.px);
  unsigned char *pixels = malloc(count * 3);
  int result = -1;
  if (c.px && pixels) {
    c.seed = (uint32_t)(roll(&c) * 65536) * 8;
    scenes[kind](&c);
    develop(&c, pixels);
    result = save(pixels, width, height, path);
  }
  free(c.px);
  free(pixels);
  return result;
}
