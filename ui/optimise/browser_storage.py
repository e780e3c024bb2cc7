"""A visit's runs as its browser keeps them: each step as it is taken, so that a reload loses none.

The browser gets what it does not have yet, and asks for all of it where something is missing (assets/scripts/kept.js).
"""

from __future__ import annotations

import base64
import json
import uuid
import zlib
from collections.abc import Sequence
from typing import Any

from fuse_core.common.errors import UserError
from fuse_core.common.pictures import to_data_url
from fuse_core.search.records import Step
from ui.optimise.run import Run
from ui.optimise.visit_state import NAMES, VisitState

MOST = 15_000_000  # characters that a browser may hand over, as in kept.js; a request may have 16 MB
UNPACKED = 200_000_000  # bytes; more would be no run of ours
THUMB = 96  # pixels of a listed picture's longer side
NOTHING = "nothing"  # what earlier versions kept where there was no run


def message(visit: VisitState) -> str:
    """What the browser is to keep of the visit beside what it was sent before, as JSON.

    Cost: the new steps compressed, 20 kB a step of 256 candidates; at a run's first step its pictures, too.
    """
    return json.dumps(
        {
            "number": uuid.uuid4().hex,  # the browser hears of a message that differs from the last
            "active": visit.active,
            "running": visit.running,
            "tab": {name: run.id for name, run in visit.runs.items()},
            "runs": [_kept(visit, run) for run in visit.runs.values()],
        }
    )


def _kept(visit: VisitState, run: Run) -> dict[str, Any]:
    steps, known = run.steps, visit.sent.get(run.id)
    like = None if known is not None else _like(visit, run)
    same = _shared((visit.sent[like] if like else known) or [], steps)
    visit.sent[run.id] = list(steps)
    best = run.best
    found = {
        "id": run.id,
        "caption": best.text.strip(),
        "objective": best.objective,
        "picture": run.picture_name,
        "head": pack(json.dumps(run.head(), ensure_ascii=False)),
        "count": len(steps),
        "from": same,
        "steps": [pack(json.dumps(step.as_dict(), ensure_ascii=False)) for step in steps[same:]],
    }
    if like:
        found["like"] = like
    if known is None:
        found["images"] = None if like else [to_data_url(picture) for picture in run.pictures]
        found["thumb"] = to_data_url(run.pictures[0], THUMB, "JPEG") if run.pictures else ""
    return found


def _like(visit: VisitState, run: Run) -> str | None:
    """A run that the browser has, of the same pictures: a branch begins with its steps, which are not sent again."""
    others = (other for other in visit.runs.values() if other.id in visit.sent and other.pictures == run.pictures)
    return next((other.id for other in others), None)


def _shared(a: Sequence[Step], b: Sequence[Step]) -> int:
    """How many steps two runs begin with alike."""
    return next((k for k, (x, y) in enumerate(zip(a, b, strict=False)) if x is not y and x != y), min(len(a), len(b)))


def pack(text: str) -> str:
    # Level 1: a step in 2 ms.
    return base64.b64encode(zlib.compress(text.encode(), 1)).decode()


def restored(kept: str) -> tuple[VisitState, bool]:
    """The visit that a browser kept, its models not loaded yet, and whether it ran when it was last seen.

    Raises
    ------
    UserError
        When what was kept is damaged, or another version's.
    """
    try:
        if len(kept) > MOST:
            raise ValueError("more than a browser keeps")
        content = json.loads(kept)
        runs = {name: _run(content["runs"][name]) for name in NAMES if name in content["runs"]}
        visit = _visit(runs, content["active"])
        # A copy's runs are sent as new ones.
        visit.sent = {} if content.get("copied") else {run.id: list(run.steps) for run in runs.values()}
        return visit, bool(content.get("running"))
    except UserError:
        raise
    except Exception as error:
        raise _damaged() from error


def _run(kept: dict[str, Any]) -> Run:
    room = UNPACKED
    texts = []
    for packed in (kept["head"], *kept["steps"]):
        texts.append(_unpack(packed, room).decode())
        room -= len(texts[-1])
    head, *steps = texts
    images = kept["images"]
    content = json.loads(head) | {"image": next(iter(images), None), "more_images": images[1:]}
    # The steps are text already, and parsed once, by what reads a file.
    text = json.dumps(content, ensure_ascii=False)[:-1] + f', "steps": [{", ".join(steps)}]}}'
    run = Run.parse(text)
    run.id = str(kept["id"])[:64]
    return run


def _visit(runs: dict[str, Run], active: str) -> VisitState:
    first = next(iter(runs.values()))
    return VisitState(first.pictures, first.picture_name, runs, active if active in runs else next(iter(runs)))


def unpack(packed: str) -> VisitState:
    """The visit as earlier versions kept it: session files, packed as one.

    Raises
    ------
    UserError
        When it is damaged.
    """
    try:
        content = json.loads(_unpack(packed, UNPACKED))
        runs = {name: Run.parse(content["runs"][name]) for name in NAMES if name in content["runs"]}
        return _visit(runs, content["active"])
    except UserError:
        raise
    except Exception as error:
        raise _damaged() from error


def _unpack(packed: str, most: int) -> bytes:
    if len(packed) > MOST or most <= 0:
        raise ValueError("more than a browser keeps")
    return zlib.decompressobj().decompress(base64.b64decode(packed), most)


def _damaged() -> UserError:
    return UserError("The run kept by this browser cannot be read.", "Press Step to start another.")
