// Demo scenes out of doors: mountains, sea, night, birches, wheat, northern lights.

#include "DemoCanvas.h"

static const uint32_t mountains_palettes[][6] = {
    {0x3d5a8c, 0xc99bb0, 0xffd9a8, 0xffd3b0, 0xb98fa6, 0x16213d},
    {0x4f86a6, 0xb8d4d6, 0xfff0cf, 0xe9ebdd, 0x8fb3b8, 0x0d2b33},
    {0x2c2f66, 0x9a5f97, 0xffab7a, 0xf7a98c, 0x95628f, 0x170f2e},
    {0x6c8fb5, 0xf3c9a0, 0xfff3c4, 0xffe3b3, 0xd8a37c, 0x3a1d1f},
    {0x22456b, 0x6f9fb3, 0xf6d5c3, 0xd9d3d6, 0x6d92ad, 0x0b1a2c},
};

void artel_demo_mountains(Canvas *c) {
  const uint32_t *pal = mountains_palettes[c->variant % 5];
  float w = (float)c->w, h = (float)c->h, sunX = between(c, 0.22f, 0.78f) * w, sunY = 0.36f * h;
  Color warm = hex(pal[2]), haze = hex(pal[3]);
  sky(c, pal, 3, 0.56f * h);
  for (int y = 0; (float)y < 0.6f * h; y++)
    for (int x = 0; x < c->w; x++) {
      float fx = (float)x / c->u, fy = (float)y / c->u;
      float veil = step_between(0.48f, 0.8f, cloud(fx * 1.7f + fy, fy * 7, 5, c->seed));
      dab(c, x, y, mix(warm, (Color){1, 1, 1}, 0.35f), 0.55f * veil);
    }
  glow(c, sunX, sunY, 0.6f * c->u, warm, 0.2f);
  glow(c, sunX, sunY, 0.16f * c->u, (Color){1, 0.95f, 0.8f}, 0.22f);
  disc(c, sunX, sunY, 0.034f * c->u, 0.004f * c->u, 0, (Color){1.7f, 1.65f, 1.5f}, 1);
  const int layers = 7;
  float foot = 0.5f * h;
  for (int i = 0; i < layers; i++) {
    float near = (float)i / (layers - 1), next = (float)(i + 1) / (layers - 1);
    float hidden = i + 1 < layers ? lerp(0.5f, 1, next * lerp(0.8f, 1, next)) * h : h;
    float rise = lerp(0.26f, 0.17f, near) * h, scale = lerp(2.1f, 1.3f, near), deep = 0.26f * h;
    uint32_t s = c->seed + 100 * (uint32_t)i;
    float shift = between(c, 0, 50), mist = 0.95f - 0.75f * near;
    for (int x = 0; x < c->w; x++) {
      float fx = (float)x / c->u,
            top = foot - rise * clamp01(ridge(fx * scale + shift, 0.75f - 0.5f * near, s));
      float lit = bell(((float)x - sunX) / (0.3f * w)) * (1 - near);
      Color body =
          mix(mix(hex(pal[4]), hex(pal[5]), near * (0.35f + 0.65f * near)), warm, 0.45f * lit);
      Color fog = mix(haze, warm, 0.6f * lit);
      for (int y = top > 0 ? (int)top : 0; y < c->h && (float)y < hidden + 2; y++) {
        float d = (float)y - top, swirl = cloud(fx * 3 + shift, (float)y / c->u * 9, 2, s + 9);
        float rock = near > 0.3f
                         ? 1
                         : 0.85f + 0.3f * noise(fx * 40 + d / c->u * 30, (float)y / c->u * 34, s);
        float fogged = mist * clamp01(d / deep) * (0.7f + 0.6f * swirl);
        dab(c, x, y, mix(scaled(body, rock), fog, clamp01(fogged)), clamp01(d + 1));
      }
      float thick = near > 0.6f ? 0.09f + 0.1f * near : 0;
      if (roll(c) < thick * 1000 / c->u * noise(fx * 5, 1, s))
        fir(c, (float)x, top + 0.02f * c->u, c->u * between(c, 0.03f, 0.06f) * (0.4f + near * near),
            body, 1);
    }
    foot = hidden;
  }
}

