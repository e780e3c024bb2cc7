"""The language model alone: what is likely, whatever the picture."""

from fuse_core.search.guidances.guidance import Guidance

GUIDANCE = Guidance("lm", "Language model", "the language model alone", order=3)
