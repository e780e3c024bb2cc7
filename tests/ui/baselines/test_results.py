"""The recorded comparison on the page."""

from __future__ import annotations

from typing import Any

import gradio as gr
import pandas as pd

from fuse_core.analysis.arms import PAIRS
from fuse_core.analysis.comparison_record import differences, means, read_record
from ui.baselines import results, tab
from ui.kit.texts import ASSETS

RECORD = read_record(ASSETS / "recorded" / "compare.json")


def test_the_page_shows_the_records_tables_and_what_they_say():
    with gr.Blocks() as page:
        tab._recorded()
    shown: dict[Any, Any] = {block.elem_id: block for block in page.blocks.values() if getattr(block, "elem_id", None)}
    for name, rows in (("means", means(RECORD)), ("differences", differences(RECORD))):
        frame = pd.DataFrame(rows)
        assert shown[f"base-{name}"].value["headers"] == list(frame.columns)
        assert shown[f"base-{name}"].value["data"] == frame.values.tolist()
    assert results.says(RECORD).startswith(f"- **{PAIRS[0].question}** ")
    assert shown["base-says"].value == results.says(RECORD)
    assert RECORD["created"] in shown["base-recorded"].value
