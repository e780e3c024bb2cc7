"""``python -m fuse_core``."""

import os
import sys

# Before torch is loaded: processes whose threads wait busily starve each other.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from fuse_core.cli.parser import main

sys.exit(main())
