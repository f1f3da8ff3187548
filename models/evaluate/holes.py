"""Fills holes of five shapes with `dcdp restore --task inpaint` and with classical methods, and compares them.

    python holes.py KODAK --dcdp ../../target/release/dcdp
    python holes.py KODAK --holes object,box --pictures 24 --sheet ../../docs/pictures/holes.jpg

Holes: `scratches` (curves 2 to 4 px wide), `text` (lines of letters with strokes of 2 px), `blocks` (16x16, a tenth of the
picture), `object` (a blob of 60 to 100 px) and `box` (100x100). They follow from the seed and the picture's place in the
list alone. Methods: OpenCV's Telea and Navier-Stokes with radius 3, scikit-image's biharmonic fill, a harmonic fill (what
is filled is the mean of its neighbours), and dcdp with `--grain off`, so that grain does not count as error. All get the
picture with gray in place of the hole.

The first table is the mean PSNR in dB over the pixels of the holes, and by how much dcdp is above the best classical mean.
The second, for the wide holes, is how far the fill's texture is from the true one: the sliced Wasserstein distance (mean
absolute difference of the sorted projections of all 5x5 patches centred in the hole on 64 random unit vectors, in
0...255 units; smaller is better), of the patches as they are and less each one's mean, which leaves texture alone.

`--sheet` writes a picture of the wide holes in the first picture and the one in the middle: the clean picture, the hole, and
three fills.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import spsolve
from skimage.restoration import inpaint_biharmonic

from pictures import middle, psnr, spread

WORDS = "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness"
WIDE = ("object", "box")
GRAY = 128
SHEET_MARGIN = 24
SHEET_SIDE = 148
SHEET_METHODS = ("Telea", "harmonic", "dcdp")


def scratches(size, random):
    """Bent curves from side to side, eight on 384x384."""
    height, width = size
    hole = np.zeros(size, np.uint8)
    for _ in range(max(1, round(8 * height * width / 384**2))):
        ends = random.uniform(-0.1, 1.1, (4, 2)) * (width, height)
        t = np.linspace(0, 1, 60)[:, None]
        curve = (1 - t) ** 3 * ends[0] + 3 * t * (1 - t) ** 2 * ends[1] + 3 * t**2 * (1 - t) * ends[2] + t**3 * ends[3]
        cv2.polylines(hole, [np.round(curve).astype(np.int32)], False, 1, int(random.integers(2, 5)))
    return hole > 0


def text(size, random):
    """Lines of words."""
    hole = np.zeros(size, np.uint8)
    for baseline in range(30, size[0], 48):
        start = int(random.integers(0, 40))
        place = (int(random.integers(0, 30)), baseline)
        cv2.putText(hole, WORDS[start:] + WORDS, place, cv2.FONT_HERSHEY_SIMPLEX, 0.8, 1, 2)
    return hole > 0


def blocks(size, random):
    """A tenth of the cells of a grid of 16 px."""
    cells = random.random((-(-size[0] // 16), -(-size[1] // 16)))
    chosen = cells <= np.quantile(cells, 0.1)
    return np.kron(chosen, np.ones((16, 16), bool))[: size[0], : size[1]]


def place(size, half, random):
    """A point at least `half` and 24 px from every side."""
    return [random.uniform(half + 24, length - half - 24) for length in size]


def object_(size, random):
    """A blob."""
    diameter = random.uniform(60, 100)
    row, column = place(size, 0.65 * diameter, random)
    y, x = np.mgrid[: size[0], : size[1]]
    angle = np.arctan2(y - row, x - column)
    radius = np.full(size, 1.0)
    for k in (2, 3, 4):
        radius += random.uniform(0, 0.1) * np.cos(k * angle + random.uniform(0, 2 * np.pi))
    return np.hypot(y - row, x - column) < 0.5 * diameter * radius


def box(size, random):
    """A square of 100 px."""
    top, left = (int(middle - 50) for middle in place(size, 50, random))
    hole = np.zeros(size, bool)
    hole[top : top + 100, left : left + 100] = True
    return hole


HOLES = {"scratches": scratches, "text": text, "blocks": blocks, "object": object_, "box": box}


def harmonic(picture, hole):
    """Every pixel of the hole becomes the mean of its neighbours; the picture's sides reflect."""
    number = np.full(hole.shape, -1)
    number[hole] = np.arange(hole.sum())
    rows, columns, values, right = [], [], [], np.zeros((hole.sum(), 3))
    for axis, step in ((0, 1), (0, -1), (1, 1), (1, -1)):
        y, x = np.nonzero(hole)
        beside = [y, x]
        beside[axis] = np.clip(beside[axis] + step, 0, hole.shape[axis] - 1)
        beside = tuple(beside)
        own, other = number[y, x], number[beside]
        rows += [own, own[other >= 0]]
        columns += [own, other[other >= 0]]
        values += [np.ones(own.size), -np.ones((other >= 0).sum())]
        right[own[other < 0]] += picture[beside][other < 0]
    matrix = coo_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))).tocsc()
    filled = picture.astype(float)
    filled[hole] = spsolve(matrix, right)
    return filled


