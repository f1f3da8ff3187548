import sys

from dcdp_export.cli import main

sys.exit(main())
