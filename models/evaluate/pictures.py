"""What the measurements of this folder share: which pictures, which part of them, and how far two are apart."""

import numpy as np

SUFFIXES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp"}


def psnr(picture, reference):
    """Peak signal-to-noise ratio in dB; 99 where nothing differs."""
    error = np.mean((np.asarray(picture, float) - np.asarray(reference, float)) ** 2)
    return min(99.0, 10 * np.log10(255**2 / max(error, 1e-12)))


def middle(picture, side):
    """A square from the middle; 0 is the whole picture."""
    if not side:
        return picture
    width, height = picture.size
    wide, tall = min(side, width), min(side, height)
    left, top = (width - wide) // 2, (height - tall) // 2
    return picture.crop((left, top, left + wide, top + tall))


def spread(parser, folder, count):
    """`count` picture files, evenly over a folder; all where there are fewer."""
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES)
    if not files:
        parser.error(f"{folder}: no pictures")
    return [files[at] for at in np.unique(np.linspace(0, len(files) - 1, count).astype(int))]
