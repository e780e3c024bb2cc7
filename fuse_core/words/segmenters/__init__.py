"""What tells the words of a text: each module holds one ``SEGMENTER``. White space is FUSE's own (arXiv 2408.04816)."""

from fuse_core.common.registry import Registry
from fuse_core.words.segmenters.segmenter import Segmenter

SEGMENTERS: Registry[Segmenter] = Registry(__name__, "SEGMENTER")
