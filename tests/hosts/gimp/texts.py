"""The plug-in's texts: the template, the translations, and GIMP in another language."""

import os
import re
import shutil
import subprocess
import unittest

PO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../plugins/gimp/po")
LANGUAGES = [name[:-3] for name in sorted(os.listdir(PO)) if name.endswith(".po")]


def statistics(arguments):
    run = subprocess.run(
        ["msgfmt", "--check", "--statistics", "-o", "/dev/null", *arguments],
        capture_output=True, text=True, env=dict(os.environ, LC_ALL="C"),
    )
    return run.returncode, run.stderr


class Texts(unittest.TestCase):
    def test_the_template_is_of_these_sources(self):
        """`cargo xtask gimp-po` renews it."""
        with open(os.path.join(PO, "dcdp-restore.pot")) as committed, \
                open(os.path.join(self.options.work, "now.pot")) as now:
            self.assertEqual(committed.read(), now.read())

    def test_every_translation_is_whole(self):
        self.assertIn("de", LANGUAGES)
        for language in LANGUAGES:
            with self.subTest(language=language):
                code, said = statistics([os.path.join(PO, f"{language}.po")])
                self.assertEqual(code, 0, said)
                self.assertRegex(said.strip(), r"^\d+ translated messages\.$")
                compared = subprocess.run(
                    ["msgcmp", os.path.join(PO, f"{language}.po"), os.path.join(PO, "dcdp-restore.pot")],
                    capture_output=True, text=True,
                )
                self.assertEqual(compared.returncode, 0, compared.stderr)

    def blurb(self, profile, **environment):
        """What the action search finds, and what the argument `task` is called, in a fresh GIMP."""
        script = (
            "deblur = Gimp.get_pdb().lookup_procedure('plug-in-dcdp-deblur')\n"
            "task = next(spec for spec in deblur.get_arguments() if spec.name == 'task')\n"
            "print('SAID', deblur.get_menu_label(), deblur.get_blurb(), task.nick, sep='|')"
        )
        run = subprocess.run(
            ["gimp-console-3.2", "-idf", "--batch-interpreter=python-fu-eval", "-b", script, "--quit"],
            env=dict(os.environ, GIMP3_DIRECTORY=profile, **environment),
            capture_output=True, text=True, timeout=300,
        )
        return re.search(r"^SAID\|(.*)$", run.stdout, re.M).group(1)

    def test_german(self):
        places = os.path.join(self.options.work, "locales")
        os.makedirs(places, exist_ok=True)
        subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", f"{places}/de_DE.UTF-8"], check=True)
        profile = self.make_profile(self.options.work, "profile-german", self.options.plug_in)
        said = self.blurb(profile, LOCPATH=places, LANG="de_DE.UTF-8", LC_ALL="de_DE.UTF-8", LANGUAGE="de")
        self.assertIn("Unschärfe entfernen", said)
        self.assertIn("unscharfes Foto", said)
        self.assertTrue(said.endswith("|Aufgabe"), said)

    def test_without_translations_everything_is_english(self):
        """With and without catalogues, an English GIMP is told the same."""
        bare = os.path.join(self.options.work, "untranslated", "dcdp-restore")
        shutil.rmtree(os.path.dirname(bare), ignore_errors=True)
        shutil.copytree(self.options.plug_in, bare, symlinks=True, ignore=shutil.ignore_patterns("locale"))
        said = [
            self.blurb(self.make_profile(self.options.work, f"profile-{name}", plug_in))
            for name, plug_in in (("english", self.options.plug_in), ("untranslated", bare))
        ]
        self.assertEqual(said[0], said[1])
        self.assertIn("Sharpen a blurry photo", said[0])
