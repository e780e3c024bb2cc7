"""What one visitor has on the page: a picture, a run or two, or the recorded run shown at first."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image

from fuse_core.common.pictures import open_picture
from fuse_core.search.config import CaptionConfig
from fuse_core.search.records import Beam, Step
from fuse_core.search.run_progress import best_beam, is_over
from fuse_core.search.saved_session import SavedSession
from ui.kit.examples import EXAMPLES
from ui.kit.texts import ASSETS
from ui.optimise.run import Run
from ui.optimise.turn import Turn

RECORDED = ASSETS / "recorded" / "offline-caption.json"
NAMES: tuple[str, str] = ("A", "B")
MOST_UNDONE = 5  # changes that can be undone, each of which keeps its runs in memory


@cache
def recorded_run() -> SavedSession:
    """The recorded run that seeds the page; read once, never changed."""
    return SavedSession.parse(RECORDED.read_text("utf-8"))


@dataclass
class VisitState:
    """A visitor's picture and runs.

    Attributes
    ----------
    pictures : tuple of Image, or None
        What the next run is about; None stands for the recorded run's picture, and an empty one for none.
    name : str
        File name of the first picture.
    runs : dict
        'A' or 'B' -> run. Empty until the first step: the recorded run is shown while ``pictures`` is None.
    active : str
        Which of the two is on show and stepped.
    shown_index : int or None
        The step on show; None follows the latest.
    turn : Turn
        Whether a handler is at work on the runs, and what follows.
    running : bool
        Whether steps are taken one after the other now.
    sent : dict
        A run's id -> its steps as the browser has them.
    undone : list
        What each of the last changes was, and all of the above before it, the latest last.
    """

    pictures: tuple[Image.Image, ...] | None = None
    name: str = ""
    runs: dict[str, Run] = field(default_factory=dict)
    active: str = NAMES[0]
    shown_index: int | None = None
    turn: Turn = field(default_factory=Turn)
    running: bool = False
    sent: dict[str, list[Step]] = field(default_factory=dict)
    undone: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def begin(self, what: str, pictures: tuple[Image.Image, ...] | None, name: str, **more: Any) -> None:
        """Put pictures and, where told, runs in place of those there are; ``undo`` brings these back."""
        now = {"pictures": self.pictures, "name": self.name, "runs": dict(self.runs)}
        now |= {"active": self.active, "shown_index": self.shown_index}
        if not self.shows_recording:
            self.undone = [*self.undone, (what, now)][-MOST_UNDONE:]
        self._set({"runs": {}, "active": NAMES[0], "shown_index": None, **more, "pictures": pictures, "name": name})

    def undo(self) -> str:
        """Bring back what there was before the last change; what that change was."""
        what, before = self.undone.pop()
        self._set(before)
        return what

    def _set(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            setattr(self, name, value)

    @property
    def run(self) -> Run | None:
        """The run that is stepped."""
        return self.runs.get(self.active)

    @property
    def other(self) -> str:
        """Name of the run that is not on show."""
        return NAMES[1 - NAMES.index(self.active)]

    @property
    def picture_name(self) -> str:
        """File name of the current picture."""
        return self.name if self.pictures is not None else recorded_run().picture_name

    @property
    def shows_recording(self) -> bool:
        return not self.runs and self.pictures is None

    @property
    def current_pictures(self) -> tuple[Image.Image, ...]:
        """The pictures a new run would be about."""
        return self.pictures if self.pictures is not None else (recorded_picture(),)

    @property
    def config(self) -> CaptionConfig | None:
        if self.run is not None:
            return self.run.config
        return recorded_run().config if self.shows_recording else None

    @property
    def steps(self) -> list[Step]:
        """Steps of the run on show; empty for a picture nobody has optimised for yet."""
        if self.run is not None:
            return self.run.steps
        return recorded_run().steps if self.shows_recording else []

    @property
    def configs(self) -> list[CaptionConfig]:
        """The settings each of the steps was taken with."""
        return self.run.configs if self.run is not None else recorded_run().configs if self.shows_recording else []

    @property
    def total(self) -> int:
        """The steps of the run on show: as many as are set, or, with prompts by hand, taken."""
        return max(len(self.steps) - 1, self.config.steps if self.config else 0)

    @property
    def shown(self) -> Step | None:
        """The step on show."""
        steps = self.steps
        if not steps:
            return None
        return steps[-1] if self.shown_index is None or self.shown_index >= len(steps) else steps[self.shown_index]

    @property
    def best(self) -> Beam:
        """The best prompt of the steps on show."""
        return best_beam(self.steps, self.config)

    @property
    def leading(self) -> Beam:
        """The prompt to show: the best of all once the run is done, or else the leader of the step on show."""
        step = self.shown
        following = self.shown_index is None and self.config is not None and is_over(self.steps, self.config)
        return self.best if step is None or following else step.beams[0]

    def show_step(self, index: int) -> None:
        """Show a step; the last one means the latest, now and as the run goes on."""
        last = len(self.steps) - 1
        self.shown_index = index if 0 <= index < last else None


@cache
def recorded_picture() -> Image.Image:
    """The recorded run's picture at full size, not the copy the session file carries."""
    path = recorded_path()
    return open_picture(path) if path else recorded_run().pictures[0]


def recorded_path() -> Path | None:
    """Where it lies."""
    return next((path for path in EXAMPLES if path.name == recorded_run().picture_name), None)
