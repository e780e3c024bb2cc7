"""The ``fidelity`` command: first-order scores against true losses, over the pictures of a folder."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from fuse_core.cli.adapters_command import ALL
from fuse_core.cli.outputs import check_outputs, write_outputs
from fuse_core.cli.picture_sets import readable_pictures
from fuse_core.cli.placement import library_of
from fuse_core.common.errors import UserError
from fuse_core.common.text_files import to_json

if TYPE_CHECKING:
    from fuse_core.analysis.fidelity_run import FidelityRun
    from fuse_core.library import Library
    from fuse_core.search.config import CaptionConfig


def run_fidelity(options: argparse.Namespace) -> dict:
    """Rank correlation and recall of first-order scores, averaged over pictures and contexts."""
    from fuse_core.analysis.fidelity_report import points, report, words_for
    from fuse_core.analysis.rank_measures import WITHIN
    from fuse_core.search.presets import PRESETS, load_preset

    config = load_preset(options.preset)
    if options.candidates <= WITHIN:
        raise UserError(f"--candidates must be more than {WITHIN}, got {options.candidates}.")
    if options.points and not options.json:
        raise UserError("--points adds to the JSON alone.", "Give --json, too.")
    check_outputs({"--record": options.record})
    folder = options.images or PRESETS.parent / "images"
    words, library = words_for(options.at), library_of(options)
    run, skipped = measure_folder(config, folder, options.candidates, words, options.adapters, library)
    answer = report(run, options.at) | {"created": run.created, "preset": options.preset}
    if skipped:
        answer["skipped"] = skipped
    if options.points:
        answer["points"] = points(run, options.at)
    write_outputs(answer, {options.record: to_json(run.as_dict()) + "\n"} if options.record else {})
    return answer


def measure_folder(
    config: CaptionConfig,
    folder: Path,
    candidates: int,
    words: tuple[str, ...],
    adapters: Sequence[str] = (),
    library: Library | None = None,
) -> tuple[FidelityRun, list[dict]]:
    """Measure every picture of a folder in every context, with other kinds of ``adapters`` beside the search's own.

    Returns
    -------
    FidelityRun
    list of dict
        ``image`` and ``error`` of the files that are left out.

    Raises
    ------
    UserError
        For an unknown adapter, and when the folder cannot be read, or none of its pictures.
    """
    from fuse_core.adapter.kinds.kind import KINDS
    from fuse_core.analysis.fidelity import CONTEXTS, EncodedTexts
    from fuse_core.analysis.fidelity_probe import FidelityProbe
    from fuse_core.analysis.fidelity_run import ContextSummary, FidelityRun
    from fuse_core.analysis.other_adapters import OtherAdapters
    from fuse_core.library import Library

    skipped: list[dict] = []
    library, encoded, summaries, drawn = library or Library(), EncodedTexts(), [], None
    kinds = tuple(KINDS) if list(adapters) == [ALL] else adapters
    others = OtherAdapters(library, config.source, config.target, kinds) if kinds else None
    for name, picture in readable_pictures(folder, skipped):
        print(f"{name}: {len(CONTEXTS)} contexts", file=sys.stderr)
        probe = FidelityProbe.of(library, config, picture, encoded, others=others)
        for context in CONTEXTS:
            measured = probe.measure(context, candidates, words)
            summaries.append(ContextSummary.of(name, measured))
            drawn = drawn or (measured, name)  # the first, as the page's recorded run shows it
    assert drawn is not None  # else no picture could be read, and that was said
    today = datetime.now(UTC).date().isoformat()
    return FidelityRun(config.source, config.target, tuple(summaries), *drawn, created=today), skipped
