"""Shards: together they are all of the pictures, each once; what is none gets a sentence."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuse_core.common.errors import UserError
from fuse_core.common.shard import Shard, absent_shards, parse_shard


@given(st.integers(1, 40).flatmap(lambda of: st.tuples(st.just(of), st.lists(st.integers(), min_size=of))))
def test_parts_are_all_items_each_once_and_of_even_size(drawn):
    of, items = drawn
    parts = [Shard(k, of).part(items) for k in range(1, of + 1)]
    sizes = [len(part) for part in parts]
    assert max(sizes) - min(sizes) <= 1
    put_back = [parts[k % of][k // of] for k in range(len(items))]
    assert put_back == items


@given(st.integers(1, 500).flatmap(lambda of: st.tuples(st.integers(1, of), st.just(of))))
def test_the_text_of_a_shard_is_read_as_that_shard(drawn):
    shard = Shard(*drawn)
    assert parse_shard(str(shard)) == shard


@pytest.mark.parametrize("text", ["", "1", "0/4", "5/4", "-1/4", "1/0", "1/4/2", "a/b", "1.5/2", "٣/4", "1/99999999"])
def test_what_is_no_shard_is_refused(text):
    with pytest.raises(UserError, match=rf"^'{re.escape(text)}' is no shard\. Give i/n with i from 1 to n"):
        parse_shard(text)


def test_more_shards_than_pictures_are_refused_whichever_is_asked_for():
    for k in range(1, 5):
        with pytest.raises(UserError, match=r"3 pictures are too few for 4 shards\. Ask for at most 3\."):
            Shard(k, 4).part([1, 2, 3])


def test_those_that_are_absent_are_known():
    assert absent_shards([Shard(1, 4), Shard(3, 4)]) == [Shard(2, 4), Shard(4, 4)]
    assert absent_shards([]) == absent_shards([Shard(1, 1)]) == []
    with pytest.raises(UserError, match="parts of 2 shards and some of 3"):
        absent_shards([Shard(1, 2), Shard(1, 3)])
