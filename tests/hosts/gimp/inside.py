"""Runs in GIMP's own Python, without windows: every pixel is read back through GEGL.

GIMP imports this module and calls main(), with the folder of inputs.py in DCDP_WORK.
"""

import os
import re
import sys
import unittest

import numpy as np

from cases import CASES, case
from failures import Killed, Refusals  # noqa: F401: main() runs them too
from selections import Selections  # noqa: F401: and these
from session import (PROCEDURE, WORK, Gegl, Gimp, Gio, Restored, call, channel_from, encoded, mask_array, open_picture,
                     plane, read, stored)


class EqualsCommandLine(Restored):
    """The same file and settings give the same pixels as `dcdp restore`."""

    def check(self, one):
        image, layer = open_picture(one.picture)
        before, alpha = stored(layer), encoded(layer)[..., 3]
        settings = dict(one.settings)
        if settings.pop("mask", None):
            settings["mask"] = channel_from(image, mask_array())
        output, result = self.restore(image, layer, **settings)
        actual, expected = encoded(result), self.expected(one.name)
        if one.settings["task"] == "inpaint":
            mask = mask_array()
            np.testing.assert_array_equal(stored(result)[~mask], before[~mask])
            actual, expected = actual[mask], expected[mask]
        self.assert_close(actual, expected, one.tolerance)
        if one.settings["task"] != "super-resolve":
            self.assertEqual(output.get_id(), image.get_id())
            changed = stored(result)
            self.assertTrue((changed != before).any())
            np.testing.assert_array_equal(encoded(result)[..., 3], alpha)
        else:
            output.delete()
        image.delete()


def add_case(one):
    setattr(EqualsCommandLine, f"test_{one.name.replace('-', '_')}", lambda self: self.check(one))


for one in CASES:
    add_case(one)


class Arguments(unittest.TestCase):
    def test_every_option_of_the_command_line_is_an_argument(self):
        with open(os.path.join(WORK, "help.txt")) as text:
            options = set(re.findall(r"--([a-z-]+)", text.read()))
        # Files, the terminal, sequences, GIMP's transfer curve, and the machine's device, which scripts do not see.
        options -= {"quiet", "help", "report", "jpeg-quality", "transfer", "device", "options", "kernel-out",
                    "format", "uncertainty", "require", "ignore", "fill-from", "temporal-frames",
                    "noise-frame", "blur-frame", "frames", "skip-existing"}
        procedure = Gimp.get_pdb().lookup_procedure(PROCEDURE)
        arguments = {spec.name for spec in procedure.get_arguments()}
        self.assertGreater(len(options), 20)
        self.assertEqual(options - arguments, set())


class Tasks(Restored):
    """A procedure of its own for every task."""

    def check(self, task, name, **settings):
        image, layer = open_picture(case(name).picture)
        if task == "inpaint":
            image.select_item(Gimp.ChannelOps.REPLACE, channel_from(image, mask_array()))
        status, message, output, result = call(image, [layer], f"plug-in-dcdp-{task}", **settings)
        self.assertEqual(status, Gimp.PDBStatusType.SUCCESS, message)
        actual, expected = encoded(result), self.expected(name)
        if task == "inpaint":
            mask = mask_array()
            actual, expected = actual[mask], expected[mask]
        self.assert_close(actual, expected)
        if output.get_id() != image.get_id():
            output.delete()
        image.delete()

    def test_denoise(self):
        self.check("denoise", "denoise-automatic")

    def test_deblur(self):
        self.check("deblur", "deblur-gaussian", blur="gaussian", blur_sigma=1.5)

    def test_dejpeg(self):
        self.check("dejpeg", "dejpeg")

    def test_inpaint(self):
        self.check("inpaint", "inpaint")

    def test_super_resolve(self):
        self.check("super-resolve", "super-resolve")


