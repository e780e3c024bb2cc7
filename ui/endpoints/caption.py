"""``caption``: a run on one picture, on several as one goal, or on none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from gradio import FileData

from fuse_core.analysis.answers.caption import caption_answer, step_answer
from fuse_core.common.errors import UserError
from fuse_core.common.pictures import open_picture
from fuse_core.common.progress import scores_told
from fuse_core.common.text_files import shown_name
from fuse_core.search.presets import load_preset
from fuse_core.search.records import Step
from fuse_core.search.run_limits import check_run
from fuse_core.search.sentiment import with_sentiment
from fuse_core.search.session import Session
from ui.endpoints.endpoint import Call, Endpoint, file_of, path_of

RUN_FILE = "run.json"


def caption(
    call: Call,
    picture: FileData | None = None,
    preset: str | None = None,
    settings: dict[str, Any] | None = None,
    sentiment: Literal["positive", "negative", "none"] | None = None,
    more_pictures: list[FileData] | None = None,
) -> tuple[dict[str, Any], FileData]:
    """Search a caption of a picture; every step is sent when it is taken, and in the end the caption and the run.

    Parameters:
        picture: The picture; none where no term of the settings looks at one.
        preset: Name of the settings to start from; by default those of this host's page.
        settings: Settings that differ from the preset's, by their names in files, such as {"steps": 4}.
        sentiment: Draws the caption to it with a third model; 'none' takes the preset's away.
        more_pictures: Further pictures in the same loss.
    Returns:
        The best caption, every finished one, the steps and the settings; before, one step at a time.
        The whole run as a file, which the page loads and the endpoint step goes on with; before the end none.
    """
    config = load_preset(preset or call.preset).updated(settings or {}, "The settings")
    config = with_sentiment(config, sentiment)
    check_run(config, call.limits)
    paths = [path_of(file) for file in ([picture] if picture else []) + (more_pictures or [])]
    if paths and not config.looks_at_pictures:
        raise UserError("No term of these settings looks at a picture.", "Leave it out, or change the settings.")
    if not picture and (paths or config.looks_at_pictures):
        raise UserError("There is no picture.", "Give one, or settings of which no term looks at one.", ("picture",))
    call.limits.check("pictures", len(paths), "The number of pictures")
    name = shown_name(paths[0]) if paths else ""
    session = Session.start(call.library, config, [open_picture(path) for path in paths], call.progress, name)
    return answered(call, session, session.run())


def answered(call: Call, session: Session, steps: Iterable[Step]) -> tuple[dict[str, Any], FileData]:
    """Send every step of a run as it is taken; the answer, and the run as a file."""
    with scores_told(call.progress):
        for step in steps:
            call.show({"step": step.index, "of": session.config.steps, **step_answer(step)})
    return caption_answer(session), file_of(RUN_FILE, session.to_json())


ENDPOINT = Endpoint("caption", 5, caption)
