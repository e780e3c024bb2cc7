"""Builds the UI and launches it, nothing else."""

import os

# Before torch is loaded: threads of several visitors or processes that wait busily starve each other.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from ui.launch import main

if __name__ == "__main__":
    main()
