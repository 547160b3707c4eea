#pragma once

// The drawing tools that the demo scenes share. Private to this target.

#include <math.h>
#include <stdint.h>
#include <stddef.h>

// Lengths are in pixels; `u`, the shorter side, scales everything that must not depend on the size.
typedef struct {
  float r, g, b;
} Color;
typedef struct {
  int w, h;
  float u;
  unsigned variant;
  uint64_t dice;
  uint32_t seed;
  Color *px;
} Canvas;

// MARK: Numbers

static inline float clamp01(float v) { return v < 0 ? 0 : v > 1 ? 1 : v; }
static inline float lerp(float a, float b, float t) { return a + (b - a) * t; }
static inline int floor_int(float v) {
  int i = (int)v;
  return i - (v < (float)i);
}
static inline float step_between(float a, float b, float v) {
  float t = clamp01((v - a) / (b - a));
  return t * t * (3 - 2 * t);
}
// A bell without exp(): 1 at 0, 0.25 at 1, then a long tail.
static inline float bell(float d) {
  float q = 1 / (1 + d * d);
  return q * q;
}

static inline float roll(Canvas *c) {
  uint64_t z = (c->dice += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return (float)(int)((z ^ (z >> 31)) >> 40) * (1.0f / 16777216);
}
static inline float between(Canvas *c, float a, float b) { return lerp(a, b, roll(c)); }

static inline float lattice(int x, int y, uint32_t s) {
  uint32_t h = ((uint32_t)x * 0x9E3779B1u) ^ ((uint32_t)y * 0x85EBCA77u + s * 0xC2B2AE3Du);
  h = (h ^ (h >> 15)) * 0x2C1B3C6Du;
  h = (h ^ (h >> 12)) * 0x297A2D39u;
  return (float)(int)((h ^ (h >> 15)) >> 8) * (1.0f / 16777216);
}
static inline float noise(float x, float y, uint32_t s) {
  int ix = floor_int(x), iy = floor_int(y);
  float fx = x - (float)ix, fy = y - (float)iy;
  fx *= fx * (3 - 2 * fx);
  fy *= fy * (3 - 2 * fy);
  float top = lerp(lattice(ix, iy, s), lattice(ix + 1, iy, s), fx);
  return lerp(top, lerp(lattice(ix, iy + 1, s), lattice(ix + 1, iy + 1, s), fx), fy);
}
// Octaves of noise, each turned so that the lattice does not show; 0 to 1, mostly 0.25 to 0.75.
static inline float cloud(float x, float y, int octaves, uint32_t s) {
  float sum = 0, size = 1, total = 0;
  for (int i = 0; i < octaves; i++) {
    sum += size * noise(x, y, s + (uint32_t)i);
    total += size;
    size *= 0.5f;
    float turned = 1.6f * x - 1.2f * y + 7.3f;
    y = 1.2f * x + 1.6f * y + 3.1f;
    x = turned;
  }
  return sum / total;
}

// MARK: Colors and marks

static inline Color hex(uint32_t v) {
  return (Color){(float)(v >> 16 & 255) / 255, (float)(v >> 8 & 255) / 255, (float)(v & 255) / 255};
}
static inline Color mix(Color a, Color b, float t) {
  return (Color){lerp(a.r, b.r, t), lerp(a.g, b.g, t), lerp(a.b, b.b, t)};
}
static inline Color scaled(Color a, float k) { return (Color){a.r * k, a.g * k, a.b * k}; }
static inline Color plus(Color a, Color b, float k) {
  return (Color){a.r + b.r * k, a.g + b.g * k, a.b + b.b * k};
}
static inline Color *at(Canvas *c, int x, int y) { return c->px + (size_t)y * (size_t)c->w + x; }
static inline void dab(Canvas *c, int x, int y, Color k, float alpha) {
  if (x < 0 || y < 0 || x >= c->w || y >= c->h) return;
  Color *p = at(c, x, y);
  *p = mix(*p, k, alpha);
}
static inline Color ramp(const uint32_t *stops, int count, float t) {
  float at = clamp01(t) * (float)(count - 1);
  int i = (int)at < count - 1 ? (int)at : count - 2;
  return mix(hex(stops[i]), hex(stops[i + 1]), step_between(0, 1, at - (float)i));
}
static inline void sky(Canvas *c, const uint32_t *stops, int count, float bottom) {
  for (int y = 0; y < c->h; y++) {
    Color k = ramp(stops, count, (float)y / bottom);
    for (int x = 0; x < c->w; x++) *at(c, x, y) = k;
  }
}
// One row or one column of a shape, with soft ends.
static inline void across(Canvas *c, int y, float x0, float x1, Color k, float alpha) {
  int first = floor_int(x0) > 0 ? floor_int(x0) : 0, last = floor_int(x1) + 1;
  if (y < 0 || y >= c->h) return;
  for (int x = first; x < last && x < c->w; x++) {
    float l = x0 > (float)x ? x0 : (float)x, r = x1 < (float)x + 1 ? x1 : (float)x + 1;
    if (r > l) dab(c, x, y, k, alpha * (r - l));
  }
}
static inline void down(Canvas *c, int x, float y0, float y1, Color k, float alpha) {
  int first = floor_int(y0) > 0 ? floor_int(y0) : 0, last = floor_int(y1) + 1;
  for (int y = first; y < last && y < c->h; y++) {
    float t = y0 > (float)y ? y0 : (float)y, b = y1 < (float)y + 1 ? y1 : (float)y + 1;
    if (b > t) dab(c, x, y, k, alpha * (b - t));
  }
}
// A straight line whose width goes from w0 to w1.
static inline void stroke(Canvas *c, float x0, float y0, float x1, float y1, float w0, float w1,
                          Color k, float alpha) {
  float dx = x1 - x0, dy = y1 - y0, length = sqrtf(dx * dx + dy * dy) + 1e-6f;
  int steep = fabsf(dy) > fabsf(dx);
  float a = steep ? y0 : x0, b = steep ? y1 : x1, run = b - a;
  float slant = 0.5f * length / (fabsf(run) + 1e-6f), low = a < b ? a : b, high = a < b ? b : a;
  for (int i = floor_int(low); (float)i <= high; i++) {
    float t = clamp01(((float)i + 0.5f - a) / (run + (run < 0 ? -1e-6f : 1e-6f)));
    float half = slant * lerp(w0, w1, t), mid = steep ? x0 + dx * t : y0 + dy * t;
    float fade = half < 0.5f ? half * 2 : 1;
    half = half < 0.5f ? 0.5f : half;
    if (steep)
      across(c, i, mid - half, mid + half, k, alpha * fade);
    else if (i >= 0 && i < c->w)
      down(c, i, mid - half, mid + half, k, alpha * fade);
  }
}
// A disc whose edge is `soft` pixels wide; `rim` > 0 makes the edge brighter than the middle.
static inline void disc(Canvas *c, float cx, float cy, float r, float soft, float rim, Color k,
                        float alpha) {
  for (int y = floor_int(cy - r - soft); (float)y <= cy + r + soft; y++)
    for (int x = floor_int(cx - r - soft); (float)x <= cx + r + soft; x++) {
      float dx = (float)x + 0.5f - cx, dy = (float)y + 0.5f - cy, d = sqrtf(dx * dx + dy * dy);
      float cover = clamp01((r + 0.5f * soft - d) / soft);
      if (cover > 0) dab(c, x, y, k, alpha * cover * (1 - rim + rim * (d / r) * (d / r) * (d / r)));
    }
}
static inline void glow(Canvas *c, float cx, float cy, float r, Color k, float strength) {
  int x0 = cx - r > 0 ? (int)(cx - r) : 0, y0 = cy - r > 0 ? (int)(cy - r) : 0;
  for (int y = y0; y < c->h && (float)y < cy + r; y++)
    for (int x = x0; x < c->w && (float)x < cx + r; x++) {
      float dx = (float)x - cx, dy = (float)y - cy, q = 1 - (dx * dx + dy * dy) / (r * r);
      if (q > 0) *at(c, x, y) = plus(*at(c, x, y), k, strength * q * q * q);
    }
}
static inline void fir(Canvas *c, float x, float foot, float height, Color k, float alpha) {
  float tiers = between(c, 6, 10), wide = height * between(c, 0.15f, 0.22f);
  uint32_t s = (uint32_t)(roll(c) * 65536);
  for (int y = floor_int(foot - height); (float)y < foot; y++) {
    float t = clamp01(1 - (foot - (float)y) / height), tier = t * tiers;
    float saw = tier - (float)(int)tier, half = wide * (0.04f + t) * (0.5f + 0.5f * saw);
    float left = noise(tier * 5, 0, s), right = noise(tier * 5, 9, s);
    across(c, y, x - half * (0.55f + 0.6f * left) - 0.4f, x + half * (0.55f + 0.6f * right) + 0.4f,
           k, alpha);
  }
}
// A ridge line in 0...1: `sharp` turns soft hills into crests.
static inline float ridge(float x, float sharp, uint32_t s) {
  float soft = cloud(x, 0.5f, 6, s), fold = 1 - fabsf(2 * cloud(x * 0.8f, 4.5f, 7, s + 40) - 1) * 2;
  return lerp(soft, fold, sharp);
}

// MARK: Scenes

void artel_demo_mountains(Canvas *c);
void artel_demo_sunset(Canvas *c);
void artel_demo_night(Canvas *c);
void artel_demo_paper_forest(Canvas *c);
void artel_demo_birches(Canvas *c);
void artel_demo_wheat(Canvas *c);
void artel_demo_aurora(Canvas *c);
void artel_demo_city(Canvas *c);
void artel_demo_embroidery(Canvas *c);
void artel_demo_watercolor(Canvas *c);
void artel_demo_lighthouse(Canvas *c);
void artel_demo_bokeh(Canvas *c);
