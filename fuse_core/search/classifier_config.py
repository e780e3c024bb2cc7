"""Settings of a classifier that takes part in a run, a third model beside language model and image-text model."""

from __future__ import annotations

from pydantic import Field

from fuse_core.common.settings import Settings, Text, Weight


class ClassifierConfig(Settings, frozen=True):
    """A classifier and the label a caption should get from it.

    The weight is that of the cross-entropy to the label, in nats. At 1 half of the captions of the example pictures
    stay as they are; at 2 they change. The sentiment presets halve the fluency weight beside it, so that the picture
    does not pay. Prefix and suffix are none by default: "An image of" would count as praise.
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
