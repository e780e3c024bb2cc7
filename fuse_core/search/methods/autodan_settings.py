"""What AutoDAN can be told."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from fuse_core.common.errors import UserError
from fuse_core.search.methods.method import AppendingSettings


class AutoDANSettings(AppendingSettings, frozen=True):
    """What AutoDAN can be told."""

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
