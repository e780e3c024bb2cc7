"""A session owns one optimisation: it steps, runs, goes back, resets, and is saved as JSON and resumed."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import torch
from PIL import Image

import fuse_core
from fuse_core.errors import UserError
from fuse_core.library import Library
from fuse_core.optimizers.autodan import autodan_step, best_beam, start_step
from fuse_core.optimizers.config import CaptionConfig
from fuse_core.optimizers.problem import Problem, caption_problem, image_vector
from fuse_core.optimizers.records import Beam, Step, from_json
from fuse_core.pictures import from_data_url, to_data_url

FORMAT = "fuse-explorer-session"
VERSION = 1


@dataclass
class Session:
    """A caption run for one picture.

    Attributes
    ----------
    problem : Problem
    image : Image
        The picture, for showing and saving; the run itself uses its vector.
    steps : list of Step
        ``steps[0]`` is the start; the last one is where the run stands.
    picture_name : str
        File name of the picture, where known.
    """

    problem: Problem
    image: Image.Image
    steps: list[Step]
    picture_name: str = ""

    def __post_init__(self) -> None:
        self._pause = threading.Event()

    @classmethod
    def start(
        cls,
        library: Library,
        config: CaptionConfig,
        image: Image.Image,
        progress: Callable[[float, str], None] | None = None,
        picture_name: str = "",
    ) -> Session:
        """A fresh session; loads models and fits the adapter where they are not there yet."""
        return cls(caption_problem(library, config, image, progress), image, [start_step()], picture_name)

    @property
    def config(self) -> CaptionConfig:
        return self.problem.config

    @property
    def position(self) -> int:
        """Steps taken."""
        return len(self.steps) - 1

    @property
    def finished(self) -> bool:
        return self.position >= self.config.steps

    @property
    def best(self) -> Beam:
        """The prompt of lowest objective so far."""
        return best_beam(self.steps)

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
        if self.finished:
            raise UserError(f"All {self.config.steps} steps are taken.", "Go back, reset, or start with more steps.")
        taken = autodan_step(self.problem, self.steps[-1].beams, self.position + 1)
        self.steps.append(taken)
        return taken

    def run(self) -> Iterator[Step]:
        """Take the remaining steps one by one; ``pause`` ends it after the step in progress."""
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

    def reset(self) -> None:
        """Undo all steps."""
        del self.steps[1:]

    def change_search(self, library: Library, config: CaptionConfig) -> None:
        """Go on with other search settings: number of steps, beams, candidates, guidance, seed.

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
                "Press Reset to start over with the new ones, or change them back.",
            )
        self.problem = caption_problem(library, config, self.problem.objective.targets[0].image)

    def as_dict(self) -> dict:
        return {
            "format": FORMAT,
            "version": VERSION,
            "created": datetime.now(UTC).date().isoformat(),
            "picture_name": self.picture_name,
            "versions": {"fuse_core": fuse_core.__version__, "torch": torch.__version__},
            "config": self.config.as_dict(),
            "image": to_data_url(self.image),
            "image_vector": image_vector(self.problem),
            "steps": [step.as_dict() for step in self.steps],
        }

    def to_json(self) -> str:
        """The whole session as one JSON object."""
        return json.dumps(self.as_dict(), ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str, library: Library, progress: Callable[[float, str], None] | None = None) -> Session:
        """A saved session, ready to go on.

        Raises
        ------
        UserError
            When the text is no session of this version, or was made with other models.
        """
        saved = SavedSession.parse(text)
        problem = caption_problem(library, saved.config, torch.tensor(saved.image_vector), progress)
        if len(saved.image_vector) != _joint_width(problem):
            raise _not_a_session("its picture vector does not fit the model")
        beams = [beam for step in saved.steps for beam in step.beams]
        ids = problem.objective.language.model.tokenizer.encode_batch([beam.text for beam in beams])
        if any(tuple(row) != beam.ids for row, beam in zip(ids, beams, strict=True)):
            raise _not_a_session("its prompts do not fit the language model")
        return cls(problem, saved.image, saved.steps, saved.picture_name)


def _joint_width(problem: Problem) -> int:
    return problem.objective.targets[0].model.encode_ids([[0]]).shape[1]


@dataclass(frozen=True)
class SavedSession:
    """The content of a session file, read without loading any model."""

    config: CaptionConfig
    image: Image.Image
    image_vector: list[float]
    steps: list[Step]
    picture_name: str = ""
    created: str = ""

    @classmethod
    def parse(cls, text: str) -> SavedSession:
        """Check and read a session file.

        Raises
        ------
        UserError
            In one sentence what is wrong with it.
        """
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise _not_a_session("it is no JSON") from error
        if not isinstance(values, dict) or values.get("format") != FORMAT:
            raise _not_a_session("it lacks the session format mark")
        if values.get("version") != VERSION:
            raise _not_a_session(f"it has version {values.get('version')}, this program reads version {VERSION}")
        try:
            steps = list(from_json(tuple[Step, ...], values["steps"], "steps"))
            vector = list(from_json(tuple[float, ...], values["image_vector"], "image_vector"))
            picture, settings = from_json(str, values["image"], "image"), values["config"]
        except (KeyError, ValueError) as error:
            raise _not_a_session("a part of it is missing or damaged") from error
        if not steps or [s.index for s in steps] != list(range(len(steps))):
            raise _not_a_session("its steps are not in order")
        if not all(step.beams for step in steps):
            raise _not_a_session("a step has no prompt")
        if any(b.objective is None or b.losses is None for step in steps[1:] for b in step.beams):
            raise _not_a_session("a prompt has no objective")
        config = CaptionConfig.from_dict(settings, "The settings of the session file")
        name, created = (str(values.get(field, "")) for field in ("picture_name", "created"))
        return cls(config, from_data_url(picture), vector, steps, name, created)


def _not_a_session(why: str) -> UserError:
    return UserError(f"This is not a session file that can be continued: {why}.", "Choose a file saved by this app.")
