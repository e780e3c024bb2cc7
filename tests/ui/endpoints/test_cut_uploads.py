"""Uploads that end early, on a served app."""

from __future__ import annotations

import errno
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from gradio.utils import get_upload_folder

HEAD = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'


def parts() -> set[Path]:
    """Files that lie in the upload folder itself, where they are written."""
    folder = Path(get_upload_folder())
    return {path for path in folder.iterdir() if path.is_file()} if folder.is_dir() else set()


def until(is_so) -> bool:
    deadline = time.monotonic() + 20
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.02)
    return is_so()


def test_nothing_is_left_of_an_upload_whose_visitor_leaves(address, capfd, caplog):
    before, where = parts(), urlsplit(address)
    with socket.create_connection((where.hostname, where.port)) as line:
        head = f"POST /gradio_api/upload HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Length: 1000000\r\n"
        line.sendall(head.encode() + b"Content-Type: multipart/form-data; boundary=b\r\n\r\n" + HEAD + b"x" * 300_000)
        assert until(lambda: parts() - before)
    assert until(lambda: not parts() - before)
    time.sleep(0.2)
    assert "Traceback" not in capfd.readouterr().err + caplog.text


def test_nor_of_one_that_met_a_full_disk(address, monkeypatch):
    before = parts()

    async def write(self, data):
        assert parts() - before  # it was begun
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("gradio.route_utils.GradioUploadFile.write", write, raising=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        answer = httpx.post(f"{address}gradio_api/upload", files={"files": ("a.png", b"x" * 100_000)}, timeout=30)
    assert answer.is_server_error
    assert not parts() - before
