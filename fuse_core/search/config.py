"""Settings of a caption run, every default visible."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal, NamedTuple

from fuse_core.adapter.map import Bucketing
from fuse_core.common import checks
from fuse_core.common.errors import UserError
from fuse_core.objective.language_loss import LANGUAGE_LOSSES, NEEDS_TEXT, LanguageLoss
from fuse_core.search.classifier_config import ClassifierConfig
from fuse_core.search.gradient_scores import GUIDANCES, Guidance

METHODS = ("autodan", "gcg", "pez", "random")
Unit = Literal["token", "word", "both"]
UNITS: tuple[Unit, ...] = ("token", "word", "both")
SEARCHES = ("beam", "greedy", "uniform-cost")
WHOLE = {
    "steps": (1, 256),
    "beams": (1, 32),
    "candidates": (1, 4096),
    "seed": (0, 2**31),
    "length": (1, 64),
    "top_k": (1, 4096),
    "moves": (1, 256),
}

# The mean of the gradients at eight common nouns ranks candidates far better than the gradient at " object" alone:
# Spearman 0.50 against 0.39 with the true loss, over 6 pictures x 2 contexts x 2,000 candidates.
PROBE_WORDS = (" thing", " object", " animal", " person", " machine", " food", " place", " vehicle")


def guidances(method: str) -> tuple[Guidance, ...]:
    """What a method can be guided by; random search reads none of it."""
    return tuple(g for g in GUIDANCES if not (method == "pez" and g == "native"))


class TermInfo(NamedTuple):
    """A term of the objective: what it asks for, which model judges it, the name of its losses, and its weight."""

    what: str
    model: str
    name: str
    weight: float


@dataclass(frozen=True)
class CaptionConfig:
    """Settings of one optimisation.

    Attributes
    ----------
    source, target : str
        Catalog keys of the language model and the image-text model.
    prefix, suffix : str
        Text around the prompt, for the language model and, unless it has its own, the image-text model.
    image_prefix, image_suffix : str or None
        Text around the prompt for the image-text model; None stands for ``prefix`` and ``suffix``.
    lm_weight, image_weight : float
        Weights of the language model's mean negative log-likelihood (nats) and of ``1 - cos(text, image)``.
    classifiers : tuple of ClassifierConfig
        Further models, each with a label to draw the caption to, a weight, prefix and suffix; or the same as JSON.
    steps : int
        Tokens to append.
    beams : int
        Prompts kept after every step.
    candidates : int
        Proposals scored per beam and step.
    method : 'autodan', 'gcg', 'pez' or 'random'
        AutoDAN appends; the others change a prompt of fixed length in place.
    search : 'beam', 'greedy' or 'uniform-cost'
        Greedy is a beam of one. Uniform cost, for AutoDAN, extends the prompts of lowest objective among all that were
        not extended yet, whatever their length.
    unit : 'token', 'word' or 'both'
        What AutoDAN appends: tokens (the paper's way), whole words retrieved for the picture, or of each one half.
    guidance : 'fuse', 'native', 'lm' or 'random'
    guidance_weight : float
        Nats that one standard deviation of the gradient score is worth against the LM's log-probability.
    bucketing : 'pair' or 'target'
    seed : int
    lm_loss : 'nll', 'log_prob', 'cross_entropy' or 'kl_div'
        What the language model judges, see ``fuse_core.objective.language_loss``.
    lm_text : str
        Target text of ``cross_entropy``, reference text of ``kl_div``.
    start : str
        Prompt that 'gcg', 'pez' and 'random' begin with; empty for random words.
    length : int
        Tokens of that random prompt.
    top_k : int
        GCG: tokens a position is drawn from.
    rate : float
        PEZ: how far a token moves at a time, in typical embedding lengths.
    moves : int
        PEZ: moves a step; the projection after each is judged.
    ball : 'l0' or 'l2'
        Random search: what counts as near.
    radius : float
        Random search: tokens changed under 'l0', typical embedding lengths under 'l2'.
    pinned, banned : tuple of str
        Words that every new prompt has to hold, and words that none may hold.
    """

    source: str = "smollm2"
    target: str = "minilm"
    prefix: str = "An image of"
    suffix: str = ""
    lm_weight: float = 1.0
    image_weight: float = 22.0
    steps: int = 8
    beams: int = 4
    candidates: int = 64
    method: str = "autodan"
    search: str = "beam"
    guidance: Guidance = "fuse"
    guidance_weight: float = 2.5
    bucketing: Bucketing = "pair"
    seed: int = 0
    image_prefix: str | None = None
    image_suffix: str | None = None
    classifiers: tuple[ClassifierConfig, ...] = ()
    lm_loss: LanguageLoss = "nll"
    lm_text: str = ""
    start: str = ""
    length: int = 8
    top_k: int = 64
    rate: float = 1.0
    moves: int = 4
    ball: str = "l0"
    radius: float = 1.0
    pinned: tuple[str, ...] = ()
    banned: tuple[str, ...] = ()
    unit: Unit = "both"

    def __post_init__(self) -> None:
        for name, (low, high) in WHOLE.items():
            checks.whole_number(name, getattr(self, name), low, high)
        for name in ("lm_weight", "image_weight", "guidance_weight", "rate", "radius"):
            checks.weight(name, getattr(self, name))
        choices = {
            "method": METHODS,
            "search": SEARCHES,
            "lm_loss": LANGUAGE_LOSSES,
            "ball": ("l0", "l2"),
            "unit": UNITS,
            "guidance": GUIDANCES,
            "bucketing": ("pair", "target"),
        }
        for name, known in choices.items():
            checks.choice(name, getattr(self, name), known)
        for name in ("source", "target", "prefix", "suffix", "lm_text", "start"):
            checks.text(name, getattr(self, name))
        for name in ("image_prefix", "image_suffix"):
            if getattr(self, name) is not None:
                checks.text(name, getattr(self, name))
        for name in ("pinned", "banned"):
            object.__setattr__(self, name, checks.words(name, getattr(self, name)))
        if both := set(self.pinned) & set(self.banned):
            raise UserError(f"'{min(both)}' is pinned and banned at once.", "Take it off one of the two lists.")
        if self.lm_loss in NEEDS_TEXT and not self.lm_text.strip():
            raise UserError(f"'lm_text' is empty, and the loss {self.lm_loss} needs a text.", "Give one.")
        if self.guidance not in guidances(self.method):
            raise UserError(
                f"'guidance' {self.guidance} does not go with the method {self.method}: a gradient in the image "
                "model's own space cannot move a point of the language model's.",
                "Choose fuse, which carries it over, or lm.",
            )
        if self.search == "uniform-cost" and self.method != "autodan":
            raise UserError("'search' uniform-cost goes with the method autodan alone.", "Choose beam or greedy.")
        if not isinstance(self.classifiers, (list, tuple)):
            raise UserError(f"'classifiers' must be a list, got {self.classifiers!r}.")
        parsed = (ClassifierConfig.parse(value, f"classifiers[{k}]") for k, value in enumerate(self.classifiers))
        object.__setattr__(self, "classifiers", tuple(parsed))

    @property
    def width(self) -> int:
        """Prompts kept after every step."""
        return 1 if self.search == "greedy" else self.beams

    @property
    def longest(self) -> int:
        """Tokens a prompt may come to have."""
        return self.steps if self.method == "autodan" else self.length

    @property
    def terms(self) -> tuple[TermInfo, ...]:
        """The objective's terms: fluency, picture, then one a classifier."""
        labels = (TermInfo(c.label, c.model, c.name, c.weight) for c in self.classifiers)
        fluency = TermInfo("fluency", self.source, self.source, self.lm_weight)
        return (fluency, TermInfo("picture", self.target, self.target, self.image_weight), *labels)

    def objective_fields(self) -> tuple:
        """What a prompt's objective depends on; the other fields only steer the search."""
        models = (self.source, self.target, self.lm_weight, self.image_weight, self.classifiers)
        models = (*models, self.lm_loss, self.lm_text)
        return (*models, self.prefix, self.suffix, self.around_image)

    @property
    def around_image(self) -> tuple[str, str]:
        """Prefix and suffix for the image-text model."""
        return (
            self.prefix if self.image_prefix is None else self.image_prefix,
            self.suffix if self.image_suffix is None else self.image_suffix,
        )

    @classmethod
    def from_dict(cls, values: object, origin: str = "") -> CaptionConfig:
        """Settings from JSON values.

        Parameters
        ----------
        origin : str, optional
            Where they come from, in the plural: "The settings of FILE".

        Raises
        ------
        UserError
            Naming the field that is unknown or wrong, and the origin where there is one.
        """
        known = [f.name for f in dataclasses.fields(cls)]
        given = checks.known_fields(origin or "The settings", values, known, "'prefix' and 'steps'")
        try:
            return cls(**given)
        except UserError as error:
            if not origin:
                raise
            raise UserError(f"{origin} are wrong: {error.problem}", error.remedy) from error

    def as_dict(self) -> dict:
        return dataclasses.asdict(self)
