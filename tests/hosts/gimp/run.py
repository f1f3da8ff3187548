"""Drives the real GIMP 3 with the built plug-in. `cargo xtask test-gimp` runs this in the chroot.

usage: run.py --dcdp PROGRAM --plug-in FOLDER --docs GIMP.md --work FOLDER [--only NAME]
"""

import argparse
import os
import shutil
import subprocess
import sys
import unittest

import entries
import inputs
import texts
import windows

HERE = os.path.dirname(os.path.abspath(__file__))


def gimp_version():
    text = subprocess.run(["gimp-console-3.2", "--version"], capture_output=True, text=True, check=True)
    return text.stdout.split()[-1]


def make_profile(work, name, plug_in):
    """A fresh GIMP settings folder that has the plug-in and asks no questions."""
    profile = os.path.join(work, name)
    shutil.rmtree(profile, ignore_errors=True)
    os.makedirs(os.path.join(profile, "plug-ins"))
    os.symlink(plug_in, os.path.join(profile, "plug-ins", "dcdp-restore"))
    with open(os.path.join(profile, "gimprc"), "w") as settings:
        settings.write(f'(config-version "{gimp_version()}")\n')
        settings.write("(check-updates no)\n(show-welcome-dialog no)\n(color-profile-policy keep)\n")
    return profile


def console(profile, interpreter, script, **environment):
    """Runs a script in a GIMP without windows."""
    return subprocess.run(
        ["gimp-console-3.2", "-idf", f"--batch-interpreter={interpreter}", "-b", script, "--quit"],
        env=dict(os.environ, GIMP3_DIRECTORY=profile, **environment),
        timeout=900,
    ).returncode


class Headless(unittest.TestCase):
    def test_every_pixel(self):
        """Everything in inside.py, in GIMP's own Python."""
        script = f"import sys; sys.path.insert(0, {HERE!r}); import inside; inside.main()"
        self.assertEqual(console(self.options.profile, "python-fu-eval", script, DCDP_WORK=self.options.work), 0)

    def test_the_batch_example_of_the_docs(self):
        """The shell lines of docs/GIMP.md work when pasted."""
        with open(self.options.docs) as docs:
            example = docs.read().split("<!-- tested -->", 1)[1].split("```sh\n", 1)[1].split("```", 1)[0]
        folder = os.path.join(self.options.work, "example")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        shutil.copy(os.path.join(self.options.work, "rgb.png"), os.path.join(folder, "noisy.png"))
        subprocess.run(
            ["bash", "-ec", example], cwd=folder, check=True, timeout=900,
            env=dict(os.environ, GIMP3_DIRECTORY=self.options.profile),
        )
        made = sorted(name for name in os.listdir(folder) if name != "noisy.png")
        self.assertEqual(made, ["clean-python.png", "clean.png"])
        for name in made:
            found = inputs.largest_difference(
                os.path.join(folder, name), os.path.join(self.options.work, "expected-automatic-model.png")
            )
            self.assertLessEqual(found, 1, name)

    def test_script_fu_reports_bad_arguments(self):
        picture = os.path.join(self.options.work, "rgb.png")
        for argument in ('#:task "polish"', "#:noise 9999", "#:wheels 4"):
            with self.subTest(argument=argument):
                script = (
                    f'(let* ((image (car (gimp-file-load RUN-NONINTERACTIVE "{picture}"))))'
                    "  (plug-in-dcdp-restore #:run-mode RUN-NONINTERACTIVE #:image image"
                    f"  #:drawables (car (gimp-image-get-layers image)) {argument}))"
                )
                self.assertEqual(console(self.options.profile, "plug-in-script-fu-eval", script), 70)


def parse():
    parser = argparse.ArgumentParser()
    for name in ("dcdp", "plug-in", "docs", "work"):
        parser.add_argument(f"--{name}", required=True, type=os.path.abspath)
    parser.add_argument("--only", default="", help="run the tests whose name has this in it")
    return parser.parse_args()


def main():
    options = parse()
    options.shots = os.path.join(options.work, "screenshots")
    os.makedirs(options.shots, exist_ok=True)
    inputs.make(options.dcdp, os.path.join(HERE, "crop.png"), options.work)
    options.profile = make_profile(options.work, "profile", options.plug_in)
    options.window_profile = make_profile(options.work, "profile-windows", options.plug_in)
    suite = unittest.TestSuite()
    for tests in (Headless, texts.Texts, windows.Windows, entries.Entries):
        tests.options = options
        tests.make_profile = staticmethod(make_profile)
        for test in unittest.defaultTestLoader.loadTestsFromTestCase(tests):
            if options.only in test.id():
                suite.addTest(test)
    return 0 if unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
