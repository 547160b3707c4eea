// Demo scenes closer by: city, embroidery, watercolor, lighthouse, macro.

#include <stdlib.h>

#include "DemoCanvas.h"

// A church on drums: one big onion dome and smaller ones beside it.
static void cupola(Canvas *c, float x, float foot, float half, float tall, Color k, Color gold) {
  float drum = foot - tall, bulb = half * 2.5f, neck = drum - bulb;
  for (int y = (int)(neck - half); (float)y < foot; y++) {
    float wide = half * 0.72f, t = (drum - (float)y) / bulb;
    if (t >= 0 && t < 0.42f)
      wide = half *
             (0.72f + 0.38f * sqrtf(clamp01(1 - (t / 0.42f - 0.62f) * (t / 0.42f - 0.62f) * 2.4f)));
    else if (t >= 0.42f)
      wide = half * 0.93f * clamp01(1.42f - t) * clamp01(1.42f - t) * clamp01(1.42f - t);
    if (t < 0) {
      across(c, y, x - wide, x + wide, k, 1);
      continue;
    }
    for (int px = (int)(x - wide); (float)px < x + wide; px++) {
      float side = ((float)px - x) / (wide + 1), shine = bell((side + 0.35f) * 4);
      dab(c, px, y, mix(mix(k, gold, 0.45f), plus(gold, (Color){1, 1, 1}, 0.15f), shine),
          clamp01(wide - fabsf((float)px + 0.5f - x) + 0.5f));
    }
  }
  float tip = neck - half * 1.5f, thin = half * 0.09f + 0.8f;
  stroke(c, x, tip, x, neck, thin, thin, gold, 1);
  stroke(c, x - half * 0.36f, tip + half * 0.45f, x + half * 0.36f, tip + half * 0.45f, thin, thin,
         gold, 1);
  stroke(c, x - half * 0.2f, tip + half * 0.2f, x + half * 0.2f, tip + half * 0.2f, thin, thin,
         gold, 1);
  stroke(c, x - half * 0.24f, tip + half * 0.72f, x + half * 0.24f, tip + half * 0.92f, thin, thin,
         gold, 1);
}

static void panel_house(Canvas *c, float left, float wide, float top, Color wall, float lights,
                        float near) {
  float cell = c->u * lerp(0.014f, 0.03f, near), right = left + wide;
  int columns = (int)(wide / cell);
  cell = wide / (float)columns;
  uint32_t s = (uint32_t)(roll(c) * 65536);
  for (int y = (int)top; y < c->h; y++)
    across(c, y, left, right, scaled(wall, 1.12f - 0.3f * ((float)y - top) / (float)c->h), 1);
  stroke(c, left - 2, top, right + 2, top, cell * 0.22f, cell * 0.22f, scaled(wall, 0.75f), 1);
  for (int i = 0; i < 4; i++) {
    float ax = lerp(left, right, roll(c)), tall = cell * between(c, 0.5f, 1.6f);
    stroke(c, ax, top - tall, ax, top, 1.2f, 1.6f, scaled(wall, 0.7f), 1);
    if (i < 2) across(c, (int)top - 1, ax, ax + cell * 0.8f, wall, 1);
    if (i == 0)
      for (int y = (int)(top - cell * 0.7f); (float)y < top; y++)
        across(c, y, ax, ax + cell * 1.6f, wall, 1);
  }
  for (int row = 0; top + cell * 1.25f * ((float)row + 0.35f) < (float)c->h; row++)
    for (int i = 0; i < columns; i++) {
      float x = left + ((float)i + 0.24f) * cell, y = top + cell * 1.25f * ((float)row + 0.35f);
      float w = cell * (i % 4 == 1 ? 0.62f : 0.46f), h = cell * 0.56f, chance = lattice(i, row, s);
      int lit = chance < lights, tone = (int)(lattice(i, row, s + 1) * 8);
      Color k = scaled(wall, 0.55f);
      if (lit)
        k = tone < 4   ? (Color){1, 0.8f, 0.45f}
            : tone < 6 ? (Color){1, 0.9f, 0.68f}
            : tone < 7 ? (Color){0.98f, 0.62f, 0.35f}
                       : (Color){0.72f, 0.82f, 1};
      float power = lit ? 0.6f + 0.4f * lattice(i, row, s + 2) : 1;
      for (int py = (int)y; (float)py < y + h; py++) {
        float v = ((float)py - y) / h;
        across(c, py, x, x + w, scaled(k, 0.78f + 0.25f * v), power);
        across(c, py, x + w * 0.48f - 0.5f, x + w * 0.48f + 0.6f, wall, 0.55f);
      }
      if (i % 4 == 1) across(c, (int)(y + h), x - 1, x + w + 1, scaled(wall, 1.25f), 0.8f);
      if (lit) glow(c, x + w / 2, y + h / 2, cell * 1.1f, k, 0.1f);
    }
}

