"""Inputs of every kind that strangers hand over: ``python -m benchmarks.fuzz``; ``--out`` writes the table."""

from __future__ import annotations

import os
import sys

os.environ |= {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}
os.environ |= {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "TRANSFORMERS_VERBOSITY": "error"}

from benchmarks.fuzz.command import main

if __name__ == "__main__":
    sys.exit(main())
