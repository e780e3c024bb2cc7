"""Settings of a caption run: what all methods are told, and what the chosen one is told besides."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, SerializeAsAny, ValidationError, ValidationInfo, field_validator

from fuse_core.adapter.map import Bucketing, Features
from fuse_core.common.errors import UserError
from fuse_core.common.options import OneOf, Option, options_of
from fuse_core.common.settings import Words, user_error
from fuse_core.search.adapter_features import FeaturesChoice, why_embedding
from fuse_core.search.config_fields import current_values, method_options, methods_with, own_options
from fuse_core.search.config_json import faults_of, fields_of
from fuse_core.search.ending_choice import ends_freely
from fuse_core.search.filtered_words import check_words
from fuse_core.search.guidances.guidance import GUIDANCES, Guidance
from fuse_core.search.methods.method import GuidedSettings, MethodSettings
from fuse_core.search.methods.registry import METHODS
from fuse_core.search.objective_config import ObjectiveConfig

# The mean of the gradients at eight common nouns ranks candidates far better than the gradient at " object" alone:
# Spearman 0.50 against 0.39 with the true loss, over 6 pictures x 2 contexts x 2,000 candidates.
PROBE_WORDS = (" thing", " object", " animal", " person", " machine", " food", " place", " vehicle")

Own = TypeVar("Own", bound=MethodSettings)


class CaptionConfig(ObjectiveConfig, frozen=True):
    """Settings of one optimisation.

    ``CaptionConfig(method="gcg", steps=4, top_k=32)``: the fields of all methods and those of the chosen one are given
    side by side, here as in files. The latter are kept in ``method_settings``.

    Raises
    ------
    UserError
        Naming a field that is unknown, of another method, or wrong, and what it may be.
    """

    steps: int = Field(default=8, ge=1, le=256, title="Steps", description="Rounds of the search.")
    beams: int = Field(default=4, ge=1, le=32, title="Beams", description="Prompts kept after a step.")
    bucketing: Bucketing = Field(
        default="pair", title="Word buckets", description="By target length (the paper), or by both lengths (pair)."
    )
    features: FeaturesChoice = Field(
        default="auto",
        title="Word features",
        description="What the adapter maps words of one token from: their embedding (the paper), or the language "
        "model's first layers, too, which ranks tokens better. auto: layers, but for PEZ and target buckets.",
    )
    seed: int = Field(default=0, ge=0, le=2**31, title="Seed", description="Of all random choices.")
    pinned: Words = Field(default=(), title="Pinned words", description="Every new prompt has to hold them.")
    banned: Words = Field(default=(), title="Banned words", description="No new prompt may hold them.")
    word_filter: Literal["off", "on"] = Field(
        default="off",
        title="Word filter",
        description="on: no new prompt holds a word from a list of offensive English words; removed ones are counted.",
    )
    method: Annotated[str, OneOf(METHODS)] = Field(
        default="autodan", title="Method", description="How prompts are found."
    )
    method_settings: SerializeAsAny[MethodSettings]

    def __init__(self, **values: Any) -> None:
        values = current_values(values)
        own = {name: value for name, value in values.items() if name not in COMMON}
        common = {name: value for name, value in values.items() if name in COMMON}
        try:
            super().__init__(**{**common, "method_settings": own})
        except ValidationError as error:
            raise user_error(error, type(self)) from error
        if both := set(self.pinned) & set(self.banned):
            raise UserError(f"'{min(both)}' is pinned and banned at once.", "Take it off one of the two lists.")
        self.check_objective()
        check_words(self)
        why = why_embedding(self.bucketing, self.method, self.method_settings)
        if why and self.features == "layers":
            raise UserError(f"'features' cannot be 'layers': {why}.", "Choose 'auto' or 'embedding'.", ("features",))
        ends_freely(self)
        self.method_settings.check(self)

    @property
    def adapter_features(self) -> Features:
        """What the adapter maps words of one token from."""
        forced = why_embedding(self.bucketing, self.method, self.method_settings)
        return "embedding" if forced or self.features == "embedding" else "layers"

    @field_validator("method_settings", mode="plain")
    @classmethod
    def _of_the_method(cls, values: dict[str, Any], info: ValidationInfo) -> MethodSettings:
        method = info.data.get("method")
        if method is None:  # itself wrong, which is what the error will be about
            return MethodSettings()
        known = METHODS[method].settings
        for name in values.keys() - known.model_fields.keys():
            raise foreign_field(name, method)
        try:
            return known(**values)
        except ValidationError as error:
            raise user_error(error, known, f"for the method {method}") from error

    def changed(self, **values: Any) -> CaptionConfig:
        """The same settings with some others; under another method, what both methods have is kept.

        Raises
        ------
        UserError
            As for new settings.
        """
        values = current_values(values)
        method = values.get("method", self.method)
        before = self.as_dict()
        if isinstance(method, str) and method in METHODS:
            before = {name: value for name, value in before.items() if name in COMMON or name in own_options(method)}
        return CaptionConfig(**{**before, **values})

    def updated(self, values: object, origin: str) -> CaptionConfig:
        """The same settings with some others from JSON values, which come from ``origin`` as in ``from_dict``."""
        fields = fields_of(values, origin)
        with faults_of(origin):
            return self.changed(**fields)

    def own(self, kind: type[Own]) -> Own:
        """The settings of the method, known to be of a kind."""
        assert isinstance(self.method_settings, kind)
        return self.method_settings

    @property
    def guidance(self) -> Guidance:
        """Who proposes; chance, for methods that ask nobody."""
        own = self.method_settings
        return GUIDANCES[own.guidance if isinstance(own, GuidedSettings) else "random"]

    @property
    def width(self) -> int:
        """Prompts kept after every step."""
        return 1 if self.method_settings.search == "greedy" else self.beams

    @property
    def longest(self) -> int:
        """Tokens a prompt may come to have."""
        return self.method_settings.longest(self.steps)

    @classmethod
    def from_dict(cls, values: object, origin: str = "") -> CaptionConfig:
        """Settings from JSON values, those of earlier versions included.

        Parameters
        ----------
        origin : str, optional
            Where they come from, in the plural: "The settings of FILE".

        Raises
        ------
        UserError
            Naming the field that is unknown or wrong, and the origin where there is one.
        """
        fields = fields_of(values, origin)
        with faults_of(origin):
            return cls(**fields)

    def as_dict(self) -> dict[str, Any]:
        """As JSON values, the fields of the method beside the others."""
        return {**self.model_dump(mode="json", exclude={"method_settings"}), **self.method_settings.model_dump()}


COMMON = frozenset(CaptionConfig.model_fields) - {"method_settings"}


def config_options() -> dict[str, Option]:
    """Every field of a configuration whose method may be any, in order."""
    common = {name: option for name, option in options_of(CaptionConfig).items() if name in COMMON}
    return {**common, **method_options()}


def foreign_field(field: str, method: str, shown: str = "") -> UserError:
    """What to say of a field that the method does not have, ``shown`` as the person gave it."""
    shown, owners = shown or f"'{field}'", methods_with(field)
    if not owners:
        return UserError(f"{shown} is no setting.", f"Known: {', '.join(sorted(config_options()))}.")
    several = "s" if len(owners) > 1 else ""
    return UserError(
        f"{shown} goes with the method{several} {', '.join(owners)}, not with {method}.",
        "Leave it out, or choose such a method.",
    )
