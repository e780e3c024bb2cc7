"""Builds the UI and launches it, nothing else."""

from ui.launch import main

if __name__ == "__main__":
    main()
