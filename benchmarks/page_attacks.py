"""What a hostile visitor tries on the page, through its own handlers: every field with what it is not meant for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.answer import Answer
from benchmarks.attacks import DEEP, FETCHED, FILE_OF_HOST, SCRIPT, Attack, Harmed, Target
from benchmarks.visit import Visit
from fuse_core.common.storage import assets_folder
from fuse_core.search.config_fields import own_options
from fuse_core.search.methods.registry import METHODS
from fuse_core.search.saved_session import MOST_STEPS
from ui.optimise.turn import MOST_WAITING

FORMULA = "=HYPERLINK(1).png"
BUTTONS = ("step", "batch-run", "evaluate-run", "base-run", "fid-one", "fid-all", "lesson-fit", "lesson-time")
HUGE, WRONG = (1e308, -1e308), (None, [[]], {"a": {}}, "x" * 100_000, True, float("nan"), float("inf"))
FILE_FIELDS, NUMBERS = ("image", "file", "uploadbutton"), ("number", "slider")
_USUAL = "autodan"
# What a setting needs to be one: without, it is hidden, and what it says is not read.
NEEDS: dict[str, dict[str, Any]] = {
    **{option.label: {"Method": name} for name in METHODS for option in own_options(name).values()},
    **{option.label: {} for option in own_options(_USUAL).values()},
    "Sentiment weight": {"Sentiment": "positive"},
    "Sentiment prefix": {"Sentiment": "positive"},
    "Its weight": {"Further term": "fluency", "Its model": "smollm2"},
}
PRESSES = 60
RUN = assets_folder() / "recorded" / "offline-caption.json"


def page_attacks(visit: Visit) -> list[Attack]:
    """All of them, for the page that was opened."""
    return [*_files(visit), *_numbers(visit), *_kinds(visit), *_runs(), _scripts(), _formulas(), _flood()]


def _refused(answer: Answer) -> str:
    """What was said, where it is a refusal: a notice, or a failure."""
    if not (answer.error or answer.notices):
        raise Harmed(f"It was done: {answer.text[:150]}")
    return answer.text


def _files(visit: Visit) -> Iterator[Attack]:
    """A file of the host, and one by address, in every field of files."""
    done = set()
    tried = {"a file of the host": FILE_OF_HOST, "a device, unmarked": {"path": "/dev/zero"}, "an address": FETCHED}
    for one in visit.dependencies:
        for key in one["inputs"] if one["backend_fn"] else ():
            component = visit.components.get(key)
            if component and component["type"] in FILE_FIELDS and key not in done:
                done.add(key)
                for what, data in tried.items():
                    yield Attack(f"{what} in {visit.name(key)}", _with(one, key, component, data))


def _with(one: dict, key: int, component: dict, data: Any) -> Callable[[Target], str]:
    def run(target: Target) -> str:
        visit = target.visit()
        visit.values[key] = [data] if component["props"].get("file_count") == "multiple" else data
        return _refused(visit.call(one))

    return run


def _numbers(visit: Visit) -> Iterator[Attack]:
    """Huge numbers in every field of numbers of every button that computes.

    What has no label is no field, but when a button was pressed, which orders the presses of one visit.
    """
    for button, one in _buttons(visit):
        for key in one["inputs"]:
            if visit.components.get(key, {}).get("type") in NUMBERS and visit.label(key):
                for number in HUGE:
                    name = f"{number:g} as '{visit.label(key)}', then {button}"
                    yield Attack(name, _field(one, key, number))


def _kinds(visit: Visit) -> Iterator[Attack]:
    """Values of other kinds in every field of Step, all at once of one kind, and in the link of the page."""
    for button, one in _buttons(visit):
        for value in WRONG:
            shown = json.dumps(value)[:20]

            def run(target: Target, one: dict = one, value: Any = value) -> str:
                opened = target.visit()
                data = [None if opened.components[k]["type"] == "state" else value for k in one["inputs"]]
                answer = opened.call(one, data)
                return answer.text or "nothing"

            yield Attack(f"{shown} in every field, then {button}", run)


def _field(one: dict, key: int, value: Any) -> Callable[[Target], str]:
    """One field of a button's, the others as they were, but for what makes it a setting."""

    def run(target: Target) -> str:
        visit = target.visit()
        for other in one["inputs"]:
            needed = NEEDS.get(visit.label(key), {}).get(visit.label(other))
            visit.values[other] = needed or visit.values.get(other)
        visit.values[key] = value
        return _refused(visit.call(one))

    return run


