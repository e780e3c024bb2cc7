"""The objective of a prompt: a weighted sum of losses over models, each with its own prefix and suffix.

``objective(prompt) = sum_m weight_m * loss_m(prefix_m + prompt + suffix_m)``
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from fuse_core.common.errors import UserError
from fuse_core.objective.image_term import ImageTerm
from fuse_core.objective.language_term import LanguageTerm
from fuse_core.objective.target_term import TargetTerm


@dataclass(frozen=True)
class Objective:
    """A source language model and any number of target models.

    Attributes
    ----------
    language : LanguageTerm
    targets : tuple of TargetTerm
        The fit to the picture first where there is one, then the others.
    """

    language: LanguageTerm
    targets: tuple[TargetTerm, ...]

    def __post_init__(self) -> None:
        names = set()
        for term in (self.language, *self.targets):
            if term.name in names:
                raise UserError(f"The objective has two terms named {term.name}.", "Use another model for one of them.")
            names.add(term.name)
            if not (term.weight >= 0 and term.weight < float("inf")):
                raise UserError(f"The weight of {term.name} must be 0 or more, got {term.weight}.")

    @property
    def image(self) -> ImageTerm | None:
        """The fit to a picture; None where no model compares prompts with one."""
        return next((term for term in self.targets if isinstance(term, ImageTerm)), None)

    def combine(self, losses: dict[str, Tensor]) -> Tensor:
        """The weighted sum of the terms' losses, in float64 on the processor, wherever the models are."""
        terms = (self.language, *self.targets)
        return torch.stack([term.weight * losses[term.name].cpu().double() for term in terms]).sum(0)

    def evaluate(
        self, prompts: Sequence[str], parents: Sequence[Sequence[int]] | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Objective and every model's loss for prompt texts, from scratch: (prompts,) and {name: (prompts,)}.

        ``parents``: the ids that each prompt was changed from, as ``LanguageTerm.losses`` takes them.
        """
        ids = self.language.model.tokenizer.encode_continuations(prompts)
        losses = {self.language.name: self.language.losses(ids, parents)}
        losses |= {term.name: term.losses(prompts) for term in self.targets}
        return self.combine(losses), losses
