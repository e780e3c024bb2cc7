"""Limits: what FUSE_LIMITS may say, and that batches and what others wait for heed who ordered them."""

from __future__ import annotations

import threading

import pytest
import torch

from fuse_core.common.batch_limit import BatchLimit
from fuse_core.common.errors import UserError
from fuse_core.common.limits import PUBLIC, Limits, limits_from
from fuse_core.common.once import OncePerKey
from fuse_core.common.progress import Cancelled, called_between_batches, checkpoint
from fuse_core.search.config import CaptionConfig
from fuse_core.search.presets import load_preset, preset_names
from fuse_core.search.run_limits import check_run


def stop() -> None:
    raise Cancelled


def test_limits_are_named_one_by_one_over_those_at_home_or_of_strangers():
    assert limits_from("") == Limits()
    assert limits_from("steps=16, seconds=60") == Limits(steps=16, seconds=60)
    assert limits_from("public,steps=16") == limits_from("steps=16", public=True) == Limits(**{**PUBLIC, "steps": 16})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("steps", "has 'steps'. Write name=number"),
        ("steps=-1", "has 'steps=-1'"),
        ("steps=1.5", "has 'steps=1.5'"),
        ("paces=3", "unknown limit 'paces'. Known: steps, beams"),
        ("steps=0", "'steps' must be"),
    ],
)
def test_wrong_limits_are_said(text, told):
    with pytest.raises(UserError) as caught:
        limits_from(text)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"steps": 33}, "'steps' would be 33; 32 is the most here"),
        ({"beams": 9}, "'beams' would be 9"),
        ({"candidates": 513, "beams": 1}, "'candidates' would be 513"),
        ({"candidates": 257, "beams": 4}, "would be 1,028; 1,024 is the most here"),
        ({"method": "pez", "inner_steps": 17}, "'inner_steps' would be 17"),
        ({"method": "gcg", "length": 33, "candidates": 1}, "'length' would be 33"),
    ],
)
def test_a_run_beyond_a_limit_is_refused_with_the_limit_named(settings, told):
    config = load_preset("offline-plain").changed(**settings)
    with pytest.raises(UserError) as caught:
        check_run(config, Limits(**PUBLIC))
    assert told in str(caught.value)
    check_run(config, Limits())


def test_no_step_locks_a_machine_whose_owner_set_no_limits():
    with pytest.raises(UserError, match="131,072"):
        check_run(CaptionConfig(source="a", target="b", beams=32, candidates=4096, steps=256), Limits())


@pytest.mark.parametrize("name", preset_names())
def test_presets_are_within_what_strangers_may_ask_for(name):
    check_run(load_preset(name), Limits(**PUBLIC))


def test_a_batch_begins_only_while_it_is_wanted():
    done = []
    with called_between_batches(stop), pytest.raises(Cancelled):
        BatchLimit(8, 1).attempt(torch.device("cpu"), 4, done.append)
    assert not done
    BatchLimit(8, 1).attempt(torch.device("cpu"), 4, done.append)
    assert done == [4]


def test_what_others_wait_for_is_neither_ended_nor_delayed():
    with called_between_batches(stop):
        assert OncePerKey().get("key", lambda: checkpoint() or "made") == "made"
        with pytest.raises(Cancelled):
            checkpoint()


def test_other_threads_are_not_called():
    found = []
    with called_between_batches(stop):
        thread = threading.Thread(target=lambda: found.append(checkpoint()))
        thread.start()
        thread.join()
    assert found == [None]
