// The demo scene cut from paper: sheets with holes, each throwing a shadow on the one below.

#include <stdlib.h>
#include <string.h>

#include "DemoCanvas.h"

// A sheet of cut paper: 1 where there is paper. Its shadow is blurred at a quarter of the size.
typedef struct {
  float *mask, *shade, *row;
  int w, h, sw, sh;
} Sheet;

static void cut(Sheet *s, int y, float x0, float x1) {
  if (y < 0 || y >= s->h) return;
  float *row = s->mask + (size_t)y * (size_t)s->w;
  for (int x = x0 > 0 ? (int)x0 : 0; x < s->w && (float)x < x1; x++) {
    float l = x0 > (float)x ? x0 : (float)x, r = x1 < (float)x + 1 ? x1 : (float)x + 1;
    if (r - l > row[x]) row[x] = r - l;
  }
}
// A fir as scissors cut it: a few clean tiers.
static void cut_fir(Sheet *s, float x, float foot, float height, int tiers) {
  for (int y = floor_int(foot - height); (float)y < foot; y++) {
    float t = clamp01(1 - (foot - (float)y) / height), tier = t * ((float)tiers + 0.25f);
    float saw = tier - (float)(int)tier, level = (float)(int)tier / (float)tiers;
    float half = height * 0.24f * (saw * saw * 0.35f + saw * 0.65f) * (0.4f + 0.75f * level) +
                 height * 0.07f * level;
    if ((int)tier == tiers) half = height * 0.03f;
    cut(s, y, x - half - 0.5f, x + half + 0.5f);
  }
}
static void blur_shade(Sheet *s, int r) {
  float each = 1 / (float)(2 * r + 1);
  for (int y = 0; y < s->sh; y++) {
    float run = 0, *row = s->shade + (size_t)y * (size_t)s->sw;
    memcpy(s->row, row, (size_t)s->sw * sizeof *row);
    for (int x = -r; x < s->sw; x++) {
      run += (x + r < s->sw ? s->row[x + r] : s->row[s->sw - 1]) - (x > r ? s->row[x - r - 1] : 0);
      if (x >= 0) row[x] = run * each;
    }
  }
  for (int x = 0; x < s->sw; x++) {
    float run = 0, *column = s->shade + x;
    size_t step = (size_t)s->sw;
    for (int y = 0; y < s->sh; y++) s->row[y] = column[(size_t)y * step];
    for (int y = -r; y < s->sh; y++) {
      run += (y + r < s->sh ? s->row[y + r] : s->row[s->sh - 1]) - (y > r ? s->row[y - r - 1] : 0);
      if (y >= 0) column[(size_t)y * step] = run * each;
    }
  }
}
// Lays the sheet on the picture: first its shadow, then the paper.
static void lay(Canvas *c, Sheet *s, Color k, float lift) {
  int r = (int)(lift * c->u / 4) + 1;
  float shift = lift * c->u * 0.7f;
  for (int y = 0; y < s->sh; y++)
    for (int x = 0; x < s->sw; x++)
      s->shade[(size_t)y * (size_t)s->sw + (size_t)x] =
          s->mask[(size_t)y * 4 * (size_t)s->w + (size_t)x * 4];
  blur_shade(s, r);
  blur_shade(s, r);
  for (int y = 0; y < s->h; y++) {
    float sy = clamp01(((float)y - shift) / (float)s->h) * (float)s->sh * 0.999f,
          fy = sy - (float)(int)sy;
    const float *top = s->shade + (size_t)(int)sy * (size_t)s->sw,
                *low = (int)sy + 1 < s->sh ? top + s->sw : top;
    for (int x = 0; x < s->w; x++) {
      size_t i = (size_t)y * (size_t)s->w + (size_t)x;
      float m = s->mask[i], sx = ((float)x - shift) / 4, lit = 0;
      int ix = sx < 0 ? 0 : (int)sx < s->sw - 1 ? (int)sx : s->sw - 2;
      float fx = clamp01(sx - (float)ix);
      float dark = 0.6f * lerp(lerp(top[ix], top[ix + 1], fx), lerp(low[ix], low[ix + 1], fx), fy);
      if (x > 1 && y > 1) lit = clamp01(m - s->mask[i - 2 * (size_t)s->w - 2]);
      float grain = 0.975f + 0.05f * lattice(x >> 1, y >> 1, c->seed);
      if (m < 1) c->px[i] = scaled(c->px[i], 1 - dark);
      if (m > 0) c->px[i] = mix(c->px[i], plus(scaled(k, grain), (Color){1, 1, 1}, 0.13f * lit), m);
    }
  }
}
// A frame around the view: paper wherever the distance from the middle passes a wavy radius.
static void cut_frame(Sheet *s, float open, float u, uint32_t seed) {
  enum { turns = 512 };
  float radius[turns + 1];
  for (int i = 0; i <= turns; i++) {
    float a = (float)i * 6.2831853f / turns, x = cosf(a), y = sinf(a);
    radius[i] = open * (0.72f + 0.62f * cloud(x * 1.3f + 9, y * 1.3f + 9, 3, seed));
  }
  float cx = 0.5f * (float)s->w, cy = 0.53f * (float)s->h;
  for (int y = 0; y < s->h; y++)
    for (int x = 0; x < s->w; x++) {
      float dx = ((float)x - cx) / cx, dy = ((float)y - cy) / cy, d = sqrtf(dx * dx + dy * dy);
      // The angle without atan2: near enough to even steps once smoothed by the octagon below.
      float ax = fabsf(dx), ay = fabsf(dy), q = (ax < ay ? ax : ay) / ((ax > ay ? ax : ay) + 1e-6f);
      float turn = q * (0.9724f - 0.1919f * q * q);
      turn = ay > ax ? 1.5707963f - turn : turn;
      turn = dx < 0 ? 3.1415927f - turn : turn;
      turn = dy < 0 ? 6.2831853f - turn : turn;
      float t = clamp01(turn / 6.2831853f) * (turns - 0.01f),
            edge = lerp(radius[(int)t], radius[(int)t + 1], t - (float)(int)t);
      float cover = clamp01((d - edge) * u * 0.6f);
      size_t i = (size_t)y * (size_t)s->w + (size_t)x;
      if (cover > s->mask[i]) s->mask[i] = cover;
    }
}

