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
            like = self.runs[run["like"]] if "like" in run else {}
            steps = self.runs.get(run["id"], {"steps": like.get("steps", [])})["steps"]
            assert len(steps) >= run["from"]
            kept = [*steps[: run["from"]], *run["steps"]][: run["count"]]
            images = {"images": like["images"]} if like else {}
            self.runs[run["id"]] = self.runs.get(run["id"], {}) | run | {"steps": kept} | images

    def read(self, **more) -> str:
        runs = {name: self.runs[id] for name, id in self.last["tab"].items()}
        return json.dumps({"active": self.last["active"], "running": self.last["running"], "runs": runs, **more})
