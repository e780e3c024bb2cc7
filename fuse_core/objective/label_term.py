"""A classifier's term of the objective, as the paper's sentiment captions have it (arXiv 2408.04816)."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from fuse_core.common.errors import UserError
from fuse_core.models.protocols import TextClassifier
from fuse_core.objective.reading_term import ReadingTerm


@dataclass(frozen=True)
class LabelTerm(ReadingTerm[TextClassifier]):
    """Cross-entropy to a wanted label: ``-log p(label | text)``, in nats.

    Attributes
    ----------
    model : TextClassifier
    label : str
        One of the model's labels.
    weight : float
    prefix, suffix : str

    Raises
    ------
    UserError
        When the model has no such label; the message lists those it has.
    """

    model: TextClassifier
    label: str
    weight: float = 1.0
    prefix: str = ""
    suffix: str = ""

    def __post_init__(self) -> None:
        if self.label not in self.model.labels:
            raise UserError(
                f"{self.model.key} has no label '{self.label}'.", f"Choose one of: {', '.join(self.model.labels)}."
            )

    @property
    def name(self) -> str:
        """Model and label, so that two labels of one model are two terms."""
        return f"{self.model.key}:{self.label}"

    def loss_of(self, outputs: Tensor) -> Tensor:
        """Cross-entropies, log-probabilities (texts, labels) -> (texts,)."""
        return -outputs[:, self.model.labels.index(self.label)]