static void paper_layers(Canvas *c, Sheet *s, const uint32_t *pal) {
  float w = (float)c->w, h = (float)c->h;
  for (int i = 0; i < 6; i++) {
    float near = (float)i / 5, shift = between(c, 0, 60), last = -1e9f,
          level = lerp(0.66f, 0.98f, near) * h;
    memset(s->mask, 0, (size_t)s->w * (size_t)s->h * sizeof *s->mask);
    for (int x = 0; x < c->w; x++) {
      float fx = (float)x / c->u,
            top = level - 0.18f * h * (cloud(fx * 1.2f + shift, 1, 2, c->seed) - 0.2f);
      for (int y = top > 0 ? (int)top : 0; y < c->h; y++)
        s->mask[(size_t)y * (size_t)c->w + (size_t)x] = clamp01((float)y + 1 - top);
      float side = fabsf((float)x / w - 0.5f) * 2,
            tall = c->u * lerp(0.13f, 0.46f, near * near) * between(c, 0.7f, 1.15f);
      if ((float)x - last < tall * between(c, 0.3f, 0.75f) || side < 0.62f * near) continue;
      last = (float)x;
      cut_fir(s, last, top + 0.01f * c->u + 0.085f * tall, tall * (0.7f + 0.5f * side),
              3 + (int)(roll(c) * 3));
    }
    if (i > 1) cut_frame(s, lerp(0.8f, 1.08f, near), c->u, c->seed + 50 * (uint32_t)i);
    lay(c, s, hex(pal[i + 1]), 0.006f + 0.012f * near);
  }
}

static const uint32_t paper_forest_palettes[][7] = {
    {0xfff1cf, 0xf9cf94, 0xef9d72, 0xcf6a66, 0x944662, 0x5a3152, 0x2b1d38},
    {0xf2f6e4, 0xc9e0c2, 0x93c2a5, 0x5c9d8d, 0x357573, 0x1f5058, 0x12313b},
    {0xe9ecff, 0xc3caf2, 0x98a5e0, 0x6b7bc6, 0x4757a0, 0x2d3b75, 0x1b2449},
    {0xfff6ea, 0xffd9c7, 0xf6b0a5, 0xdb8490, 0xa8607e, 0x6f4566, 0x40304c},
};

void artel_demo_paper_forest(Canvas *c) {
  const uint32_t *pal = paper_forest_palettes[c->variant % 4];
  float w = (float)c->w, h = (float)c->h, moonX = between(c, 0.4f, 0.6f) * w,
        moonY = between(c, 0.36f, 0.44f) * h;
  Sheet s = {.w = c->w, .h = c->h, .sw = (c->w + 3) / 4, .sh = (c->h + 3) / 4};
  size_t count = (size_t)s.w * (size_t)s.h, small = (size_t)s.sw * (size_t)s.sh;
  float *room = calloc(count + small + (size_t)s.sw + (size_t)s.sh, sizeof *room);
  if (!room) return;
  s.mask = room;
  s.shade = room + count;
  s.row = s.shade + small;
  sky(c, (const uint32_t[]){pal[1], pal[0], pal[1]}, 3, h);
  for (int i = 2; i >= 0; i--) {
    float r = c->u * (0.1f + 0.075f * (float)i);
    memset(s.mask, 0, count * sizeof *s.mask);
    for (int y = (int)(moonY - r); (float)y < moonY + r; y++) {
      float dy = (float)y + 0.5f - moonY, half = sqrtf(r * r - dy * dy > 0 ? r * r - dy * dy : 0);
      cut(&s, y, moonX - half, moonX + half);
    }
    lay(c, &s,
        mix(mix(hex(pal[0]), hex(pal[1]), 0.45f * (float)i), (Color){1.2f, 1.2f, 1.15f},
            0.5f - 0.15f * (float)i),
        0.006f);
  }
  paper_layers(c, &s, pal);
  free(room);
}
