"""White space, the boundary that all tokenizers respect: the unit of FUSE (arXiv 2408.04816)."""

from fuse_core.words.segmenters.segmenter import Segmenter
from fuse_core.words.word import word_spans

SEGMENTER = Segmenter("white space", "White space (FUSE's unit)", 0, word_spans)
