"""The hostile visitor's requests, and some of its calls, on tiny models; ``make hostile`` tries all."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.attacks import ENDPOINTS, INSIDES, PLAIN, Attack, Target
from tests.fuse_core import tiny_models
from tests.ui.endpoints.served import served

COSTLY = ("30,000 x 30,000", "1 x 64,000,000", "17 MB", "65 MB")
# Which are tiny here, at home, and read longer texts.
OF_REAL_MODELS = ("gpt2-medium", "paper-caption", '"beams": 8', "999 tokens")
CHEAP = [a for a in [*PLAIN, *ENDPOINTS[::3]] if not any(part in a.name for part in (*COSTLY, *OF_REAL_MODELS))]


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """Over tiny models, where strangers come."""

    def no_page():
        raise AssertionError

    with pytest.MonkeyPatch.context() as patch, served(tiny_models.shared_library(), "paper-caption") as address:
        patch.setenv("FUSE_PUBLIC", "1")
        yield Target(address, Path(tmp_path_factory.mktemp("hostile")), no_page, Path(tempfile.gettempdir()))


@pytest.mark.parametrize("attack", CHEAP, ids=lambda attack: attack.name[:60])
def test_each_attack_is_refused_and_learns_nothing(attack: Attack, target: Target):
    assert not INSIDES.search(attack.run(target))  # raises where it was answered
