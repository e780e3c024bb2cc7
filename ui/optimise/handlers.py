"""What all handlers of the Optimise tab hold."""

from __future__ import annotations

from fuse_core.library import Library
from ui.kit.jobs import JobRunner
from ui.kit.visit_folders import VisitFolders
from ui.optimise.components import Components
from ui.optimise.session_loading import SessionLoader
from ui.optimise.view import VisitView


class OptimiseHandlers:
    """One instance an app; all state is in the visit's state."""

    def __init__(self, components: Components, library: Library, runner: JobRunner, folders: VisitFolders) -> None:
        self.components, self.library, self.runner, self.folders = components, library, runner, folders
        self.status = components.shown.status
        self.view = VisitView(components.shown)
        self.sessions = SessionLoader(self.status, library, runner)
