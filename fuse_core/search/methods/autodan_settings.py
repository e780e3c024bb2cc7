"""What AutoDAN can be told."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from fuse_core.common.errors import UserError
from fuse_core.search.methods.method import ADVANCED, AppendingSettings


class AutoDANSettings(AppendingSettings, frozen=True):
    """What AutoDAN (Zhu et al. 2023, arXiv 2310.15140) can be told; the last two are of FUSE's code (2408.04816)."""

    search: Literal["beam", "greedy", "uniform-cost"] = Field(
        default="beam",
        title="Search",
        description="beam keeps the best prompts, greedy one of them; uniform-cost extends the best of any length.",
    )
    unit: Literal["token", "word", "both"] = Field(
        default="both",
        title="Unit",
        description="A step appends tokens, whole words retrieved for the picture, or both.",
    )
    budget: Literal["even", "probed"] = Field(
        default="even",
        title="Budget",
        description="even evaluates the best candidates of each beam; probed chooses most of them from a wider set of "
        "all beams, by what the first ones evaluated say of the scores. On 24 pictures it was not shown to be better.",
    )

    frontier_size: int | None = Field(
        default=None,
        ge=1,
        le=512,
        title="Frontier size",
        description="Prompts that uniform-cost keeps; empty: four times the beams.",
        json_schema_extra=ADVANCED,
    )
    initial_tokens: int = Field(
        default=0,
        ge=0,
        le=64,
        title="Initial tokens",
        description="Random words of a token each that the prompt begins with (free tokens in the paper's code).",
        json_schema_extra=ADVANCED,
    )

    def longest(self, steps: int) -> int:
        return self.initial_tokens + steps

    @model_validator(mode="after")
    def _frontier_needs_its_search(self) -> Self:
        if self.frontier_size is not None and self.search != "uniform-cost":
            raise UserError(
                f"'frontier_size' goes with the search uniform-cost, not with {self.search}.",
                "Choose that search, or leave it out.",
                ("frontier_size",),
            )
        return self

    @model_validator(mode="after")
    def _words_need_a_unit(self) -> Self:
        if self.guidance == "words" and not self.proposes_words:
            raise UserError(
                "The guidance words retrieves words, and the unit token appends none.",
                "Choose another unit, or the guidance lm.",
            )
        return self

    @property
    def proposes_words(self) -> bool:
        return self.unit != "token"
