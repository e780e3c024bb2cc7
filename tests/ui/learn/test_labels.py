"""Names in a figure keep clear of one another."""

from __future__ import annotations

from itertools import combinations

from fuse_core.analysis.lessons.recorded import recorded
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


def test_no_two_words_of_chapter_7_lie_on_one_another_on_a_phone():
    known = recorded("landing")["neighbourhood"]
    slots, others = known["landed"], [Label(name, x, y, 6) for name, x, y in known["others"]]
    words = [Label(slot["token"], *slot["true"], 8) for slot in slots]
    sides = placed(words + others, [tuple(slot["mapped"]) for slot in slots], len(words))
    points = [(word.x, word.y) for word in words + others] + [tuple(slot["mapped"]) for slot in slots]
    x, y = zip(*points, strict=True)
    across, up = 230 / (max(x) - min(x)), 430 / (max(y) - min(y))  # pixels of the figure's plane on a phone
    middles = {
        word.text: (
            word.x * across + {"left": -1, "right": 1}.get(side.split()[1], 0) * (4 * len(word.text) + 8),
            word.y * up + {"top": 1, "bottom": -1}.get(side.split()[0], 0) * 13,
        )
        for word, side in zip(words, sides, strict=False)
    }
    for one, other in combinations(middles, 2):
        beside = abs(middles[one][0] - middles[other][0]) >= 4 * (len(one) + len(other))
        assert beside or abs(middles[one][1] - middles[other][1]) >= 14, (one, other)


def test_of_no_names_there_are_no_places():
    assert placed([], [], 0) == []
