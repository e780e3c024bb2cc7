"""The language model's losses, one file each."""