static const uint32_t sunset_palettes[][6] = {
    {0x27346b, 0x8a5a93, 0xf58b6b, 0xffd08a, 0xffe9b8, 0x4a3566},
    {0x1f4a73, 0x5f93ab, 0xf3c48f, 0xffdf9e, 0xfff3cf, 0x56708c},
    {0x3a1747, 0xa5346a, 0xff6b4a, 0xffb054, 0xffe09a, 0x431c4e},
    {0x5577a8, 0xb7a8cf, 0xffc7b8, 0xffe2c2, 0xfff2dc, 0x8077a8},
};

void artel_demo_sunset(Canvas *c) {
  const uint32_t *pal = sunset_palettes[c->variant % 4];
  float w = (float)c->w, h = (float)c->h, sea = between(c, 0.54f, 0.62f) * h;
  float sunX = between(c, 0.3f, 0.7f) * w, sunR = between(c, 0.04f, 0.06f) * c->u;
  float sunY = sea - sunR * between(c, 0.3f, 1.6f);
  Color lit = hex(pal[3]), bright = hex(pal[4]), dark = hex(pal[5]);
  sky(c, pal, 4, sea);
  glow(c, sunX, sunY, 0.8f * c->u, lit, 0.16f);
  disc(c, sunX, sunY, sunR, 2, 0, scaled(mix(bright, (Color){1, 1, 1}, 0.4f), 1.5f), 1);
  glow(c, sunX, sunY, 0.22f * c->u, bright, 0.16f);
  for (int y = 0; (float)y < sea; y++) {
    float up = (sea - (float)y) / sea, far = 1 / (0.22f + up);
    for (int x = 0; x < c->w; x++) {
      float fx = ((float)x - 0.5f * w) / c->u * far * 0.75f, fy = far * 3.4f;
      float thick = cloud(fx, fy, 5, c->seed), under = cloud(fx, fy + 0.16f, 3, c->seed);
      float cover = step_between(0.5f, 0.72f, thick) * clamp01(up * 9);
      float sun = bell(((float)x - sunX) / (0.42f * w)),
            edge = clamp01(0.35f + (thick - under) * 5);
      dab(c, x, y, mix(dark, lit, clamp01(edge * (0.35f + 0.8f * sun))), 0.85f * cover);
    }
  }
  Color deep = scaled(dark, 0.35f);
  for (int y = (int)sea; y < c->h; y++) {
    float t = ((float)y - sea) / (h - sea), far = 1 / (t + 0.035f), path = (0.012f + 0.16f * t) * w;
    for (int x = 0; x < c->w; x++) {
      float fx = ((float)x - 0.5f * w) / c->u * far, wave = cloud(fx * 4, far * 12, 3, c->seed + 7);
      float swell = noise(fx * 0.6f, far * 2.2f, c->seed + 11);
      float my = 2 * sea - (float)y * 1 - (wave - 0.5f) * 0.34f * h * (0.3f + 0.6f * t);
      int ry = my < 0 ? 0 : my > sea - 1 ? (int)sea - 1 : (int)my;
      Color k = mix(*at(c, x, ry), deep, 0.25f + 0.4f * t + 0.45f * (swell - 0.5f));
      float column = bell(((float)x - sunX + (swell - 0.5f) * path) / path);
      float glint = step_between(0.5f - 0.2f * column, 0.68f, wave) * column;
      k = mix(k, mix(lit, bright, glint), clamp01(glint * 0.95f));
      *at(c, x, y) = (float)y < sea + 1.5f ? mix(k, lit, 0.3f) : k;
    }
  }
  float bx = sunX + (roll(c) < 0.5f ? -1 : 1) * between(c, 0.16f, 0.24f) * w,
        tall = between(c, 0.1f, 0.15f) * c->u;
  float by = sea + 0.03f * h;
  Color ink = scaled(dark, 0.3f);
  for (int y = (int)(by - tall); (float)y < by + 0.1f * tall; y++) {
    float t = ((float)y - by + tall) / tall, under = t - 1;
    if (t < 0.94f)
      across(c, y, bx - 0.36f * tall * t * lerp(1.1f, 0.9f, t), bx - 0.02f * tall, ink, 0.96f);
    if (t > 0.12f && t < 0.94f)
      across(c, y, bx + 0.01f * tall, bx + 0.27f * tall * (t - 0.12f) * lerp(1.25f, 1.1f, t), ink,
             0.9f);
    if (t > 0.97f)
      across(c, y, bx - tall * (0.4f - 1.2f * under), bx + tall * (0.36f - 0.9f * under), ink, 1);
  }
  for (int y = 0; (float)y < 0.8f * tall; y++) {
    float t = (float)y / (0.8f * tall),
          ripple = (noise((float)y * 0.35f, 2, c->seed) - 0.5f) * 0.2f * tall;
    across(c, (int)(by + 0.1f * tall) + y, bx + ripple - 0.3f * tall * (1 - t),
           bx + ripple + 0.24f * tall * (1 - t), ink, 0.5f * (1 - t));
  }
}

