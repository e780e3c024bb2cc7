"""What the Optimise tab shows of prompts that end; no model is loaded but the tiny ones."""

from __future__ import annotations

import csv
import io
import itertools
from functools import cache

import pytest

from fuse_core.search.run_progress import finished_captions
from fuse_core.search.session import Session
from tests.fuse_core import tiny_models
from tests.fuse_core.tiny_models import CONFIG
from ui.optimise import beam_tree, caption_front, word_diff
from ui.optimise.candidates_csv import candidates_csv
from ui.optimise.run import Run
from ui.optimise.visit_state import VisitState


@cache
def session() -> Session:
    config = CONFIG.changed(ending="free", unit="both", candidates=20)
    found = Session.start(tiny_models.shared_library(), config, tiny_models.picture())
    list(found.run())
    return found


def visit() -> VisitState:
    return VisitState(pictures=session().pictures, runs={"A": Run(session())})


def test_the_caption_of_a_finished_run_is_the_best_that_ends_with_its_words_coloured():
    shown = visit()
    assert shown.leading == shown.best == finished_captions(session().steps)[0][1]
    (words,) = filter(None, (step.words_of(shown.leading.text) for step in shown.steps))
    assert [word.text for word in words] == shown.leading.text.split()
    assert words == session().problem.word_strengths(shown.leading.text)
    shown.show_step(1)
    assert shown.leading == shown.steps[1].beams[0]


def test_every_finished_caption_is_in_the_table_and_the_figure():
    points = caption_front.points_of(session().steps, session().config)
    other = caption_front.other_loss(session().config)
    assert other == "picture loss, 1 - cosine"
    table, figure = caption_front.caption_table(points, other), caption_front.front_figure(points, other)
    captions = [beam.text.strip() for _, beam in finished_captions(session().steps)]
    assert list(table["caption"]) == captions
    traces = {trace["name"]: trace for trace in figure.to_dict()["data"]}
    dots = {name: [row[0] for row in trace.get("customdata", ())] for name, trace in traces.items()}
    assert sorted(dots["others"] + dots["front"]) == sorted(captions)
    assert dots["the caption"] == captions[:1]
    assert list(traces["the caption"]["x"]) == [(session().best.losses or {})[CONFIG.source]]
    assert caption_front.NONE in str(caption_front.front_figure([], other).to_dict())


def test_the_tree_shows_the_best_prompt_that_ends_of_every_step():
    steps = session().steps
    for before, step in itertools.pairwise(steps):
        marked = {node.prompt: node.finished for node in beam_tree.nodes(step, before) if node.finished is not None}
        for beam in step.finished_prompts[:1]:
            assert marked[beam.text.strip()] == beam.objective
    assert "can end" in [trace.get("name") for trace in beam_tree.beam_tree(steps, steps[-1]).to_dict()["data"]]


def test_the_trace_tells_the_objective_with_an_end():
    rows = csv.DictReader(io.StringIO(candidates_csv(session().steps, session().config).removeprefix("\ufeff")))
    told = {
        (int(row["step"]), row["prompt"]): float(row["objective_with_end"]) for row in rows if row["objective_with_end"]
    }
    assert told == {(s.index, b.text.strip()): b.objective for s in session().steps for b in s.finished_prompts}


class TestDiff:
    @pytest.mark.parametrize(
        ("first", "second", "marked"),
        [
            ("a cat on a mat", "a cat on a mat", "a cat on a mat"),
            ("a cat on a mat", "a dog on a mat", "a -cat- +dog+ on a mat"),
            ("a cat", "a black cat purring", "a +black+ cat +purring+"),
            ("a cat purring", None, "-a cat purring-"),
        ],
    )
    def test_words_of_one_alone_are_marked(self, first, second, marked):
        html = word_diff.word_diff(first, second)
        for tag, mark in (("del", "-"), ("ins", "+")):
            html = html.replace(f'<{tag} title="in the {"first" if tag == "del" else "second"} alone">', mark)
            html = html.replace(f"</{tag}>", mark)
        text = html.removeprefix('<p class="fx-diff">').removesuffix("</p>")
        assert " ".join(text.split()) == marked

    def test_markup_in_prompts_is_text(self):
        assert "<b>" not in word_diff.word_diff("<b>x", "y")
        assert "Choose two prompts." in word_diff.word_diff(None, None)

    def test_kept_and_finished_prompts_can_be_chosen_once_each(self):
        texts = [text for _, text in word_diff.choices(session().steps)]
        kept = {b.text.strip() for s in session().steps for b in (*s.beams, *s.finished_prompts)} - {""}
        assert len(texts) == len(set(texts))
        assert set(texts) == kept
