"""A visit's temporary files go when its page is closed, and no other's do."""

from __future__ import annotations

import gradio as gr

from ui.kit.visit_folders import VisitFolders


def test_a_visits_folders_go_with_it_and_others_stay():
    folders, mine, other = VisitFolders(), gr.Request(session_hash="a"), gr.Request(session_hash="b")
    first, second, theirs = folders.folder(mine, "x"), folders.folder(mine, "y"), folders.folder(other, "x")
    assert folders.folder(mine, "x") == first
    (first / "captions.jsonl").write_text("x", "utf-8")
    assert len({first, second, theirs}) == 3
    folders.remove(mine)
    folders.remove(mine)  # a page may close twice
    assert not first.exists()
    assert not second.exists()
    assert not first.parent.exists()
    assert theirs.exists()
    assert folders.folder(mine, "x").is_dir()  # a page that lost its line comes back
    for visit in (mine, other):
        folders.remove(visit)
