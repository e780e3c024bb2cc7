"""Tables as data frames, columns named for people."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from fuse_core.search.config import CaptionConfig
from fuse_core.search.records import Step
from fuse_core.search.replay import Replayed

SHOWN = 100


def candidate_table(step: Step | None, config: CaptionConfig | None) -> pd.DataFrame:
    """The candidates of a step, best first, at most 100 of them."""
    models = [term.name for term in config.terms] if config else []
    columns = ["kept", "prompt", "token", "objective", *(f"{m} loss" for m in models), "LM log-prob", "FUSE score"]
    if step is None or config is None:
        return pd.DataFrame(columns=columns)
    rows = [
        [
            "✓" if c.kept else "",
            c.text.strip(),
            c.token.replace(" ", "·"),
            round(c.objective, 3),
            *(round(c.losses[m], 3) for m in models),
            round(c.log_prob, 2),
            round(c.score, 2),
        ]
        for c in step.candidates[:SHOWN]
    ]
    found = pd.DataFrame(rows, columns=columns)
    # Methods that change a prompt in place append nothing that could have a probability of its own.
    return found if any(c.log_prob for c in step.candidates) else found.drop(columns="LM log-prob")


def beam_table(step: Step | None) -> pd.DataFrame:
    """The prompts in the running after a step."""
    beams = [b for b in step.beams if b.objective is not None] if step else []
    rows = [[k + 1, b.text.strip(), round(b.objective or 0.0, 3)] for k, b in enumerate(beams)]
    return pd.DataFrame(rows, columns=["#", "prompt", "objective"])


def replay_table(found: Sequence[Replayed]) -> pd.DataFrame:
    """A replay step by step: the same, or what came out instead."""
    rows = [[r.index, "same" if r.same else "different", r.text, "" if r.same else r.was] for r in found]
    return pd.DataFrame(rows, columns=["step", "outcome", "prompt now", "prompt before"])
