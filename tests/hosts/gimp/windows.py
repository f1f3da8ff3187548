"""The plug-in as a person meets it: menu, dialog, preview, progress, Stop, undo."""

import time

from desktop import wait_for
from person import DIALOG, PROGRESS, Person, on_request, signature


class Windows(Person):
    def test_menu_and_dialog(self):
        window = self.open_dialog(shot="menu")
        before = self.after(window)
        self.wait_other("the preview", window, before)
        self.desktop.shot("dialog", window)
        self.desktop.keys("alt+a")
        self.desktop.resize(window, 1100, 870)
        self.desktop.shot("advanced", window)
        self.desktop.keys("Escape")
        self.desktop.wait_gone(DIALOG)
        self.assertEqual(self.desktop.eval("(car (gimp-image-is-dirty image))"), "0")

    @on_request
    def test_the_line_is_dragged(self):
        window = self.open_dialog()
        self.wait_other("the preview", window, self.after(window))
        x, y = self.line(window)
        self.desktop.drag(window, (x, y), (x - 120, y))
        moved, _ = self.line(window)
        self.assertLess(abs(moved - (x - 120)), 8)
        self.desktop.shot("dragged", window)

    @on_request
    def test_the_preview_moves_and_magnifies(self):
        window = self.open_dialog()
        shown = self.wait_other("the preview", window, self.after(window))
        x, y = self.line(window)
        self.desktop.drag(window, (x + 100, y), (x + 160, y + 40))
        shown = self.wait_other("another part", window, shown)
        self.desktop.keys("alt+2")
        self.wait_other("twice as large", window, shown)
        self.desktop.shot("magnified", window)

    @on_request
    def test_the_preview_follows_the_settings(self):
        """A change cancels the preview that runs, and starts another."""
        window = self.open_dialog()
        default = self.wait_other("the preview", window, self.after(window))
        self.choose("alt+e", 2)  # as in the paper: minutes
        time.sleep(2)
        self.desktop.shot("in-flight", window)
        self.desktop.keys("Up", "Up")
        self.desktop.keys("alt+n", "space", "Tab", "ctrl+a")
        self.desktop.type("45\t")
        self.wait_other("the preview of more noise", window, default)
        self.desktop.shot("preview", window)

    def test_noise_is_measured_in_the_selection(self):
        self.desktop.eval("(gimp-image-select-rectangle image CHANNEL-OP-REPLACE 40 10 200 90)")
        self.open_dialog()
        self.desktop.keys("alt+m")
        self.desktop.shot("measured", self.desktop.find_window(DIALOG))
        self.run_to_end()
        numbers = self.remembered("restore")["noise-spectrum"].split()
        self.assertEqual(len(numbers), 384)
        variances = [float(value) for value in numbers]
        sigma = (sum(variances[0::6] + variances[3::6] + variances[5::6]) / 192) ** 0.5
        self.assertTrue(10 < sigma < 40, sigma)
        self.undo()
        self.desktop.eval("(gimp-selection-none image)")

    @on_request
    def test_stop_leaves_the_picture_alone(self):
        window = self.open_dialog()
        self.choose("alt+e", 2)  # as in the paper: long enough to stop half way
        self.desktop.shot("paper", window)
        self.desktop.keys("alt+o")
        progress = self.desktop.wait_window(PROGRESS)
        self.assertIsNone(self.desktop.find_window(DIALOG))
        self.watch(progress)
        self.desktop.shot("running")
        self.desktop.focus(progress)
        self.desktop.keys("alt+s")
        start = time.monotonic()
        self.desktop.wait_gone(PROGRESS)
        print(f"stopped within {time.monotonic() - start:.2f} s ...", end=" ", flush=True)
        self.assertEqual(self.desktop.eval("(car (gimp-image-is-dirty image))"), "0")
        self.assertEqual(self.pixels(), self.original)
        self.desktop.shot("stopped")

    def watch(self, window):
        """Waits until the progress window has told a dozen different things."""
        told = set()

        def moves():
            told.add(signature(self.desktop.shot("progress", window)))
            return len(told) >= 12

        wait_for("the progress to move", 120, moves)

    def test_run_undo_and_redo(self):
        self.open_dialog()
        restored = self.run_to_end()
        self.desktop.shot("result")
        self.undo()
        self.desktop.keys("ctrl+y")
        wait_for("redo", 20, lambda: self.pixels() == restored)
        self.undo()

    @on_request
    def test_the_last_values_again(self):
        """Repeat, which shows no dialog, gives the same result and can be undone too."""
        self.open_dialog()
        first = self.run_to_end()
        self.undo()
        self.desktop.keys("ctrl+f")
        self.assertEqual(self.changed_from(self.original), first)
        self.undo()
