"""What the tests inside GIMP share: opening pictures, calling the procedure, reading pixels through GEGL."""

import os
import unittest

import gi
import numpy as np

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
from gi.repository import Gegl, Gimp, Gio  # noqa: E402

from cases import TINY_PRIOR, case  # noqa: E402

WORK = os.environ["DCDP_WORK"]
PROCEDURE = "plug-in-dcdp-restore"


def load(name):
    return Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(os.path.join(WORK, name)))


def open_picture(name):
    image = load(name)
    return image, image.get_layers()[0]


def read(drawable, babl_format, kind):
    area = Gegl.Rectangle.new(0, 0, drawable.get_width(), drawable.get_height())
    data = drawable.get_buffer().get(area, 1.0, babl_format, Gegl.AbyssPolicy.NONE)
    return np.frombuffer(data, kind).reshape(area.height, area.width, -1).copy()


def stored(drawable):
    """The bytes of every pixel, as GIMP keeps them."""
    return read(drawable, None, np.uint8)


def encoded(drawable):
    """sRGB-encoded red, green, blue and alpha in 0…1."""
    return read(drawable, "R'G'B'A float", np.float32)


def plane(drawable):
    """One stored value in 0…1 per pixel of a channel or selection."""
    return read(drawable, "Y float", np.float32)[..., 0]


def call(image, drawables, name=PROCEDURE, **settings):
    """Calls a procedure, by default with the tiny model; its status, message, and results (image, drawable)."""
    procedure = Gimp.get_pdb().lookup_procedure(name)
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
    config.set_property("image", image)
    config.set_core_object_array("drawables", drawables)
    for name, value in {"model": TINY_PRIOR, **settings}.items():
        name = name.replace("_", "-")
        if name == "kernel":
            value = Gio.File.new_for_path(os.path.join(WORK, value))
        config.set_property(name, value)
    values = procedure.run(config)
    if values is None:
        return None, "", None, None
    status = values.index(0)
    if status != Gimp.PDBStatusType.SUCCESS:
        return status, values.index(1) if values.length() > 1 else "", None, None
    return status, "", values.index(1), values.index(2)


def channel_from(image, mask):
    """A channel of `image` with the values of a (height, width) array."""
    from_rows = np.ascontiguousarray(mask, np.float32)
    channel = Gimp.Channel.new(image, "mask", from_rows.shape[1], from_rows.shape[0], 100, Gegl.Color.new("black"))
    image.insert_channel(channel, None, 0)
    buffer = channel.get_buffer()
    buffer.set(Gegl.Rectangle.new(0, 0, *from_rows.shape[::-1]), "Y float", from_rows.tobytes())
    buffer.flush()
    return channel


def mask_array():
    image, layer = open_picture("mask.png")
    mask = encoded(layer)[..., 0] > 0.5
    image.delete()
    return mask


class Restored(unittest.TestCase):
    def restore(self, image, drawable, **settings):
        status, message, *results = call(image, [drawable], **settings)
        self.assertEqual(status, Gimp.PDBStatusType.SUCCESS, message)
        return results

    def refuse(self, image, drawables, *words, **settings):
        """The call fails, with a message that has the words, and changes nothing."""
        before = [stored(drawable) for drawable in drawables if not drawable.is_group()]
        dirty = image.is_dirty()
        status, message, *_ = call(image, drawables, **settings)
        self.assertIn(status, (Gimp.PDBStatusType.CALLING_ERROR, Gimp.PDBStatusType.EXECUTION_ERROR))
        for word in words:
            self.assertIn(word, message)
        after = [stored(drawable) for drawable in drawables if not drawable.is_group()]
        for one, other in zip(before, after):
            np.testing.assert_array_equal(one, other)
        self.assertEqual(image.is_dirty(), dirty)

    def expected(self, name):
        image, layer = open_picture(case(name).expected)
        values = encoded(layer)
        image.delete()
        return values

    def assert_close(self, actual, expected, tolerance=1.001 / 255):
        self.assertEqual(actual.shape, expected.shape)
        self.assertLessEqual(float(np.abs(actual - expected).max()), tolerance)
