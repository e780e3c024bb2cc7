"""What a step of an optimisation leaves behind, as plain values that go to JSON and back unchanged."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Annotated, ClassVar

from pydantic import AliasChoices, ConfigDict, Field

# How records are read from JSON: every field known and of its kind, every number finite.
STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


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

    __pydantic_config__: ClassVar = STRICT

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

    __pydantic_config__: ClassVar = STRICT

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

    __pydantic_config__: ClassVar = STRICT

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
    finished_prompts : tuple of Beam
        Prompts of this step with an end after them, best first: objective, losses and ``nll`` count the end, ids and
        text do not hold it. Empty where prompts do not compete as finished ones.
    finished_words : tuple of WordStrength
        As ``words``, of the best finished prompt.
    evaluations : int
        Candidate texts scored.
    n_forward_passes : int
        Language-model forward passes.
    seconds : float
    soft_prompt : tuple of float
        PEZ's point of embedding space, flat; what it remembers besides the beams.
    edited : bool
        Whether the prompt was written by hand.
    n_filtered : int
        Proposals that the word filter removed.
    """

    __pydantic_config__: ClassVar = STRICT

    index: int
    beams: tuple[Beam, ...]
    candidates: tuple[Candidate, ...] = ()
    words: tuple[WordStrength, ...] = ()
    evaluations: int = 0
    n_forward_passes: Annotated[int, Field(validation_alias=AliasChoices("n_forward_passes", "forwards"))] = 0
    seconds: float = 0.0
    finished_prompts: tuple[Beam, ...] = ()
    finished_words: tuple[WordStrength, ...] = ()
    soft_prompt: Annotated[tuple[float, ...], Field(validation_alias=AliasChoices("soft_prompt", "memory"))] = ()
    edited: bool = False
    n_filtered: int = 0

    def words_of(self, text: str) -> tuple[WordStrength, ...]:
        """The words of a prompt with their strengths, where this step measured them."""
        if self.finished_prompts and text == self.finished_prompts[0].text:
            return self.finished_words
        return self.words if text == self.beams[0].text else ()

    @property
    def is_idle(self) -> bool:
        """Whether its method found no new prompt, so that the beams are those of the step before."""
        return self.index > 0 and not self.edited and not self.evaluations

    @property
    def filter_note(self) -> str:
        """What the word filter did, for people; empty where it removed nothing."""
        proposals = f"{self.n_filtered:,} proposal" + ("" if self.n_filtered == 1 else "s")
        return f"The word filter removed {proposals}." if self.n_filtered else ""

    def as_dict(self) -> dict:
        """As JSON values; nothing of the word filter where it removed nothing, as in runs from before there was one."""
        values = asdict(self)
        return values if self.n_filtered else {name: value for name, value in values.items() if name != "n_filtered"}
