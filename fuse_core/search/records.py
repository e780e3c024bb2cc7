"""What a step of an optimisation leaves behind, as plain values that go to JSON and back unchanged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Annotated, ClassVar

from pydantic import AliasChoices, ConfigDict, Field

from fuse_core.words.word_filter import filter_note

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
    optimiser_state : tuple of float
        Of PEZ under AdamW: moves so far, then the first and the second moments of the soft prompt, flat.
    target_reached : bool
        Whether the best prompt makes every token of the text to follow the likeliest one; asked for an early stop.
    judged : frozenset of str
        Prompts that the run has judged, where no prompt is to be judged twice: read off the steps by whoever takes the
        next one, and in no file.
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
    optimiser_state: tuple[float, ...] = ()
    target_reached: bool = False
    judged: frozenset[str] = field(default=frozenset(), repr=False, compare=False)

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
        return filter_note(self.n_filtered)

    def as_dict(self) -> dict:
        """As JSON values; nothing of what came later and was not asked for, as in runs from before there was any."""
        values = asdict(self)
        del values["judged"]
        later = ("n_filtered", "optimiser_state", "target_reached")
        return {name: value for name, value in values.items() if value or name not in later}


def judged_prompts(steps: Sequence[Step]) -> frozenset[str]:
    """Texts of all prompts that steps have judged."""
    texts = (item.text for step in steps for item in (*step.beams, *step.candidates))
    return frozenset(texts)
