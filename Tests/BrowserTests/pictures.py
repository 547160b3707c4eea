"""Pictures made for tests: real PNG files, written with the standard library alone."""

import math
import struct
import zlib


def png(width=640, height=480, seed=0):
    """A soft two-color gradient with a disk; another `seed` gives other colors, so another file."""
    top, bottom, disk = (_color(seed * 47 + shift) for shift in (0, 140, 220))
    center, radius = (width * 0.62, height * 0.42), min(width, height) * 0.22
    rows = bytearray()
    for y in range(height):
        part = y / height
        line = bytearray(b"\0")
        base = bytes(int(a + (b - a) * part) for a, b in zip(top, bottom))
        half = math.sqrt(max(radius**2 - (y - center[1]) ** 2, 0))
        left, right = int(center[0] - half), int(center[0] + half)
        line += base * left + bytes(disk) * (right - left) + base * (width - right)
        rows += line
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(bytes(rows), 6)) + _chunk(b"IEND", b"")
    )


def _color(degrees):
    """A muted color by its hue."""
    return [int(150 + 55 * math.cos(math.radians(degrees + third))) for third in (0, 240, 120)]


def _chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
