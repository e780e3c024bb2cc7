"""The fault harness: ``python -m benchmarks.faults``. Writes its table to ``benchmarks/FAULTS.md``."""

from __future__ import annotations

import os
import sys

os.environ |= {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}
os.environ |= {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "TRANSFORMERS_VERBOSITY": "error"}

from benchmarks.faults.command import main

if __name__ == "__main__":
    sys.exit(main())
