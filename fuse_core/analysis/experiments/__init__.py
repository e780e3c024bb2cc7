"""Experiments: one file each, found by name; ``python -m fuse_core experiment NAME`` runs one."""
