"""Settings of a classifier that takes part in a run, a third model beside language model and image-text model."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from fuse_core.common import checks


@dataclass(frozen=True)
class ClassifierConfig:
    """A classifier and the label a caption should get from it.

    Attributes
    ----------
    label : str
        What the caption is drawn to: one of the model's labels, such as 'positive' or 'negative'.
    model : str
        Catalog key.
    weight : float
        Of the cross-entropy to the label, in nats. At 1 half of the captions of the example pictures stay as they are;
        at 2 they change. The sentiment presets halve the fluency weight beside it, so that the picture does not pay.
    prefix, suffix : str
        Text around the prompt for this model alone. None by default: "An image of" would count as praise.
    """

    label: str
    model: str = "minilm-sentiment"
    weight: float = 2.0
    prefix: str = ""
    suffix: str = ""

    @property
    def name(self) -> str:
        """What its losses are filed under, as ``LabelTerm`` does."""
        return f"{self.model}:{self.label}"

    @classmethod
    def parse(cls, value: object, where: str) -> ClassifierConfig:
        """From a JSON object, or as it is.

        Raises
        ------
        UserError
            Naming the field, ``where[...]`` included.
        """
        if not isinstance(value, cls):
            known = [f.name for f in dataclasses.fields(cls)]
            given = checks.known_fields(f"The settings in '{where}'", value, known, "'label' and 'weight'")
            value = cls(**{"label": None, **given})
        for name in ("label", "model", "prefix", "suffix"):
            checks.text(f"{where}.{name}", getattr(value, name))
        checks.weight(f"{where}.weight", value.weight)
        return value