static void stars(Canvas *c, float bottom, float density, float angle, float offset) {
  float nx = -sinf(angle), ny = cosf(angle);
  int count = (int)(density * (float)c->w * bottom / (c->u * c->u) * 14000);
  for (int i = 0; i < count; i++) {
    float x = roll(c) * (float)c->w, y = roll(c) * bottom, size = roll(c), hue = roll(c),
          keep = roll(c);
    float d = ((x - 0.5f * (float)c->w) * nx + (y - offset) * ny) / (0.16f * c->u);
    if (keep > 0.3f + 0.9f * bell(d)) continue;
    float fade = clamp01(2.2f - 2.2f * y / bottom);
    Color k = mix((Color){0.75f, 0.85f, 1}, (Color){1, 0.9f, 0.75f}, hue * hue);
    float bright = size * size * size * size;
    bright *= bright * bright;
    disc(c, x, y, c->u * (0.00045f + 0.0011f * bright), c->u * 0.0011f, 0, k,
         fade * clamp01(0.2f + 0.6f * size * size + bright));
    if (bright > 0.8f) glow(c, x, y, c->u * 0.009f * bright, k, 0.3f * fade);
  }
}

static void forest_edge(Canvas *c, float level, float rise, float tallest, Color k) {
  float shift = between(c, 0, 60);
  for (int x = 0; x < c->w; x++) {
    float fx = (float)x / c->u, top = level - rise * cloud(fx * 1.4f + shift, 2, 5, c->seed + 77);
    down(c, x, top, (float)c->h, k, 1);
    if (roll(c) < 130 / c->u * (noise(fx * 4 + shift, 5, c->seed) + 0.15f))
      fir(c, (float)x, top + 0.02f * c->u,
          tallest * between(c, 0.35f, 1) * (0.6f + 0.7f * noise(fx * 3, 8, c->seed)), k, 1);
  }
}

static const uint32_t night_palettes[][5] = {
    {0x060a1c, 0x0f1f45, 0x28467a, 0x6f7fa0, 0xd8a27a},
    {0x0b0820, 0x24164d, 0x55317a, 0xa05a86, 0xf0a27c},
    {0x04121c, 0x0a2d40, 0x1d5a66, 0x5b9a8c, 0xbfd49a},
    {0x080a16, 0x161c3a, 0x2b3560, 0x56608c, 0x8f93ad},
};

