"""What a step of an optimisation leaves behind, as plain values that go to JSON and back unchanged."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Beam:
    """A prompt in the running.

    Attributes
    ----------
    ids : tuple of int
        Source tokens of the prompt.
    text : str
        The prompt, with its leading space.
    objective : float or None
        None for the empty prompt.
    losses : dict
        Each model's unweighted loss.
    nll : float
        Sum of the tokens' negative log-likelihoods under the language model, in nats.
    """

    ids: tuple[int, ...] = ()
    text: str = ""
    objective: float | None = None
    losses: dict[str, float] | None = None
    nll: float = 0.0

    @classmethod
    def from_dict(cls, values: dict) -> Beam:
        return cls(**{**values, "ids": tuple(values["ids"])})


@dataclass(frozen=True)
class Candidate:
    """A continuation that was scored exactly.

    Attributes
    ----------
    text : str
        The whole prompt.
    token : str
        The token appended.
    token_id : int
    parent : int
        Index of the beam it continues.
    objective : float
    losses : dict
    log_prob : float
        Log-probability of the token under the language model, in nats.
    score : float
        Standardised gradient score of the token, in standard deviations; 0 where no gradient was taken.
    kept : bool
        Whether it became a beam.
    """

    text: str
    token: str
    token_id: int
    parent: int
    objective: float
    losses: dict[str, float]
    log_prob: float
    score: float
    kept: bool = False


@dataclass(frozen=True)
class WordStrength:
    """A word of the best prompt and how hard the target's gradient pulls at it.

    ``strength`` is the norm of the carried gradient at the word's source embeddings; None when no bucket serves the
    word, which then gets no gradient.
    """

    text: str
    strength: float | None


@dataclass(frozen=True)
class Step:
    """One step: the beams after it, the candidates it scored (best first), and its cost.

    Attributes
    ----------
    index : int
        0 is the start, before any token.
    beams : tuple of Beam
        Best first.
    candidates : tuple of Candidate
    words : tuple of WordStrength
    evaluations : int
        Candidate texts scored.
    forwards : int
        Language-model forward passes.
    seconds : float
    """

    index: int
    beams: tuple[Beam, ...]
    candidates: tuple[Candidate, ...] = ()
    words: tuple[WordStrength, ...] = ()
    evaluations: int = 0
    forwards: int = 0
    seconds: float = 0.0

    def as_dict(self) -> dict:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict) -> Step:
        return cls(
            **{
                **values,
                "beams": tuple(Beam.from_dict(b) for b in values["beams"]),
                "candidates": tuple(Candidate(**c) for c in values["candidates"]),
                "words": tuple(WordStrength(**w) for w in values["words"]),
            }
        )