static const uint32_t city_palettes[][6] = {
    {0x1d2a5c, 0x6a5a9a, 0xe58c8a, 0xffc68f, 0x232a52, 0xffce74},
    {0x16324f, 0x3f7893, 0xa9c3b7, 0xf7d9a0, 0x1d3247, 0xf6d28a},
    {0x2a1a4a, 0x84407f, 0xee6f6a, 0xffb366, 0x2a1c44, 0xffc062},
    {0x2b3a63, 0x7f8fc0, 0xd9bfd4, 0xf9dfd0, 0x34426b, 0xf3d9a2},
};

void artel_demo_city(Canvas *c) {
  const uint32_t *pal = city_palettes[c->variant % 4];
  float w = (float)c->w, h = (float)c->h, street = 0.8f * h;
  Color dusk = hex(pal[4]), haze = hex(pal[2]), gold = hex(pal[5]);
  sky(c, pal, 4, street);
  for (int y = 0; (float)y < street; y++)
    for (int x = 0; x < c->w; x++) {
      float fx = (float)x / c->u, fy = (float)y / c->u,
            veil = step_between(0.45f, 0.75f, cloud(fx * 1.4f - fy, fy * 6, 4, c->seed));
      dab(c, x, y, mix(hex(pal[3]), hex(pal[2]), (float)y / street), 0.5f * veil);
    }
  float moonX = between(c, 0.12f, 0.88f) * w, moonY = between(c, 0.1f, 0.2f) * h;
  glow(c, moonX, moonY, 0.16f * c->u, (Color){1, 0.95f, 0.85f}, 0.2f);
  disc(c, moonX, moonY, 0.022f * c->u, 1.5f, 0, (Color){1.2f, 1.15f, 1.05f}, 1);
  for (float x = -0.1f * w; x < w;) {
    float wide = c->u * between(c, 0.08f, 0.2f), top = street - h * between(c, 0.12f, 0.27f);
    panel_house(c, x, wide, top, mix(dusk, haze, 0.62f), 0.12f, 0);
    x += wide + c->u * between(c, 0, 0.05f);
  }
  float church = between(c, 0.3f, 0.7f) * w, big = 0.042f * c->u;
  Color stone = mix(dusk, haze, 0.32f);
  for (int i = 0; i < 5; i++) {
    static const float sides[] = {-2.5f, 2.5f, -1.35f, 1.35f, 0},
                       sizes[] = {0.6f, 0.6f, 0.72f, 0.72f, 1.1f},
                       rises[] = {4.4f, 4.4f, 5.6f, 5.6f, 7.4f};
    cupola(c, church + sides[i] * big, street, big * sizes[i], big * rises[i], stone, gold);
  }
  for (int y = (int)(street - 4 * big); y < c->h; y++)
    across(c, y, church - 3.3f * big, church + 3.3f * big, stone, 1);
  for (int i = -2; i < 3; i++) {
    float x = church + (float)i * 1.25f * big, y = street - 2.4f * big;
    for (int py = (int)y; (float)py < y + 1.3f * big; py++)
      across(c, py, x - 0.2f * big, x + 0.2f * big, gold, 0.85f);
    disc(c, x, y, 0.2f * big, 1.2f, 0, gold, 0.85f);
    glow(c, x, y + 0.5f * big, 1.2f * big, gold, 0.14f);
  }
  for (int layer = 0; layer < 2; layer++) {
    for (int x = 0; layer && x < c->w; x++)
      down(c, x, h * (0.93f - 0.1f * cloud((float)x / c->u * 9, 2, 5, c->seed)), h,
           scaled(dusk, 0.8f), 1);
    for (float x = -c->u * between(c, 0, 0.15f); x < w;) {
      float near = 0.35f + 0.65f * (float)layer,
            wide = c->u * between(c, 0.16f, 0.36f) * (0.7f + 0.5f * near);
      float away = fabsf(x + wide / 2 - church) / w,
            top = h * (layer ? between(c, 0.74f, 0.86f) - 0.26f * away
                             : between(c, 0.68f, 0.8f) - 0.2f * away);
      panel_house(c, x, wide, top, mix(dusk, haze, layer ? 0.02f : 0.18f), layer ? 0.34f : 0.28f,
                  near);
      x += wide + c->u * (layer ? between(c, 0.02f, 0.12f) : between(c, 0, 0.04f));
    }
  }
  for (int y = (int)(0.5f * h); y < c->h; y++)
    for (int x = 0; x < c->w; x++)
      *at(c, x, y) =
          plus(*at(c, x, y), hex(pal[3]), 0.05f * bell(((float)y - street) / (0.1f * h)));
}

