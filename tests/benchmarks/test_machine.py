"""What reports say of the machine that they were written on."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pytest

from benchmarks.machine import masked, write_report

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home that holds the cache."""
    home = tmp_path / "somebody"
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("FUSE_CACHE", str(home / "cache" / "fuse"))
    return home


def test_a_report_names_no_folder_of_its_machine(home, tmp_path):
    places = {
        home / "cache" / "fuse" / "ab12": "‹cache›/ab12",
        home / "pictures": "~/pictures",
        home: "~",
        REPOSITORY / "app.py": "‹repository›/app.py",
        Path(sys.prefix) / "lib": "‹Python›/lib",
        Path(tempfile.gettempdir()) / "x": "‹temporary›/x",
    }
    write_report(tmp_path / "REPORT.md", "".join(f"Ready in {place} (7 s), '{place}'.\n" for place in places))
    expected = "".join(f"Ready in {name} (7 s), '{name}'.\n" for name in places.values())
    assert (tmp_path / "REPORT.md").read_text("utf-8") == expected


def test_other_folders_and_a_home_at_the_root_stay(home, monkeypatch):
    monkeypatch.setenv("HOME", "/home/ann")
    said = "/etc/passwd, /home/anna, /home/ann-2, /other/home/ann, 3/4"
    assert masked(said) == said
    monkeypatch.setenv("HOME", "/")
    assert masked(said) == said


def test_a_relative_cache_is_masked_too(monkeypatch):
    monkeypatch.setenv("FUSE_CACHE", ".cache/fuse/ab12")
    assert masked("Ready in .cache/fuse/ab12 (7 s)") == "Ready in ‹cache› (7 s)"
