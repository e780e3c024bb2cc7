"""What a hostile visitor tries on the page to take its time, or to draw on it: sizes, leaving, and markup in runs."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from benchmarks.answer import Answer
from benchmarks.attacks import SCRIPT, Attack, Harmed, Target
from benchmarks.page_attacks import NEEDS
from benchmarks.visit import API, Visit
from fuse_core.common.storage import assets_folder
from fuse_core.search.saved_session import MOST_STEPS

RUN = assets_folder() / "recorded" / "offline-caption.json"
LONG = "word " * 200_000
SOON = 15.0  # seconds in which work ends whose visitor has left: a batch of prompts, on a busy machine
SIZES: dict[str, dict[str, Any]] = {
    "8 beams x 512 candidates": {"Beams": 8, "Candidates": 512},
    "256 moves of PEZ": {"Method": "pez", "Inner steps": 256},
    "4,096 candidates of GCG": {"Method": "gcg", "Candidates": 4_096},
    "256 steps": {"Steps": 256},
}
MOST = {"Steps": 32, "Beams": 2, "Candidates": 512}  # 1,024 prompts a step, the most on a public host


def work_attacks(visit: Visit) -> list[Attack]:
    """All of them, for the page that was opened."""
    sizes = [Attack(f"{what}, then step", _sized(settings)) for what, settings in SIZES.items()]
    most = Attack("Run with the most that is allowed, and leave", left("run", MOST))
    return [*sizes, *_long_texts(visit), most, _long_run(), *_marked_runs()]


def _refused(answer: Answer) -> str:
    if not (answer.error or answer.notices):
        raise Harmed(f"It was done: {answer.text[:150]}")
    return answer.text


def _sized(settings: dict[str, Any]) -> Callable[[Target], str]:
    def run(target: Target) -> str:
        visit = target.visit()
        _fill(visit, settings)
        return _refused(visit.do("step"))

    return run


def _fill(visit: Visit, settings: dict[str, Any], button: str = "step") -> None:
    for key in visit.handler(button)["inputs"]:
        visit.values[key] = settings.get(visit.label(key), visit.values.get(key))


def _long_texts(visit: Visit) -> Iterator[Attack]:
    """A text of 1 MB in every text field of a computing button: refused, or not read, for it goes with other settings.

    Then the step is that of a visitor who left the field alone.
    """
    plain: list[str] = []
    for button in ("step", "fid-one", "fid-all"):
        one = visit.handler(button)
        for key in one["inputs"]:
            if visit.components[key]["type"] == "textbox":

                def run(target: Target, one: dict = one, key: int = key) -> str:
                    opened = target.visit()
                    for other in one["inputs"]:
                        needed = NEEDS.get(opened.label(key), {}).get(opened.label(other))
                        opened.values[other] = needed or opened.values.get(other)
                    opened.values[key] = LONG
                    answer = opened.call(one)
                    if answer.error or answer.notices:
                        return answer.text
                    plain[:] = plain or [target.visit().do("step").text]
                    if answer.text != plain[0]:
                        raise Harmed(f"It was done: {answer.text[:150]}")
                    return f"not read: {answer.text}"

                yield Attack(f"1 MB as '{visit.label(key)}', then {button}", run)


def left(button: str, settings: dict[str, Any]) -> Callable[[Target], str]:
    """Press, and leave: the work has to end soon, whoever listened."""

    def run(target: Target) -> str:
        visit = target.visit()
        _fill(visit, settings, button)
        line = visit.client.build_request("GET", f"{API}/heartbeat/{visit.session}")
        with httpx.Client(timeout=60) as page:
            opened = page.send(line, stream=True)
            visit.press(button).raise_for_status()
            if not until(lambda: running(target) > 0, SOON):
                raise Harmed("It did not begin.")
            opened.close()
        began = time.monotonic()
        if not until(lambda: running(target) == 0, SOON):
            raise Harmed(f"It went on for {SOON:.0f} s.")
        return f"it ended {time.monotonic() - began:.1f} s after its visitor had left"

    return run


def until(found: Callable[[], bool], seconds: float) -> bool:
    """Wait until it is so; whether it came to be in time."""
    deadline = time.monotonic() + seconds
    while not (so := found()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return so


def running(target: Target) -> int:
    """Works and presses, computed or in line."""
    queue = httpx.get(f"{target.address}healthz", timeout=60).json()["queue"]
    return queue["running"] + queue["waiting"]


def _long_run() -> Attack:
    """As many steps and changes of settings as a saved run may have: read in a time that grows with it."""

    def run(target: Target) -> str:
        saved = json.loads(RUN.read_text("utf-8"))
        first, second = saved["steps"][0], {**saved["steps"][1], "candidates": []}
        steps = [first, *({**second, "index": k} for k in range(1, MOST_STEPS))]
        changes = [{"from": k, "config": {**saved["config"], "seed": k}} for k in range(MOST_STEPS)]
        content = json.dumps({**saved, "steps": steps, "changes": changes}).encode()
        visit = target.visit()
        visit.set("load", visit.upload(target.file("long.json", content)))
        answer = visit.do("load", "upload")
        if answer.seconds > SOON:
            raise Harmed(f"It took {answer.seconds:.0f} s.")
        return f"{len(content) / 1e6:.1f} MB, in {answer.seconds:.1f} s: {answer.text}"

    return Attack(f"a saved run of {MOST_STEPS:,} steps, each with settings of its own", run)


def _marked_runs() -> Iterator[Attack]:
    """A script in each text of a saved run in turn: refused, or shown as text."""
    saved = json.loads(RUN.read_text("utf-8"))
    for place in dict.fromkeys(_places(saved)):

        def run(target: Target, place: tuple[str, ...] = place) -> str:
            content = json.dumps(_marked(copy.deepcopy(saved), place)).encode()
            visit = target.visit()
            visit.set("load", visit.upload(target.file("marked.json", content)))
            answer = visit.do("load", "upload")
            drawn = [key for key, c in visit.components.items() if c["type"] in ("html", "markdown")]
            if any(SCRIPT in str(visit.values[key]) for key in drawn):
                raise Harmed("It is drawn as markup.")
            if any(SCRIPT in notice for notice in answer.markup):
                raise Harmed("It is drawn as markup in a notice.")
            return answer.text

        yield Attack(f"a script as {'.'.join(place)} of a saved run", run)


def _places(value: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where texts stand, whichever of a list."""
    if isinstance(value, str):
        yield at
    for name, inner in value.items() if isinstance(value, dict) else ():
        yield from _places(inner, (*at, name))
    for inner in value if isinstance(value, list) else ():
        yield from _places(inner, at)


def _marked(value: Any, place: tuple[str, ...]) -> Any:
    if isinstance(value, list):
        return [_marked(inner, place) for inner in value]
    if isinstance(value, dict):
        return {k: _marked(v, place[1:]) if place[:1] == (k,) else v for k, v in value.items()}
    return SCRIPT if isinstance(value, str) and not place else value
