"""The targets' gradients in their own embedding space: the ceiling of any first-order method."""

from fuse_core.search.guidances.guidance import Guidance

GUIDANCE = Guidance(
    "target",
    "Target",
    "the targets' gradients in their own space",
    space="target",
    retrieves=True,
    aliases=("native",),
    order=1,
)
