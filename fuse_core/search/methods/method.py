"""What a method is, and the settings that methods share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, JsonValue

from fuse_core.common.options import OneOf
from fuse_core.common.settings import Settings, Text, Weight
from fuse_core.search.guidances.guidance import GUIDANCES

if TYPE_CHECKING:
    from fuse_core.search.config import CaptionConfig
    from fuse_core.search.problem import Problem
    from fuse_core.search.records import Beam, Step

ADVANCED: dict[str, JsonValue] = {"advanced": True}  # marks a setting that few need: front ends fold it away

GuidanceName = Annotated[
    str,
    OneOf(GUIDANCES),
    Field(title="Who proposes tokens", description="Which gradient, if any, proposes what to try."),
]


class MethodSettings(Settings, frozen=True):
    """What a method can be told besides what all are told; each method has a model of its own."""

    search: Literal["beam", "greedy", "uniform-cost"] = Field(
        default="beam", title="Search", description="beam keeps the best prompts, greedy one of them."
    )

    def longest(self, steps: int) -> int:
        """Tokens a prompt may come to have: one a step."""
        return steps

    @property
    def judged(self) -> int:
        """Prompts judged for each of those kept after a step, roughly."""
        return 1

    @property
    def moves_embeddings(self) -> bool:
        """Whether the gradient is wanted at the source's embeddings, to move them."""
        return False

    @property
    def proposes_words(self) -> bool:
        """Whether whole words are retrieved for the picture."""
        return False

    @property
    def remembers(self) -> bool:
        """Whether a step has to know which prompts the run has judged."""
        return False

    def check(self, config: CaptionConfig) -> None:
        """Raise ``UserError`` where they do not go with the settings that all methods share."""


class GuidedSettings(MethodSettings, frozen=True):
    """Of methods that let a guidance propose."""

    # Without words that a step may append, words and lm would be one.
    guidance: Annotated[GuidanceName, OneOf(GUIDANCES, lambda guidance: guidance.name != "words")] = "fuse"


class SampledSettings(MethodSettings, frozen=True):
    """Of methods that judge so many proposals a beam and step."""

    candidates: int = Field(default=64, ge=1, le=4096, title="Candidates", description="Proposals a beam and step.")

    @property
    def judged(self) -> int:
        return self.candidates


class AppendingSettings(GuidedSettings, SampledSettings, frozen=True):
    """Of methods that append what is likely after the prompt and promising by a gradient."""

    guidance: GuidanceName = "fuse"
    guidance_weight: Weight = Field(
        default=2.5,
        title="Gradient weight",
        description="Nats for a standard deviation of the gradient or similarity score.",
    )
    ending: Literal["auto", "free", "fixed"] = Field(
        default="auto",
        title="Ending",
        description="free: prompts compete as finished ones, an end scored with them, and a run stops when none has "
        "improved for a while. fixed (the paper): all steps, wherever the caption breaks off. auto: free, but not for "
        "other losses than nll or with a suffix.",
    )
    repeats: Literal["allowed", "never"] = Field(
        default="never",
        title="Repeats",
        description="never: no caption says a content word twice, nor one of its prefix (English).",
    )


class InPlaceSettings(MethodSettings, frozen=True):
    """Of methods that change a prompt of fixed length."""

    search: Literal["beam", "greedy"] = Field(
        default="beam", title="Search", description="beam keeps the best prompts, greedy one of them."
    )
    start: Text = Field(default="", title="Start prompt", description="What to begin with; empty: random words.")
    length: int = Field(default=8, ge=1, le=64, title="Length", description="Tokens of the random words.")

    def longest(self, steps: int) -> int:
        return self.length


@dataclass(frozen=True)
class Method:
    """A way to find prompts.

    Attributes
    ----------
    name, label, help : str
    note : str
        Where it comes from and what a step costs, in Markdown.
    settings : type of MethodSettings
        Its fields become options of the command line and fields of the page.
    start : callable
        Problem -> the prompt before the first step.
    step : callable
        (problem, the step before, number of the new step) -> the new step. The number, with the seed, fixes all random
        choices. Raises ``UserError`` when nothing can be tried any more.
    when_idle : str
        What to change when a step finds no new prompt, a sentence.
    order : int
        Place among the others.
    """

    name: str
    label: str
    help: str
    note: str
    settings: type[MethodSettings]
    start: Callable[[Problem], Beam]
    step: Callable[[Problem, Step, int], Step]
    when_idle: str = "Try another seed or more candidates."
    order: int = 100
