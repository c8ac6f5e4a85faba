"""Lets `python -m mixcore` reach the command line."""

import sys

from mixcore.cli import main

sys.exit(main())
