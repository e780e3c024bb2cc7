"""``python -m fuse_core``."""

import sys

from fuse_core.cli import main

sys.exit(main())