// One quarter of each motif; it is mirrored to the right and down. '#' main color, '+' second.
static const char *const motifs[][9] = {
    {"....#...#", "...##..##", "..##+.##.", ".##+.##..", "##+.##..#", "...##..##", "..##..#++",
     ".##..#+++", "##..#++##"},
    {"........#", ".......##", "#.....##+", "##...##+.", "#+#.##+..", "#++##+..#", "#+##+..##",
     "###+..##+", "##...##++"},
    {"#.....#..", ".#...###.", "..#.##+##", "...##+++#", "..##+#+#.", ".##+++#..", "##+#+#..+",
     ".#++#..++", "..##..+##"},
    {"#.#.....#", ".#.#...##", "#.#.#.##.", ".#.#.##.+", "....##.++", "...##.++.", "..##.++.#",
     ".##.++.##", "##.++.###"},
};
static char motif_at(int kind, int x, int y) {
  x = x < 9 ? x : 16 - x;
  y = y < 9 ? y : 16 - y;
  return motifs[kind][y][x];
}
static char border_at(int kind, int x, int y) {
  int fold = x % 12 < 6 ? x % 12 : 11 - x % 12;
  if (y == 0 || y == 8) return kind % 2 ? (x % 4 < 3 ? '#' : '.') : '#';
  if (kind == 0) return abs(y - 4) == abs(fold - 3) ? '#' : abs(y - 4) + 2 < fold ? '+' : '.';
  if (kind == 1) return y - 1 == fold || y - 2 == fold ? '#' : y - 4 == fold ? '+' : '.';
  if (kind == 2)
    return abs(y - 4) + abs(fold - 5) == 3  ? '#'
           : abs(y - 4) + abs(fold - 5) < 2 ? '+'
           : abs(y - 4) == 3 && fold < 1    ? '#'
                                            : '.';
  return (y + x) % 6 == 2 || (y + x) % 6 == 3 ? '#' : (y + x) % 6 == 5 && y % 2 ? '+' : '.';
}

static void stitch(Canvas *c, float x, float y, float cell, Color k) {
  float in = cell * 0.12f, thick = cell * 0.36f, lift = cell * 0.08f;
  for (int i = 0; i < 2; i++) {
    float ax = i ? x + cell - in : x + in, bx = i ? x + in : x + cell - in, ay = y + in,
          by = y + cell - in;
    stroke(c, ax + lift, ay + lift, bx + lift, by + lift * 1.5f, thick, thick,
           (Color){0.15f, 0.1f, 0.1f}, 0.35f);
    stroke(c, ax, ay, bx, by, thick, thick, scaled(k, i ? 1 : 0.86f), 1);
    stroke(c, ax - lift, ay, bx - lift, by, thick * 0.3f, thick * 0.3f,
           plus(k, (Color){1, 1, 1}, 0.22f), 0.6f);
  }
}

