"""Makes the pictures of cases.py, and what the command line makes of them."""

import os
import subprocess

from cases import CASES, FILE_SETTINGS


def convert(source, target, *options):
    # Without the chunks that say how the colours were meant: both readers then assume sRGB.
    subprocess.run(
        ["convert", source, "-strip", *options, "-define", "png:exclude-chunks=all", target], check=True
    )


def make(dcdp, crop, folder):
    """Fills `folder`, from `crop`, a picture of 160×120 pixels."""

    def path(name):
        return os.path.join(folder, name)

    noise = ["-seed", "1", "-attenuate", "0.3", "+noise", "Gaussian"]
    ramp = ["(", "-size", "160x120", "gradient:", ")", "-alpha", "off", "-compose", "CopyOpacity", "-composite"]
    convert(crop, path("rgb.png"), *noise, "-depth", "8", "-define", "png:color-type=2")
    convert(crop, path("rgb16.png"), *noise, "-depth", "16", "-define", "png:bit-depth=16")
    convert(crop, path("small.png"), "-resize", "50%", "-depth", "8", "-define", "png:color-type=2")
    convert(crop, path("large.png"), *noise, "-resize", "400%", "-depth", "8", "-define", "png:color-type=2")
    convert(crop, path("decoded.jpg"), "-quality", "30")
    convert(path("decoded.jpg"), path("decoded.png"), "-depth", "8", "-define", "png:color-type=2")
    convert(crop, path("gray.png"), "-colorspace", "Gray", "-depth", "8", "-define", "png:color-type=0")
    convert(crop, path("gray-alpha.png"), "-colorspace", "Gray", *ramp, "-depth", "8",
            "-define", "png:color-type=4")
    convert(crop, path("rgba.png"), *ramp, "-depth", "8", "-define", "png:color-type=6")
    convert(crop, path("mask.png"), "+antialias", "-fill", "black", "-colorize", "100", "-fill", "white", "-draw",
            "rectangle 60,40 79,61 circle 30,90 34,96", "-colorspace", "Gray", "-depth", "8",
            "-define", "png:color-type=0")
    convert("xc:black", path("kernel.png"), "-resize", "7x5!", "-fill", "gray60", "-draw", "line 0,3 6,1",
            "-colorspace", "Gray", "-depth", "8", "-define", "png:color-type=0")
    houses = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../examples/photo/houses.jpg")
    convert(houses, path("clean.png"), "-crop", "448x384+32+64", "+repage", "-depth", "8", "-define", "png:color-type=2")
    run(dcdp, "degrade", path("clean.png"), "-o", path("blurred.png"), "--task", "deblur", "--blur", "motion:13,25",
        "--noise", "1")
    run(dcdp, "degrade", path("rgb.png"), "-o", path("float.exr"), "--task", "denoise", "--noise", "10")
    with open(path("help.txt"), "w") as text:
        subprocess.run([dcdp, "restore", "--help"], stdout=text, check=True)
    for case in CASES:
        options = []
        for name, value in {**case.arguments, **case.program}.items():
            value = path(value) if name in FILE_SETTINGS else value
            options += [f"--{name}", str(value)]
        run(dcdp, "restore", path(case.picture), "-o", path(case.expected), "--device", "cpu", *options)


def rectangle(target, size, area):
    """A mask of this size, white in an area (left, top, width, height)."""
    left, top, width, height = area
    convert("xc:black", target, "-resize", f"{size[0]}x{size[1]}!", "-fill", "white", "-draw",
            f"rectangle {left},{top} {left + width - 1},{top + height - 1}", "-colorspace", "Gray", "-depth", "8",
            "-define", "png:color-type=0")


def run(dcdp, *arguments):
    subprocess.run([dcdp, *arguments, "--quiet"], check=True)


def largest_difference(one, other):
    """The largest difference between two 8-bit pictures, in steps."""
    found = subprocess.run(
        ["compare", "-metric", "PAE", one, other, "null:"], capture_output=True, text=True
    ).stderr
    # "257 (0.00392157)": the second number is the fraction of the whole range.
    return round(255 * float(found.split("(")[1].split(")")[0]))
