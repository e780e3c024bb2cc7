"""``fit --method``: what it answers, its table, and the options that do not go with it."""

from __future__ import annotations

import json

import pytest

import fuse_core.library
from fuse_core.analysis import adapter_comparison
from fuse_core.cli.parser import main
from tests.fuse_core import tiny_models

PAIR = ["fit", "--source", tiny_models.CONFIG.source, "--target"]
CLIP, SENTIMENT = tiny_models.CONFIG.target, "roberta-sentiment"


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    for k in range(2):
        tiny_models.picture(k).save(folder / f"{k}.png")
    return folder


@pytest.fixture(autouse=True)
def _tiny(fit_library, monkeypatch):
    monkeypatch.setattr(fuse_core.library, "Library", lambda: fit_library)
    monkeypatch.setattr(adapter_comparison, "CANDIDATES", 20)
    monkeypatch.setattr(adapter_comparison, "HELDOUT", 20)


def test_one_method_as_json(capsys, pictures):
    assert main([*PAIR, CLIP, "--method", "procrustes", "--images", str(pictures), "--examples", "300", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    (kind,) = found["kinds"]
    assert kind["kind"] == "procrustes"
    assert found["words"] < 300
    assert (found["pictures"], found["candidates"], found["heldout"]) == (2, 20, 20)
    assert kind["orders"]["heldout"]["low"] <= kind["orders"]["heldout"]["share"] <= kind["orders"]["heldout"]["high"]


def test_the_table_says_what_was_measured_and_on_what(capsys, pictures):
    assert main([*PAIR, CLIP, "--method", "fvt", "--images", str(pictures)]) == 0
    shown = capsys.readouterr().out
    assert "20 held out to judge by; linear CKA of the two tables 0." in shown
    assert "2 pictures, 4 contexts each, 20 random tokens and the held-out ones" in shown
    row = next(line for line in shown.splitlines() if line.startswith("fvt"))
    assert row.split()[1:5] == ["0.000", "100.0%", "100.0%", "100.0%"]
    assert "1.000 (1.000-1.000)" in row


def test_without_pictures_there_is_no_order_and_a_sentence_says_so(capsys):
    assert main([*PAIR, SENTIMENT, "--method", "procrustes"]) == 0
    assert "The target reads no pictures: no gradient to compare orders by." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--method", "magic"], "--method must be one of pseudoinverse, residual, layers, paper"),
        (["--method", "all", "--bucketing", "pair"], "--bucketing goes without --method"),
        (["--method", "all", "--ridge", "0"], "--ridge goes without --method"),
        (["--method", "all", "--max-tokens", "4"], "--max-tokens goes without --method"),
        (["--method", "all", "--examples", "3"], "needs at least 16 examples"),
        (["--method", "all", "--images", "no-such-folder"], "could not be read"),
        (["--images", "assets/images"], "--images goes with --method"),
    ],
)
def test_options_are_obeyed_or_refused(capsys, options, sentence):
    assert main([*PAIR, CLIP, *options]) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("error: ")
    assert sentence in error


def test_pictures_for_a_target_that_reads_none_are_refused(capsys, pictures):
    assert main([*PAIR, SENTIMENT, "--method", "all", "--images", str(pictures)]) == 2
    assert "roberta-sentiment reads no pictures" in capsys.readouterr().err