def _buttons(visit: Visit) -> Iterator[tuple[str, dict]]:
    for button in BUTTONS:
        try:
            yield button, visit.handler(button)
        except (KeyError, StopIteration):
            continue


def _runs() -> Iterator[Attack]:
    """Saved runs that are hostile."""
    saved = json.loads(RUN.read_text("utf-8"))
    config, first = saved["config"], saved["steps"][0]
    steps = [first, *({**saved["steps"][1], "candidates": [], "index": k} for k in range(1, MOST_STEPS + 1))]
    changes = [{"from": k, "config": {**config, "seed": k}} for k in range(15_000)]
    texts: dict[str, str | dict] = {
        "that is nested 100,000 deep": DEEP,
        "with a weight of 1e308": {**saved, "config": {**config, "image_weight": 1e308}},
        "with a loss that is none": json.dumps({**saved, "image_vector": ["nan"]}).replace('"nan"', "NaN"),
        "of more steps than a run may have": {**saved, "steps": steps},
        "that changes its settings 15,000 times": {**saved, "changes": changes},
        "whose settings change in no order": {**saved, "changes": changes[:MOST_STEPS:-1]},
        "of a model by its path": {**saved, "config": {**config, "source": "/etc/passwd"}},
        "of a model of a hub": {**saved, "config": {**config, "target": "openai/clip-vit-base-patch32"}},
        "whose picture is an address": {**saved, "image": "http://visitor.example/a.png"},
        "of another format": {**saved, "format": SCRIPT},
    }
    for what, text in texts.items():

        def run(target: Target, text: Any = text) -> str:
            visit = target.visit()
            content = text if isinstance(text, str) else json.dumps(text)
            visit.set("load", visit.upload(target.file("run.json", content.encode())))
            return _refused(visit.do("load", "upload"))

        yield Attack(f"a saved run {what}", run)


def _scripts() -> Attack:
    """A script in every text field, and as the picture's name: shown as text, wherever it is shown."""

    def run(target: Target) -> str:
        visit = target.visit()
        cat = target.file("cat.jpg", (assets_folder() / "images" / "cat.jpg").read_bytes())
        visit.set("picture", visit.upload(cat, f"{SCRIPT}.jpg"))
        answers = [visit.do("picture", "upload")]
        for key in visit.handler("step")["inputs"]:
            if visit.components[key]["type"] == "textbox" and "words" not in visit.label(key):
                visit.values[key] = SCRIPT
        answers.append(visit.do("step"))
        told = json.dumps([answer.updates for answer in answers])
        drawn = [c["id"] for c in visit.components.values() if c["type"] in ("html", "markdown")]
        if any(SCRIPT in str(visit.values.get(key)) for key in drawn):
            raise Harmed("It is drawn as markup.")
        return f"{told.count('onerror')} times, none as markup. {answers[-1].text}"

    return Attack("a script in every text field", run)


def _formulas() -> Attack:
    """Cells of a table that a spreadsheet would compute."""

    def run(target: Target) -> str:
        visit = target.visit()
        broken = visit.upload(target.file("broken.png", b"none"), FORMULA)
        visit.set("batch-files", [{**broken, "orig_name": FORMULA}])
        visit.set("batch-ours", [])
        answer = visit.do("batch-run")
        csv = visit.client.get(str(answer.updates["batch-csv"]["url"])).text
        cells = [line.split(",")[0].strip('"') for line in csv.splitlines() if "HYPERLINK" in line]
        if not cells or any(cell.startswith("=") for cell in cells):
            raise Harmed(f"The cell is {cells}")
        return f"the cell is {cells[0]}"

    return Attack("a picture's name that is a formula, in Batch's CSV", run)


def _flood() -> Attack:
    """Presses of a visitor who does not listen: one works, a few follow, the others are refused."""

    def run(target: Target) -> str:
        visit = target.visit()
        queued = sum(visit.press("step").is_success for _ in range(PRESSES))
        told = [answer.text for answer in visit.hear()]
        refused = sum("wait already" in text for text in told)
        if queued - refused > 2 * MOST_WAITING:  # some of them follow when others have ended
            raise Harmed(f"{queued} were taken, of which {refused} were refused afterwards.")
        return f"{PRESSES - queued} refused by the queue, {refused} by the visit; the last was told '{told[-1]}'"

    return Attack(f"{PRESSES} presses of Step in a row, of one who does not listen", run)
