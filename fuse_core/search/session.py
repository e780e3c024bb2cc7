"""A session owns one optimisation: it steps, runs, goes back, resets, and is saved as JSON and resumed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import torch
from PIL import Image

from fuse_core.common.errors import UserError
from fuse_core.common.pictures import to_data_url
from fuse_core.common.progress import Progress
from fuse_core.common.version import VERSION as FUSE_VERSION
from fuse_core.library import Library
from fuse_core.objective.image_term import ImageTerm
from fuse_core.search.config import CaptionConfig
from fuse_core.search.goal import Goal
from fuse_core.search.manual_edit import edited_step
from fuse_core.search.methods.registry import start_step, take_step
from fuse_core.search.problem import Problem, caption_problem, image_vector
from fuse_core.search.records import Step, judged_prompts
from fuse_core.search.run_progress import RunProgress
from fuse_core.search.saved_session import FORMAT, VERSION, SavedSession, config_changes, not_a_session


@dataclass
class Session(RunProgress):
    """A caption run for one picture.

    Attributes
    ----------
    problem : Problem
    pictures : tuple of Image
        For showing and saving; the run itself uses what its models read off them. None for a run without a picture.
    steps : list of Step
        ``steps[0]`` is the start; the last one is where the run stands.
    picture_name : str
        File name of the picture, where known.
    configs : list of CaptionConfig
        The settings each step was taken with, so that a run can be replayed though they were changed on the way.
    """

    problem: Problem
    pictures: tuple[Image.Image, ...]
    steps: list[Step]
    picture_name: str = ""
    configs: list[CaptionConfig] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._pause = threading.Event()
        if not self.configs:
            self.configs = [self.config] * len(self.steps)

    @classmethod
    def start(
        cls,
        library: Library,
        config: CaptionConfig,
        pictures: Image.Image | Sequence[Image.Image] | None,
        progress: Progress | None = None,
        picture_name: str = "",
    ) -> Session:
        """A fresh session; loads models and fits the adapter where they are not there yet.

        Several pictures are one goal together; none are needed where the settings compare with a text, or not at all.
        """
        goal = Goal.of(pictures)
        problem = caption_problem(library, config, goal, progress)
        return cls(problem, goal.pictures, [start_step(problem)], picture_name)

    @property
    def image(self) -> Image.Image | None:
        """The first picture."""
        return next(iter(self.pictures), None)

    @property
    def config(self) -> CaptionConfig:
        return self.problem.config

    @property
    def caption(self) -> str:
        """The best prompt as text, without the prefix."""
        return self.best.text.strip()

    def step(self) -> Step:
        """Take one step.

        Raises
        ------
        UserError
            When all configured steps are taken; the session stays as it was.
        """
        if self.position >= self.config.steps:
            raise UserError(f"All {self.config.steps} steps are taken.", "Go back, reset, or start with more steps.")
        before = self.steps[-1]
        if self.config.method_settings.remembers:
            before = replace(before, judged=judged_prompts(self.steps))
        taken = take_step(self.problem, before, self.position + 1)
        self._append(taken)
        return taken

    def edit(self, text: str) -> Step:
        """Put a prompt written by hand in place of the beams, as a step of its own.

        Raises
        ------
        UserError
            When the text has no word, or does not fit a model.
        """
        edited = edited_step(self.problem, text, self.position + 1)
        self._append(edited)
        return edited

    def branch(self, at: int) -> Session:
        """A second run that shares the steps up to ``at`` and goes its own way; this one is left as it is.

        Raises
        ------
        UserError
            When there is no such step.
        """
        if not 0 <= at <= self.position:
            raise UserError(f"There is no step {at} to branch from.", f"Choose one from 0 to {self.position}.")
        kept = slice(0, at + 1)
        return Session(self.problem, self.pictures, self.steps[kept], self.picture_name, self.configs[kept])

    def _append(self, step: Step) -> None:
        """Keep a step, unless it holds numbers that no file could: the session stays as it was."""
        try:
            json.dumps(step.as_dict(), allow_nan=False)
        except ValueError as error:
            raise UserError(
                f"Step {step.index} came to numbers that are infinite or none at all, so it is not kept.",
                "Lower the weights or the rate; if they are ordinary, the model's files may be damaged.",
            ) from error
        self.steps.append(step)
        self.configs.append(self.config)

    def run(self) -> Iterator[Step]:
        """Take steps one by one until the run is finished; ``pause`` ends it after the step in progress."""
        # Cleared now and not at the first step: a pause that comes in between counts.
        self._pause.clear()
        return self._remaining()

    def _remaining(self) -> Iterator[Step]:
        while not self.finished and not self._pause.is_set():
            yield self.step()

    def pause(self) -> None:
        """Ask a run, in whichever thread, to stop after the step in progress."""
        self._pause.set()

    def back(self) -> None:
        """Undo the last step; nothing happens at the start."""
        if self.position:
            self.steps.pop()
            self.configs.pop()

    def reset(self) -> None:
        """Undo all steps."""
        del self.steps[1:], self.configs[1:]

    def change_search(self, library: Library, config: CaptionConfig, progress: Progress | None = None) -> None:
        """Go on with other search settings: number of steps, beams, candidates, guidance, seed, method, bucketing.

        Before the first step the run begins anew, for every method has a start of its own.

        Raises
        ------
        UserError
            When the objective would change: the steps taken were measured by the old one.
        """
        if config == self.config:
            return
        if config.objective_fields() != self.config.objective_fields():
            raise UserError(
                "Models, prefix, suffix or weights have changed, and the steps so far were measured with the old ones.",
                "Start over with the new ones, or change them back.",
            )
        term = self.problem.objective.image
        problem = caption_problem(library, config, Goal(self.pictures, term.image if term else None), progress)
        if not self.position:
            self.steps, self.configs = [start_step(problem)], [config]
        self.problem = problem

    def head(self) -> dict:
        """What a session file says besides pictures and steps."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "created": datetime.now(UTC).date().isoformat(),
            "picture_name": self.picture_name,
            "versions": {"fuse_core": FUSE_VERSION, "torch": torch.__version__},
            "config": self.config.as_dict(),
            "changes": config_changes(self.configs),
            "image_vector": image_vector(self.problem),
        }

    def as_dict(self) -> dict:
        return {
            **self.head(),
            "image": to_data_url(self.image) if self.image else None,
            "more_images": [to_data_url(picture) for picture in self.pictures[1:]],
            "steps": [step.as_dict() for step in self.steps],
        }

    def to_json(self) -> str:
        """The whole session as one JSON object."""
        return json.dumps(self.as_dict(), ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str, library: Library, progress: Progress | None = None) -> Session:
        """A saved session, ready to go on.

        Raises
        ------
        UserError
            When the text is no session of this version, or was made with other models.
        """
        return cls.of_saved(SavedSession.parse(text), library, progress)

    @classmethod
    def of_saved(cls, saved: SavedSession, library: Library, progress: Progress | None = None) -> Session:
        """The same of a file that was read already; that is left as it is.

        Raises
        ------
        UserError
            When it was made with other models.
        """
        vector = torch.tensor(saved.image_vector) if saved.image_vector else None
        problem = caption_problem(library, saved.config, Goal(saved.pictures, vector), progress)
        if problem.objective.image and len(saved.image_vector) != _joint_width(problem.objective.image):
            raise not_a_session("its picture vector does not fit the model")
        beams = [beam for step in saved.steps for beam in (*step.beams, *step.finished_prompts)]
        ids = problem.objective.language.model.tokenizer.encode_continuations([beam.text for beam in beams])
        if any(tuple(row) != beam.ids for row, beam in zip(ids, beams, strict=True)):
            raise not_a_session("its prompts do not fit the language model")
        return cls(problem, saved.pictures, list(saved.steps), saved.picture_name, list(saved.configs))


def _joint_width(term: ImageTerm) -> int:
    return term.model.encode_ids([[0]]).shape[1]