void artel_demo_night(Canvas *c) {
  const uint32_t *pal = night_palettes[c->variant % 4];
  float w = (float)c->w, h = (float)c->h,
        angle = between(c, 0.5f, 1.15f) * (roll(c) < 0.5f ? -1 : 1);
  float nx = -sinf(angle), ny = cosf(angle), middle = 0.4f * h;
  sky(c, pal, 5, 1.02f * h);
  Color core = mix(hex(pal[4]), (Color){1, 0.93f, 0.85f}, 0.55f),
        arm = mix(hex(pal[3]), (Color){0.7f, 0.75f, 1}, 0.5f);
  for (int y = 0; y < c->h; y++)
    for (int x = 0; x < c->w; x++) {
      float fx = (float)x / c->u, fy = (float)y / c->u, px = (float)x - 0.5f * w,
            py = (float)y - middle;
      float d = (px * nx + py * ny) / c->u, along = (px * ny - py * nx) / c->u;
      float warp = cloud(fx * 3, fy * 3, 4, c->seed) - 0.5f;
      float band = bell((d + warp * 0.2f) / 0.16f);
      if (band < 0.02f) continue;
      float dusty = cloud(along * 2.2f + warp, (d + 0.3f * warp) * 9, 5, c->seed + 5);
      float dust = bell((d + (dusty - 0.5f) * 0.3f) / 0.05f) * step_between(0.28f, 0.6f, dusty);
      float gas = band *
                  (0.1f + 1.7f * step_between(0.2f, 0.85f, cloud(fx * 8, fy * 8, 4, c->seed + 9))) *
                  (1 - 0.8f * dust);
      float heart =
          bell((d + 0.07f * warp) / 0.07f) * bell((along - 0.15f) / 0.55f) * (1 - 0.85f * dust);
      Color *p = at(c, x, y);
      *p = plus(plus(*p, arm, 0.42f * gas), core, 0.42f * heart);
    }
  stars(c, h * 0.95f, 1, angle, middle);
  Color ink = mix(scaled(hex(pal[0]), 0.5f), hex(pal[1]), 0.15f);
  forest_edge(c, 0.9f * h, 0.14f * h, 0.05f * c->u, mix(ink, hex(pal[2]), 0.4f));
  forest_edge(c, 1.02f * h, 0.18f * h, 0.13f * c->u, ink);
  if (c->variant % 2) return;
  float tx = between(c, 0.25f, 0.75f) * w, foot = 0.955f * h, tall = 0.062f * c->u;
  glow(c, tx, foot - 0.4f * tall, 4.5f * tall, (Color){1, 0.6f, 0.25f}, 0.3f);
  for (int y = (int)(foot - tall); (float)y < foot; y++) {
    float t = 1 - (foot - (float)y) / tall, half = tall * (0.08f + 0.95f * t);
    across(c, y, tx - half, tx + half, mix((Color){0.95f, 0.5f, 0.2f}, (Color){1, 0.86f, 0.5f}, t),
           1);
    across(c, y, tx - 0.05f * half - 1, tx + 0.05f * half, (Color){0.55f, 0.25f, 0.1f}, 0.7f);
  }
}

static void birch(Canvas *c, float x, float foot, float half, float lean, float fog, Color mist,
                  int leafy) {
  uint32_t s = (uint32_t)(roll(c) * 1e6f);
  for (int y = 0; (float)y < foot && y < c->h; y++) {
    float up = (foot - (float)y) / foot,
          wide = half * (1.12f - 0.45f * up) + half * 0.5f * bell(up * 30);
    float mid = x + lean * up * foot + (noise(up * 3, 0, s) - 0.5f) * half * 1.3f;
    int first = (int)(mid - wide) - 1 < 0 ? 0 : (int)(mid - wide) - 1;
    for (int px = first; px < c->w && (float)px <= mid + wide + 1; px++) {
      float k = ((float)px + 0.5f - mid) / wide, cover = clamp01((1 - fabsf(k)) * wide + 0.5f);
      float light = 0.98f - 0.2f * (k + 0.35f) * (k + 0.35f) - (k > 0 ? 0.16f * k : 0);
      float vy = (float)(c->h - y) / half,
            mark = noise(k * 0.9f + 3, vy * 3.2f, s) * noise(k * 0.7f, vy * 0.8f, s + 4);
      float scar = cloud(k * 1.6f + 9, vy * 0.55f, 3, s + 8) + 0.17f * bell(up * 14);
      float dark = step_between(0.42f, 0.52f, mark) * 0.85f + step_between(0.66f, 0.72f, scar);
      float film = 0.93f + 0.1f * noise(k * 2, vy * 6, s + 2);
      Color bark = scaled((Color){0.97f, 0.95f, 0.93f}, light * film);
      bark = mix(bark, (Color){0.55f, 0.6f, 0.78f}, k > 0 ? 0.35f * k : 0);
      bark = mix(bark, (Color){0.13f, 0.11f, 0.13f}, clamp01(dark));
      dab(c, px, y, mix(bark, mist, fog), cover);
    }
  }
  Color twig = mix((Color){0.27f, 0.2f, 0.22f}, mist, fog);
  for (int i = 0; i < leafy; i++) {
    float up = between(c, 0.45f, 1), side = roll(c) < 0.5f ? -1 : 1, y = foot * (1 - up);
    float bx = x + lean * up * foot, length = half * between(c, 3, 7), w0 = half * 0.24f;
    float turn = between(c, 1.1f, 1.9f);
    for (int j = 0; j < 7; j++) {
      float nx = bx + side * length * 0.2f, ny = y - length * 0.2f * turn;
      stroke(c, bx, y, nx, ny, w0, w0 * 0.78f, twig, 0.95f);
      float hang = length * between(c, 0.15f, 0.5f);
      stroke(c, nx, ny, nx + side * hang * 0.3f, ny + hang, w0 * 0.35f, 0.4f, twig, 0.7f);
      stroke(c, nx, ny, nx + side * hang * 0.5f, ny - hang * 0.6f, w0 * 0.4f, 0.4f, twig, 0.7f);
      bx = nx, y = ny, w0 *= 0.78f, turn -= 0.2f;
    }
  }
}

