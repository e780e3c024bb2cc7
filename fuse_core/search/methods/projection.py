"""From points of the embedding space back to tokens: the nearest word-beginning token that survives re-tokenisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor

from fuse_core.models.protocols import CausalModel
from fuse_core.search.pinned import bare
from fuse_core.search.vocabulary import Vocabulary
from fuse_core.tensor.gram import gram_pinv


@dataclass(frozen=True)
class Projection:
    """Tokens a point may become.

    Attributes
    ----------
    ids : Tensor of int, shape = (tokens,)
        ``Vocabulary.stable_words``, without the banned ones.
    rows : Tensor, shape = (tokens, d)
        Their embeddings.
    """

    ids: Tensor
    rows: Tensor = field(repr=False)

    @classmethod
    def of(cls, model: CausalModel, vocabulary: Vocabulary, banned: Sequence[str] = ()) -> Projection:
        """Read off a vocabulary, without the banned words."""
        unwanted = set(banned)
        stable = [k for k in vocabulary.stable_words if bare(vocabulary.texts[k]) not in unwanted]
        ids = torch.tensor(stable, device=vocabulary.allowed.device)
        return cls(ids, model.embedding_table[ids])

    @cached_property
    def typical_length(self) -> float:
        """Mean norm of the rows: the unit in which points move. Computed once."""
        return float(self.rows.norm(dim=1).mean())

    def direction_of(self, scores: Tensor) -> Tensor:
        """The direction of embedding space along which tokens gain what ``scores`` gives them.

        Least squares onto the rows, up to a constant: ``min ‖E g + c - s‖²`` over g and c. Exact where the scores are
        linear in the embedding, as the log-probabilities of a model are whose output table is its input table: there
        ``g`` is the hidden state that predicts the token.

        Parameters
        ----------
        scores : Tensor, shape = (n, vocabulary)

        Returns
        -------
        Tensor, shape = (n, d)
        """
        return scores[:, self.ids] @ self._centred @ self._gram_pinv  # centred rows take the mean off the scores, too

    @cached_property
    def _centred(self) -> Tensor:
        return self.rows - self.rows.mean(0)

    @cached_property
    def _gram_pinv(self) -> Tensor:
        return gram_pinv(self._centred)

    def nearest(self, points: Tensor) -> tuple[int, ...]:
        """The token of highest cosine similarity to each point, shape of ``points`` = (n, d). ``O(n tokens d)``."""
        similarity = F.normalize(points, dim=1) @ F.normalize(self.rows, dim=1).T
        return tuple(self.ids[similarity.argmax(1)].tolist())
