"""The benchmark of least squares: its ways agree, its report replaces its own section alone, memory is measured."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmarks.fit import OURS, WAYS, Size, residual, tensors
from benchmarks.interleaved import interleaved, peak_memory, ratio
from benchmarks.report import Report, published


@pytest.mark.parametrize("l", [1, 2, 3, 4])
def test_every_way_finds_the_same(l):
    a, b = tensors(Size(60, 12, 7, l))
    found = {name: way(a, b) for name, way in WAYS.items()}
    for x in found.values():
        torch.testing.assert_close(x, found[OURS], atol=1e-4, rtol=1e-3)
    assert residual(a, found[OURS], b) == pytest.approx(residual(a, found["pinv"], b), rel=1e-5)


def test_flops_are_those_of_the_products():
    # one slot: half of A'A, and A'B; three slots: one real frequency and one complex
    assert Size(100, 10, 5, 1).flops == 100 * 10 * 10 + 2 * 100 * 10 * 5
    assert Size(100, 10, 5, 3).flops == 5 * Size(100, 10, 5, 1).flops


def test_ways_take_turns_and_the_first_round_does_not_count():
    calls = []
    found = interleaved({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, 3)
    assert calls == ["a", "b"] * 4
    assert all(len(timed.clock) == len(timed.processor) == 3 for timed in found.values())
    assert ratio(found["a"], found["a"]) == 1.0


def allocating(megabytes: int):
    return lambda: np.ones(megabytes * 2**17)  # eight bytes each


def test_memory_is_that_of_the_work():
    assert 60 * 2**20 < peak_memory(allocating, 64) < 100 * 2**20


def test_a_report_replaces_its_own_section_and_no_other(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["fit", "--times", "2"])
    file = tmp_path / "RESULTS.md"
    for value, name in ((1, "One"), (2, "Two"), (3, "One")):
        published(Report("fit", name, "About.", [{"n": value}]), file)
    text = file.read_text("utf-8")
    assert [line for line in text.splitlines() if line.startswith("#")] == ["# Benchmarks", "## One", "## Two"]
    assert "| 3 |" in text.split("## Two")[0]
    assert "| 1 |" not in text
    assert "`python -m benchmarks.fit --times 2`" in text
