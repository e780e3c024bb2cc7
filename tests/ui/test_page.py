"""What the tabs of one page do to each other: nothing."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import pytest

from fuse_core.analysis.arms import ARMS
from fuse_core.search.batch import BatchResult, caption_all
from tests.fuse_core import tiny_models
from tests.ui.visitor import Visitor
from ui.batch import handlers

SECONDS = 20  # until a thread counts as stuck


@pytest.fixture
def pictures(tmp_path: Path) -> list[str]:
    paths = [tmp_path / f"{seed}.png" for seed in range(2)]
    for seed, path in enumerate(paths):
        tiny_models.picture(seed).save(path)
    return [str(path) for path in paths]


@pytest.fixture
def batch(visitor: Visitor, pictures: list[str]) -> Visitor:
    """Somebody about to caption two pictures in two steps each."""
    visitor["batch-files"], visitor["batch-ours"] = pictures, []
    for field, value in (("steps", 2), ("beams", 1), ("candidates", 6)):
        visitor[f"batch-{field}"] = visitor[f"base-{field}"] = value
    return visitor


def cancel_buttons(page: gr.Blocks) -> set[str]:
    """Element ids of the buttons that stop something."""
    buttons = [b for b in page.blocks.values() if isinstance(b, gr.Button)]
    return {str(b.elem_id) for b in buttons if str(b.value).startswith(("Cancel", "Stop", "Pause"))}


def test_no_cancel_button_but_its_own_ends_a_batch(batch, page):
    others = cancel_buttons(page) - {"batch-stop"}
    assert len(others) >= 6  # Pause, replay, Baselines, fit, retrieval, Fidelity
    for _ in batch.doing("batch-run"):
        for button in others:
            batch.do(button)
    assert "Finished: 2 captions." in batch.text("batch-status")


def test_its_own_button_ends_it_and_run_goes_on(batch, monkeypatch):
    stopped = threading.Event()

    def caption_one(*arguments, **more) -> Iterator[BatchResult]:
        for result in caption_all(*arguments, **more):
            yield result
            stopped.wait(SECONDS)

    monkeypatch.setattr(handlers, "caption_all", caption_one)
    for _ in batch.doing("batch-run"):
        if "1 of 2 pictures done" in batch.text("batch-status"):
            batch.do("batch-stop")
            stopped.set()
    assert "Stopped after 1 of 2 pictures." in batch.text("batch-status")
    batch.do("batch-run")
    assert "Finished: 2 captions." in batch.text("batch-status")
    assert batch["batch-table"].count("from before") == 1


def test_another_visits_closing_leaves_it_alone_and_its_own_ends_it(batch, page, monkeypatch):
    begun = threading.Event()

    def told(library, config, paths, journal, progress, runs):
        def report(share: float, what: str) -> None:
            begun.set()  # by now the journal is open: closing takes the visit's folder
            progress(share, what)

        return caption_all(library, config, paths, journal, report, runs=runs)

    monkeypatch.setattr("ui.batch.handlers.caption_all", told)
    running = batch.doing("batch-run")
    next(running)
    assert begun.wait(60)
    Visitor(page, "somebody else").close()
    assert "Stopped" not in batch.text("batch-status")
    batch.close()
    for _ in running:
        pass
    assert "Stopped after" in batch.text("batch-status")


def test_programs_are_offered_the_endpoints_and_no_handler_of_the_page(page):
    offered = page.get_api_info(all_endpoints=True)
    assert list(offered["named_endpoints"]) == ["/split", "/buckets", "/fit", "/fidelity", "/caption", "/step"]
    assert offered["unnamed_endpoints"] == {}


def test_a_row_of_a_batch_opens_in_optimise(batch):
    batch.do("batch-run")
    batch.do("batch-table", "select", {"index": 1})
    assert "Loaded: step 2 of 2" in batch.text("status")
    [shown] = re.findall(r'data-caption="([^"]*)"', batch["caption-box"])
    assert shown
    assert f"<td>{shown}</td>" in batch["batch-table"].split("1.png")[1]
    batch.call("BatchHandlers.recorded")
    batch.do("batch-table", "edit", {"index": 0})
    assert "Ready" in batch.text("status")
    assert batch["Preset"] == "offline-caption"


def test_baselines_come_one_by_one_and_end_in_a_verdict(batch, pictures):
    batch["base-files"] = pictures[:1]
    batch["base-ours"] = []
    rows = []
    for _ in batch.doing("base-run"):
        rows.append(len(batch["base-table"]) if hasattr(batch["base-table"], "columns") else 0)
    assert rows == sorted(rows)
    assert rows[-1] == len(ARMS)
    assert 0 < min(filter(None, rows)) < len(ARMS)  # on a busy machine two may come at once
    assert all(f"{arm} " in batch.text("base-status") for arm in ARMS)
    drawn = [arm for line in batch["base-curves"].data for arm in line.name.split(" = ")]
    assert sorted(drawn) == sorted(ARMS)
    assert "1 picture; preset paper-caption" in batch["base-source"]


def test_cancelled_baselines_show_what_was_finished(batch, pictures):
    batch["base-files"] = pictures
    running = batch.doing("base-run")
    next(running)
    batch.do("base-cancel")
    for _ in running:
        pass
    assert "Stopped. The runs that were finished are shown." in batch.text("base-status")


@pytest.mark.parametrize(("button", "box", "field"), [("base-run", "base", "Steps"), ("batch-run", "batch", "Beams")])
def test_an_empty_field_gets_a_sentence(batch, pictures, button, box, field):
    batch["base-files"] = pictures
    batch[f"{box}-{field.lower()}"] = None
    batch.do(button)
    assert f"'{field}' is empty" in batch.text(f"{box}-status")


def test_there_have_to_be_pictures(visitor):
    for name in ("batch-files", "batch-ours", "base-files", "base-ours"):
        visitor[name] = None
    visitor.do("batch-run")
    visitor.do("base-run")
    assert "There are no pictures yet" in visitor.text("batch-status")
    assert "There are no pictures yet" in visitor.text("base-status")


def test_nonsense_in_an_address_is_passed_over_and_the_rest_of_it_kept(visitor):
    before = {name: visitor[name] for name in ("bucket-size", "bucket-limit", "tok-words-by", "pair-source")}
    visitor.open("?view=nowhere&words=-5&tokens=many&segmenter=guesses&source=&unheard=of&text=hello")
    assert {name: visitor[name] for name in before} == before
    assert visitor["tok-text"] == "hello"


def test_tables_that_are_on_show_before_they_are_filled_have_no_numbers_for_heads(page):
    heads = {block.elem_id: block.value["headers"] for block in page.blocks.values() if isinstance(block, gr.Dataframe)}
    waiting = ("tok-figures", "tok-rows", "bucket-words", "coverage", "truth-table", "fid-summary")
    assert [heads[name] for name in waiting] == [[" "]] * len(waiting)
