"""A visit's temporary files go when its page is closed, and no other's do."""

from __future__ import annotations

import gradio as gr

from ui.kit.visit_folders import VisitFolders


def test_a_visits_folders_go_with_it_and_others_stay():
    folders, mine, other = VisitFolders(), gr.Request(session_hash="a"), gr.Request(session_hash="b")
    first, second, theirs = folders.new(mine), folders.new(mine), folders.new(other)
    (first / "captions.jsonl").write_text("x", "utf-8")
    assert first != second
    folders.remove(mine)
    folders.remove(mine)  # a page may close twice
    assert not first.exists()
    assert not second.exists()
    assert not first.parent.exists()
    assert theirs.exists()
    folders.remove(other)
