"""What the Optimise tab shows for one state of the visit."""

from __future__ import annotations

import gradio as gr
from gradio.blocks import Block

from fuse_core.search.early_stop import stop_reason
from fuse_core.search.terms.denoising import denoising_term
from ui.kit.fragments import status
from ui.kit.guard import Update
from ui.kit.still import still
from ui.kit.templates import render
from ui.optimise import beam_tree, browser_storage, caption_front, compare, fragments, step_figures, tables, word_diff
from ui.optimise.changed_settings import changed_before
from ui.optimise.components import Shown
from ui.optimise.objective_curve import objective_curve
from ui.optimise.visit_state import NAMES, VisitState, recorded_run


class VisitView:
    """Updates of the components that show a visit."""

    def __init__(self, shown: Shown) -> None:
        self.shown = shown

    def everything(
        self, visit: VisitState, message: str | None = None, kind: str = "info", share: float | None = None
    ) -> Update:
        """All of the tab; without a message, the status line says where the run stands."""
        line = _position_line(visit) if message is None else status(message, kind, share)
        return {
            **self.run_on_show(visit),
            **self.kept(visit),
            self.shown.status: line,
            self.shown.pending: "",
            self.shown.picture: next(iter(visit.current_pictures), None),
            self.shown.more: gr.Gallery(list(visit.current_pictures[1:]), visible=len(visit.current_pictures) > 1),
        }

    def at_first(self) -> Update:
        """The recorded run as the page opens, without what follows; the picture is there from the first."""
        visit, later = VisitState(), {self.shown.visit, *self.following}
        shown = self.run_on_show(visit)
        drawn = still(shown[self.shown.curve], "Objective by step")
        shown |= {self.shown.status: _position_line(visit), self.shown.still: drawn}
        return {component: value for component, value in shown.items() if component not in later}

    def rest(self, visit: VisitState) -> Update:
        """What the page opens without: figures, and the step on show in those and tables, which stand below the run."""
        return {component: value for component, value in self.run_on_show(visit).items() if component in self.following}

    @property
    def following(self) -> list[Block]:
        """What ``rest`` fills."""
        shown = self.shown
        figures = [shown.curve, shown.below, shown.tree, shown.shares, shown.pull, shown.front]
        return [*figures, shown.finished_table, shown.candidates, shown.diff_first, shown.diff_second, shown.diff]

    def run_on_show(self, visit: VisitState) -> Update:
        """The runs and the step on show, with status and picture left alone."""
        config, steps, step = visit.config, visit.steps, visit.shown
        return {
            **self.text_on_show(visit),
            **self._comparison(visit),
            self.shown.curve: objective_curve(steps, config, step.index if step else None, visit.configs),
            self.shown.beams: tables.beam_table(step),
            self.shown.below: gr.Column(visible=True),
            self.shown.tree: beam_tree.beam_tree(steps, step),
            self.shown.shares: step_figures.shares(step, config),
            self.shown.pull: step_figures.word_pull(step.words if step else (), config),
            self.shown.candidates: tables.candidate_table(step, config),
            **self._finished(visit),
            **word_diff.update(
                self.shown.diff_first,
                self.shown.diff_second,
                self.shown.diff,
                steps,
                visit.best.text,
                step.beams[0].text if step else "",
            ),
        }

    def text_on_show(self, visit: VisitState) -> Update:
        """What costs the browser little: the same without figures and tables."""
        config, leading = visit.config, visit.leading
        words = next(filter(None, (s.words_of(leading.text) for s in visit.steps)), ())
        around = (config.prefix, config.suffix) if config else ("", "")
        return {
            self.shown.visit: visit,
            self.shown.caption: fragments.caption_card(*around, leading, words),
            self.shown.facts: _facts(visit),
            self.shown.making: gr.Column(visible=bool(config and denoising_term(config))),
            **self._controls(visit),
        }

    def under_way(self, visit: VisitState, message: str, share: float) -> Update:
        """A step begins: in place of a caption stands that one is to come."""
        coming = {} if len(visit.steps) > 1 else {self.shown.caption: render("caption", caption="", coming=True)}
        return coming | self.progress(message, share)

    def kept(self, visit: VisitState) -> Update:
        """What the browser is to keep from now on."""
        return {self.shown.stored: browser_storage.message(visit)}

    def progress(self, message: str, share: float | None = None) -> Update:
        """Nothing changed but the status line."""
        return {self.shown.status: status(message, share=share)}

    def _controls(self, visit: VisitState) -> Update:
        last, step = len(visit.steps) - 1, visit.shown
        replaced = f" (replaces {visit.other})" if visit.other in visit.runs else ""
        return {
            self.shown.timeline: gr.Slider(maximum=max(1, last), value=step.index if step else 0, interactive=last > 0),
            self.shown.latest: gr.Button(visible=visit.shown_index is not None),
            self.shown.branch: gr.Button(f"Branch here{replaced}", interactive=visit.run is not None),
            self.shown.undo: gr.Button(_undoing(visit), visible=bool(visit.undone)),
            self.shown.switch: gr.Radio(value=visit.active, visible=visit.other in visit.runs),
        }

    def _finished(self, visit: VisitState) -> Update:
        points, other = caption_front.points_of(visit.steps, visit.config), caption_front.other_loss(visit.config)
        if not points:
            return {self.shown.finished: gr.Column(visible=False)}
        return {
            self.shown.finished: gr.Column(visible=True),
            self.shown.front: caption_front.front_figure(points, other),
            self.shown.finished_table: caption_front.caption_table(points, other),
        }

    def _comparison(self, visit: VisitState) -> Update:
        if len(visit.runs) < len(NAMES):  # hidden: nothing to draw
            return {self.shown.comparison: gr.Column(visible=False)}
        return {
            self.shown.comparison: gr.Column(visible=True),
            self.shown.captions: compare.captions(visit.runs),
            self.shown.curves: compare.curves(visit.runs),
            self.shown.costs: compare.costs(visit.runs),
        }


