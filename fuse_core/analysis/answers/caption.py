"""A run: its caption, its steps, what it was told."""

from __future__ import annotations

from fuse_core.search.records import Step
from fuse_core.search.run_progress import finished_captions
from fuse_core.search.session import Session


def step_answer(step: Step) -> dict:
    """The prompt that leads after a step, and what the step cost."""
    best = step.beams[0]
    return {
        "text": best.text.strip(),
        "objective": best.objective,
        "losses": best.losses,
        "evaluations": step.evaluations,
        "n_forward_passes": step.n_forward_passes,
        "n_filtered": step.n_filtered,
        "seconds": round(step.seconds, 3),
    }


def caption_answer(session: Session) -> dict:
    """The best prompt of a run, all finished ones, and every step."""
    best = session.best
    return {
        "caption": session.caption,
        "objective": best.objective,
        "losses": best.losses,
        "seconds": round(sum(s.seconds for s in session.steps), 2),
        "n_filtered": sum(s.n_filtered for s in session.steps),
        "finished": [
            {"text": b.text.strip(), "step": index, "objective": b.objective, "losses": b.losses}
            for index, b in finished_captions(session.steps)
        ],
        "steps": [step_answer(s) for s in session.steps[1:]],
        "config": session.config.as_dict(),
    }
