"""What the Optimise tab shows for one state of the visit."""

from __future__ import annotations

from typing import Any, NamedTuple

import gradio as gr

from ui.kit import figures
from ui.kit.fragments import status as status_line
from ui.optimise import beam_tree, compare, fragments, step_figures, tables
from ui.optimise import browser_storage as kept
from ui.optimise.visit_state import NAMES, VisitState, recorded_run

SAME = gr.skip()


class View(NamedTuple):
    """The tab's outputs, in order; what is not given stays as it is."""

    status: Any = SAME
    visit: Any = SAME
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


def view(visit: VisitState, message: str | None = None, kind: str = "info", share: float | None = None) -> View:
    """Everything on the tab."""
    packed = kept.pack(visit)
    return look(visit, lost=bool(visit.runs) and packed == kept.NOTHING)._replace(
        status=_status(visit, message, kind, share), kept=packed, picture=visit.current_picture
    )


def look(visit: VisitState, lost: bool = False) -> View:
    """The runs and the step on show, with status, picture and what the browser keeps left alone."""
    config, steps, step = visit.config, visit.steps, visit.shown
    return glance(visit, lost)._replace(
        **_comparison(visit),
        curve=figures.objective_curve(steps, config, step.index if step else None),
        beams=tables.beam_table(step),
        tree=beam_tree.beam_tree(steps, step),
        shares=step_figures.shares(step, config),
        pull=step_figures.word_pull(step.words if step else (), config),
        candidates=tables.candidate_table(step, config),
    )


def glance(visit: VisitState, lost: bool = False) -> View:
    """What costs the browser little: all but figures and tables."""
    config, leading = visit.config, visit.leading
    words = next((s.words for s in visit.steps if s.beams[0] == leading), ())
    around = (config.prefix, config.suffix) if config else ("", "")
    card = fragments.caption_card(*around, leading, words)
    return View(visit=visit, caption=card, facts=_facts(visit, lost), **_controls(visit))


def only_status(message: str, share: float | None = None) -> View:
    """Nothing changed but the status line."""
    return View(status=status_line(message, share=share))


def _controls(visit: VisitState) -> dict[str, Any]:
    last, step = len(visit.steps) - 1, visit.shown
    replaced = f" (replaces {visit.other})" if visit.other in visit.runs else ""
    return {
        "timeline": gr.Slider(maximum=max(1, last), value=step.index if step else 0, interactive=last > 0),
        "latest": gr.Button(visible=visit.at is not None),
        "branch": gr.Button(f"Branch here{replaced}", interactive=visit.run is not None),
        "switch": gr.Radio(value=visit.active, visible=visit.other in visit.runs),
    }


def _comparison(visit: VisitState) -> dict[str, Any]:
    two = len(visit.runs) == len(NAMES)
    if not two:  # hidden: nothing to draw
        return {"comparison": gr.Column(visible=False)}
    return {
        "comparison": gr.Column(visible=True),
        "captions": compare.captions(visit.runs),
        "curves": compare.curves(visit.runs),
        "costs": compare.costs(visit.runs),
    }


def _status(visit: VisitState, message: str | None, kind: str, share: float | None) -> str:
    if message is not None:
        return status_line(message, kind, share)
    if visit.shows_recording:
        return fragments.recorded_note(recorded_run().created)
    return status_line(standing(visit))


def standing(visit: VisitState) -> str:
    """Where the run on show stands, in a sentence or two."""
    run = visit.run
    if run is None:
        return "Ready. Press Step for one token, or Run for all."
    named = f"Run {visit.active}. " if len(visit.runs) > 1 else ""
    if not run.position:
        return f"{named}At the start. Press Step for one token, or Run for all."
    best = f"objective {run.best.objective:.3f}: “{run.best.text.strip()}”"
    if run.finished:
        return f"{named}Finished after {run.position} steps. Best of all steps, {best}."
    return f"{named}Step {run.position} of {run.config.steps}. Best so far, {best}."


def _facts(visit: VisitState, lost: bool) -> str:
    step, config = visit.shown, visit.config
    if step is None or config is None or len(visit.steps) < 2:
        return ""
    facts = fragments.step_facts(step, config.steps)
    if visit.leading != step.beams[0]:
        best = next(s.index for s in visit.steps if visit.leading in s.beams)
        facts += f" The caption above is step {best}'s, the best of all."
    return facts + (" Too large for the browser to keep over a reload: use Save run." if lost else "")
