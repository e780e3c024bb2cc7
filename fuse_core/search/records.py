"""What a step of an optimisation leaves behind, as plain values that go to JSON and back unchanged."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass, field, is_dataclass
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints


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


@dataclass(frozen=True)
class Candidate:
    """A continuation that was scored exactly.

    Attributes
    ----------
    text : str
        The whole prompt.
    token : str
        The token appended, or the whole word where it has several.
    token_id : int or None
        None for a word of several tokens.
    parent : int
        Index of the beam it continues.
    objective : float
    losses : dict
    log_prob : float
        Log-probability of what was appended under the language model, in nats.
    score : float
        Standardised score, in standard deviations: of a token its gradient's, of a retrieved word its picture
        similarity's; 0 where neither was asked.
    kept : bool
        Whether it became a beam.
    """

    text: str
    token: str
    token_id: int | None
    parent: int
    objective: float
    losses: dict[str, float]
    log_prob: float
    score: float
    kept: bool = False


@dataclass(frozen=True)
class WordStrength:
    """A word of the best prompt and how hard the targets' gradients pull at it.

    Attributes
    ----------
    text : str
    strength : float or None
        Norm of the sum of all carried gradients at the word's source embeddings; None when no adapter has a bucket for
        the word, which then gets no gradient.
    by_model : dict
        Norm of each target's own carried gradient, by the name its losses have; those that reach the word.
    """

    text: str
    strength: float | None
    by_model: dict[str, float] = field(default_factory=dict)


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
    memory : tuple of float
        What the method has to remember besides the beams; PEZ's soft prompt.
    edited : bool
        Whether the prompt was written by hand.
    """

    index: int
    beams: tuple[Beam, ...]
    candidates: tuple[Candidate, ...] = ()
    words: tuple[WordStrength, ...] = ()
    evaluations: int = 0
    forwards: int = 0
    seconds: float = 0.0
    memory: tuple[float, ...] = ()
    edited: bool = False

    def as_dict(self) -> dict:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: object) -> Step:
        """A step from JSON values; ``ValueError`` says which value is missing or of another kind."""
        return from_json(cls, values, "step")


def from_json(kind: Any, value: Any, name: str) -> Any:
    """A JSON value as an annotated type: a record, a tuple, a dict of numbers, or a plain value, perhaps None.

    Raises
    ------
    ValueError
        Naming the value that is missing, unknown or of another kind.
    """
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return None if value is None else from_json(arguments[0], value, name)
    if origin is tuple and isinstance(value, (list, tuple)):
        return tuple(from_json(arguments[0], item, f"{name}[{k}]") for k, item in enumerate(value))
    if origin is dict and isinstance(value, dict):
        return {key: from_json(arguments[1], item, f"{name}.{key}") for key, item in value.items()}
    if isinstance(kind, type) and is_dataclass(kind) and isinstance(value, dict):
        hints = get_type_hints(kind)
        if unknown := value.keys() - hints.keys():
            raise ValueError(f"{name} has an unknown field {min(unknown)}")
        try:
            return kind(**{key: from_json(hints[key], item, f"{name}.{key}") for key, item in value.items()})
        except TypeError as error:
            raise ValueError(f"{name}: {error}") from error
    if kind is float and type(value) in (int, float) and abs(value) <= sys.float_info.max:
        return float(value)
    if kind in (int, str, bool) and type(value) is kind:
        return value
    raise ValueError(f"{name} is of another kind")