// Snow heaped around a trunk, in the color of the snow beside it.
static void snow_mound(Canvas *c, float x, float foot, float half) {
  int sideX = (int)(x - half * 3), row = (int)foot < c->h ? (int)foot : c->h - 1;
  Color snow = mix(*at(c,
                       sideX < 0       ? 0
                       : sideX >= c->w ? c->w - 1
                                       : sideX,
                       row),
                   (Color){1, 1, 1}, 0.35f);
  for (int y = (int)(foot - half * 0.55f); (float)y < foot + 2; y++) {
    float t = clamp01(((float)y - foot + half * 0.55f) / (half * 0.55f)),
          wide = half * (0.5f + 2.2f * t * t);
    for (int px = (int)(x - wide); (float)px < x + wide; px++) {
      float k = ((float)px - x) / wide;
      dab(c, px, y + (int)(half * 0.5f * (noise((float)px / half * 1.7f, 3, c->seed) - 0.5f)), snow,
          clamp01((1 - k * k) * 1.6f * (0.3f + t)));
    }
  }
}

static const uint32_t birches_palettes[][4] = {
    {0x8fb4e0, 0xdfe6f5, 0xffe6d6, 0x8fa9dd},
    {0x9fa9cf, 0xf0cfd6, 0xffd9b5, 0xa79fd6},
    {0x6c93b8, 0xbad3df, 0xeef3ee, 0x7f9fc4},
    {0xe0a987, 0xf9d7ae, 0xfff0cf, 0xa48fc0},
};

void artel_demo_birches(Canvas *c) {
  const uint32_t *pal = birches_palettes[c->variant % 4];
  float w = (float)c->w, h = (float)c->h, ground = 0.72f * h;
  Color mist = mix(hex(pal[1]), hex(pal[2]), 0.5f), shadow = hex(pal[3]);
  sky(c, pal, 3, ground);
  float sunX = between(c, 0.2f, 0.8f) * w;
  glow(c, sunX, 0.5f * h, 0.7f * c->u, hex(pal[2]), 0.3f);
  for (int i = 0; i < 130; i++) {
    float fog = 1 - 0.4f * (float)i / 130, x = roll(c) * w,
          half = c->u * between(c, 0.0015f, 0.0045f);
    Color k = mix(roll(c) < 0.7f ? shadow : (Color){1, 1, 1}, mist, fog * 0.85f);
    stroke(c, x, ground + 9, x + between(c, -0.02f, 0.02f) * w, -1, half * 2.2f, half, k, 0.8f);
  }
  for (int x = 0; x < c->w; x++) {
    float fx = (float)x / c->u, top = ground - 0.05f * h * (cloud(fx * 2, 3, 4, c->seed) - 0.2f);
    for (int y = (int)top; y < c->h; y++) {
      float t = ((float)y - top) / (h - top), z = 1 / (t + 0.12f);
      float drift = cloud(fx * z * 0.9f, z * 2.5f, 4, c->seed + 20),
            slope = drift - cloud(fx * z * 0.9f - 0.12f, z * 2.5f, 3, c->seed + 20);
      float bars = cloud((fx - t * 0.5f) * z * 1.6f, z * 0.25f, 3, c->seed + 31);
      Color snow = mix((Color){0.985f, 0.985f, 1}, hex(pal[2]), 0.25f * (1 - t));
      float cold = clamp01(0.1f + 0.35f * t + slope * 2.6f + 0.5f * step_between(0.5f, 0.6f, bars));
      dab(c, x, y, mix(mix(snow, shadow, 0.62f * cold), mist, 0.6f * bell(t * 9)),
          clamp01((float)y - top));
    }
  }
  const int trees = 12;
  float slot = w / 7;
  for (int i = 0; i < trees; i++) {
    float near = (float)i / (trees - 1), fog = 0.62f * (1 - near) * (1 - near),
          half = c->u * lerp(0.008f, 0.034f, near * near);
    float x = slot * ((float)((i * 5) % 7) + between(c, 0.1f, 0.9f)),
          foot = ground + h * lerp(0.01f, 0.24f, near * near);
    float lean = between(c, -0.05f, 0.05f);
    stroke(c, x, foot, x + (x - sunX) * 0.5f + 0.1f * w, h, half * 2, half * 3, shadow,
           0.28f * near);
    birch(c, x, foot, half, lean, fog, mist, i > 3 ? 5 : 2);
    snow_mound(c, x, foot, half);
  }
  for (int i = 0; i < 240; i++) {
    float size = roll(c);
    size *= size * size;
    disc(c, roll(c) * w, roll(c) * h, c->u * (0.0009f + 0.0045f * size),
         c->u * (0.001f + 0.004f * size), 0, (Color){1, 1, 1}, 0.85f - 0.4f * size);
  }
}

