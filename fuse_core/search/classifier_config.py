"""Settings of a classifier that takes part in a run, a third model beside language model and image-text model."""

from __future__ import annotations

from pydantic import Field

from fuse_core.common.settings import Settings, Text, Weight


class ClassifierConfig(Settings, frozen=True):
    """A classifier and the label a caption should get from it.

    The weight is that of the cross-entropy to the label, in nats. minilm-sentiment needs 2 beside half the weight of
    fluency before captions change. To minilm-word-sentiment a caption that says nothing costs 2 to 7 nats, one with
    the best adjective 0.1; on ten pictures to choose settings by, that outweighs what the adjective costs in fluency
    and picture from a weight of 0.1 to 0.4 on for praise and 0.2 to 1.1 for blame (over 1 on one). Prefix and suffix
    are none by default: "An image of" would count as praise.
    """

    label: Text = Field(title="Label", description="What the caption is drawn to: one of the model's labels.")
    model: Text = Field(
        default="minilm-sentiment",
        title="Classifier",
        description="The third model, by its key.",
        json_schema_extra={"role": "classifier"},
    )
    weight: Weight = Field(default=2.0, title="Weight", description="Times cross-entropy to the label, nats.")
    prefix: Text = Field(default="", title="Prefix", description="Text before the prompt for this model alone.")
    suffix: Text = Field(default="", title="Suffix", description="Text after the prompt for this model alone.")

    @property
    def name(self) -> str:
        """What its losses are filed under, as ``LabelTerm`` does."""
        return f"{self.model}:{self.label}"