static const uint32_t embroidery_palettes[][3] = {
    {0xf3ece0, 0xb3202c, 0x1f1b24}, {0xefe6d6, 0x1f4e8c, 0xb8322f}, {0x2a2730, 0xe8d6b0, 0xc93b3b},
    {0xece8dc, 0x2f6b4f, 0xc8801f}, {0xb02a30, 0xf7ecd9, 0xf2c14e},
};

void artel_demo_embroidery(Canvas *c) {
  const uint32_t *pal = embroidery_palettes[c->variant % 5];
  float cell = c->u / 84;
  int across_cells = (int)((float)c->w / cell) + 2, rows = (int)((float)c->h / cell) + 2;
  Color cloth = hex(pal[0]);
  for (int y = 0; y < c->h; y++)
    for (int x = 0; x < c->w; x++) {
      float tx = (float)x / cell * 3, ty = (float)y / cell * 3;
      int over = (floor_int(tx) + floor_int(ty)) & 1;
      float a = tx - (float)floor_int(tx) - 0.5f, b = ty - (float)floor_int(ty) - 0.5f,
            bulge = over ? a * a : b * b;
      float slub = noise(over ? tx * 0.08f : tx * 2, over ? ty * 2 : ty * 0.08f, c->seed);
      *at(c, x, y) =
          scaled(cloth, (1.02f - 0.5f * bulge - 0.05f * (float)over) * (0.9f + 0.12f * slub));
    }
  int period = 17 + 9 + 4, main = (int)(roll(c) * 4), other = (main + 1 + (int)(roll(c) * 3)) % 4,
      trim = (int)(roll(c) * 4);
  int start = (rows / 2 + 400 * period - 8) % period, middle = across_cells / 2;
  for (int y = 0; y < rows; y++)
    for (int x = 0; x < across_cells; x++) {
      int band = (y - start + period * 40) % period, index = (y - start + period * 40) / period;
      int column = x - middle + 9 + 19 * 40, inside = column % 19;
      char mark = '.';
      if (band < 17 && inside < 17)
        mark = motif_at(((column / 19 + index) % 2) ? main : other, inside, band);
      else if (band < 17 && inside == 17)
        mark = band % 4 == 0 ? '+' : '.';
      if (band >= 19 && band < 28)
        mark =
            border_at((trim + index % 2) % 4, abs(x - middle) + (x < middle ? 11 : 0), band - 19);
      if (mark == '.') continue;
      Color k = scaled(hex(pal[mark == '#' ? 1 : 2]), 0.88f + 0.2f * lattice(x, y, c->seed + 2));
      stitch(c, ((float)x - 0.7f) * cell + lattice(x, y, 5) * cell * 0.08f,
             ((float)y - 0.7f) * cell + lattice(x, y, 6) * cell * 0.08f, cell, k);
    }
  glow(c, 0.3f * (float)c->w, 0.2f * (float)c->h, 1.4f * c->u, (Color){1, 0.95f, 0.85f}, 0.06f);
}

static const uint32_t watercolor_palettes[][6] = {
    {0x2f6f9f, 0x5fb3b3, 0xf2a65a, 0xe2725b, 0x7a5c99, 0x1d3557},
    {0xd9647a, 0xf4a6a0, 0xf7c873, 0x8fb996, 0x4f7cac, 0x5b3a6b},
    {0x2e6e5e, 0x7fb069, 0xd8c25a, 0xe6a04f, 0x3f88a5, 0x1f4040},
    {0x3b3f8f, 0x7a5fc0, 0xd36fa8, 0xf7a072, 0x4fa3c7, 0x1d1f4f},
};

