#pragma once

/// How many kinds of demo picture there are; kinds are numbered from 0.
int artel_demo_kind_count(void);

/// Paints one picture and writes it to `path`, as PNG when the path ends in ".png", else as JPEG.
///
/// The same arguments give the same pixels. libvips must have been started by the caller. Uses about
/// 20 bytes per pixel while it runs; safe to call from several threads at once.
///
/// - Parameter kind: 0 and up, below `artel_demo_kind_count()`.
/// - Parameter seed: Picks the palette and the composition.
/// - Parameter width: In pixels, 16 to 8192.
/// - Parameter height: In pixels, 16 to 8192.
/// - Returns: 0 when the file is written; -1 when an argument is out of range, memory is short or
///   libvips cannot write (its error buffer says why).
int artel_demo_picture(
    int kind, unsigned long long seed, int width, int height, const char *path);
