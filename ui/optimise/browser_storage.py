"""The visitor's runs as the browser keeps them over a reload: session files, packed."""

from __future__ import annotations

import base64
import json
import zlib

from fuse_core.common.errors import UserError
from ui.optimise.run import Run
from ui.optimise.visit_state import NAMES, VisitState

# Browsers keep about 5 million characters a site, and encryption makes four of three.
MOST = 3_000_000
NOTHING = "nothing"  # the browser's store takes no empty value, and would keep the run before
UNPACKED = 64_000_000  # bytes; more would be no run of ours


def pack(visit: VisitState) -> str:
    """The runs as text to keep; ``NOTHING`` when there is none or they are too large."""
    if not visit.runs:
        return NOTHING
    content = {"active": visit.active, "runs": {name: run.to_json() for name, run in visit.runs.items()}}
    # Level 1: half of it is a PNG, which no level makes smaller, and this happens at every step.
    packed = base64.b64encode(zlib.compress(json.dumps(content).encode(), 1)).decode()
    return packed if len(packed) <= MOST else NOTHING


def unpack(packed: str) -> VisitState:
    """The visit as it was, its models not loaded yet.

    Raises
    ------
    UserError
        When what was kept is damaged, or another version's.
    """
    try:
        if len(packed) > MOST:
            raise ValueError("more than a browser keeps")
        unpacker = zlib.decompressobj()
        content = json.loads(unpacker.decompress(base64.b64decode(packed), UNPACKED))
        runs = {name: Run.parse(content["runs"][name]) for name in NAMES if name in content["runs"]}
        active = content["active"] if content["active"] in NAMES else NAMES[0]
        first = next(iter(runs.values()))
    except UserError:
        raise
    except Exception as error:
        raise UserError("The run kept by this browser cannot be read.", "Press Step to start another.") from error
    return VisitState(pictures=first.pictures, name=first.picture_name, runs=runs, active=active)
