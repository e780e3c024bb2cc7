"""``python -m fuse_core``, and the command ``fuse``."""

import os
import sys

# Before torch is loaded: processes whose threads wait busily starve each other.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from fuse_core.cli.parser import main

if __name__ == "__main__":
    sys.exit(main())
