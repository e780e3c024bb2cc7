"""All that a run takes long to make the first time, made and kept before anybody waits for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from fuse_core.common.progress import Progress
from fuse_core.common.side_by_side import side_by_side, works_at_once
from fuse_core.library import Library
from fuse_core.models import catalog
from fuse_core.search.config import CaptionConfig
from fuse_core.search.objective_terms import reader
from fuse_core.search.presets import load_preset, preset_names
from fuse_core.search.problem import fit_options
from fuse_core.search.word_table import word_table


def presets_at_hand() -> list[str]:
    """Names of the presets whose models can all be used at once, with no download."""
    return [name for name in preset_names() if all(catalog.entry(key).present for key in models_of(load_preset(name)))]


def prepare(library: Library, configs: Sequence[CaptionConfig], progress: Progress) -> None:
    """Make what runs of these configurations need, and both adapters of embeddings, which the Adapter view compares.

    Notes
    -----
    Minutes on two cores for the offline presets the first time, seconds when all is there.

    Raises
    ------
    UserError
        When a model cannot be had.
    """
    tasks = {what: make for config in configs for what, make in _tasks(library, config)}
    side_by_side(tasks, works_at_once(library.device), progress)
    progress(1.0, "All is ready")


def models_of(config: CaptionConfig) -> list[str]:
    """Keys of the models that runs of these settings load."""
    return [config.source, *config.targets]


def _tasks(library: Library, config: CaptionConfig) -> Iterator[tuple[str, Callable[[Progress], object]]]:
    """What is made, in words, and how; equal words for what configurations share.

    In an order in which two at a time seldom wait for each other: models are loaded one at a time.
    """
    source = config.source
    if config.compares:
        yield f"Loading {config.target}", lambda report_progress: reader(library, config)
        yield _words(library, config.target)
    yield f"Loading {source}", lambda report_progress: library.causal(source)
    for key in dict.fromkeys(catalog.entry(model).embeddings for model in models_of(config)[1:]):
        plain = (config.changed(features="embedding", bucketing=bucketing) for bucketing in ("pair", "target"))
        for options in dict.fromkeys(map(fit_options, (config, *plain))):
            yield (
                f"Adapter from {source} to {key}, {options.bucketing} bucketing, {options.features}",
                lambda report_progress, key=key, options=options: library.adapter(
                    source, key, options, report_progress
                ),
            )
    for c in config.classifiers:
        yield f"Loading {c.model}", lambda report_progress, key=c.model: library.classifier(key)
        yield _words(library, c.model)


def _words(library: Library, key: str) -> tuple[str, Callable[[Progress], object]]:
    return f"Words as {key} reads them", lambda report_progress: word_table(library, key, report_progress)
