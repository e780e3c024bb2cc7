"""A slice of the inputs changed by chance, and that what is wrong with one is seen."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from benchmarks.fuzz import trial
from benchmarks.fuzz.kind import Kind
from fuse_core.common.errors import UserError

COUNTS = {"pictures": 100, "runs": 30, "configs": 100, "corpora": 60}


@pytest.mark.parametrize("name", [*COUNTS, pytest.param("texts", marks=pytest.mark.models)])
def test_inputs_are_taken_or_refused_with_a_sentence(name):
    found = trial.run(name, COUNTS.get(name, 15), chance=1)
    assert (found.problems, found.examples) == ({}, {})
    assert found.inputs >= COUNTS.get(name, 15)
    assert found.refused or name == "texts"


def test_crashes_hangs_and_refusals_without_a_word_are_counted(monkeypatch):
    def read(number: int) -> None:
        if number == 1:
            raise ValueError("no")
        if number == 2:
            raise UserError("")
        while number == 3:
            pass

    kind = Kind("numbers", "Numbers", 1, 50, lambda: st.integers(0, 3), lambda: read)
    monkeypatch.setattr(trial, "KINDS", {"numbers": kind})
    monkeypatch.setattr(trial, "HANG", 0.05)
    found = trial.run("numbers", 50, chance=1)
    assert found.taken
    assert set(found.problems) == {"ValueError in read: no", "a refusal without a word", "takes more than 0.05 s"}
    assert found.wrong
