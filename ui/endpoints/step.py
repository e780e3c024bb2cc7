"""``step``: further steps of a saved run."""

from __future__ import annotations

from typing import Any

from gradio import FileData

from fuse_core.common.errors import UserError
from fuse_core.common.text_files import read_text
from fuse_core.search.run_limits import check_run
from fuse_core.search.saved_session import SavedSession
from fuse_core.search.session import Session
from ui.endpoints.caption import answered
from ui.endpoints.endpoint import Call, Endpoint, path_of


def step(
    call: Call, run: FileData, steps: int = 1, settings: dict[str, Any] | None = None
) -> tuple[dict[str, Any], FileData]:
    """Go on with a saved run: so many steps more, each sent when it is taken, and in the end the run with them.

    Parameters:
        run: A run's file, saved by the page, by the command line or by an endpoint.
        steps: How many steps are taken, fewer where its settings have fewer left.
        settings: Settings of the search to go on with, by their names in files, such as {"steps": 20}.
    Returns:
        The best caption, every finished one, the steps and the settings; before, one step at a time.
        The whole run as a file; before the end none.
    """
    if steps < 1:
        raise UserError(f"'steps' must be 1 or more, got {steps}.", fields=("steps",))
    text = read_text(path_of(run), "The run")
    config = SavedSession.parse(text).config.updated(settings or {}, "The settings")
    check_run(config, call.limits)
    session = Session.from_json(text, call.library, call.progress)
    session.change_search(call.library, config, call.progress)
    left = config.steps - session.position
    if left < 1:
        raise UserError(f"All {config.steps} steps are taken.", 'Ask for more by settings, as {"steps": 20}.')
    return answered(call, session, (session.step() for _ in range(min(steps, left))))


ENDPOINT = Endpoint("step", 6, step)
