"""Names in a figure keep clear of one another."""

from __future__ import annotations

from ui.learn.labels import Label, placed


def test_two_names_of_near_points_go_to_different_sides_and_a_third_is_left_out():
    near = [Label("elephant", 0.0, 0.0, 8), Label("elephants", 0.001, 0.0, 8)]
    far = [Label("a", -1.0, -1.0, 8), Label("b", 1.0, 1.0, 8)]
    first, second, *_ = placed([*near, *far], [], 2)
    assert first != second
    crowd = placed([Label("elephant", 0.001 * k, 0.0, 8) for k in range(9)] + far, [], 1)
    assert crowd[0]
    assert "" in crowd
    assert crowd[-1]


def test_of_no_names_there_are_no_places():
    assert placed([], [], 0) == []
