"""A synthetic pair on a device is built, fitted and judged as on the processor."""

from __future__ import annotations

import pytest

from fuse_core.synthetic.pair import SyntheticPair
from fuse_core.synthetic.recovery import block, recover
from tests.fuse_core.dense import normal
from tests.fuse_core.on_device.shadow_device import DEVICE, shadow_device
from tests.fuse_core.synthetic.test_pair import D_TGT, corpus, source


def measured(here: bool) -> list[float]:
    table = normal(source().vocab_size, 6, seed=1)
    table = table.to(DEVICE) if here else table
    pair = SyntheticPair.build(source(), table, 0.1, 0, "pair", corpus(), words_per_bucket=20, d_tgt=D_TGT)
    found = recover(pair)
    one = block(pair, found.adapter, (1, 1), (0, 0))
    return [found.map_error, found.heldout_error, found.gradient_error, float(one.difference.norm())]


def test_a_pair_is_recovered_as_on_the_processor():
    with shadow_device():
        found = measured(True)
    assert found == pytest.approx(measured(False), rel=1e-6)
