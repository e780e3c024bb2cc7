"""``fit`` on a tiny pair: both bucketings on their own and on their common words."""

from __future__ import annotations

import json

import pytest

import fuse_core.library
from fuse_core.cli.parser import main
from tests.fuse_core import tiny_models

FIT = ["fit", "--source", tiny_models.CONFIG.source, "--target", tiny_models.CONFIG.target]


@pytest.fixture(autouse=True)
def _tiny(fit_library, monkeypatch):
    monkeypatch.setattr(fuse_core.library, "Library", lambda: fit_library)


def test_every_bucket_says_how_well_it_does_on_words_it_has_not_seen(capsys):
    assert main([*FIT, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found["by_bucketing"]) == {"pair", "target"}
    for one in found["by_bucketing"].values():
        measured = [b for b in one["buckets"] if b["heldout_words"]]
        words = sum(b["heldout_words"] for b in measured)
        mean = sum(b["explained"] * b["heldout_words"] for b in measured) / words
        assert one["explained"] == pytest.approx(mean)
        assert all(b["weighted_error"] > 0 for b in measured)
    common = found["common_heldout"]
    assert (
        0
        < common["words"]
        <= min(sum(b["heldout_words"] for b in one["buckets"]) for one in found["by_bucketing"].values())
    )
    assert all(set(common[name]) == {"error", "weighted_error"} for name in ("pair", "target"))


def test_the_table_compares_both_on_common_words_and_one_alone_with_nothing(capsys):
    assert main(FIT) == 0
    assert "words held out of both: pair " in capsys.readouterr().out
    assert main([*FIT, "--bucketing", "target"]) == 0
    shown = capsys.readouterr().out
    assert "held out of both" not in shown
    assert "of the variance)" in shown


@pytest.mark.parametrize("more", [[], ["--method", "all"]])
def test_a_model_and_itself_are_refused_in_a_sentence(capsys, more):
    same = tiny_models.CONFIG.target
    assert main(["fit", "--source", same, "--target", same, *more]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "nothing to fit or compare" in line


def test_buckets_of_one_tokenizer_say_so(capsys):
    assert main(["buckets", "--source", "minilm", "--target", "minilm-centred", "--words", "1000"]) == 0
    assert "Both sides use the same tokenizer" in capsys.readouterr().out
