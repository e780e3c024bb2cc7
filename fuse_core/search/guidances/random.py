"""Chance alone."""

from fuse_core.search.guidances.guidance import Guidance

GUIDANCE = Guidance("random", "Random", "chance alone", blind=True, order=4)
