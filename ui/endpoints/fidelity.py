"""``fidelity``: first-order scores against true losses."""

from __future__ import annotations

from typing import Any

from gradio import FileData

from fuse_core.analysis.fidelity import CONTEXTS
from fuse_core.analysis.fidelity_pictures import checked_candidates, checked_within, measure_pictures
from fuse_core.analysis.fidelity_report import AUTO, report, words_for
from fuse_core.analysis.other_adapters import OtherAdapters
from fuse_core.analysis.rank_measures import WITHIN
from fuse_core.common import checks
from fuse_core.common.errors import UserError
from fuse_core.common.text_files import shown_name
from fuse_core.search.presets import load_preset
from ui.endpoints.endpoint import Call, Endpoint, path_of

PRESET = "offline-plain"
MOST_CONTEXTS = 8


def fidelity(
    call: Call,
    picture: FileData,
    source: str | None = None,
    target: str | None = None,
    contexts: tuple[str, ...] = CONTEXTS,
    candidates: int = 2_000,
    adapters: tuple[str, ...] = (),
    at: str = AUTO,
    within: int = WITHIN,
) -> dict[str, Any]:
    """Measure how well first-order scores rank next tokens, by their true losses on one picture.

    Parameters:
        picture: The picture.
        source: Key of the model that writes; by default that of the preset offline-plain.
        target: Key of the image-text model; by default that of the preset offline-plain.
        contexts: What stands before the next token, one to eight of them.
        candidates: How many tokens are measured in each, 300 to 10,000.
        adapters: Kinds of adapters to measure beside those of a search, such as procrustes.
        at: The word that the gradient is taken at; 'auto' for the best one, 'mean' for the mean of several.
        within: K, of a score's best: the share of the truly best 16 among them is told.
    Returns:
        Rank correlations and recalls of every score, their means, spreads and intervals.
    """
    call.limits.check("words", checked_candidates(candidates), "The number of candidates")
    checked_within(within, candidates)
    if not 1 <= len(contexts) <= MOST_CONTEXTS:
        raise UserError(f"'contexts' must be 1 to {MOST_CONTEXTS}, got {len(contexts)}.", fields=("contexts",))
    for context in contexts:
        checks.text("contexts", context)
    before = [f" {words}" if (words := " ".join(context.split())) else "" for context in contexts]
    plain, path = load_preset(PRESET), path_of(picture)
    config = plain.changed(source=source or plain.source, target=target or plain.target)
    words = words_for(at)
    others = OtherAdapters(call.library, config.source, config.target, adapters) if adapters else None
    todo = [(shown_name(path), str(path), before)]
    run = measure_pictures(call.library, config, todo, candidates, words, others, call.progress)
    return report(run, at, within)


ENDPOINT = Endpoint("fidelity", 4, fidelity)
