"""What one visitor has on the page: a picture, a run, or the recorded run shown at first."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from PIL import Image

from fuse_core.optimizers.autodan import best_beam
from fuse_core.optimizers.config import CaptionConfig
from fuse_core.optimizers.records import Beam, Step
from fuse_core.optimizers.saved_session import SavedSession
from fuse_core.optimizers.session import Session
from fuse_core.pictures import open_picture
from ui.texts import ASSETS

RECORDED = ASSETS / "recorded" / "offline-caption.json"
EXAMPLES = sorted((ASSETS / "images").glob("*.jpg"))


@cache
def recorded_run() -> SavedSession:
    """The recorded run that seeds the page; read once, never changed."""
    return SavedSession.parse(RECORDED.read_text("utf-8"))


@dataclass
class Desk:
    """A visitor's picture and run.

    Attributes
    ----------
    picture : Image or None
        What the next run is about; None stands for the recorded run's picture.
    session : Session or None
        None until the first step: the recorded run is shown while ``picture`` is None.
    name : str
        File name of the picture.
    """

    picture: Image.Image | None = None
    session: Session | None = None
    name: str = ""

    @property
    def picture_name(self) -> str:
        """File name of the current picture."""
        return self.name if self.picture is not None else recorded_run().picture_name

    @property
    def shows_recording(self) -> bool:
        return self.session is None and self.picture is None

    @property
    def current_picture(self) -> Image.Image:
        """The picture a new run would be about."""
        if self.picture is not None:
            return self.picture
        return recorded_picture()

    @property
    def config(self) -> CaptionConfig | None:
        if self.session is not None:
            return self.session.config
        return recorded_run().config if self.shows_recording else None

    @property
    def steps(self) -> list[Step]:
        """Steps on show; empty for a picture nobody has optimised for yet."""
        if self.session is not None:
            return self.session.steps
        return recorded_run().steps if self.shows_recording else []

    @property
    def best(self) -> Beam:
        """The prompt of lowest objective over all steps."""
        return best_beam(self.steps)

    @property
    def leading(self) -> Beam:
        """The prompt to show: the leader of the last step while a run goes on, the best of all once it is done."""
        if self.config is None or len(self.steps) > self.config.steps:
            return self.best
        return self.steps[-1].beams[0]


@cache
def recorded_picture() -> Image.Image:
    """The recorded run's picture at full size, not the copy the session file carries."""
    name = recorded_run().picture_name
    found = [path for path in EXAMPLES if path.name == name]
    return open_picture(found[0]) if found else recorded_run().image
