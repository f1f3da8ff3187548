"""Every method on a small picture: none throws, and the default preset is nowhere below its floor."""

import os
import subprocess
import sys


def test_every_method_runs_and_the_default_preset_is_not_below_its_floors():
    subprocess.run([sys.executable, "compare.py", "--quick", "--program", os.environ["DCDP_PROGRAM"]], check=True)
