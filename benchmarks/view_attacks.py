"""What a hostile visitor tries on the page's views: long texts and points that are none in every field, and leaving."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.attacks import Attack, Harmed, Target
from benchmarks.host_attacks import CAT
from benchmarks.visit import Visit
from benchmarks.work_attacks import LONG, SOON, left, running, until

POINTS = ("inf, inf", "nan, nan", "1e308, -1", "[[[", json.dumps([float("nan")] * 2))
UNHEARD = 60


def view_attacks(visit: Visit) -> list[Attack]:
    """All of them, for the page that was opened."""
    measured = Attack("Measure this context, and leave", left("fid-one", {"Candidates": 2_000}))
    return [*_texts(visit), *_points(visit), measured, _stopped_batch(), _unheard()]


def _fields(visit: Visit, hidden: bool) -> Iterator[tuple[dict, int]]:
    """Every text field of the page with a handler that reads it, those that scripts alone fill in, or the others."""
    done = set()
    for one in visit.dependencies:
        for key in one["inputs"] if one["backend_fn"] else ():
            component = visit.components.get(key, {})
            is_hidden = "fx-hidden" in str(component.get("props", {}).get("elem_classes"))
            if component.get("type") == "textbox" and is_hidden == hidden and key not in done:
                done.add(key)
                yield one, key


def _texts(visit: Visit) -> Iterator[Attack]:
    """A text of 1 MB: refused, not read, or read soon."""
    for one, key in _fields(visit, hidden=False):
        yield Attack(f"1 MB as '{visit.label(key)}' ({visit.name(key)}), of its own event", _filled(one, key, LONG))


def _points(visit: Visit) -> Iterator[Attack]:
    """What the page's own scripts say was clicked."""
    for one, key in _fields(visit, hidden=True):
        for point in POINTS:
            yield Attack(f"{point} as {visit.name(key)}", _filled(one, key, point))


def _filled(one: dict, key: int, value: Any) -> Callable[[Target], str]:
    def run(target: Target) -> str:
        visit = target.visit()
        visit.values[key] = value
        answer = visit.call(one)
        if answer.seconds > SOON:
            raise Harmed(f"It took {answer.seconds:.0f} s.")
        return answer.text or f"nothing, in {answer.seconds:.1f} s"

    return run


def _stopped_batch() -> Attack:
    """Run, Stop and at once Run: no picture is captioned twice."""

    def run(target: Target) -> str:
        visit = target.visit()
        visit.set("batch-files", [visit.upload(CAT)])
        visit.set("batch-ours", [])
        for button in ("batch-run", "batch-stop", "batch-run"):
            visit.press(button).raise_for_status()
            time.sleep(1.0)
        told = [answer.text for answer in visit.hear()]
        answer = visit.do("batch-run")
        lines = visit.client.get(str(answer.updates["batch-jsonl"]["url"])).text.splitlines()
        captions = [line for line in map(json.loads, lines) if "caption" in line]
        if len(captions) != 1:
            raise Harmed(f"{len(captions)} captions of one picture.")
        return f"one caption of one picture; {told[-1]}"

    return Attack("Batch: Run, Stop and at once Run", run)


def _unheard() -> Attack:
    """Presses of many visitors of whom none listens: few are computed, and the next visitor is answered."""

    def run(target: Target) -> str:
        taken = sum(target.visit().press("step").is_success for _ in range(UNHEARD))
        began = time.monotonic()
        answer = target.visit().do("step")
        if answer.error:
            raise Harmed(answer.text)
        if not until(lambda: running(target) == 0, 4 * SOON):
            raise Harmed(f"{taken} were taken, {running(target)} of which are still under way.")
        return f"{taken} taken, all over {time.monotonic() - began:.0f} s later; who listened was told '{answer.text}'"

    return Attack(f"Step pressed by {UNHEARD} visitors who do not listen", run)
