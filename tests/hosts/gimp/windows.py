"""The plug-in as a person meets it: menu, dialog, preview, progress, Stop, undo."""

import contextlib
import os

import numpy as np

from desktop import PATIENCE, wait_for
from person import DIALOG, PROGRESS, Person, signature
from processes import cpu_seconds, plug_in_processes

# Stop is obeyed within half a second; counted in what the machine computes meanwhile, so that others at work on it
# do not matter.
STOP_SECONDS = 0.5


class Windows(Person):
    def test_menu_and_dialog(self):
        window = self.open_dialog(shot="menu")
        self.wait_rest()
        self.desktop.shot("dialog", window)
        self.desktop.keys("alt+a")
        self.desktop.resize(window, 1100, 870)
        self.wait_rest()
        self.desktop.shot("advanced", window)
        self.desktop.keys("Escape")
        self.desktop.wait_gone(DIALOG)
        self.assertEqual(self.desktop.eval("(car (gimp-image-is-dirty image))"), "0")

    def test_the_preview_shows_the_result(self):
        window = self.open_dialog()
        restored = self.settled(window)
        self.desktop.keys("alt+p")
        noisy = self.wait_other("the picture without a preview", window, restored)
        rough = [np.abs(np.diff(part, axis=1)).mean() for part in (restored, noisy)]
        self.assertLess(2 * rough[0], rough[1])
        self.desktop.keys("alt+p")
        self.wait_other("the preview again", window, noisy)

    def test_the_line_is_dragged(self):
        window = self.open_dialog()
        self.wait_rest()
        x, y = self.line(window)
        self.desktop.drag(window, (x, y), (x - 120, y))
        wait_for("the line to move", PATIENCE, lambda: abs(self.line(window)[0] - (x - 120)) < 8)
        self.desktop.shot("dragged", window)

    def test_the_preview_moves_and_magnifies(self):
        window = self.open_dialog()
        shown = self.settled(window)
        x, y = self.line(window)
        self.desktop.drag(window, (x + 100, y), (x + 160, y + 40))
        shown = self.wait_other("another part", window, shown)
        self.desktop.keys("alt+2")
        self.wait_other("twice as large", window, shown)
        self.desktop.shot("magnified", window)

    def test_the_preview_follows_the_settings(self):
        """A change cancels the preview that runs, and starts another."""
        window = self.open_dialog()
        default, place = self.settled(window), self.line(window)
        self.choose("alt+e", 2)  # as in the paper: minutes
        self.watch(window, 6)
        self.assertEqual(self.line(window), place, "what is said must not move the picture")
        self.desktop.shot("in-flight", window)
        self.desktop.keys("Up", "Up")
        self.desktop.keys("alt+n", "space", "Tab", "ctrl+a")
        self.desktop.type("45\t")
        self.wait_other("the preview of more noise", window, default)
        self.desktop.shot("preview", window)

    def test_noise_is_measured_in_the_selection(self):
        self.addCleanup(self.desktop.eval, "(gimp-selection-none image)")
        self.desktop.eval("(gimp-image-select-rectangle image CHANNEL-OP-REPLACE 40 10 200 90)")
        self.open_dialog()
        self.desktop.keys("alt+m")
        self.wait_rest()
        self.desktop.shot("measured", self.desktop.find_window(DIALOG))
        self.run_to_end()
        numbers = self.remembered("restore")["noise-spectrum"].split()
        self.assertEqual(len(numbers), 384)
        variances = [float(value) for value in numbers]
        sigma = (sum(variances[0::6] + variances[3::6] + variances[5::6]) / 192) ** 0.5
        self.assertTrue(10 < sigma < 40, sigma)
        self.undo()

    def test_stop_leaves_the_picture_alone(self):
        window = self.open_dialog()
        self.choose("alt+e", 2)  # as in the paper: long enough to stop half way
        self.desktop.shot("paper", window)
        self.desktop.keys("alt+o")
        progress = self.desktop.wait_window(PROGRESS)
        self.assertIsNone(self.desktop.find_window(DIALOG))
        self.watch(progress, 12)
        self.desktop.shot("running")
        self.desktop.focus(progress)
        process, = plug_in_processes()
        begun = cpu_seconds(process)
        self.desktop.keys("alt+s")
        seconds = (self.last_cpu_seconds(process) - begun) / len(os.sched_getaffinity(0))
        print(f"stopped within {seconds:.2f} s ...", end=" ", flush=True)
        self.assertLess(seconds, STOP_SECONDS)
        self.assertIsNone(self.desktop.find_window(PROGRESS))
        self.assertEqual(self.desktop.eval("(car (gimp-image-is-dirty image))"), "0")
        self.assertEqual(self.pixels(), self.original)
        self.desktop.shot("stopped")

    def last_cpu_seconds(self, process):
        """Waits until the process has ended; what it has computed until then."""
        seconds = 0.0

        def ended():
            nonlocal seconds
            with contextlib.suppress(OSError):
                seconds = cpu_seconds(process)
            return not plug_in_processes()

        wait_for("the plug-in to end", PATIENCE, ended)
        return seconds

    def watch(self, window, count):
        """Waits until a window has told `count` different things of the work."""
        told = set()

        def moves():
            told.add(signature(self.desktop.shot("progress", window)))
            return len(told) >= count

        wait_for("the progress to move", 3 * PATIENCE, moves)

    def test_run_undo_and_redo(self):
        self.open_dialog()
        restored = self.run_to_end()
        self.desktop.shot("result")
        self.undo()
        self.desktop.keys("ctrl+y")
        wait_for("redo", PATIENCE, lambda: self.pixels() == restored)
        self.undo()

    def spreads(self):
        """The standard deviation of the pixels of each of two layers."""
        return [self.desktop.eval(f"(cadr (gimp-drawable-histogram {layer} HISTOGRAM-VALUE 0 1))")
                for layer in ("above", "below")]

    def test_several_layers_are_one_undo_step(self):
        self.desktop.eval(
            "(define below (vector-ref (car (gimp-image-get-layers image)) 0))"
            "(define above (car (gimp-layer-copy below)))"
            "(gimp-image-insert-layer image above 0 0)"
            "(gimp-image-set-selected-layers image (vector above below))")
        self.addCleanup(self.desktop.eval, "(gimp-image-remove-layer image above)"
                                           "(gimp-image-set-selected-layers image (vector below))")
        before = self.spreads()
        self.open_dialog()
        self.run_to_end()
        for now, then in zip(self.spreads(), before):
            self.assertNotEqual(now, then)
        self.undo()
        self.assertEqual(self.spreads(), before)

    def test_the_last_values_again(self):
        """Repeat, which shows no dialog, gives the same result and can be undone too."""
        self.open_dialog()
        first = self.run_to_end()
        self.undo()
        self.desktop.keys("ctrl+f")
        self.assertEqual(self.changed_from(self.original), first)
        self.undo()
