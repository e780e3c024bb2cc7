"""Settings of the objective: which models judge a prompt, by which losses and weights, and what stands around it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from fuse_core.common.errors import UserError
from fuse_core.common.options import OneOf
from fuse_core.common.settings import Settings, Text, Weight
from fuse_core.objective.losses.loss import LOSSES
from fuse_core.search.classifier_config import ClassifierConfig
from fuse_core.search.term_config import TermConfig
from fuse_core.search.term_info import TermInfo
from fuse_core.search.terms.term_kind import TERM_KINDS

NO_MODEL = "none"
TEXT_GOAL = ("wanted_text", "goal")


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


class ObjectiveConfig(Settings, frozen=True):
    """What a prompt is judged by."""

    source: Text = Field(
        default="smollm2",
        title="Language model",
        description="Writes the prompt: its tokens are searched.",
        json_schema_extra={"role": "causal-lm"},
    )
    target: Text = Field(
        default="minilm",
        title="Image-text model",
        description="Compares the prompt with the goal; 'none' leaves that to the other terms.",
        json_schema_extra={"role": "image-text"},
    )
    goal: Literal["picture", "text", "both"] = Field(
        default="picture", title="Goal", description="What the image-text model compares the prompt with."
    )
    wanted_text: Text = Field(
        default="", title="Text to resemble", description="For that model: what the prompt is to mean."
    )
    examples: Text = Field(
        default="", title="Example captions", description="Lines that the language model reads before the prefix."
    )
    prefix: Text = Field(default="An image of", title="Prefix", description="What the caption continues.")
    suffix: Text = Field(default="", title="Suffix", description="Text after the caption.")
    image_prefix: Text | None = Field(
        default=None,
        title="Picture prefix",
        description="Before the caption for the image-text model; else the prefix.",
    )
    image_suffix: Text | None = Field(
        default=None, title="Picture suffix", description="After the caption for the image-text model; else the suffix."
    )
    lm_weight: Weight = Field(default=1.0, title="Fluency weight", description="Times the language model's loss.")
    image_weight: Weight = Field(default=22.0, title="Picture weight", description="Times 1 - cosine(text, picture).")
    classifiers: Annotated[tuple[ClassifierConfig, ...], BeforeValidator(_tuple)] = Field(
        default=(), title="Classifiers", description="Further models, each with a label to draw captions to."
    )
    further: Annotated[tuple[TermConfig, ...], BeforeValidator(_tuple)] = Field(
        default=(), title="Further terms", description="Of other kinds: a second language model's fluency, say."
    )
    lm_loss: Annotated[str, OneOf(LOSSES)] = Field(
        default="nll", title="Language-model loss", description="What the language model judges."
    )
    lm_text: Text = Field(
        default="",
        title="Text for that loss",
        description="What is to follow (cross_entropy, mellowmax), or to be resembled (kl_reference).",
    )

    def check_objective(self) -> None:
        """Raise ``UserError`` for fields that ask for what another one rules out."""
        if LOSSES[self.lm_loss].needs_text and not self.lm_text.strip():
            raise UserError(f"'lm_text' is empty, and the loss {self.lm_loss} needs a text.", "Give one.", ("lm_text",))
        if self.goal == "picture" and self.wanted_text.strip():
            raise UserError("'wanted_text' is given, and 'goal' is 'picture'.", "Choose 'text' or 'both'.", TEXT_GOAL)
        if self.goal != "picture" and not self.wanted_text.strip():
            raise UserError(f"'wanted_text' is empty, and 'goal' is '{self.goal}'.", "Give one.", TEXT_GOAL)
        if self.goal != "picture" and not self.compares:
            problem = "'wanted_text' is given, but no image-text model to read it."
            raise UserError(problem, "Choose one as 'target'.", ("wanted_text", "target"))

    @property
    def compares(self) -> bool:
        """Whether a model compares prompts with the goal."""
        return self.target != NO_MODEL

    @property
    def looks_at_pictures(self) -> bool:
        """Whether any term does."""
        compared = self.compares and self.goal != "text"
        return compared or any(TERM_KINDS[f.kind].looks_at_pictures for f in self.further)

    @property
    def targets(self) -> tuple[str, ...]:
        """Models of the targets' terms, in the objective's order: the goal, labels, further terms."""
        compared = (self.target,) if self.compares else ()
        return (*compared, *(c.model for c in self.classifiers), *(f.model for f in self.further))

    @property
    def terms(self) -> tuple[TermInfo, ...]:
        """The objective's terms: fluency, the goal, then one a classifier, and further ones."""
        what = {"both": "picture and text"}.get(self.goal, self.goal)
        compared = (TermInfo(what, self.target, self.target, self.image_weight),) if self.compares else ()
        labels = (TermInfo(c.label, c.model, c.name, c.weight) for c in self.classifiers)
        fluency = TermInfo("fluency", self.source, self.source, self.lm_weight)
        return (fluency, *compared, *labels, *(f.info for f in self.further))

    def objective_fields(self) -> tuple:
        """What a prompt's objective depends on; the other fields only steer the search."""
        models = (self.source, self.target, self.lm_weight, self.image_weight, self.classifiers, self.further)
        texts = (self.goal, self.wanted_text, self.lm_loss, self.lm_text)
        return (*models, *texts, *self.around_caption, self.around_image)

    @property
    def around_caption(self) -> tuple[str, str]:
        """Prefix and suffix for the language model: the examples, a line each, before the prefix."""
        examples = self.examples.strip()
        return (f"{examples}\n{self.prefix}" if examples else self.prefix, self.suffix)

    @property
    def around_image(self) -> tuple[str, str]:
        """Prefix and suffix for the image-text model."""
        own, around = (self.image_prefix, self.image_suffix), (self.prefix, self.suffix)
        before, after = (text if given is None else given for given, text in zip(own, around, strict=True))
        return before, after

    def around_term(self, term: TermConfig) -> tuple[str, str]:
        """Prefix and suffix for a further term's model."""
        return (
            self.prefix if term.prefix is None else term.prefix,
            self.suffix if term.suffix is None else term.suffix,
        )
