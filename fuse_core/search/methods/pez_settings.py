"""What PEZ can be told."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AliasChoices, Field, ValidationInfo, field_validator

from fuse_core.common.errors import UserError
from fuse_core.common.options import OneOf
from fuse_core.common.settings import Weight
from fuse_core.search.guidances.guidance import GUIDANCES
from fuse_core.search.methods.method import ADVANCED, GuidanceName, GuidedSettings, InPlaceSettings

# At a rate of 1 another token is seldom the nearest before the fourth move, and the moves before find nothing new.
# Best objective after ten moves, mean of three tuning pictures (moose, dam, drums): 20.1 at 2, 19.6 at 3, 18.1 at 5.
# AdamW's are those of the paper.
RATES = {"normalised": 5.0, "adamw": 0.1}
DECAYS = {"normalised": 0.0, "adamw": 0.1}


class PEZSettings(InPlaceSettings, GuidedSettings, frozen=True):
    """What PEZ (Wen et al. 2023, arXiv 2302.03668) can be told; under ``adamw`` it descends as published."""

    # A gradient in the image model's own space cannot move a point of the language model's.
    guidance: Annotated[GuidanceName, OneOf(GUIDANCES, lambda guidance: guidance.name not in ("target", "words"))] = (
        "fuse"
    )
    optimiser: Literal["normalised", "adamw"] = Field(
        default="normalised",
        title="Optimiser",
        description="normalised: every token moves as far, in its gradient's direction. adamw: as published; its "
        "moments are kept with the step.",
        json_schema_extra=ADVANCED,
    )
    learning_rate: Weight | None = Field(
        default=None,
        validate_default=True,
        validation_alias=AliasChoices("learning_rate", "rate"),
        title="Learning rate",
        description="normalised: how far a token moves at a time, in typical embedding lengths (5 unless given). "
        "adamw: about how far each of its coordinates does (0.1 unless given).",
    )
    weight_decay: Weight | None = Field(
        default=None,
        validate_default=True,
        title="Weight decay",
        description="Of adamw, times the learning rate (0.1 unless given).",
        json_schema_extra=ADVANCED,
    )
    inner_steps: int = Field(
        default=4,
        ge=1,
        le=256,
        validation_alias=AliasChoices("inner_steps", "moves"),
        title="Inner steps",
        description="Moves a step; the nearest tokens after each are judged.",
    )

    @field_validator("learning_rate", mode="after")
    @classmethod
    def _rate_of_the_optimiser(cls, value: float | None, info: ValidationInfo) -> float:
        return RATES[info.data.get("optimiser", "normalised")] if value is None else value

    @field_validator("weight_decay", mode="after")
    @classmethod
    def _decay_of_the_optimiser(cls, value: float | None, info: ValidationInfo) -> float:
        optimiser = info.data.get("optimiser", "normalised")
        if value and optimiser == "normalised":
            raise UserError(
                "'weight_decay' goes with the optimiser adamw.", "Choose it, or leave it out.", ("weight_decay",)
            )
        return DECAYS[optimiser] if value is None else value

    @property
    def judged(self) -> int:
        return self.inner_steps

    @property
    def moves_embeddings(self) -> bool:
        return True
