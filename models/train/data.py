"""Photographs as random training crops: decoded once into one memory-mapped file, then cropped from it."""

import json
import pathlib

import cv2
import numpy as np
import torch

SUFFIXES = {".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp"}
HOLD_OUT = 35  # every 35th photograph is for validation
SMOOTH_SHARE = 0.05  # of the crops


def photographs(folder):
    """The picture files of a folder and its subfolders, sorted by path."""
    files = sorted(p for p in pathlib.Path(folder).rglob("*") if p.suffix.lower() in SUFFIXES)
    if not files:
        raise FileNotFoundError(f"no photographs ({', '.join(sorted(SUFFIXES))}) in {folder}")
    return files


def read_rgb(path):
    """An 8-bit RGB picture, shape (H, W, 3)."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError(f"{path} is not a picture that OpenCV can read")
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


def decode_all(folder, cache, smallest):
    """Decodes every photograph of at least `smallest` pixels a side into `cache`/pixels.u8 and index.json."""
    cache = pathlib.Path(cache)
    index_file = cache / "index.json"
    files = photographs(folder)
    names = [str(p.relative_to(folder)) for p in files]
    if index_file.exists():
        index = json.loads(index_file.read_text())
        if index["names"] == names and index["smallest"] == smallest:
            return
    cache.mkdir(parents=True, exist_ok=True)
    entries, offset = [], 0
    with open(cache / "pixels.u8", "wb") as out:
        for path in files:
            picture = read_rgb(path)
            if min(picture.shape[:2]) < smallest:
                continue
            entries.append([offset, picture.shape[0], picture.shape[1]])
            out.write(picture.tobytes())
            offset += picture.size
    if not entries:
        raise ValueError(f"no photograph in {folder} has both sides of at least {smallest} pixels")
    index_file.write_text(json.dumps({"names": names, "smallest": smallest, "entries": entries}))


def decoded(cache, held_out):
    """The decoded pictures, (H, W, 3) each: those held out for validation, or the others."""
    cache = pathlib.Path(cache)
    entries = json.loads((cache / "index.json").read_text())["entries"]
    pixels = np.memmap(cache / "pixels.u8", dtype=np.uint8, mode="r")
    pictures = [pixels[o : o + h * w * 3].reshape(h, w, 3) for o, h, w in entries]
    chosen = [p for i, p in enumerate(pictures) if (i % HOLD_OUT == 0) == held_out]
    return chosen or pictures


class Crops(torch.utils.data.IterableDataset):
    """Endless batches of random crops, uint8 (count, 3, size, size), with right-angle turns, flips and down-scaling.

    Half of the crops are scaled down by 0.4 to 1, so that detail sharper than a camera's own pixels is learned. A few
    are flat or a smooth gradient, up to black and white, so that such areas come back without a shift or a pattern.
    """

    def __init__(self, cache, size, count, seed):
        self.pictures = decoded(cache, held_out=False)
        weights = np.sqrt([p.shape[0] * p.shape[1] for p in self.pictures])
        self.cumulative = np.cumsum(weights / weights.sum())
        self.size, self.count, self.seed = size, count, seed

    def __iter__(self):
        worker = torch.utils.data.get_worker_info()
        random = np.random.default_rng([self.seed, worker.id if worker else 0])
        while True:
            crops = np.stack([self._crop(random) for _ in range(self.count)])
            yield torch.from_numpy(np.ascontiguousarray(crops.transpose(0, 3, 1, 2)))

    def _smooth(self, random):
        corner = random.uniform(-40, 295, 3)
        if random.random() < 0.5:
            corner[:] = corner[0]  # gray
        slope = random.normal(0, 0.5, 2) * (random.random() < 0.7)  # 8-bit levels per pixel
        ramp = np.add.outer(slope[0] * np.arange(self.size), slope[1] * np.arange(self.size))
        return np.clip(ramp[..., None] + corner, 0, 255).round().astype(np.uint8)

    def _crop(self, random):
        if random.random() < SMOOTH_SHARE:
            return self._smooth(random)
        size = self.size
        which = min(int(np.searchsorted(self.cumulative, random.random())), len(self.pictures) - 1)
        picture = self.pictures[which]
        height, width = picture.shape[:2]
        extent = size
        if random.random() < 0.5:
            extent = min(int(round(size / random.uniform(0.4, 1.0))), height, width)
        top = int(random.integers(0, height - extent + 1))
        left = int(random.integers(0, width - extent + 1))
        crop = picture[top : top + extent, left : left + extent]
        if extent != size:
            method = cv2.INTER_AREA if random.random() < 0.7 else cv2.INTER_CUBIC
            crop = cv2.resize(np.ascontiguousarray(crop), (size, size), interpolation=method)
        crop = np.rot90(crop, int(random.integers(0, 4)))
        return crop[:, ::-1] if random.random() < 0.5 else crop


def batches(cache, size, count, seed, workers):
    """An endless iterator over the batches of `Crops`, made by `workers` processes (0: by this one)."""
    crops = Crops(cache, size, count, seed)
    return iter(torch.utils.data.DataLoader(crops, batch_size=None, num_workers=workers))


def to_network_range(crops, device):
    """uint8 (N,3,H,W) to float32 in [-1, 1] on the device."""
    return crops.to(device, memory_format=torch.channels_last).float() / 127.5 - 1.0
