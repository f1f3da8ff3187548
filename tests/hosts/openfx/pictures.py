"""Makes the pictures of cases.py, and compares them."""

import os
import subprocess

import numpy

BYTE = ["-depth", "8", "-define", "png:color-type=2"]
SHORT = ["-depth", "16", "-define", "png:bit-depth=16"]


def convert(*arguments):
    # Without the chunks that say how the colours were meant: every reader then assumes sRGB.
    *arguments, target = arguments
    subprocess.run(["convert", *arguments, "-strip", "-define", "png:exclude-chunks=all", target], check=True)


def make(crop, folder, dcdp):
    """Fills `folder`, from `crop`, a picture of 160×120 pixels."""

    def path(name):
        return os.path.join(folder, name)

    noise = ["-seed", "1", "-attenuate", "0.3", "+noise", "Gaussian"]
    convert(crop, *BYTE, path("crop.png"))
    convert(crop, *noise, *BYTE, path("noisy.png"))
    # Blurred, so that the low byte says something.
    convert(crop, "-blur", "0x0.5", *SHORT, "-define", "png:color-type=2", path("crop16.png"))
    convert(crop, *noise, "-blur", "0x0.3", *SHORT, "-define", "png:color-type=2", path("noisy16.png"))
    # A blur that is not there would be divided out all the same, and sixteen bits magnify every rounding by it.
    subprocess.run([dcdp, "degrade", path("crop16.png"), "-o", path("blurred16.png"), "--task", "deblur",
                    "--blur", "gaussian", "--blur-sigma", "1.5", "--noise", "0"], check=True)
    convert("-size", "160x120", "xc:black", "+antialias", "-fill", "white", "-draw",
            "rectangle 60,40 79,61 circle 30,90 34,96", "-colorspace", "Gray", "-depth", "8",
            "-define", "png:color-type=0", path("mask.png"))
    opacity = ["-alpha", "off", "-compose", "CopyOpacity", "-composite", "-depth", "8",
               "-define", "png:color-type=6"]
    convert(crop, "(", path("mask.png"), "-negate", ")", *opacity, path("holes.png"))
    convert(crop, "(", "-size", "160x120", "gradient:", ")", *opacity, path("transparent.png"))
    convert("-size", "7x5", "xc:black", "-fill", "gray60", "-draw", "line 0,3 6,1", "-colorspace", "Gray",
            "-depth", "8", "-define", "png:color-type=0", path("kernel.png"))


def prepare(how, dcdp, seen, target, scale):
    """Makes the command line's picture `target` from `seen`, what the node saw."""
    if how == "same":
        convert(seen, *SHORT, target)
    elif how == "flip":
        convert(seen, "-flip", *SHORT, target)
    elif how == "opaque":
        convert(seen, "-alpha", "off", *SHORT, target)
    elif how == "shrink":
        # The frame is taken to be an enlarged picture; sides that the scale does not divide are mirrored.
        picture = read(seen)[..., :3]
        rest = [(0, -side % scale) for side in picture.shape[:2]]
        write(target, numpy.pad(picture, [*rest, (0, 0)], mode="symmetric"))
        subprocess.run([dcdp, "degrade", target, "-o", target, "--task", "super-resolve",
                        "--scale", str(scale), "--noise", "0"], check=True)


def read(path):
    """The picture as an array height × width × 4 of 0…1."""
    size = subprocess.run(["identify", "-format", "%w %h", path], capture_output=True, text=True, check=True)
    width, height = map(int, size.stdout.split())
    raw = subprocess.run(
        ["convert", path, "-depth", "16", "-endian", "LSB", "rgba:-"], capture_output=True, check=True)
    return numpy.frombuffer(raw.stdout, "<u2").reshape(height, width, 4) / 65535.0


def write(path, colour):
    """Writes height × width × 3 of 0…1 as a 16-bit picture."""
    height, width = colour.shape[:2]
    samples = numpy.rint(colour * 65535).astype("<u2").tobytes()
    subprocess.run(
        ["convert", "-size", f"{width}x{height}", "-depth", "16", "-endian", "LSB", "rgb:-",
         "-define", "png:bit-depth=16", "-define", "png:exclude-chunks=all", path], input=samples, check=True)


def psnr(one, other):
    """Of two pictures' colours, in dB."""
    return -10 * numpy.log10(numpy.mean((read(one)[..., :3] - read(other)[..., :3]) ** 2))
