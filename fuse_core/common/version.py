"""The version of this project; ``fuse_core.__version__`` is the same."""

VERSION = "0.1.0"