def _position_line(visit: VisitState) -> str:
    return fragments.recorded_note(recorded_run()) if visit.shows_recording else status(_position(visit))


def _position(visit: VisitState) -> str:
    """Where the run on show stands, in a sentence or two."""
    run = visit.run
    if run is None:
        return "Ready. Press Step for one step, or Run for all."
    named = f"Run {visit.active}. " if len(visit.runs) > 1 else ""
    if not run.position:
        return f"{named}At the start. Press Step for one step, or Run for all."
    best = f"objective {run.best.objective:.3f}: “{run.best.text.strip()}”"
    if run.finished:
        early = f" of {run.config.steps}, for {stop_reason(run.steps, run.config)}"
        early = early if run.position < run.config.steps else ""
        return f"{named}Finished after {run.position} steps{early}. Best of all steps, {best}."
    return f"{named}Step {run.position} of {visit.total}. Best so far, {best}."


def _undoing(visit: VisitState) -> str:
    """What the Undo button would bring back."""
    if not visit.undone:
        return "Undo"
    what, before = visit.undone[-1]
    run = before["runs"].get(before["active"])
    steps = f", {run.position} step{'' if run.position == 1 else 's'}" if run else ""
    return f"Undo {what}: bring back {before['name'] or 'the recorded run'}{steps}"


def _facts(visit: VisitState) -> str:
    step, config = visit.shown, visit.config
    if step is None or config is None or len(visit.steps) < 2:
        return ""
    configs = visit.configs
    own = configs[step.index] if step.index < len(configs) else config
    facts = fragments.step_facts(step, own, visit.total, changed_before(configs, step.index))
    if not config.looks_at_pictures:
        facts += " No term of the objective looks at the picture."
    if visit.leading != step.beams[0]:
        best = next(s.index for s in visit.steps if visit.leading in (*s.beams, *s.finished_prompts))
        kind = "the best finished one" if step.finished_prompts else "the best of all"
        facts += f" The caption above is step {best}'s, {kind}."
    return facts
