"""The rehearsal of a Space: its folder, and the hub's cache that it starts from."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import huggingface_hub
import pytest

from benchmarks import space
from benchmarks.space_hub import fill_hub
from fuse_core.models import catalog


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return space.build(tmp_path_factory.mktemp("space") / "built")


def test_the_folder_holds_the_program_and_nothing_that_was_made_beside_it(folder):
    assert sorted(path.name for path in folder.iterdir()) == sorted(space.PARTS)
    made = [p for p in folder.rglob("*") if p.suffix == ".pyc" or (p.suffix == ".pyi" and "ui" in p.parts)]
    assert made == []
    assert (folder / "fuse_core" / "__init__.pyi").is_file()  # lazy imports read it
    assert max(path.stat().st_size for path in folder.rglob("*")) < 10e6  # larger files want Git LFS there


def test_the_files_that_a_space_fetches_are_all_that_the_models_of_the_first_step_need(monkeypatch, tmp_path, folder):
    hub = tmp_path / "hub"
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(hub))
    for module in ("fuse_core.common.storage", "fuse_core.models.entry"):
        monkeypatch.setattr(f"{module}.wheel_folder", lambda package: None)
    assert not catalog.entry("smollm2").present
    fill_hub(hub, space.settings(folder)["preload_from_hub"])
    assert [catalog.entry(key).present for key in ("smollm2", "minilm-centred")] == [True, True]


def test_what_is_read_only_cannot_be_written_and_can_be_read(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_text("c")
    space.make_read_only(tmp_path)
    assert [oct(path.stat().st_mode & 0o777) for path in (tmp_path / "a", tmp_path / "a" / "b")] == ["0o555", "0o444"]
    (tmp_path / "a").chmod(0o755)
    tmp_path.chmod(0o755)


def test_what_never_answers_is_an_error():
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
        with pytest.raises(RuntimeError, match="no answer"):
            space.until_answered("http://127.0.0.1:9/", process)


@pytest.mark.full
@pytest.mark.timeout(2400)
def test_a_space_starts_with_nothing_but_its_requirements():
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.space"],
        cwd=space.REPOSITORY,
        env={**os.environ, "TMPDIR": "/tmp"},  # other users enter it
        capture_output=True,
        text=True,
        timeout=2300,
    )
    assert ran.returncode == 0, ran.stderr
    assert "exit 0" in ran.stdout
    assert "Traceback" not in ran.stderr
