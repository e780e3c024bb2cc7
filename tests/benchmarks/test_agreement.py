"""How the benchmark tells whether two devices found the same."""

from __future__ import annotations

import pytest
import torch

from benchmarks import gpu
from benchmarks.agreement import TOLERANCE, maps_difference, relative_difference, step_agreement
from fuse_core.search.records import Beam, Candidate, Step
from tests.fuse_core import tiny_models


def step(kept: dict[str, float], others: dict[str, float] | None = None) -> Step:
    every = kept | (others or {})
    return Step(
        index=1,
        beams=tuple(Beam((1,), text, value, {"lm": value / 2}) for text, value in kept.items()),
        candidates=tuple(
            Candidate(text, text, 1, 0, value, {"lm": value / 2}, -1.0, 0.0, text in kept)
            for text, value in every.items()
        ),
    )


def test_equal_steps_agree():
    one = step({"a": 1.0, "b": 2.0}, {"c": 3.0})
    found = step_agreement(one, one)
    assert (found.same, found.ties, found.common, found.difference) == (True, 0, 1.0, 0.0)
    assert found.agrees


def test_another_prompt_is_no_agreement():
    found = step_agreement(step({"a": 1.0, "b": 2.0}), step({"a": 1.0, "c": 1.5}))
    assert not found.same
    assert not found.agrees
    assert found.common == 0.5


def test_of_prompts_as_good_as_each_other_either_may_be_kept():
    found = step_agreement(step({"a": 1.0, "b": 2.00001}, {"c": 2.0}), step({"a": 1.0, "c": 2.0}, {"b": 2.0}))
    assert (found.same, found.ties) == (True, 1)
    assert found.agrees


def test_the_largest_difference_of_any_loss_counts():
    one, other = step({"a": 1.0}, {"b": 4.0}), step({"a": 1.0}, {"b": 4.004})
    assert step_agreement(one, other).difference == pytest.approx(0.001, rel=0.01)
    assert not step_agreement(one, other).agrees


def test_differences_are_relative_and_of_every_map():
    x = torch.tensor([3.0, 4.0])
    assert relative_difference(x * 1.001, x) == pytest.approx(0.001, rel=1e-3)
    assert maps_difference({(1, 1): x, (1, 2): 2 * x}, {(1, 1): x, (1, 2): x}) == pytest.approx(1.0)
    assert maps_difference({(1, 1): x}, {(1, 1): x, (1, 2): x}) == float("inf")


def test_a_processor_agrees_with_itself_and_the_report_says_that_it_is_one(tmp_path):
    libraries = tiny_models.shared_library(), tiny_models.shared_library()
    path = tmp_path / "colours.png"
    tiny_models.picture().save(path)
    rows = [gpu.step_row(libraries, tiny_models.settings_for("autodan").changed(steps=2), 1, path)]
    assert rows[0].agrees
    assert rows[0].about["common"] == 1
    assert rows[0].ratio > 0
    answer = gpu.report(rows, ("cpu", "cpu"), "python -m benchmarks.gpu")
    assert answer["agrees"]
    assert "twice" in answer["note"]
    assert answer["tolerance"] == TOLERANCE
