"""Models that take part in FUSE: a catalog, loaders, and one file per role."""
