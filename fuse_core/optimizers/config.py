"""Settings of a caption run, every default visible, and the presets that ship with the project."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from fuse_core.adapter import Bucketing
from fuse_core.errors import UserError
from fuse_core.guidance import GUIDANCES, Guidance
from fuse_core.optimizers import checks
from fuse_core.optimizers.classifier_config import ClassifierConfig

PRESETS = Path(__file__).resolve().parents[2] / "assets" / "presets"

# The mean of the gradients at eight common nouns ranks candidates far better than the gradient at " object" alone:
# Spearman 0.50 against 0.39 with the true loss, over 6 pictures x 2 contexts x 2,000 candidates.
DUMMIES = (" thing", " object", " animal", " person", " machine", " food", " place", " vehicle")


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
    method : 'autodan'
    search : 'beam' or 'greedy'
        Greedy is a beam of one.
    guidance : 'fuse', 'native', 'lm' or 'random'
    guidance_weight : float
        Nats that one standard deviation of the gradient score is worth against the LM's log-probability.
    bucketing : 'pair' or 'target'
    seed : int
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

    def __post_init__(self) -> None:
        for name, low, high in (("steps", 1, 64), ("beams", 1, 32), ("candidates", 1, 4096), ("seed", 0, 2**31)):
            checks.whole_number(name, getattr(self, name), low, high)
        for name in ("lm_weight", "image_weight", "guidance_weight"):
            checks.weight(name, getattr(self, name))
        choices = {
            "method": ("autodan",),
            "search": ("beam", "greedy"),
            "guidance": GUIDANCES,
            "bucketing": ("pair", "target"),
        }
        for name, known in choices.items():
            checks.choice(name, getattr(self, name), known)
        for name in ("source", "target", "prefix", "suffix"):
            checks.text(name, getattr(self, name))
        for name in ("image_prefix", "image_suffix"):
            if getattr(self, name) is not None:
                checks.text(name, getattr(self, name))
        if not isinstance(self.classifiers, (list, tuple)):
            raise UserError(f"'classifiers' must be a list, got {self.classifiers!r}.")
        parsed = (ClassifierConfig.parse(value, f"classifiers[{k}]") for k, value in enumerate(self.classifiers))
        object.__setattr__(self, "classifiers", tuple(parsed))

    @property
    def width(self) -> int:
        """Prompts kept after every step."""
        return 1 if self.search == "greedy" else self.beams

    @property
    def terms(self) -> tuple[TermInfo, ...]:
        """The objective's terms: fluency, picture, then one a classifier."""
        labels = (TermInfo(c.label, c.model, c.name, c.weight) for c in self.classifiers)
        fluency = TermInfo("fluency", self.source, self.source, self.lm_weight)
        return (fluency, TermInfo("picture", self.target, self.target, self.image_weight), *labels)

    def objective_fields(self) -> tuple:
        """What a prompt's objective depends on; the other fields only steer the search."""
        models = (self.source, self.target, self.lm_weight, self.image_weight, self.classifiers)
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


def preset_names() -> list[str]:
    """Names of the presets that ship with the project."""
    return sorted(path.stem for path in PRESETS.glob("*.json"))


def load_preset(name: str) -> CaptionConfig:
    """A preset by name.

    Raises
    ------
    UserError
        When there is none of that name, or a field of it is wrong.
    """
    if name not in preset_names():
        raise UserError(f"There is no preset '{name}'.", f"Known: {', '.join(preset_names())}.")
    path = PRESETS / f"{name}.json"
    return CaptionConfig.from_dict(read_fields(path, f"The preset '{name}'"), f"The settings of preset '{name}'")


def load_config(path: Path, base: CaptionConfig) -> CaptionConfig:
    """Settings from a JSON file of some fields, the others as in ``base``.

    Raises
    ------
    UserError
        Naming the file and the field that is unknown or wrong.
    """
    origin = f"The settings of '{path}'"
    fields = read_fields(path, f"The file '{path}'")
    if isinstance(fields, dict):
        fields = {**base.as_dict(), **fields}
    return CaptionConfig.from_dict(fields, origin)


def read_fields(path: Path, what: str) -> object:
    """The content of a JSON file; ``what`` names it in errors."""
    try:
        return json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UserError(
            f"{what} could not be read ({(error.strerror or 'unknown').lower()}).", "Check the path."
        ) from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"{what} is no JSON.", f"Correct {path.name}.") from error
