"""A browser that keeps what it is sent."""

from __future__ import annotations

import json


class Browser:
    """What assets/scripts/kept.js makes of the messages it gets."""

    def __init__(self) -> None:
        self.runs: dict[str, dict] = {}
        self.last: dict = {}

    def keep(self, text: str) -> None:
        self.last = json.loads(text)
        for run in self.last["runs"]:
            steps = self.runs.get(run["id"], {"steps": []})["steps"]
            assert len(steps) >= run["from"]
            kept = [*steps[: run["from"]], *run["steps"]][: run["count"]]
            self.runs[run["id"]] = self.runs.get(run["id"], {}) | run | {"steps": kept}

    def read(self, **more) -> str:
        runs = {name: self.runs[id] for name, id in self.last["tab"].items()}
        return json.dumps({"active": self.last["active"], "running": self.last["running"], "runs": runs, **more})
