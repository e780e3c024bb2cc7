"""The report of the attacks: what was tried, and what was not."""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks.disk_attacks import disk_attacks, own_disk
from benchmarks.hostile import Row, left_out, report


def test_attacks_that_were_left_out_are_named_with_the_reason(monkeypatch, tmp_path: Path):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with own_disk(tmp_path / "disk") as disk:
        assert "need root" in disk.why_not
        attacks = disk_attacks(disk)
    text = report([Row("one", "403", True, 0.1, 1.0, 0)], 1.0, True, left_out(attacks, disk.why_not))
    [line] = [line for line in text.splitlines() if line.startswith("Left out are ")]
    assert f"{len(attacks)} attacks, because they need root" in line
    assert all(f"`{attack.name}`" in line for attack in attacks)
    assert "Left out" not in report([Row("one", "403", True, 0.1, 1.0, 0)], 1.0, True)