class Layers(Restored):
    SETTINGS = {"task": "denoise", "noise": 20}

    def two(self):
        image, layer = open_picture("rgb.png")
        copy = layer.copy()
        image.insert_layer(copy, None, 0)
        return image, [copy, layer]

    def test_several_are_restored(self):
        image, layers = self.two()
        status, message, output, result = call(image, layers, **self.SETTINGS)
        self.assertEqual(status, Gimp.PDBStatusType.SUCCESS, message)
        self.assertEqual((output.get_id(), result.get_id()), (image.get_id(), layers[1].get_id()))
        for layer in layers:
            self.assert_close(encoded(layer), self.expected("denoise"))
        image.delete()

    def test_all_or_none(self):
        image, layers = self.two()
        layers[1].set_lock_content(True)
        self.refuse(image, layers, "locked", **self.SETTINGS)
        image.delete()

    def test_new_layers(self):
        image, layers = self.two()
        status, message, *_ = call(image, layers, output="new-layer", **self.SETTINGS)
        self.assertEqual(status, Gimp.PDBStatusType.SUCCESS, message)
        made = image.get_layers()
        self.assertEqual([made[1].get_id(), made[3].get_id()], [layer.get_id() for layer in layers])
        for layer in (made[0], made[2]):
            self.assert_close(encoded(layer), self.expected("denoise"))
        image.delete()


class NoiseSpectra(Restored):
    """Noise that was measured elsewhere."""

    def spectrum(self, sigma):
        return " ".join(f"{value:g}" for _ in range(64) for value in np.array([1, 0, 0, 1, 0, 1]) * sigma**2)

    def test_white_noise_is_noise_given_as_a_number(self):
        image, layer = open_picture("rgb.png")
        self.restore(image, layer, task="denoise", noise_spectrum=self.spectrum(20))
        self.assert_close(encoded(layer), self.expected("denoise"))
        image.delete()

    def test_a_number_goes_before(self):
        image, layer = open_picture("rgb.png")
        self.restore(image, layer, task="denoise", noise=20, noise_spectrum=self.spectrum(60))
        self.assert_close(encoded(layer), self.expected("denoise"))
        image.delete()

    def test_what_is_none_is_refused(self):
        image, layer = open_picture("rgb.png")
        self.refuse(image, [layer], "384", task="denoise", noise_spectrum="1 2 3")
        self.refuse(image, [layer], "loud", task="denoise", noise_spectrum=self.spectrum(20) + " loud")
        image.delete()


class JpegFiles(Restored):
    """The file behind a layer counts while the layer has its pixels."""

    def difference(self, change):
        image, layer = open_picture("decoded.jpg")
        change(layer)
        self.restore(image, layer, task="dejpeg")
        found = float(np.abs(encoded(layer) - self.expected("dejpeg-file")).max())
        image.delete()
        return found

    def test_changed_pixels_are_no_longer_the_file(self):
        def paint(layer):
            buffer = layer.get_buffer()
            buffer.set(Gegl.Rectangle.new(32, 32, 24, 24), "R'G'B' u8", bytes([255, 0, 255]) * 24 * 24)
            buffer.flush()

        self.assertGreater(self.difference(paint), 0.1)
        self.assertLess(self.difference(lambda layer: None), 0.02)

    def test_a_selection_of_the_file(self):
        image, layer = open_picture("decoded.jpg")
        before = stored(layer)
        image.select_rectangle(Gimp.ChannelOps.REPLACE, 40, 30, 50, 40)
        self.restore(image, layer, task="dejpeg")
        inside = np.s_[30:70, 40:90]
        self.assert_close(encoded(layer)[inside], self.expected("dejpeg-file")[inside], 3.001 / 255)
        after = stored(layer)
        after[inside] = before[inside]
        np.testing.assert_array_equal(after, before)
        image.delete()


