"""FUSE: gradients carried between language models with different tokenizers (arXiv 2408.04816)."""

from fuse_core.common.version import VERSION as __version__

__all__ = ["__version__"]
