"""Which finished captions no other beats at fluency and picture."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fuse_core.analysis.caption_front import caption_points, pareto_front
from fuse_core.search.config import CaptionConfig
from fuse_core.search.records import Beam, Step
from tests.fuse_core.builders import quick

NUMBER = st.integers(0, 6).map(float)


@quick
@given(st.lists(st.tuples(NUMBER, NUMBER), max_size=12))
def test_the_front_is_what_nothing_dominates(points):
    def beats(a, b):
        return a[0] <= b[0] and a[1] <= b[1] and a != b

    assert pareto_front(points) == {k for k, p in enumerate(points) if not any(beats(other, p) for other in points)}


def test_a_runs_captions_are_told_once_the_best_first():
    config = CaptionConfig()

    def beam(text: str, objective: float, fluency: float, picture: float) -> Beam:
        return Beam((1,), text, objective, {"smollm2": fluency, "minilm": picture})

    leader = (Beam((1,), " a", 1.0),)
    steps = [
        Step(0, (Beam(),)),
        Step(1, leader, finished_prompts=(beam(" cat", 9.0, 4.0, 0.1), beam(" pet", 9.5, 4.0, 0.2))),
        Step(2, leader, finished_prompts=(beam(" a cat", 7.0, 3.0, 0.2), beam(" cat", 9.0, 4.0, 0.1))),
    ]
    found = caption_points(steps, config)
    assert [(p.text, p.step, p.fluency, p.picture) for p in found] == [
        ("a cat", 2, 3.0, 0.2),
        ("cat", 1, 4.0, 0.1),
        ("pet", 1, 4.0, 0.2),
    ]
    assert [p.chosen for p in found] == [True, False, False]
    assert [p.on_front for p in found] == [True, True, False]
