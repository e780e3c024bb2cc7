"""What the Optimise tab shows for one state of the desk."""

from __future__ import annotations

from typing import Any, NamedTuple

import gradio as gr

from ui import beam_tree, compare, kept, step_figures, tables
from ui.desk import NAMES, Desk, recorded_run
from ui.kit import figures, fragments

SAME = gr.skip()


class View(NamedTuple):
    """The tab's outputs, in order; what is not given stays as it is."""

    status: Any = SAME
    desk: Any = SAME
    kept: Any = SAME
    picture: Any = SAME
    caption: Any = SAME
    timeline: Any = SAME
    latest: Any = SAME
    branch: Any = SAME
    switch: Any = SAME
    facts: Any = SAME
    curve: Any = SAME
    beams: Any = SAME
    comparison: Any = SAME
    captions: Any = SAME
    curves: Any = SAME
    costs: Any = SAME
    tree: Any = SAME
    shares: Any = SAME
    pull: Any = SAME
    candidates: Any = SAME


VIEW = len(View._fields)


def view(desk: Desk, message: str | None = None, kind: str = "info", share: float | None = None) -> View:
    """Everything on the tab."""
    packed = kept.pack(desk)
    return look(desk, lost=bool(desk.runs) and packed == kept.NOTHING)._replace(
        status=_status(desk, message, kind, share), kept=packed, picture=desk.current_picture
    )


def look(desk: Desk, lost: bool = False) -> View:
    """The runs and the step on show, with status, picture and what the browser keeps left alone."""
    config, steps, step = desk.config, desk.steps, desk.shown
    return glance(desk, lost)._replace(
        **_comparison(desk),
        curve=figures.objective_curve(steps, config, step.index if step else None),
        beams=tables.beam_table(step),
        tree=beam_tree.beam_tree(steps, step),
        shares=step_figures.shares(step, config),
        pull=step_figures.word_pull(step.words if step else (), config),
        candidates=tables.candidate_table(step, config),
    )


def glance(desk: Desk, lost: bool = False) -> View:
    """What costs the browser little: all but figures and tables."""
    config, leading = desk.config, desk.leading
    words = next((s.words for s in desk.steps if s.beams[0] == leading), ())
    around = (config.prefix, config.suffix) if config else ("", "")
    card = fragments.caption_card(*around, leading, words)
    return View(desk=desk, caption=card, facts=_facts(desk, lost), **_controls(desk))


def only_status(message: str, share: float | None = None) -> View:
    """Nothing changed but the status line."""
    return View(status=fragments.status(message, share=share))


def _controls(desk: Desk) -> dict[str, Any]:
    last, step = len(desk.steps) - 1, desk.shown
    replaced = f" (replaces {desk.other})" if desk.other in desk.runs else ""
    return {
        "timeline": gr.Slider(maximum=max(1, last), value=step.index if step else 0, interactive=last > 0),
        "latest": gr.Button(visible=desk.at is not None),
        "branch": gr.Button(f"Branch here{replaced}", interactive=desk.run is not None),
        "switch": gr.Radio(value=desk.active, visible=desk.other in desk.runs),
    }


def _comparison(desk: Desk) -> dict[str, Any]:
    two = len(desk.runs) == len(NAMES)
    if not two:  # hidden: nothing to draw
        return {"comparison": gr.Column(visible=False)}
    return {
        "comparison": gr.Column(visible=True),
        "captions": compare.captions(desk.runs),
        "curves": compare.curves(desk.runs),
        "costs": compare.costs(desk.runs),
    }


def _status(desk: Desk, message: str | None, kind: str, share: float | None) -> str:
    if message is not None:
        return fragments.status(message, kind, share)
    if desk.shows_recording:
        return fragments.recorded_note(recorded_run().created)
    return fragments.status(standing(desk))


def standing(desk: Desk) -> str:
    """Where the run on show stands, in a sentence or two."""
    run = desk.run
    if run is None:
        return "Ready. Press Step for one token, or Run for all."
    named = f"Run {desk.active}. " if len(desk.runs) > 1 else ""
    if not run.position:
        return f"{named}At the start. Press Step for one token, or Run for all."
    best = f"objective {run.best.objective:.3f}: “{run.best.text.strip()}”"
    if run.finished:
        return f"{named}Finished after {run.position} steps. Best of all steps, {best}."
    return f"{named}Step {run.position} of {run.config.steps}. Best so far, {best}."


def _facts(desk: Desk, lost: bool) -> str:
    step, config = desk.shown, desk.config
    if step is None or config is None or len(desk.steps) < 2:
        return ""
    facts = fragments.step_facts(step, config.steps)
    if desk.leading != step.beams[0]:
        best = next(s.index for s in desk.steps if desk.leading in s.beams)
        facts += f" The caption above is step {best}'s, the best of all."
    return facts + (" Too large for the browser to keep over a reload: use Save run." if lost else "")
