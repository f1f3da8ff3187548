"""Small pictures to write into files."""

import numpy as np


def scene(height=40, width=56, channels=3, depth=np.uint8):
    """Edges, gradients and a little texture, over the middle of the type's range."""
    y, x = np.mgrid[0:height, 0:width]
    planes = []
    for channel in range(channels):
        value = 0.2 + 0.5 * ((x // 14 + y // 10 + channel) % 2) + 0.1 * np.sin(x / 5 + channel)
        planes.append(np.clip(value + 0.002 * ((x * 7 + y * 13) % 31), 0, 1))
    picture = np.stack(planes, axis=-1)
    if channels == 1:
        picture = picture[..., 0]
    if np.issubdtype(depth, np.floating):
        return picture.astype(depth)
    info = np.iinfo(depth)
    return np.round(picture * info.max).astype(depth)
