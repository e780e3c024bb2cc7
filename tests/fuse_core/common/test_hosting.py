"""What counts as a public host, and where a Space keeps its cache."""

from __future__ import annotations

import pytest

from fuse_core.common import hosting
from fuse_core.common.errors import UserError
from fuse_core.common.storage import cache_dir


def surroundings(monkeypatch, space: str, public: str) -> None:
    monkeypatch.setenv("SPACE_ID", space)
    monkeypatch.setenv("FUSE_PUBLIC", public)


@pytest.mark.parametrize(
    ("space", "public", "expected"),
    [("", "", False), ("", "1", True), ("", "0", False), ("a/b", "", True), ("a/b", "0", False), ("a/b", " 1 ", True)],
)
def test_a_space_is_public_unless_more_is_said(monkeypatch, space, public, expected):
    surroundings(monkeypatch, space, public)
    assert hosting.is_public() is expected
    assert hosting.on_space() is bool(space)


@pytest.mark.parametrize("value", ["yes", "2", "true"])
def test_what_is_neither_is_refused(monkeypatch, value):
    surroundings(monkeypatch, "", value)
    with pytest.raises(UserError, match=f"FUSE_PUBLIC must be 1 or 0, got '{value}'"):
        hosting.is_public()


def test_a_space_keeps_its_cache_where_it_outlasts_a_restart(monkeypatch, tmp_path):
    monkeypatch.delenv("FUSE_CACHE")
    monkeypatch.setattr(hosting, "STORAGE", tmp_path)
    surroundings(monkeypatch, "", "1")
    assert tmp_path not in cache_dir().parents
    surroundings(monkeypatch, "a/b", "")
    assert cache_dir() == tmp_path / "fuse-explorer"
    monkeypatch.setattr(hosting, "STORAGE", tmp_path / "not-mounted")
    assert tmp_path not in cache_dir().parents
    monkeypatch.setenv("FUSE_CACHE", str(tmp_path / "chosen"))
    assert cache_dir() == tmp_path / "chosen"