def opencv(flag):
    """A method of cv2.inpaint, radius 3."""
    return lambda picture, hole: cv2.inpaint(picture, hole.astype(np.uint8), 3, flag)


def biharmonic(picture, hole):
    """scikit-image's."""
    return 255 * inpaint_biharmonic(picture / 255, hole, split_into_regions=True, channel_axis=-1)


CLASSICAL = {
    "Telea": opencv(cv2.INPAINT_TELEA),
    "Navier-Stokes": opencv(cv2.INPAINT_NS),
    "biharmonic": biharmonic,
    "harmonic": harmonic,
}


def dcdp(arguments, folder):
    """The command line as a method."""

    def fill(picture, hole):
        source, mask, target = (folder / name for name in ("hole.png", "mask.png", "filled.png"))
        Image.fromarray(picture).save(source)
        Image.fromarray(np.where(hole, 255, 0).astype(np.uint8)).save(mask)
        target.unlink(missing_ok=True)
        command = [arguments.dcdp, "restore", source, "-o", target, "--task", "inpaint", "--mask", mask]
        command += ["--grain", "off", "--quiet", *(arguments.options or "").split()]
        subprocess.run(command, check=True)
        return np.asarray(Image.open(target).convert("RGB"))

    return fill


def patches(picture, hole):
    """All 5x5 patches centred in a hole, a row each."""
    padded = np.pad(picture.astype(float), ((2, 2), (2, 2), (0, 0)), mode="reflect")
    y, x = np.nonzero(hole)
    return np.concatenate([padded[y + i, x + j] for i in range(5) for j in range(5)], axis=1)


def swd(one, other):
    """Sliced Wasserstein distance of equally many vectors, as they are and less each one's mean per channel."""
    directions = np.random.default_rng(0).normal(size=(one.shape[1], 64))
    directions /= np.linalg.norm(directions, axis=0)

    def distance(a, b):
        return np.mean(np.abs(np.sort(a @ directions, axis=0) - np.sort(b @ directions, axis=0)))

    def texture(rows):
        cubes = rows.reshape(len(rows), -1, 3)
        return (cubes - cubes.mean(axis=1, keepdims=True)).reshape(rows.shape)

    return distance(one, other), distance(texture(one), texture(other))


