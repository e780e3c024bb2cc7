"""Rows read after what they share with their parent have the losses of rows read whole."""

from __future__ import annotations

import pytest
import torch

from fuse_core.objective import shared_rows
from fuse_core.objective.language_term import LanguageTerm
from fuse_core.objective.losses.loss import LOSSES
from fuse_core.objective.shared_rows import common_tokens, groups, sharing
from tests.fuse_core import tiny_models

PARENTS = (" a small dog runs in the park", " two cats sit on a red chair")


def changed(term: LanguageTerm) -> tuple[list[list[int]], list[list[int]]]:
    """Two parents with each token replaced in turn, and the parent of each."""
    rows, parents = [], []
    for text in PARENTS:
        ids = term.model.tokenizer.encode(text)
        for place in range(len(ids)):
            rows.append([*ids[:place], 1000 + place, *ids[place + 1 :]])
            parents.append(ids)
    return rows, parents


@pytest.mark.parametrize("kind", LOSSES)
@pytest.mark.parametrize(
    ("prefix", "suffix"), [("An image of", ""), ("An image of", " in the rain"), ("A dog. " * 9, "")]
)
def test_losses_are_those_of_rows_read_whole(kind, prefix, suffix, monkeypatch):
    monkeypatch.setattr(shared_rows, "OVERHEAD", 2)
    term = LanguageTerm(tiny_models.gpt2(), 1.0, prefix, suffix, kind, " and it runs")
    rows, parents = changed(term)
    whole = term.losses(rows)
    passes = term.n_forward_passes
    torch.testing.assert_close(term.losses(rows, parents), whole, atol=1e-5, rtol=1e-5)
    assert term.n_forward_passes - passes > 2  # one for each parent, and those of the groups


def test_a_forward_pass_reads_what_follows_the_change_alone(monkeypatch):
    monkeypatch.setattr(shared_rows, "OVERHEAD", 0)
    term = LanguageTerm(tiny_models.gpt2(), 1.0, "An image of", "", "cross_entropy", " and it runs")
    rows, parents = changed(term)
    read: list[int] = []
    hook = term.model.network.register_forward_pre_hook(
        lambda module, args, kwargs: read.append(kwargs["input_ids"].numel()), with_kwargs=True
    )
    term.losses(rows, parents)
    hook.remove()
    length, shared = len(term.context()) + 7 + 3 - 1, len(term.context())  # nothing is asked after the last token
    assert sum(read) == 2 * length + 2 * sum(length - shared - place for place in range(7))


def test_neighbours_are_joined_where_a_pass_costs_more_than_their_tokens():
    assert groups([3, 1, 3, 9]) == [(1, [3, 0, 2, 1])]
    far = groups([2] * 20 + [12] * 20)
    assert [(count, sorted(rows)) for count, rows in far] == [(12, [*range(20, 40)]), (2, [*range(20)])]
    assert common_tokens([1, 2, 3], [1, 2, 4]) == 2


def test_few_rows_and_rows_of_other_lengths_are_read_whole():
    term = LanguageTerm(tiny_models.gpt2(), 1.0, "An image of")
    rows, parents = changed(term)
    scored, before = term._rows(rows), term._rows(parents)
    assert sharing(scored[:2], before[:2]) is None
    assert sharing(term._rows([rows[0][:-1]] * 40), before[:1] * 40) is None
    assert sharing(scored[6:7] * 40, before[6:7] * 40) == [len(term.context()) + 6] * 40
