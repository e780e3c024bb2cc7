"""What is kept of a fidelity measurement: enough for every linearisation word and every K, and small.

Of each context the rank correlations and the predicted ranks of the truly best candidates; of one context, to be drawn,
every score.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self, TypeVar

import numpy as np

from fuse_core.analysis.context_fidelity import ContextFidelity, chance_scores
from fuse_core.common.json_values import finite
from fuse_core.search.config import PROBE_WORDS

MEAN = "mean"  # the average over the words of a search, beside the single words
EARLIER = {"native": "target"}  # names of gradients that a recorded run may have
T = TypeVar("T")


def words_at(linearisation: str) -> tuple[str, ...]:
    """The words that a linearisation, ``mean`` or one word with its leading space, averages over."""
    return PROBE_WORDS if linearisation == MEAN else (linearisation,)


@dataclass(frozen=True)
class ContextSummary:
    """How well each gradient orders the candidates of one context, wherever it is taken.

    Attributes
    ----------
    image, context : str
    candidates : int
    spearman : dict
        Linearisation -> gradient -> rank correlation; NaN where a prediction is constant.
    ranks : dict
        Linearisation -> gradient -> predicted ranks of the truly best candidates, from 1.
    heldout : int
        Candidates that are words held out of every fit.
    heldout_spearman : dict
        As ``spearman``, among those alone.
    """

    image: str
    context: str
    candidates: int
    spearman: Mapping[str, Mapping[str, float]]
    ranks: Mapping[str, Mapping[str, Sequence[int]]]
    heldout: int
    heldout_spearman: Mapping[str, Mapping[str, float]]

    @classmethod
    def of(cls, image: str, measured: ContextFidelity) -> Self:
        """Summarise a measurement. ``O(words candidates log candidates)``."""
        means = (MEAN,) if set(PROBE_WORDS) <= set(measured.words) else ()
        places = {name: words_at(name) for name in (*measured.words, *means)}
        return cls(
            image=image,
            context=measured.context,
            candidates=len(measured.tokens),
            spearman={name: measured.spearman(words) for name, words in places.items()},
            ranks={name: measured.ranks(words) for name, words in places.items()},
            heldout=int(measured.heldout.sum()),
            heldout_spearman={name: measured.spearman(words, heldout=True) for name, words in places.items()},
        )


@dataclass(frozen=True)
class FidelityRun:
    """Contexts measured for one pair of models; never changed, so that visits may share it.

    Attributes
    ----------
    source, target : str
        Catalog keys.
    contexts : tuple of ContextSummary
        At least one.
    drawn : ContextFidelity
        One of the contexts with all its candidates.
    image : str
        Its picture.
    created : str
        Date of a recorded run, else empty.
    """

    source: str
    target: str
    contexts: tuple[ContextSummary, ...]
    drawn: ContextFidelity
    image: str
    created: str = ""

    @property
    def candidates(self) -> int:
        """Candidates of each context."""
        return self.contexts[0].candidates

    @property
    def words(self) -> tuple[str, ...]:
        """The single words the gradient was taken at."""
        return self.drawn.words

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; the scores to be drawn in half precision, packed."""
        drawn = self.drawn
        packed = {name: _pack(scores) for name, scores in drawn.predicted.items() if name != "random"}
        return finite(
            {
                "source": self.source,
                "target": self.target,
                "image": self.image,
                "created": self.created,
                "contexts": [_rounded(asdict(context)) for context in self.contexts],
                "drawn": {
                    "context": drawn.context,
                    "tokens": drawn.tokens,
                    "losses": drawn.losses.round(5).tolist(),
                    "words": drawn.words,
                    "predicted": packed,
                },
            }
        )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The inverse of ``as_dict``, to the precision it keeps."""
        drawn = values["drawn"]
        shape = len(drawn["words"]), len(drawn["tokens"])
        predicted = {name: _unpack(text, shape) for name, text in _renamed(drawn["predicted"]).items()}
        predicted["random"] = chance_scores(drawn["context"], *shape)
        return cls(
            source=values["source"],
            target=values["target"],
            contexts=tuple(_summary(context) for context in values["contexts"]),
            drawn=ContextFidelity(
                drawn["context"],
                tuple(drawn["tokens"]),
                np.asarray(drawn["losses"]),
                tuple(drawn["words"]),
                predicted,
            ),
            image=values["image"],
            created=values["created"],
        )


def _rounded(context: dict[str, Any]) -> dict[str, Any]:
    return context | {
        measure: {at: {name: round(v, 5) for name, v in row.items()} for at, row in context[measure].items()}
        for measure in ("spearman", "heldout_spearman")
    }


def _summary(values: Mapping[str, Any]) -> ContextSummary:
    ranks = {at: _renamed(row) for at, row in values["ranks"].items()}
    known = [_known(values[measure]) for measure in ("spearman", "heldout_spearman")]
    return ContextSummary(
        values["image"], values["context"], values["candidates"], known[0], ranks, values["heldout"], known[1]
    )


def _known(table: Mapping[str, Mapping[str, float | None]]) -> dict[str, dict[str, float]]:
    return {
        at: {name: float("nan") if v is None else v for name, v in _renamed(row).items()} for at, row in table.items()
    }


def _renamed(row: Mapping[str, T]) -> dict[str, T]:
    """Values by gradient under today's names."""
    return {EARLIER.get(name, name): value for name, value in row.items()}


def _pack(scores: np.ndarray) -> str:
    return base64.b64encode(scores.astype("<f2").tobytes()).decode("ascii")


def _unpack(text: str, shape: tuple[int, int]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), "<f2").reshape(shape).astype(float)
