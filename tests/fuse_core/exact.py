"""What every method owes: candidates whose objective is that of their text, computed anew."""

from __future__ import annotations

import pytest

from fuse_core.search.problem import Problem
from fuse_core.search.records import Step


def check_exact(problem: Problem, step: Step) -> None:
    """Objective and every model's loss of all candidates against an evaluation of their texts from scratch."""
    total, losses = problem.objective.evaluate([c.text for c in step.candidates])
    assert [c.objective for c in step.candidates] == pytest.approx(total.tolist(), abs=1e-4)
    for name, values in losses.items():
        assert [c.losses[name] for c in step.candidates] == pytest.approx(values.tolist(), abs=1e-4)