static void wheat_ears(Canvas *c, float horizon, const uint32_t *pal) {
  float w = (float)c->w, h = (float)c->h;
  const int rows = 52;
  for (int i = 0; i < rows; i++) {
    float t = (float)i / (rows - 1), depth = t * t,
          foot = horizon + (h * 1.12f - horizon) * depth + 2;
    float tall = c->u * (0.006f + 0.2f * depth), thin = c->u * (0.0006f + 0.0032f * depth);
    int count = (int)(w / (tall * 0.15f + c->u * 0.0032f));
    for (int j = 0; j < count; j++) {
      float x = ((float)j + roll(c)) / (float)count * w * 1.06f - 0.03f * w,
            fx = (x - 0.5f * w) / c->u / (depth + 0.12f);
      float wind = cloud(fx * 0.7f, t * 9, 3, c->seed + 60), size = tall * between(c, 0.75f, 1.15f);
      float bend = (wind - 0.35f) * 0.9f, tone = between(c, -0.3f, 0.3f) + (wind - 0.4f) * 1.6f;
      Color k = mix(hex(pal[4]), hex(pal[3]), clamp01(0.5f + tone)),
            stem = mix(hex(pal[5]), k, 0.45f);
      float nx = x + bend * size * 0.3f, ny = foot - size * 0.66f;
      stroke(c, x, foot, nx, ny, thin, thin, stem, 0.8f);
      float ex = nx + bend * size * 0.28f, ey = ny - size * 0.3f;
      if (tall < 0.06f * c->u) {
        stroke(c, nx, ny, ex, ey, thin * 2.6f, thin * 1.2f, k, 0.95f);
        continue;
      }
      for (int g = 0; g < 8; g++) {
        float along = (float)g / 7, gx = lerp(nx, ex, along), gy = lerp(ny, ey, along),
              fat = thin * lerp(1.9f, 1, along);
        for (int side = -1; side < 2; side += 2) {
          float tipX = gx + (float)side * fat * 1.5f + bend * fat * 3, tipY = gy - size * 0.055f;
          Color husk = mix(plus(k, (Color){1, 1, 0.8f}, 0.08f), hex(pal[5]),
                           side > 0 ? 0.3f : 0.1f * (float)(g & 1));
          stroke(c, gx, gy, tipX, tipY, fat * 1.6f, fat * 0.7f, husk, 0.95f);
          if ((g + side) % 3) continue;
          stroke(c, tipX, tipY, tipX + (bend + (float)side * 0.4f) * size * 0.2f,
                 tipY - size * 0.27f, thin * 0.55f, 0.3f, plus(k, (Color){1, 1, 0.8f}, 0.06f),
                 0.6f);
        }
      }
    }
  }
}

static const uint32_t wheat_palettes[][6] = {
    {0x2f6fb8, 0x7db4e0, 0xdcecf2, 0xffe08a, 0xd9a441, 0x8a5f22},
    {0x47649c, 0xa9b2d0, 0xffdcae, 0xffd07a, 0xc98434, 0x6e3f1c},
    {0x3b5568, 0x7f98a6, 0xd5d8cc, 0xf2d58a, 0xb8923f, 0x655127},
    {0x6a4f8f, 0xd98f98, 0xffc98a, 0xffc069, 0xb96f38, 0x552f2b},
};

