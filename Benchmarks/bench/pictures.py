"""Photographs for the comparison of thumbnails, and both ways of making thumbnails of them."""

import os
import pathlib
import shutil
import time

from load import artel_bench
from processes import as_artel, output

# As in Artel: the sides of the squares that thumbnails fit into.
SIZES = (160, 480, 960, 1600)
WIDTH, HEIGHT = 4032, 3024
# As Artel's workers write them.
FORMAT = ".webp[Q=80,effort=2,strip]"


def make(folder, count):
    """JPEG files of 12 megapixels with the shapes and the grain of photographs: colored clouds and noise."""
    folder.mkdir()
    names = {name: folder / f"{name}.v" for name in ("band-0", "band-1", "band-2", "clouds", "large", "grain", "sum")}

    def vips(operation, *arguments):
        output(["vips", operation, *(names.get(argument, argument) for argument in arguments)])

    vips("gaussnoise", "grain", WIDTH, HEIGHT, "--sigma", 9, "--mean", 0)
    for number in range(count):
        for band in range(3):
            vips("fractsurf", "large", WIDTH // 8, HEIGHT // 8, 2.2 + 0.1 * ((number + band) % 5))
            vips("scale", "large", f"band-{band}")
        output(["vips", "bandjoin", " ".join(str(names[f"band-{band}"]) for band in range(3)), names["clouds"]])
        vips("resize", "clouds", "large", 8)
        vips("add", "large", "grain", "sum")
        vips("cast", "sum", folder / f"photograph-{number}.jpg[Q=88]", "uchar")
    for leftover in names.values():
        leftover.unlink()
    files = sorted(folder.glob("*.jpg"))
    if os.geteuid() == 0:
        shutil.chown(folder, "artel", "artel")
    return files


def by_artel(folder, files):
    """Pictures a second by Artel's workers, all sizes of each."""
    return artel_bench("thumbnails", "--files", folder)["per_second"]


def by_vipsthumbnail(folder, files):
    """Pictures a second by vipsthumbnail: all files in one process for each size, so that it starts only four times."""
    began = time.perf_counter()
    for size in SIZES:
        made = folder / f"%s-{size}{FORMAT}"
        output(as_artel(["vipsthumbnail", "--size", f"{size}x{size}>", "-o", made, *files]))
    seconds = time.perf_counter() - began
    for thumbnail in pathlib.Path(folder).glob("*.webp"):
        thumbnail.unlink()
    return len(files) / seconds
