from __future__ import annotations

import pytest

from fuse_core.common.locks import exclusive_lock, lock_if_free


def test_a_lock_keeps_others_out_until_the_block_ends_however_it_ends(tmp_path):
    path = tmp_path / "locks" / "one.lock"
    with pytest.raises(ZeroDivisionError), exclusive_lock(path) as held:  # noqa: PT012
        assert held
        with lock_if_free(path) as free:
            assert not free
        _ = 1 / 0
    with lock_if_free(path) as free:
        assert free
    with exclusive_lock(path, lambda: pytest.fail("still held")) as held:
        assert held


def test_who_waits_is_asked_until_it_gives_up(tmp_path):
    asked = []

    def give_up_the_second_time() -> None:
        asked.append(1)
        if len(asked) == 2:
            raise TimeoutError

    path = tmp_path / "one.lock"
    with exclusive_lock(path), pytest.raises(TimeoutError), exclusive_lock(path, give_up_the_second_time):
        pytest.fail("let in")


def test_a_folder_that_is_read_only_lets_everybody_in_without_a_lock(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("filelock._unix.os.open", refuse)
    with exclusive_lock(tmp_path / "one.lock", lambda: pytest.fail("waited")) as held:
        assert not held
    with lock_if_free(tmp_path / "one.lock") as free:
        assert not free
