"""FUSE: gradients carried between language models with different tokenizers (arXiv 2408.04816)."""

__version__ = "0.1.0"
