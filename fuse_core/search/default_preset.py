"""The preset that settings start from where none is chosen: the paper's where its models can be used at once."""

from __future__ import annotations

from typing import NamedTuple

from fuse_core.common.devices import CPU, chosen_name
from fuse_core.models import catalog, memory
from fuse_core.search.classifier_config import ClassifierConfig
from fuse_core.search.config import CaptionConfig
from fuse_core.search.preparation import models_of
from fuse_core.search.presets import load_preset, preset_names
from fuse_core.search.sentiment import LABELS, NONE, fresh, sentiment_of

ENOUGH = 8_000_000_000  # bytes of free memory that the paper's models are run on a processor with


class DefaultPreset(NamedTuple):
    """A preset's name, and why it is this one: half a sentence for people."""

    name: str
    why: str


def offline_preset(sentiment: str | None = None) -> str:
    """Name of the preset for a sentiment whose models come as packages."""
    return f"offline-{sentiment}" if sentiment in LABELS else "offline-caption"


def default_preset(sentiment: str | None = None, device: str | None = None) -> DefaultPreset:
    """The paper's preset where its models need no download and a GPU or 8 GB of memory are there; else the offline one.

    Nothing is loaded, and no hub is asked.

    Parameters
    ----------
    sentiment : 'positive', 'negative', 'none' or None
        Whether it is to be one that draws to a sentiment.
    device : str, optional
        Where models run; default ``$FUSE_DEVICE``'s.

    Raises
    ------
    UserError
        For a device that is not there.
    """
    paper, offline = "paper-sentiment" if sentiment in LABELS else "paper-caption", offline_preset(sentiment)
    if missing := [key for key in models_of(load_preset(paper)) if not catalog.entry(key).present]:
        return DefaultPreset(offline, f"not all models of {paper} are here ({', '.join(missing)})")
    if (where := chosen_name(device)) != CPU:
        return DefaultPreset(paper, f"its models are here, and a GPU is, too ({where})")
    free = memory.available()
    there = f"{memory.gigabytes(free)} of memory are free"
    if free < ENOUGH:
        return DefaultPreset(offline, f"{paper} wants a GPU or {memory.gigabytes(ENOUGH)} of free memory, and {there}")
    return DefaultPreset(paper, f"its models are here, and {there}")


def usual_classifier(config: CaptionConfig) -> ClassifierConfig:
    """What a sentiment is judged by beside these models: as in their own preset, where that model is here."""
    for preset in map(load_preset, preset_names()):
        found = sentiment_of(preset)
        same = (preset.source, preset.target) == (config.source, config.target)
        if found and same and catalog.entry(found.model).present:
            return found
    return fresh(NONE)
