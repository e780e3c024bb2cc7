"""What GCG can be told: its own settings, and what later work added to it, each off unless asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from fuse_core.common.errors import UserError
from fuse_core.common.settings import Weight
from fuse_core.objective.losses.loss import LOSSES
from fuse_core.search.methods.method import ADVANCED, GuidedSettings, InPlaceSettings, SampledSettings

if TYPE_CHECKING:
    from fuse_core.search.config import CaptionConfig

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class GCGSettings(InPlaceSettings, GuidedSettings, SampledSettings, frozen=True):
    """What GCG (Zou et al. 2023, arXiv 2307.15043) can be told.

    ``n_replace``, ``buffer_size`` and ``early_stop`` are nanoGCG's (Gray Swan AI, version 0.3.0); ``sampling``,
    ``rescoring`` and ``distance_weight`` Faster-GCG's (Li et al. 2024, arXiv 2410.15362); ``probe_share`` is probe
    sampling (Zhao et al. 2024, arXiv 2403.01251); ``epsilon`` the epsilon-greedy choice of a bandit (Sutton and Barto,
    Reinforcement Learning, section 2.2) among the places of a prompt.
    """

    top_k: int = Field(
        default=64,
        ge=1,
        le=4096,
        title="Top k",
        description="Tokens of a place that one is drawn from, by the gradient.",
    )
    sampling: Literal["random", "greedy"] = Field(
        default="random",
        title="Sampling",
        description="random: tokens of the top k at places drawn by chance, some twice. greedy: the most promising of "
        "all places, in order.",
        json_schema_extra=ADVANCED,
    )
    n_replace: int = Field(
        default=1,
        ge=1,
        le=64,
        title="Replaced tokens",
        description="Tokens replaced at once, at most all of the prompt's.",
        json_schema_extra=ADVANCED,
    )
    epsilon: Share = Field(
        default=1.0,
        title="Epsilon",
        description="Share of the candidates whose place is drawn by chance; the others change the most promising one.",
        json_schema_extra=ADVANCED,
    )
    distance_weight: Weight = Field(
        default=0.0,
        title="Distance weight",
        description="What a token loses of its promise for each unit of distance from the one it replaces, in "
        "embedding space, where the gradient holds less the further one goes.",
        json_schema_extra=ADVANCED,
    )
    rescoring: Literal["allowed", "never"] = Field(
        default="allowed",
        title="Rescoring",
        description="never: no prompt that the run has judged is judged again.",
        json_schema_extra=ADVANCED,
    )
    probe_share: Share = Field(
        default=0.0,
        title="Probe share",
        description="Share of the candidates judged to see how well the gradient ranks them; the better it does, the "
        "fewer of the others are judged, at most an eighth of all. 0: all are judged.",
        json_schema_extra=ADVANCED,
    )
    buffer_size: int | None = Field(
        default=None,
        ge=0,
        le=512,
        title="Buffer size",
        description="Prompts kept, of which as many as there are beams are changed; empty: as many. 0: none, so that "
        "the best new one follows, were it worse (as published).",
        json_schema_extra=ADVANCED,
    )
    early_stop: Literal["off", "target"] = Field(
        default="off",
        title="Early stop",
        description="target: the run ends when every token of the text to follow is the likeliest one. Costs a "
        "language-model pass a step.",
        json_schema_extra=ADVANCED,
    )
    stop_loss: Weight | None = Field(
        default=None,
        title="Stop at",
        description="The run ends when the objective is no higher; empty: never.",
        json_schema_extra=ADVANCED,
    )

    @model_validator(mode="after")
    def _go_together(self) -> Self:
        if self.sampling == "greedy" and (self.n_replace > 1 or self.epsilon < 1):
            field = "n_replace" if self.n_replace > 1 else "epsilon"
            raise UserError(
                f"'{field}' goes with tokens drawn by chance, and greedy sampling draws none.",
                "Choose the sampling random, or leave it out.",
                (field,),
            )
        if self.guidance == "random" and (self.sampling == "greedy" or self.epsilon < 1 or self.probe_share):
            field = "sampling" if self.sampling == "greedy" else "epsilon" if self.epsilon < 1 else "probe_share"
            raise UserError(
                f"'{field}' asks what the gradient promises, and the guidance random has none.",
                "Choose another guidance, or leave it out.",
                (field,),
            )
        return self

    @property
    def remembers(self) -> bool:
        return self.rescoring == "never"

    def check(self, config: CaptionConfig) -> None:
        if self.buffer_size and self.buffer_size < config.width:
            raise UserError(
                f"A buffer of {self.buffer_size} cannot hold {config.width} beams.",
                "Raise the buffer size, lower the beams, or leave it empty.",
                ("buffer_size",),
            )
        if self.early_stop == "target" and LOSSES[config.lm_loss].reads != "target":
            raise UserError(
                f"'early_stop' cannot be 'target': the loss {config.lm_loss} has no text to follow.",
                "Choose the loss cross_entropy or mellowmax, or leave it off.",
                ("early_stop",),
            )