void artel_demo_wheat(Canvas *c) {
  const uint32_t *pal = wheat_palettes[c->variant % 4];
  float w = (float)c->w, h = (float)c->h, horizon = between(c, 0.6f, 0.68f) * h;
  Color white = mix((Color){1, 1, 1}, hex(pal[2]), 0.3f),
        belly = mix(hex(pal[0]), hex(pal[2]), 0.5f);
  sky(c, pal, 3, horizon);
  for (int y = 0; (float)y < horizon; y++) {
    float up = (horizon - (float)y) / horizon, far = 1 / (0.35f + up);
    for (int x = 0; x < c->w; x++) {
      float fx = ((float)x - 0.5f * w) / c->u * far * 1.25f, fy = far * 1.9f;
      float warp = noise(fx * 2, fy * 2, c->seed + 3) * 0.4f;
      float thick = cloud(fx * 1.5f + warp, fy * 1.5f + warp, 6, c->seed);
      float above = cloud(fx * 1.5f + warp + 0.05f, fy * 1.5f + warp + 0.22f, 4, c->seed);
      float cover = step_between(0.47f, 0.62f, thick),
            lit = clamp01(0.75f + (above - thick) * -3.2f - (thick - 0.55f) * 1.6f);
      dab(c, x, y, mix(belly, white, lit), cover * (0.35f + 0.65f * clamp01(up * 4)));
    }
  }
  Color hills = mix(mix(hex(pal[0]), (Color){0.25f, 0.4f, 0.25f}, 0.5f), hex(pal[2]), 0.35f);
  float shift = between(c, 0, 30);
  for (int x = 0; x < c->w; x++) {
    float fx = (float)x / c->u,
          woods = 0.05f * h * (cloud(fx * 1.2f + shift, 2, 3, c->seed) - 0.12f);
    down(c, x, horizon - woods, horizon + 3, mix(hills, hex(pal[2]), 0.45f), 1);
    woods = 0.045f * h * (cloud(fx * 2.6f + shift, 9, 6, c->seed) - 0.26f);
    down(c, x, horizon - woods, horizon + 3, scaled(hills, 0.62f), 1);
    for (int y = (int)horizon; y < c->h; y++) {
      float t = ((float)y - horizon) / (h - horizon), z = 1 / (t + 0.08f);
      float wave = cloud((fx - 0.5f * w / c->u) * z * 0.5f, z * 1.6f, 4, c->seed + 60);
      Color k = mix(hex(pal[4]), hex(pal[3]), clamp01((wave - 0.3f) * 2.2f));
      dab(c, x, y, mix(k, hex(pal[5]), 0.55f * t), 1);
    }
  }
  float oakX = between(c, 0.15f, 0.85f) * w, oak = 0.1f * c->u;
  Color leaf = scaled(hills, 0.4f);
  stroke(c, oakX, horizon + 4, oakX, horizon - 0.6f * oak, 0.09f * oak, 0.06f * oak, leaf, 1);
  for (int i = 0; i < 900; i++) {
    float clump = (float)(i % 9), a = clump * 2.4f + (float)(i % 9 > 4) * 0.5f,
          out = i % 9 ? 0.3f : 0;
    float turn = roll(c) * 6.2832f, far = sqrtf(roll(c)) * 0.27f;
    float dx = cosf(a) * out * 1.25f + cosf(turn) * far,
          dy = sinf(a) * out * 0.75f + sinf(turn) * far;
    Color tint = mix(leaf, mix(hex(pal[3]), hills, 0.4f),
                     clamp01(0.1f - 0.75f * sinf(turn) * far / 0.27f) * 0.55f * roll(c));
    disc(c, oakX + dx * oak, horizon - (0.72f - dy) * oak, oak * between(c, 0.014f, 0.045f), 1.3f,
         0, tint, 0.9f);
  }
  wheat_ears(c, horizon, pal);
}

