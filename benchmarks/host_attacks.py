"""What a host promises all visitors: headers on every answer, no folder listed, nothing left of what was cut off."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import httpx

from benchmarks.attacks import AS_JSON, INSIDES, Attack, Harmed, Target
from benchmarks.machine import masked
from benchmarks.visit import API, file_data
from fuse_core.common.storage import assets_folder
from tests.browser.server import REPOSITORY

HEADERS = ("x-content-type-options", "content-security-policy", "referrer-policy")
ANSWERS = ("", "config", "healthz", "theme.css", f"{API}/info", f"{API}/file=/etc/passwd", "nothing", "openapi.json")
CAT = assets_folder() / "images" / "cat.jpg"
FILES, FILE_MB = 20, 30


def host_attacks() -> list[Attack]:
    """All of them."""
    return [
        *(Attack(f"the headers of /{path}", lambda target, path=path: _headers(target, path)) for path in ANSWERS),
        Attack("GET /monitoring/summary", _no_summary),
        Attack(f"{FILES} files of {FILE_MB} MB in one request, none left on the disk", _uploads_are_not_kept),
        Attack("the folders of uploads, listed", _no_listing),
        Attack("a picture of the host, told from one that is not there", _same_sentence),
        Attack("a name of a handler of the page, asked as programs ask", _not_by_name),
        Attack("endpoint split: an argument that it does not have", _unknown_argument),
        Attack("prepare, on a public host", _prepared),
        Attack("prepare --preset paper-caption, on a public host without a hub", _not_prepared),
    ]


def _headers(target: Target, path: str) -> str:
    answer = httpx.get(f"{target.address}{path}")
    if missing := [name for name in HEADERS if name not in answer.headers]:
        raise Harmed(f"{answer.status_code}, without {', '.join(missing)}")
    return f"{answer.status_code}, {', '.join(f'{name}: {answer.headers[name]}' for name in HEADERS)}"


def _no_summary(target: Target) -> str:
    answer = target.request("GET", "monitoring/summary")
    if answer.text:
        raise Harmed(str(answer))
    return f"{answer.status}, empty"


def _uploads(root: Path) -> set[Path]:
    """Files in the folders that Gradio and the page keep them in; the server is on this machine."""
    folders = [Path(os.environ.get("GRADIO_TEMP_DIR", root / "gradio")), *root.glob("fuse-*")]
    return {path for folder in folders for path in folder.rglob("*") if path.is_file()} | set(root.glob("tmp*"))


def _uploads_are_not_kept(target: Target) -> str:
    before, content = _uploads(target.temporary), os.urandom(1_000_000) * FILE_MB
    files = [("files", (f"{k}.png", content)) for k in range(FILES)]
    answer = ""
    with suppress(httpx.WriteError, httpx.ReadError):  # refused before all of it was sent
        sent = httpx.post(f"{target.address}{API}/upload", files=files, timeout=300)
        answer = f"{sent.status_code} {sent.text}"
        if not sent.is_error:
            raise Harmed("They were taken.")
    if left := [
        path for path in _uploads(target.temporary) - before if path.exists() and path.stat().st_size > 1_000_000
    ]:
        raise Harmed(f"{len(left)} files were left.")
    return f"{answer or 'the line was cut'}; none left"


def _no_listing(target: Target) -> str:
    """The folder of one's own upload, and those above it."""
    visit = target.visit()
    path = Path(visit.upload(CAT)["path"])
    told = []
    for folder in path.parents[:3]:
        for asked in (f"{API}/file={folder}", f"{API}/file={folder}/", f"{API}/file={path}/../.."):
            answer = target.request("GET", asked)
            told.append(answer.status)
            if answer.status < 400:
                raise Harmed(str(answer)[:100])
    return f"{', '.join(map(str, sorted(set(told))))}: {len(told)} requests"


def _same_sentence(target: Target) -> str:
    """What is answered must not tell whether a file exists."""
    there = target.file("there.jpg", CAT.read_bytes())
    answers = []
    for path in (there, there.with_name("absent.jpg"), there.parent):
        visit = target.visit()
        visit.set("picture", file_data(str(path)))
        answers.append(visit.do("picture", "upload").text)
    if len(set(answers)) > 1 or "not uploaded" not in answers[0]:
        raise Harmed(" / ".join(answers))
    return answers[0]


def _not_by_name(target: Target) -> str:
    told = []
    for name in ("recorded_picture", "choose_picture", "lambda", "fit_1"):
        for path in (f"call/{name}", f"call/v2/{name}", f"run/{name}"):
            answer = target.request("POST", f"{API}/{path}", '{"data": []}', AS_JSON)
            if answer.status != 404:
                raise Harmed(f"{path}: {answer}")
            told.append(answer.text)
    return f"{len(told)} requests: {', '.join(sorted(set(told)))}"


def _unknown_argument(target: Target) -> str:
    answer = target.request("POST", f"{API}/call/v2/split", '{"nonsense": 1}', AS_JSON)
    if answer.status != 422:
        raise Harmed(str(answer))
    return str(answer)


def _command(code: int, *arguments: str, **variables: str) -> str:
    """What the command line of the host itself says; ``code`` is how it has to end."""
    environment = {**os.environ, "FUSE_PUBLIC": "1", **variables}
    command = [sys.executable, "-m", "fuse_core", *arguments]
    ended = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=600)
    said = f"{ended.stderr}\n{ended.stdout}".strip()
    last = next(iter(said.splitlines()[-1:]), "")
    if ended.returncode != code or "Traceback" in said:
        raise Harmed(f"exit {ended.returncode}: {last}")
    return f"exit {code}: {INSIDES.sub('…', masked(last))}"


def _prepared(target: Target) -> str:
    """The host may make what a first run needs, though visitors may not."""
    return _command(0, "prepare", "--preset", "offline-caption")


def _not_prepared(target: Target) -> str:
    """What cannot be had gets a sentence."""
    nowhere = {"HF_HUB_OFFLINE": "1", "FUSE_CACHE": str(target.folder / "cache")}
    return _command(2, "prepare", "--preset", "paper-caption", **nowhere)
