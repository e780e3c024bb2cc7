"""The language model, and words retrieved for the picture, without a gradient: what one beside words has to beat."""

from fuse_core.search.guidances.guidance import Guidance

GUIDANCE = Guidance(
    "words",
    "Words",
    "the language model, and words retrieved for the picture, without a gradient",
    retrieves=True,
    order=2,
)
