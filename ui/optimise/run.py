"""One run of a visit: at work, or read from a file and shown without its models."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from PIL import Image

from fuse_core.common.progress import Progress
from fuse_core.library import Library
from fuse_core.search.config import CaptionConfig
from fuse_core.search.records import Step
from fuse_core.search.run_progress import RunProgress
from fuse_core.search.saved_session import SavedSession
from fuse_core.search.session import Session


@dataclass
class Run(RunProgress):
    """A visitor's run.

    Attributes
    ----------
    session : Session or None
        None until the run is to do something: only then are its models loaded.
    text : str
        The session file it comes from, while there is no session.
    saved : SavedSession or None
        Its content.
    id : str
        What the browser knows it by.
    """

    session: Session | None = None
    text: str = ""
    saved: SavedSession | None = None
    id: str = field(default_factory=lambda: uuid4().hex)

    @classmethod
    def parse(cls, text: str) -> Run:
        """A run from a session file; ``UserError`` when it is none."""
        return cls(None, text, SavedSession.parse(text))

    @property
    def _content(self) -> Session | SavedSession:
        content = self.session or self.saved
        assert content is not None
        return content

    @property
    def steps(self) -> list[Step]:
        return self._content.steps

    @property
    def config(self) -> CaptionConfig:
        return self._content.config

    @property
    def configs(self) -> list[CaptionConfig]:
        """The settings each step was taken with."""
        return self._content.configs

    @property
    def pictures(self) -> tuple[Image.Image, ...]:
        return self._content.pictures

    @property
    def picture_name(self) -> str:
        return self._content.picture_name

    def load_session(self, library: Library, progress: Progress | None = None) -> Session:
        """The session with its models loaded; the run itself is unchanged until it is given to ``attach``."""
        if self.session is not None:
            return self.session
        assert self.saved is not None
        return Session.of_saved(self.saved, library, progress)

    def attach(self, session: Session) -> None:
        """Go on with a loaded session."""
        self.session, self.text, self.saved = session, "", None

    def head(self) -> dict[str, Any]:
        """What a session file says besides pictures and steps."""
        if self.session is not None:
            return self.session.head()
        content = json.loads(self.text)
        return {name: value for name, value in content.items() if name not in ("image", "more_images", "steps")}

    def to_json(self) -> str:
        return self.session.to_json() if self.session is not None else self.text
