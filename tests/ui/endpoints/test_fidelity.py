"""``fidelity``: the report of a measurement on one picture."""

from __future__ import annotations

from typing import Any

import gradio as gr
import numpy as np
import pytest
import scipy

from fuse_core.analysis.fidelity import EncodedTexts
from fuse_core.analysis.fidelity_probe import FidelityProbe
from fuse_core.analysis.fidelity_report import words_for
from fuse_core.analysis.fidelity_run import words_at
from fuse_core.common.limits import Limits
from fuse_core.common.pictures import open_picture
from tests.fuse_core import tiny_models
from ui.kit.uploads import EXAMPLES

GIVEN = {
    "picture": {"path": str(EXAMPLES / "cat.jpg")},
    "source": tiny_models.CONFIG.source,
    "target": tiny_models.CONFIG.target,
    "contexts": ["a  small"],
    "candidates": 300,
    "within": 50,
}


def test_the_report_is_of_the_measurement(answers):
    [*sent, answer] = answers("fidelity", **GIVEN, at="mean")
    assert all(part.keys() == {"progress", "doing"} for part in sent)
    [found] = answer["contexts"]
    assert (found["image"], found["context"], answer["candidates"], answer["within"]) == (
        "cat.jpg",
        " a small",
        300,
        50,
    )
    picture = open_picture(EXAMPLES / "cat.jpg")
    probe = FidelityProbe.of(tiny_models.shared_library(), tiny_models.CONFIG, picture, EncodedTexts())
    measured = probe.measure(" a small", 300, words_for("mean"))
    for name, scores in measured.scores(words_at("mean")).items():
        known = ~np.isnan(scores)
        ranked = np.corrcoef(scipy.stats.rankdata(scores[known]), scipy.stats.rankdata(measured.losses[known]))[0, 1]
        assert abs(found["spearman"][name]) == pytest.approx(abs(ranked), abs=1e-6)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"picture": {"path": "/etc/hostname"}}, "This file was not uploaded"),
        ({"candidates": 10}, "number of candidates must be a whole number from 300 to 10,000"),
        ({"candidates": 501}, "The number of candidates would be 501; 500 is the most here"),
        ({"within": 300}, "K must be a whole number from 16 to 299"),
        ({"contexts": []}, "'contexts' must be 1 to 8, got 0"),
        ({"contexts": ["a" * 3_000]}, "'contexts' has 3,000 characters"),
        ({"at": "two words"}, "must be one word"),
        ({"adapters": ["magic"]}, "'adapters' must be one of"),
        ({"source": "gpt2-tokenizer"}, "gpt2-tokenizer"),
    ],
)
def test_what_cannot_be_measured_is_told_in_a_sentence(answers, change: dict[str, Any], sentence):
    with pytest.raises(gr.Error) as refused:
        answers("fidelity", Limits(words=500), **GIVEN | change)
    assert sentence in refused.value.message