void artel_demo_watercolor(Canvas *c) {
  const uint32_t *pal = watercolor_palettes[c->variant % 4];
  float w = (float)c->w, h = (float)c->h;
  for (int y = 0; y < c->h; y++)
    for (int x = 0; x < c->w; x++) {
      *at(c, x, y) = (Color){0.985f, 0.975f, 0.955f};
    }
  const int washes = 7;
  for (int i = 0; i < washes; i++) {
    float cx = between(c, 0.12f, 0.88f) * w, cy = between(c, 0.15f, 0.85f) * h,
          size = c->u * between(c, 0.16f, 0.36f) * (i < 3 ? 1.2f : 0.9f);
    float flat = between(c, 0.55f, 1.1f), shift = between(c, 0, 90);
    Color first = hex(pal[i % 5]), second = hex(pal[(i + 1 + (int)(roll(c) * 2)) % 5]);
    int y0 = (int)(cy - 1.9f * size / flat), x0 = (int)(cx - 1.9f * size);
    for (int y = y0 < 0 ? 0 : y0; y < c->h && (float)y < cy + 1.9f * size / flat; y++)
      for (int x = x0 < 0 ? 0 : x0; x < c->w && (float)x < cx + 1.9f * size; x++) {
        float fx = (float)x / c->u, fy = (float)y / c->u, dx = ((float)x - cx) / size,
              dy = ((float)y - cy) / size * flat;
        float d = sqrtf(dx * dx + dy * dy);
        if (d > 1.3f) continue;
        float edge = cloud(fx * 3.4f + shift, fy * 3.4f, 4, c->seed + 7),
              body = d + (edge - 0.5f) * 2.3f + 1.5f * step_between(1.05f, 1.5f, d);
        if (body > 1) continue;
        float bloom = cloud(fx * 2 + shift, fy * 2 + 2 * edge, 2, c->seed + 30),
              rim = clamp01((body - 0.955f) / 0.04f);
        float wet = step_between(1, 0.985f, body) *
                    (0.1f + 0.6f * bloom + 0.28f * rim * rim + 0.18f * bell((bloom - 0.52f) * 60));
        Color k = mix(first, second, step_between(0.35f, 0.65f, bloom + 0.2f * dy)),
              *p = at(c, x, y);
        float a = clamp01(wet);
        *p = (Color){p->r * lerp(1, k.r, a), p->g * lerp(1, k.g, a), p->b * lerp(1, k.b, a)};
      }
  }
  for (int i = 0; i < 70; i++) {
    float size = roll(c), x = roll(c) * w, y = roll(c) * h;
    disc(c, x, y, c->u * (0.001f + 0.007f * size * size * size * size), 1.6f, 0.35f,
         hex(pal[i % 6]), 0.6f);
  }
  for (int y = 0; y < c->h; y++)
    for (int x = 0; x < c->w; x++) {
      float tooth = noise((float)x * 0.33f, (float)y * 0.33f, c->seed) - 0.5f;
      Color *p = at(c, x, y), white = {1, 1, 1};
      *p = scaled(mix(white, *p, 1 + 0.24f * tooth), 1 + 0.02f * tooth);
    }
}

static void rocks(Canvas *c, float middle, float sea, float reach, float rise, float fogged,
                  const uint32_t *pal) {
  float h = (float)c->h;
  Color fog = hex(pal[2]), dark = hex(pal[3]);
  for (int x = 0; x < c->w; x++) {
    float fx = (float)x / c->u, away = fabsf((float)x - middle) / reach;
    if (away > 1) continue;
    float top = sea - rise * (1 - away * away) * (0.4f + cloud(fx * 7, rise, 5, c->seed + 3));
    float low = sea + 0.03f * h * (1 - away * away) * (0.7f + 0.4f * noise(fx * 9, 7, c->seed));
    for (int y = (int)top; (float)y < low && y < c->h; y++) {
      float rock = cloud(fx * 16 + (float)y / c->u * 8, (float)y / c->u * 24, 4, c->seed + 9);
      Color k = mix(scaled(dark, 0.5f + rock), fog,
                    fogged + 0.25f * bell((low - (float)y) / (0.012f * h)));
      dab(c, x, y, k, clamp01((float)y - top) * clamp01(low - (float)y));
    }
  }
}

