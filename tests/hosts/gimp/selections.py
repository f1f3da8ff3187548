"""Runs in GIMP's own Python, from inside.py: what is selected changes, and nothing else does."""

import numpy as np

from session import Gegl, Gimp, Restored, channel_from, encoded, mask_array, open_picture, plane, read, stored


class Selections(Restored):
    SETTINGS = {"task": "denoise", "noise": 20}

    def test_nothing_outside_changes_in_any_precision(self):
        for precision in ("U8_NON_LINEAR", "U8_LINEAR", "U16_NON_LINEAR", "U16_LINEAR", "U32_NON_LINEAR",
                          "HALF_LINEAR", "FLOAT_LINEAR", "FLOAT_NON_LINEAR", "DOUBLE_LINEAR"):
            for picture in ("rgba.png", "gray.png"):
                with self.subTest(precision=precision, picture=picture):
                    image, layer = open_picture(picture)
                    if precision != "U8_NON_LINEAR":
                        image.convert_precision(getattr(Gimp.Precision, precision))
                    image.select_ellipse(Gimp.ChannelOps.REPLACE, 30, 20, 70, 60)
                    before, selected = stored(layer), plane(image.get_selection())
                    alpha = encoded(layer)[..., 3]
                    self.restore(image, layer, **self.SETTINGS)
                    changed = (stored(layer) != before).any(axis=2)
                    self.assertFalse(changed[selected == 0].any())
                    self.assertTrue(changed[selected == 1].any())
                    np.testing.assert_array_equal(encoded(layer)[..., 3], alpha)
                    image.delete()

    def test_feathered_edges_blend(self):
        image, layer = open_picture("rgb.png")
        image.convert_precision(Gimp.Precision.FLOAT_NON_LINEAR)
        image.select_rectangle(Gimp.ChannelOps.REPLACE, 40, 30, 60, 50)
        Gimp.Selection.feather(image, 12)
        weight = plane(image.get_selection())[..., None]
        before = read(layer, "RGBA float", np.float32)
        self.restore(image, layer, **self.SETTINGS)
        after = read(layer, "RGBA float", np.float32)
        Gimp.Selection.none(image)
        whole, whole_layer = open_picture("rgb.png")
        whole.convert_precision(Gimp.Precision.FLOAT_NON_LINEAR)
        self.restore(whole, whole_layer, **self.SETTINGS)
        full = read(whole_layer, "RGBA float", np.float32)
        # GIMP blends in linear light.
        self.assert_close(after, before + weight * (full - before), 1e-4)
        self.assertTrue(((weight > 0.2) & (weight < 0.8)).any())
        image.delete()
        whole.delete()

    def test_selection_is_what_inpainting_fills(self):
        image, layer = open_picture("rgb.png")
        mask = mask_array()
        image.select_item(Gimp.ChannelOps.REPLACE, channel_from(image, mask))
        before = stored(layer)
        self.restore(image, layer, task="inpaint")
        np.testing.assert_array_equal(stored(layer)[~mask], before[~mask])
        self.assert_close(encoded(layer)[mask], self.expected("inpaint")[mask])
        image.delete()

    def test_selection_limits_a_mask(self):
        image, layer = open_picture("rgb.png")
        mask = mask_array()
        channel = channel_from(image, mask)
        image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, 70, 120)
        before = stored(layer)
        self.restore(image, layer, task="inpaint", mask=channel)
        changed = (stored(layer) != before).any(axis=2)
        self.assertFalse(changed[:, 70:].any() or changed[~mask].any())
        both = mask.copy()
        both[:, 70:] = False
        self.assert_close(encoded(layer)[both], self.expected("inpaint")[both])
        image.delete()

    def test_offset_layer(self):
        image, layer = open_picture("rgb.png")
        image.resize(260, 200, 33, 21)
        layer.set_offsets(33, 21)
        mask = mask_array()
        in_image = np.zeros((200, 260))
        in_image[21:141, 33:193] = mask
        image.select_item(Gimp.ChannelOps.REPLACE, channel_from(image, in_image))
        before = stored(layer)
        self.restore(image, layer, task="inpaint")
        np.testing.assert_array_equal(stored(layer)[~mask], before[~mask])
        self.assert_close(encoded(layer)[mask], self.expected("inpaint")[mask])
        image.delete()

    def test_layer_larger_than_its_image(self):
        image, layer = open_picture("rgb.png")
        image.resize(100, 80, -30, -20)
        self.assertEqual(layer.get_offsets()[1:], (-30, -20))
        self.restore(image, layer, **self.SETTINGS)
        self.assert_close(encoded(layer), self.expected("denoise"))
        image.delete()

    def test_small_selection_in_a_large_picture(self):
        image = Gimp.Image.new_with_precision(3000, 2000, Gimp.ImageBaseType.RGB, Gimp.Precision.U8_NON_LINEAR)
        layer = Gimp.Layer.new(image, "large", 3000, 2000, Gimp.ImageType.RGB_IMAGE, 100, Gimp.LayerMode.NORMAL)
        image.insert_layer(layer, None, 0)
        noise = np.random.default_rng(1).integers(0, 256, (2000, 3000, 3), np.uint8)
        buffer = layer.get_buffer()
        buffer.set(Gegl.Rectangle.new(0, 0, 3000, 2000), "R'G'B' u8", noise.tobytes())
        buffer.flush()
        image.select_rectangle(Gimp.ChannelOps.REPLACE, 1500, 900, 40, 30)
        self.restore(image, layer, task="denoise", noise=70)
        changed = (stored(layer) != noise).any(axis=2)
        self.assertTrue(changed[900:930, 1500:1540].any())
        changed[900:930, 1500:1540] = False
        self.assertFalse(changed.any())
        image.delete()