def window(hole):
    """The square around a hole that the sheet shows: rows and columns."""
    y, x = np.nonzero(hole)
    half = max(np.ptp(y), np.ptp(x)) // 2 + SHEET_MARGIN
    starts = [int(np.clip((v.min() + v.max()) // 2 - half, 0, n - 2 * half)) for v, n in zip((y, x), hole.shape)]
    return tuple(slice(start, start + 2 * half) for start in starts)


def write_sheet(file, rows):
    """Rows of pictures of one size under their names."""
    names = ("picture", "hole", *SHEET_METHODS)
    step, head = SHEET_SIDE + 4, 16
    sheet = Image.new("RGB", (step * len(names) - 4, head + step * len(rows) - 4), "white")
    draw = ImageDraw.Draw(sheet)
    for column, name in enumerate(names):
        draw.text((column * step + 4, 2), name, fill="black")
    for row, parts in enumerate(rows):
        for column, part in enumerate(parts):
            part = Image.fromarray(part).resize((SHEET_SIDE, SHEET_SIDE), Image.Resampling.LANCZOS)
            sheet.paste(part, (column * step, head + row * step))
    sheet.save(file, quality=85)


def compare(clean, hole, methods):
    """The picture with its hole, and what each method makes of it, in 8 bits."""
    damaged = np.where(hole[..., None], np.uint8(GRAY), clean)
    fills = {name: np.clip(np.round(fill(damaged, hole)), 0, 255).astype(np.uint8) for name, fill in methods.items()}
    return damaged, fills


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="PICTURES", help="a folder of clean pictures")
    parser.add_argument("--pictures", type=int, default=12, metavar="N", help="spread over the folder (12)")
    parser.add_argument("--crop", type=int, default=384, metavar="N", help="side of the middle part; 0 is all (384)")
    parser.add_argument("--holes", default=",".join(HOLES), metavar="NAME,NAME")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sheet", type=Path, metavar="FILE", help="write a sheet of wide holes")
    parser.add_argument("--options", metavar="TEXT", help="further options of dcdp, as one argument")
    parser.add_argument("--dcdp", default="dcdp", metavar="PROGRAM", help="the command line (dcdp on the path)")
    arguments = parser.parse_args()
    files = spread(parser, arguments.folder, arguments.pictures)
    distances, rows = [], []
    with tempfile.TemporaryDirectory() as folder:
        methods = {**CLASSICAL, "dcdp": dcdp(arguments, Path(folder))}
        print(f"{len(files)} pictures\n\n| dB in the hole | {' | '.join(methods)} | above the best | pictures |")
        print("|---" * (len(methods) + 3) + "|")
        for name in arguments.holes.split(","):
            reached, apart = [], []
            for index, file in enumerate(files):
                clean = np.asarray(middle(Image.open(file).convert("RGB"), arguments.crop))
                random = np.random.default_rng([arguments.seed, index, list(HOLES).index(name)])
                hole = HOLES[name](clean.shape[:2], random)
                damaged, fills = compare(clean, hole, methods)
                reached.append([psnr(fill[hole], clean[hole]) for fill in fills.values()])
                if name in WIDE:
                    truth = patches(clean, hole)
                    apart.append([swd(patches(fill, hole), truth) for fill in fills.values()])
                if name in WIDE and index in (0, len(files) // 2):
                    around = window(hole)
                    rows.append([part[around] for part in (clean, damaged, *(fills[it] for it in SHEET_METHODS))])
            reached = np.array(reached)
            mean, best = reached.mean(axis=0), reached[:, :-1].max(axis=1)
            above = mean[-1] - mean[:-1].max()
            print(
                f"| {name} | {' | '.join(f'{value:.2f}' for value in mean)} | {above:+.2f} "
                f"| {np.sum(reached[:, -1] > best)} of {len(files)} |",
                flush=True,
            )
            if apart:
                distances.append((name, np.mean(apart, axis=0)))
    if distances:
        print(f"\n| distance of patches | {' | '.join(methods)} |")
        print("|---" * (len(methods) + 1) + "|")
    for name, values in distances:
        print(f"| {name} | {' | '.join(f'{value[0]:.2f}' for value in values)} |")
        print(f"| {name}, texture | {' | '.join(f'{value[1]:.2f}' for value in values)} |")
    if arguments.sheet:
        write_sheet(arguments.sheet, rows)


if __name__ == "__main__":
    main()