static void tower(Canvas *c, float x, float foot, float tall, float half, const uint32_t *pal) {
  Color fog = hex(pal[2]), dark = hex(pal[3]), light = hex(pal[5]);
  for (int y = (int)(foot - tall); (float)y < foot + 0.1f * tall; y++) {
    float t = clamp01((foot - (float)y) / tall),
          wide = half * lerp(1, 0.58f, t * (1.4f - 0.4f * t));
    int red = (int)(t * 5 + 0.5f) % 2 == 0;
    for (int px = (int)(x - wide) - 1; (float)px < x + wide + 1; px++) {
      float k = ((float)px + 0.5f - x) / wide,
            shade = 1.04f - 0.45f * clamp01(k * 0.5f + 0.5f) - 0.2f * k * k;
      Color paint = scaled(red ? hex(pal[4]) : (Color){0.95f, 0.94f, 0.91f},
                           shade * (0.94f + 0.1f * noise(k * 3, (float)y / half * 3, 4)));
      dab(c, px, y, mix(paint, fog, 0.12f + 0.3f * (1 - t) * (1 - t)),
          clamp01(wide - fabsf((float)px + 0.5f - x) + 0.5f));
    }
  }
  for (int i = 0; i < 3; i++) {
    float y = foot - tall * (0.2f + 0.27f * (float)i);
    stroke(c, x, y - half * 0.2f, x, y + half * 0.1f, half * 0.2f, half * 0.2f, dark, 0.85f);
  }
  float top = foot - tall, lamp = half * 0.46f;
  stroke(c, x - half * 0.85f, top, x + half * 0.85f, top, half * 0.16f, half * 0.16f, dark, 0.95f);
  for (int i = -3; i < 4; i++)
    stroke(c, x + (float)i * half * 0.27f, top - half * 0.32f, x + (float)i * half * 0.27f, top,
           1.4f, 1.4f, dark, 0.9f);
  stroke(c, x - half * 0.85f, top - half * 0.34f, x + half * 0.85f, top - half * 0.34f, 1.8f, 1.8f,
         dark, 0.9f);
  for (int y = (int)(top - 1.55f * half); (float)y < top; y++)
    across(c, y, x - lamp, x + lamp, light, 0.95f);
  for (int i = -1; i < 2; i++)
    stroke(c, x + (float)i * lamp, top - 1.55f * half, x + (float)i * lamp, top, 2, 2, dark, 1);
  for (int y = (int)(top - 2.3f * half); (float)y < top - 1.5f * half; y++) {
    float t = ((float)y - top + 2.3f * half) / (0.8f * half);
    across(c, y, x - lamp * 1.35f * sqrtf(t), x + lamp * 1.35f * sqrtf(t),
           mix(dark, hex(pal[4]), 0.4f), 1);
  }
  stroke(c, x, top - 2.8f * half, x, top - 2.2f * half, 2, 2.5f, dark, 1);
}

// The beam and the drifting fog, over everything.
static void beam_and_fog(Canvas *c, float x, float sea, float lampY, const uint32_t *pal) {
  float w = (float)c->w, lean = between(c, -0.1f, 0.12f);
  Color fog = hex(pal[2]), light = hex(pal[5]);
  for (int y = 0; y < c->h; y++)
    for (int px = 0; px < c->w; px++) {
      float dx = ((float)px - x) / w, dy = ((float)y - lampY) / w, far = fabsf(dx) + 0.004f;
      float off = (dy - lean * (dx < 0 ? -dx : dx) * (dx < 0 ? 1 : -0.6f)) / (0.012f + 0.16f * far),
            fx = (float)px / c->u, fy = (float)y / c->u;
      float mist = cloud(fx * 1.6f + 3, fy * 4.5f, 5, c->seed + 40),
            low = bell(((float)y - sea) / (0.2f * (float)c->h));
      float beam = bell(off * 1.5f) * (0.5f + mist) * 0.75f / (1 + 2.2f * far);
      Color *p = at(c, px, y);
      *p = plus(mix(*p, fog, clamp01(step_between(0.36f, 0.75f, mist) * (0.18f + 0.85f * low))),
                light, 0.55f * beam);
    }
  glow(c, x, lampY, 0.3f * c->u, light, 0.4f);
  glow(c, x, lampY, 0.06f * c->u, (Color){1, 1, 0.95f}, 0.9f);
}

