"""What is saved of a table or a figure: the settings are in it, and its name tells it from another."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable

import gradio as gr
import pandas as pd
import pytest

from fuse_core.search.presets import load_preset
from tests.ui.visitor import Visitor
from ui.kit import export
from ui.kit.about import About, of_config

TABLE = pd.DataFrame({"#": [1.0, 2.0], "word": ["=1+1", "50 % & more"], "loss": [-0.25, None]})
SETTINGS = {"Model": "smollm2", "Text": "two\nlines, =1"}


def test_a_table_reads_back_below_its_settings():
    text = About(SETTINGS).csv(TABLE, "words")
    found = pd.read_csv(io.StringIO(text.removeprefix("\ufeff")), comment="#")
    assert found["#"].tolist() == [1, 2]
    assert '"#"' in text
    assert "1.0" not in text.splitlines()[-2]
    assert found["word"].tolist() == ["'=1+1", "50 % & more"]
    assert found["loss"].dropna().tolist() == [-0.25]
    assert '# Model: "smollm2"' in text.splitlines()


def test_latex_has_the_rules_of_booktabs_and_escapes_what_it_must():
    text = About(SETTINGS).latex(TABLE, "words")
    assert '% Model: "smollm2"' in text.splitlines()
    assert r"\begin{tabular}{rlr}" in text
    for part in (r"\toprule", r"\midrule", r"\bottomrule", r"\# & word & loss \\", r"50 \% \& more &  \\", "-0.25"):
        assert part in text


def test_names_tell_settings_pictures_and_methods_apart():
    config = load_preset("offline-caption")
    names = {
        of_config(made, picture, caption="a cat").file_name("curve")
        for made in (config, config.changed(steps=7), config.changed(method="gcg"))
        for picture in ("cat.jpg", "lion.jpg")
    }
    assert len(names) == 6
    assert all(name.startswith("fuse-curve-") for name in names)
    assert sum("-cat-autodan-" in name for name in names) == 2
    assert "/" not in About({}, ["../../etc", "a b"]).file_name("x")


@pytest.fixture
def exporting() -> Callable[..., Visitor]:
    """A page of one table and one figure, and somebody on it."""

    def made(inputs: list, about: Callable[..., About]) -> Visitor:
        with gr.Blocks() as page, export.collected() as exports:
            table = gr.Dataframe(elem_id="table")
            export.buttons("words", table=table, plot=gr.Plot(elem_id="plot"))
            box = exports.rows[0][-1]
            box.elem_id = "file"
            exports.wire(inputs, about)
        visitor = Visitor(page)
        visitor["table"] = TABLE
        return visitor

    return made


def test_every_kind_of_file_has_the_settings(exporting):
    visitor = exporting([], lambda: About(SETTINGS, ["smollm2"]))
    for kind, mark in (("csv", "# "), ("tex", "% ")):
        visitor.do(f"words-{kind}")
        file = json.loads(visitor["file"])
        assert file["name"].startswith("fuse-words-smollm2-")
        assert file["name"].endswith(kind)
        assert f'{mark}Model: "smollm2"' in file["text"]
    for kind in ("png", "svg"):
        visitor.do(f"words-{kind}")
        assert json.loads(json.loads(visitor["file"])["text"]).items() >= SETTINGS.items()


def test_where_there_is_nothing_a_sentence_says_so(exporting, notices):
    state = gr.State(None)
    visitor = exporting(*export.of_state(state, "There is nothing to save yet.", "Press Run first."))
    visitor.do("words-csv")
    assert visitor["file"] == ""
    assert notices == ["There is nothing to save yet. Press Run first."]


def test_the_method_is_cited_by_the_paper_that_the_header_links_to(page):
    header, cited = (next(b.value for b in page.blocks.values() if b.elem_id == n) for n in ("header", "bibtex"))
    (paper,) = re.findall(r"arxiv\.org/abs/([\d.]+)", header)
    assert f"eprint        = {{{paper}}}" in cited


def test_no_export_of_the_page_is_left_unwired(page):
    names = [*export.LABELS]
    made = [b for b in page.blocks.values() if isinstance(b, gr.Button) and str(b.elem_id).rpartition("-")[2] in names]
    buttons = [b for b in made if not isinstance(b, gr.DownloadButton)]
    wired = {target for fn in page.fns.values() for target, _ in fn.targets}
    assert len(buttons) > 60
    assert [b.elem_id for b in buttons if b._id not in wired] == []
