"""A run's trace as CSV: every candidate of every step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from fuse_core.common.csv import csv_text
from fuse_core.search.config import CaptionConfig
from fuse_core.search.records import Step
from ui.optimise.changed_settings import changed_before

BEFORE, AFTER = (
    ("step", "rank", "prompt", "token", "objective"),
    ("log_prob", "score", "kept", "parent", "objective_with_end", "settings_changed"),
)


def candidates_csv(
    steps: Sequence[Step],
    config: CaptionConfig,
    settings: Mapping[str, object] | None = None,
    configs: Sequence[CaptionConfig] = (),
) -> str:
    """Every candidate of every step, best first, below the settings.

    ``rank`` counts from 1; ``parent`` is the rank among the prompts of the step before; ``objective_with_end`` is that
    of a prompt that was judged as a finished one, too; ``settings_changed`` says what changed before the step, where
    the settings of each are told (``configs``).
    """
    models = [term.name for term in config.terms]
    header = [*BEFORE, *(f"{name} loss" for name in models), *AFTER]
    return csv_text(
        [header, *(row for step in steps for row in _rows(step, models, changed_before(configs, step.index)))], settings
    )


def _rows(step: Step, models: Sequence[str], changed: str) -> Iterator[list]:
    ended = {beam.text: beam.objective for beam in step.finished_prompts}
    if step.edited:
        (beam,) = step.beams
        losses = [(beam.losses or {})[name] for name in models]
        known = [step.index, 1, beam.text.strip(), "", beam.objective]
        yield [*known, *losses, "", "", 1, "", ended.get(beam.text, ""), changed]
    for rank, c in enumerate(step.candidates, 1):
        losses = [c.losses[name] for name in models]
        known = [step.index, rank, c.text.strip(), c.token, c.objective]
        yield [*known, *losses, c.log_prob, c.score, int(c.kept), c.parent + 1, ended.get(c.text, ""), changed]
