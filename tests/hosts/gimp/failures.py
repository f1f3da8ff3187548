"""What the plug-in refuses, and what is left when it is killed; runs in GIMP's own Python."""

import os
import signal
import threading
import time

import numpy as np

from processes import cpu_seconds, plug_in_processes
from session import Gimp, Restored, call, encoded, open_picture, stored


class Refusals(Restored):
    def setUp(self):
        self.image, self.layer = open_picture("rgb.png")

    def tearDown(self):
        self.image.delete()

    def test_group(self):
        group = Gimp.GroupLayer.new(self.image, "group")
        self.image.insert_layer(group, None, 0)
        self.refuse(self.image, [group], "group")

    def test_locked_layer(self):
        self.layer.set_lock_content(True)
        self.refuse(self.image, [self.layer], "locked")

    def test_layer_in_a_locked_group(self):
        group = Gimp.GroupLayer.new(self.image, "group")
        self.image.insert_layer(group, None, 0)
        self.image.reorder_item(self.layer, group, 0)
        group.set_lock_content(True)
        self.refuse(self.image, [self.layer], "locked")

    def test_indexed_image(self):
        self.image.convert_indexed(
            Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 16, False, False, ""
        )
        self.refuse(self.image, [self.layer])

    def test_inpainting_without_a_region(self):
        self.refuse(self.image, [self.layer], "Select", task="inpaint")

    def test_selection_beside_the_layer(self):
        self.image.resize(400, 300, 0, 0)
        self.image.select_rectangle(Gimp.ChannelOps.REPLACE, 300, 200, 50, 50)
        self.refuse(self.image, [self.layer], "outside", task="denoise")

    def test_kernel_that_is_missing(self):
        self.refuse(self.image, [self.layer], "kernel", task="deblur", blur="kernel")
        self.refuse(self.image, [self.layer], "nowhere.png", task="deblur", blur="kernel", kernel="nowhere.png")

    def test_values_that_do_not_exist(self):
        for name, value in (("task", "polish"), ("blur", "round"), ("preset", "superb"), ("output", "print"),
                            ("sampler", "lucky"), ("noise", 9999.0), ("noise", -2.0), ("scale", 0),
                            ("rounds", 0), ("seed", -1.0), ("model", "no-such-model"), ("optimizer", "lbfgs"),
                            ("schedule", "steep"), ("boundary", "open"), ("momentum", 1.0)):
            with self.subTest(name=name, value=value):
                self.refuse(self.image, [self.layer], str(value).removesuffix(".0"), **{name: value})

    def test_step_that_diverges(self):
        self.refuse(self.image, [self.layer], "step", task="deblur", blur="gaussian", preset="paper", step=1000.0)


class Killed(Restored):
    def kill_at_work(self):
        """Waits until the plug-in has computed for a while, then kills it; gives up when it is done."""
        while not self.done.is_set():
            for process in plug_in_processes():
                try:
                    if cpu_seconds(process) > 2:
                        os.kill(process, signal.SIGKILL)
                        self.killed = True
                        return
                except OSError:
                    continue
            time.sleep(0.02)

    def test_a_killed_plug_in_leaves_nothing(self):
        self.killed = False
        self.done = threading.Event()
        image, layer = open_picture("rgb.png")
        image.select_rectangle(Gimp.ChannelOps.REPLACE, 20, 20, 60, 60)
        before, dirty = stored(layer), image.is_dirty()
        files = self.files()
        killer = threading.Thread(target=self.kill_at_work)
        killer.start()
        status, message, *_ = call(
            image, [layer], task="deblur", blur="gaussian", rounds=1000, t_start=1000, sampler="ddim", sampler_steps=20
        )
        self.done.set()
        killer.join()
        self.assertTrue(self.killed, message)
        self.assertNotEqual(status, Gimp.PDBStatusType.SUCCESS)
        np.testing.assert_array_equal(stored(layer), before)
        self.assertEqual(image.is_dirty(), dirty)
        self.assertEqual(self.files() - files, set())
        # GIMP lives, and the next run is like any other.
        Gimp.Selection.none(image)
        self.restore(image, layer, task="denoise", noise=20)
        self.assert_close(encoded(layer), self.expected("denoise"))
        image.delete()

    def files(self):
        """Every file where a plug-in could have left one."""
        folders = ("/tmp", "/var/tmp", "/dev/shm", Gimp.directory())
        found = {os.path.join(at, name) for folder in folders for at, _, names in os.walk(folder) for name in names}
        # ONNX Runtime keeps a database in the user's cache folder, wherever that is.
        return {path for path in found if "/.onnxruntime/" not in path}