static const uint32_t lighthouse_palettes[][6] = {
    {0x566f80, 0x93a9b0, 0xd9dcd3, 0x2a3c47, 0xb8433a, 0xffe2a0},
    {0x3a4468, 0x7d83a8, 0xe4c3b8, 0x20263f, 0xa83f4c, 0xffd08a},
    {0x1a2a3f, 0x36506a, 0x6f8a9a, 0x0d1622, 0xa5382f, 0xffdf9c},
    {0x7a8f86, 0xb7c4b4, 0xf0e9d2, 0x3a4a45, 0x3f5f7f, 0xfff0c4},
};

void artel_demo_lighthouse(Canvas *c) {
  const uint32_t *pal = lighthouse_palettes[c->variant % 4];
  float w = (float)c->w, h = (float)c->h, sea = 0.74f * h, side = roll(c) < 0.5f ? -1 : 1;
  float x = (0.5f + side * between(c, 0.12f, 0.22f)) * w, foot = sea - 0.045f * h,
        tall = between(c, 0.42f, 0.5f) * h, half = 0.034f * c->u + 0.02f * tall;
  Color fog = hex(pal[2]), dark = hex(pal[3]), light = hex(pal[5]);
  float lampY = foot - tall - half * 1.1f;
  sky(c, pal, 3, sea * 1.02f);
  for (int y = (int)sea; y < c->h; y++)
    for (int px = 0; px < c->w; px++) {
      float t = ((float)y - sea) / (h - sea), far = 1 / (t + 0.06f),
            fx = ((float)px - 0.5f * w) / c->u * far;
      float wave = cloud(fx * 2.5f, far * 9, 4, c->seed), crest = step_between(0.6f, 0.75f, wave);
      float path =
          bell(((float)px - x) / (w * (0.05f + 0.12f * t))) * step_between(0.45f, 0.62f, wave);
      Color k = mix(mix(fog, hex(pal[0]), clamp01(t * 2)), dark,
                    clamp01((0.55f - wave) * 2.4f) * clamp01(t * 3));
      *at(c, px, y) = plus(mix(k, fog, 0.4f * crest), light, 0.35f * path);
    }
  rocks(c, x + side * 0.1f * w, sea, 0.36f * w, 0.1f * h, 0.3f, pal);
  tower(c, x, foot, tall, half, pal);
  rocks(c, x, sea + 0.025f * h, 0.26f * w, 0.085f * h, 0.06f, pal);
  beam_and_fog(c, x, sea, lampY, pal);
  for (int i = 0; i < 7; i++) {
    float bx = x - side * w * between(c, 0.1f, 0.55f), by = h * between(c, 0.18f, 0.5f),
          span = c->u * between(c, 0.008f, 0.02f), flap = between(c, 0.2f, 0.7f);
    for (int s = -1; s < 2; s += 2) {
      stroke(c, bx, by, bx + (float)s * span * 0.5f, by - span * flap * 0.6f, span * 0.13f,
             span * 0.11f, dark, 0.75f);
      stroke(c, bx + (float)s * span * 0.5f, by - span * flap * 0.6f, bx + (float)s * span * 1.2f,
             by - span * flap * 0.25f, span * 0.11f, 0.5f, dark, 0.75f);
    }
  }
}

static void drop(Canvas *c, float x, float y, float r, Color light, Color dark) {
  for (int py = (int)(y - r) - 1; (float)py < y + r + 1; py++)
    for (int px = (int)(x - r) - 1; (float)px < x + r + 1; px++) {
      float dx = ((float)px + 0.5f - x) / r, dy = ((float)py + 0.5f - y) / r,
            d = sqrtf(dx * dx + dy * dy);
      if (d > 1 + 1 / r) continue;
      Color k = mix(dark, light, clamp01(0.45f + 0.6f * dy + 0.25f * dx));
      k = plus(mix(k, scaled(dark, 0.5f), 0.75f * step_between(0.78f, 1, d)), light,
               0.6f * bell((d - 0.82f) * 11) * clamp01(dy + 0.2f));
      dab(c, px, py, k, clamp01((1 - d) * r + 0.5f));
    }
  disc(c, x - 0.33f * r, y - 0.38f * r, 0.17f * r, 0.14f * r + 1, 0, (Color){1.3f, 1.3f, 1.25f},
       0.95f);
}