class HighDynamicRange(Restored):
    """A float image whose right half is brighter than white."""

    def test_highlights_lose_as_much_noise_as_the_rest(self):
        height, width, sigma = 64, 128, 12
        y, x, c = np.mgrid[:height, :width, :3]
        clean = np.where(x < width // 2, 0.5, 1.5) + 0.1 * np.sin(0.05 * (x % 64) + c) * np.cos(0.07 * y)
        noisy = clean + sigma / 255 * np.random.default_rng(1).standard_normal(clean.shape)
        # Codes of the sRGB curve, which goes on beyond white, to light.
        light = ((noisy + 0.055) / 1.055) ** 2.4
        image = Gimp.Image.new_with_precision(width, height, Gimp.ImageBaseType.RGB, Gimp.Precision.FLOAT_LINEAR)
        layer = Gimp.Layer.new(image, "shades", width, height, Gimp.ImageType.RGB_IMAGE, 100, Gimp.LayerMode.NORMAL)
        image.insert_layer(layer, None, 0)
        buffer = layer.get_buffer()
        buffer.set(Gegl.Rectangle.new(0, 0, width, height), "RGB float", light.astype(np.float32).tobytes())
        buffer.flush()
        self.restore(image, layer, task="denoise", noise=sigma, model="photo")
        result = 1.055 * read(layer, "RGB float", np.float32) ** (1 / 2.4) - 0.055
        left, right = np.s_[:, :64], np.s_[:, 64:]
        kept = [np.std(result[half] - clean[half]) / np.std(noisy[half] - clean[half]) for half in (left, right)]
        self.assertLess(max(kept), 0.5)
        self.assertTrue(0.8 < kept[1] / kept[0] < 1.2, kept)
        image.delete()


class Outputs(Restored):
    def test_new_layer(self):
        image, layer = open_picture("rgb.png")
        before = stored(layer)
        output, result = self.restore(image, layer, task="denoise", noise=20, output="new-layer")
        self.assertEqual(output.get_id(), image.get_id())
        self.assertEqual([one.get_id() for one in image.get_layers()], [result.get_id(), layer.get_id()])
        np.testing.assert_array_equal(stored(layer), before)
        self.assert_close(encoded(result), self.expected("denoise"))
        image.delete()

    def test_new_layer_changes_only_the_selection(self):
        image, layer = open_picture("rgb.png")
        image.select_rectangle(Gimp.ChannelOps.REPLACE, 10, 10, 50, 50)
        _, result = self.restore(image, layer, task="denoise", noise=20, output="new-layer")
        changed = (stored(result) != stored(layer)).any(axis=2)
        self.assertTrue(changed[10:60, 10:60].any())
        changed[10:60, 10:60] = False
        self.assertFalse(changed.any())
        image.delete()

    def test_new_layer_of_a_locked_layer(self):
        image, layer = open_picture("rgb.png")
        layer.set_lock_content(True)
        _, result = self.restore(image, layer, task="denoise", noise=20, output="new-layer")
        self.assert_close(encoded(result), self.expected("denoise"))
        image.delete()

    def test_new_layer_of_a_linked_file(self):
        image, _ = open_picture("rgb.png")
        link = Gimp.LinkLayer.new(image, Gio.File.new_for_path(os.path.join(WORK, "rgb.png")))
        image.insert_layer(link, None, 0)
        self.refuse(image, [link], "Rasterize", task="denoise", noise=20)
        _, result = self.restore(image, link, task="denoise", noise=20, output="new-layer")
        self.assertTrue(result.is_rasterized())
        self.assert_close(encoded(result), self.expected("denoise"))
        image.delete()

    def test_new_image(self):
        image, layer = open_picture("rgb16.png")
        adobe = Gimp.ColorProfile.new_rgb_adobe()
        image.convert_color_profile(adobe, Gimp.ColorRenderingIntent.RELATIVE_COLORIMETRIC, True)
        image.set_resolution(211, 211)
        before, dirty = stored(layer), image.is_dirty()
        output, result = self.restore(image, layer, task="denoise", noise=20, output="new-image")
        self.assertNotEqual(output.get_id(), image.get_id())
        self.assertEqual(output.get_precision(), image.get_precision())
        self.assertEqual(output.get_resolution()[1:], (211, 211))
        self.assertTrue(output.get_color_profile().is_equal(adobe))
        self.assertEqual((output.get_width(), output.get_height()), (160, 120))
        self.assert_close(encoded(result), self.expected("sixteen-bit"), 2e-3)
        np.testing.assert_array_equal(stored(layer), before)
        self.assertEqual(image.is_dirty(), dirty)
        output.delete()
        image.delete()

    def test_new_image_changes_only_the_selection(self):
        image, layer = open_picture("rgb.png")
        image.select_rectangle(Gimp.ChannelOps.REPLACE, 10, 10, 50, 50)
        output, result = self.restore(image, layer, task="denoise", noise=20, output="new-image")
        changed = (stored(result) != stored(layer)).any(axis=2)
        self.assertTrue(changed[10:60, 10:60].any())
        changed[10:60, 10:60] = False
        self.assertFalse(changed.any())
        output.delete()
        image.delete()

    def test_larger_layer_in_the_same_image(self):
        image, layer = open_picture("small.png")
        layer.set_offsets(5, 6)
        output, result = self.restore(image, layer, task="super-resolve", scale=2, output="new-layer")
        self.assertEqual(output.get_id(), image.get_id())
        self.assertEqual(result.get_offsets()[1:], (5, 6))
        self.assert_close(encoded(result), self.expected("super-resolve"))
        image.delete()


class Targets(Restored):
    def test_layer_mask(self):
        image, layer = open_picture("rgb.png")
        mask = layer.create_mask(Gimp.AddMaskType.COPY)
        layer.add_mask(mask)
        before, before_mask = stored(layer), plane(mask)
        self.restore(image, mask, task="denoise", noise=40)
        np.testing.assert_array_equal(stored(layer), before)
        after = plane(mask)
        # Smoother, and about as light as before: its values are not taken for light.
        self.assertLess(np.abs(np.diff(after)).mean(), 0.9 * np.abs(np.diff(before_mask)).mean())
        self.assertLess(abs(after.mean() - before_mask.mean()), 0.02)
        image.delete()

    def test_mask_from_a_layer(self):
        image, layer = open_picture("rgb.png")
        mask = Gimp.file_load_layer(
            Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(os.path.join(WORK, "mask.png"))
        )
        image.insert_layer(mask, None, 0)
        self.restore(image, layer, task="inpaint", mask=mask)
        filled = mask_array()
        self.assert_close(encoded(layer)[filled], self.expected("inpaint")[filled])
        image.delete()

    def test_kernel_from_a_layer(self):
        image, layer = open_picture("rgb.png")
        other, kernel = open_picture("kernel.png")
        self.restore(image, layer, task="deblur", blur="kernel", kernel_layer=kernel)
        self.assert_close(encoded(layer), self.expected("deblur-kernel"))
        other.delete()
        image.delete()

    def test_colour_profile(self):
        image, layer = open_picture("rgb.png")
        image.convert_precision(Gimp.Precision.FLOAT_NON_LINEAR)
        image.convert_color_profile(
            Gimp.ColorProfile.new_rgb_adobe(), Gimp.ColorRenderingIntent.RELATIVE_COLORIMETRIC, True
        )
        self.restore(image, layer, task="denoise", noise=20)
        self.assert_close(encoded(layer), self.expected("denoise"), 1.5 / 255)
        image.delete()


def main():
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    selected = os.environ.get("DCDP_ONLY")
    if selected:
        suite = unittest.defaultTestLoader.loadTestsFromName(selected, sys.modules[__name__])
    result = unittest.TextTestRunner(stream=sys.stderr, verbosity=2).run(suite)
    if not result.wasSuccessful():
        raise RuntimeError("tests failed inside GIMP")
