"""FUSE (arXiv 2408.04816): the targets' gradients, carried to the source's embedding space."""

from fuse_core.search.guidances.guidance import Guidance

GUIDANCE = Guidance(
    "fuse", "FUSE", "the targets' gradients, carried to the language model", space="source", retrieves=True, order=0
)
