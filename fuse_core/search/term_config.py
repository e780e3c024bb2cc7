"""Settings of a further term of the objective."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from fuse_core.common.options import OneOf
from fuse_core.common.settings import Settings, Text, Weight
from fuse_core.search.term_info import TermInfo
from fuse_core.search.terms.term_kind import TERM_KINDS


class TermConfig(Settings, frozen=True):
    """A term besides fluency, the fit to the goal, and labels: a second language model's fluency, say."""

    kind: Annotated[str, OneOf(TERM_KINDS)] = Field(
        title="Further term", description="What else prompts are judged by."
    )
    model: Text = Field(title="Its model", description="By its key, a folder, or a hub's OWNER/NAME.")
    weight: Weight = Field(default=1.0, title="Its weight", description="Times its loss.")
    prefix: Text | None = Field(default=None, title="Its prefix", description="Before the prompt; else the prefix.")
    suffix: Text | None = Field(default=None, title="Its suffix", description="After the prompt; else the suffix.")

    @property
    def info(self) -> TermInfo:
        """What people are told of it."""
        return TermInfo(TERM_KINDS[self.kind].label, self.model, self.model, self.weight)