// Three curtains of light, the nearest lowest and brightest.
static void curtains(Canvas *c, float shore, const uint32_t *pal) {
  Color low = hex(pal[2]), mid = hex(pal[3]), high = hex(pal[4]);
  for (int i = 0; i < 3; i++) {
    float shift = between(c, 0, 40), level = shore * lerp(0.56f, 0.88f, (float)i / 2),
          power = lerp(0.55f, 1, (float)i / 2);
    for (int x = 0; x < c->w; x++) {
      float fx = (float)x / c->u, fold = cloud(fx * 1.1f + shift, 2, 3, c->seed),
            wind = fx * 1.2f + fold * 4;
      float foot = level - (fold - 0.35f) * 0.75f * shore,
            rays = cloud(wind * 4 + shift, 5, 4, c->seed + 3);
      float fine = noise(wind * 34, 1, c->seed + 5),
            patch = 0.3f + 0.7f * step_between(0.3f, 0.68f, noise(fx * 1.3f + shift, 30, c->seed));
      float tall = shore * (0.16f + 0.75f * rays),
            gain = power * patch * (0.45f + 0.75f * rays) * (0.8f + 0.3f * fine);
      for (int y = 0; (float)y < shore; y++) {
        float up = (foot - (float)y) / tall, lit;
        if (up < 0)
          lit = bell(up * 13);
        else
          lit = bell(up * 1.35f);
        Color k =
            up < 0.5f ? mix(low, mid, clamp01(up * 2)) : mix(mid, high, clamp01(up * 1.5f - 0.75f));
        *at(c, x, y) = plus(*at(c, x, y), k, 0.8f * gain * lit);
      }
    }
  }
}

static const uint32_t aurora_palettes[][5] = {
    {0x050a1e, 0x10294a, 0x4dffb0, 0x3fb6ff, 0xa45cff},
    {0x080720, 0x1d1f55, 0x63ffc9, 0xb46bff, 0xff5fb0},
    {0x03141c, 0x0c3a45, 0x9dff7a, 0x2fe0b8, 0x3a86ff},
    {0x0a0a24, 0x252a5c, 0x5ef0ff, 0x7d7bff, 0xff7fd0},
};

void artel_demo_aurora(Canvas *c) {
  const uint32_t *pal = aurora_palettes[c->variant % 4];
  float w = (float)c->w, h = (float)c->h, shore = between(c, 0.7f, 0.76f) * h;
  sky(c, pal, 2, shore);
  stars(c, shore, 0.6f, 0.3f, -h);
  curtains(c, shore, pal);
  Color low = hex(pal[2]);
  Color snow = mix(hex(pal[1]), low, 0.25f), rock = scaled(hex(pal[0]), 0.9f);
  float shift = between(c, 0, 40);
  for (int x = 0; x < c->w; x++) {
    float fx = (float)x / c->u,
          top = shore - 0.27f * h * (ridge(fx * 1.5f + shift, 0.7f, c->seed + 20) - 0.12f);
    float next =
        shore - 0.27f * h * (ridge((fx + 0.012f) * 1.5f + shift, 0.7f, c->seed + 20) - 0.12f);
    for (int y = top < 0 ? 0 : (int)top; (float)y < shore; y++) {
      float d = ((float)y - top) / (0.16f * h),
            streak = cloud(fx * 30 + d * 3, (float)y / c->u * 15, 4, c->seed);
      float white = step_between(
          0.35f, 0.75f,
          streak + 0.22f - d * 0.4f + clamp01(0.5f + (next - top) * 25 / h) * 0.5f - 0.25f);
      dab(c, x, y, mix(rock, snow, white * 0.5f), clamp01((float)y - top));
    }
  }
  Color ink = scaled(hex(pal[0]), 0.55f);
  forest_edge(c, shore + 1, 0.012f * h, 0.055f * c->u, ink);
  for (int y = (int)shore; y < c->h; y++) {
    float t = ((float)y - shore) / (h - shore), far = 1 / (t + 0.06f);
    for (int x = 0; x < c->w; x++) {
      float fx = ((float)x - 0.5f * w) / c->u,
            wave = cloud(fx * far * 1.4f, far * 7, 2, c->seed + 50) - 0.5f;
      float my = shore - ((float)y - shore) * (shore / (h - shore)) * 0.82f -
                 wave * 0.12f * h * (t + 0.12f);
      int ry = my < 0           ? 0
               : my > shore - 1 ? (int)shore - 1
                                : (int)my,
          rx = x + (int)(wave * 0.02f * c->u);
      Color k = *at(c, rx < 0 ? 0 : rx >= c->w ? c->w - 1 : rx, ry);
      *at(c, x, y) = mix(plus(scaled(k, 0.72f), hex(pal[1]), 0.1f), low, 0.04f * bell(t * 30));
    }
  }
}