static const uint32_t bokeh_palettes[][6] = {
    {0x0f2a1c, 0x3f7a3a, 0xc9d86a, 0xfff0a0, 0x7fd08a, 0x2f8f5a},
    {0x1a1030, 0x5a2f6f, 0xf0a35f, 0xffd9a0, 0xe06a8f, 0x6f8f3f},
    {0x071a2c, 0x1d5a7a, 0x7fe0e0, 0xe8fff4, 0x4fa0ff, 0x3f9a7a},
    {0x2a1208, 0x8a4a1a, 0xffb347, 0xffe6a8, 0xe0653f, 0x8f8f2f},
};

void artel_demo_bokeh(Canvas *c) {
  const uint32_t *pal = bokeh_palettes[c->variant % 4];
  float w = (float)c->w, h = (float)c->h, sunX = between(c, 0.15f, 0.85f) * w;
  for (int y = 0; y < c->h; y++)
    for (int x = 0; x < c->w; x++) {
      float fx = (float)x / c->u, fy = (float)y / c->u, n = cloud(fx * 1.6f, fy * 1.6f, 2, c->seed);
      float lit = bell(((float)x - sunX) / (0.5f * w)) * bell(((float)y - 0.1f * h) / (0.7f * h));
      *at(c, x, y) =
          mix(mix(hex(pal[0]), hex(pal[1]), clamp01(n * 1.8f - 0.3f)), hex(pal[2]), 0.6f * lit);
    }
  for (int i = 0; i < 95; i++) {
    float near = roll(c), x = roll(c) * w, y = roll(c) * h * 0.95f,
          r = c->u * between(c, 0.014f, 0.075f) * (0.6f + near * 0.7f);
    float lit = bell((x - sunX) / (0.5f * w)) * bell((y - 0.1f * h) / (0.6f * h));
    Color k = plus(*at(c, (int)x, (int)y), hex(pal[2 + (int)(roll(c) * 3)]), 0.5f + 0.5f * lit);
    disc(c, x, y, r, r * (i % 3 ? 0.08f : 0.5f) + 2, 0.45f, k,
         between(c, 0.12f, 0.34f) + 0.22f * lit);
  }
  for (int i = 0; i < 8; i++) {
    float near = (float)i / 7, x = between(c, -0.05f, 1.05f) * w,
          tall = h * between(c, 0.35f, 0.8f), sweep = between(c, -0.45f, 0.45f) * c->u;
    float wide = c->u * lerp(0.02f, 0.011f, near), px = x, py = h + 5;
    Color blade = mix(mix(hex(pal[1]), hex(pal[5]), near), hex(pal[0]), 0.25f);
    if (i < 4) {
      for (int j = 1; j <= 90; j++) {
        float t = (float)j / 90;
        disc(c, x + sweep * t * t, h - tall * t, wide * (1.2f - 0.9f * t), wide * 1.4f, 0,
             mix(blade, hex(pal[2]), 0.3f * t), 0.12f);
      }
      continue;
    }
    for (int j = 1; j <= 60; j++) {
      float t = (float)j / 60, nx = x + sweep * t * t, ny = h + 5 - tall * (t - 0.25f * t * t * t),
            w0 = wide * (1 - t * t) + 1.5f;
      stroke(c, px, py, nx, ny, w0, w0, mix(blade, hex(pal[2]), 0.15f + 0.35f * t), 1);
      stroke(c, px - w0 * 0.22f, py, nx - w0 * 0.22f, ny, w0 * 0.22f, w0 * 0.22f,
             mix(blade, hex(pal[3]), 0.55f), 0.6f);
      px = nx, py = ny;
    }
    for (int j = 0; j < 6; j++) {
      float t = between(c, 0.25f, 0.97f), r = c->u * between(c, 0.005f, 0.016f);
      float bx = x + sweep * t * t, by = h + 5 - tall * (t - 0.25f * t * t * t);
      drop(c, bx, by + r * 0.5f, r, hex(pal[3]), mix(hex(pal[5]), hex(pal[0]), 0.5f));
      if (j == 0) glow(c, bx - 0.3f * r, by, r * 2.6f, hex(pal[3]), 0.3f);
    }
  }
}
