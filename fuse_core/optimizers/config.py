"""Settings of a caption run, every default visible, and the presets that ship with the project."""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass
from pathlib import Path

from fuse_core.adapter import Bucketing
from fuse_core.errors import UserError
from fuse_core.guidance import GUIDANCES, Guidance

PRESETS = Path(__file__).resolve().parents[2] / "assets" / "presets"

# The mean of the gradients at eight common nouns ranks candidates far better than the gradient at " object" alone:
# Spearman 0.50 against 0.39 with the true loss, over 6 pictures x 2 contexts x 2,000 candidates.
DUMMIES = (" thing", " object", " animal", " person", " machine", " food", " place", " vehicle")


@dataclass(frozen=True)
class CaptionConfig:
    """Settings of one optimisation.

    Attributes
    ----------
    source, target : str
        Catalog keys of the language model and the image-text model.
    prefix, suffix : str
        Text around the prompt, the same for both models.
    lm_weight, image_weight : float
        Weights of the language model's mean negative log-likelihood (nats) and of ``1 - cos(text, image)``.
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

    def __post_init__(self) -> None:
        for name, low, high in (("steps", 1, 64), ("beams", 1, 32), ("candidates", 1, 4096), ("seed", 0, 2**31)):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
                raise UserError(f"'{name}' must be a whole number from {low} to {high}, got {value!r}.")
        for name in ("lm_weight", "image_weight", "guidance_weight"):
            value = getattr(self, name)
            if not isinstance(value, (int, float)) or not (0 <= value < math.inf):
                raise UserError(f"'{name}' must be a number from 0 up, got {value!r}.")
        choices = {
            "method": ("autodan",),
            "search": ("beam", "greedy"),
            "guidance": GUIDANCES,
            "bucketing": ("pair", "target"),
        }
        for name, known in choices.items():
            if getattr(self, name) not in known:
                raise UserError(f"'{name}' must be one of {', '.join(known)}, got {getattr(self, name)!r}.")
        for name in ("source", "target", "prefix", "suffix"):
            if not isinstance(getattr(self, name), str):
                raise UserError(f"'{name}' must be text, got {getattr(self, name)!r}.")

    @property
    def width(self) -> int:
        """Prompts kept after every step."""
        return 1 if self.search == "greedy" else self.beams

    def objective_fields(self) -> tuple:
        """What a prompt's objective depends on; the other fields only steer the search."""
        return (self.source, self.target, self.prefix, self.suffix, self.lm_weight, self.image_weight)

    @classmethod
    def from_dict(cls, values: dict, origin: str = "The settings") -> CaptionConfig:
        """Settings from JSON values.

        Raises
        ------
        UserError
            Naming the field that is unknown or wrong.
        """
        if not isinstance(values, dict):
            raise UserError(f"{origin} must be a JSON object with fields such as 'prefix' and 'steps'.")
        known = {f.name for f in dataclasses.fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise UserError(f"{origin} have an unknown field '{unknown[0]}'.", f"Known: {', '.join(sorted(known))}.")
        return cls(**values)

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
    path = PRESETS / f"{name}.json"
    if name not in preset_names():
        raise UserError(f"There is no preset '{name}'.", f"Known: {', '.join(preset_names())}.")
    try:
        values = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise UserError(f"The preset '{name}' is no JSON.", f"Correct {path.name}.") from error
    return CaptionConfig.from_dict(values, f"The settings of preset '{name}'")
