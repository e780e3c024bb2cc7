"""Downloads beside a view: its table as CSV, its figure as PNG or SVG, all made in the browser."""

from __future__ import annotations

import json

import gradio as gr


def buttons(name: str, table: gr.Dataframe | None = None, plot: gr.Plot | None = None) -> None:
    """A row of small download buttons.

    Parameters
    ----------
    name : str
        File name without its ending; also begins the buttons' element ids: ``<name>-csv``, ``-png``, ``-svg``.
    table : Dataframe, optional
        The data to save; saved as a whole, whatever search is set.
    plot : Plot, optional
        A Plotly figure with an ``elem_id``.
    """
    with gr.Row(elem_classes="fx-buttons fx-export"):
        if table is not None:
            csv = gr.Button("CSV", size="sm", elem_id=f"{name}-csv", min_width=60)
            csv.click(None, table, None, js=f"(table) => fxTable(table, {json.dumps(name)})")
        if plot is not None:
            for kind in ("png", "svg"):
                arguments = ", ".join(json.dumps(text) for text in (plot.elem_id, name, kind))
                button = gr.Button(kind.upper(), size="sm", elem_id=f"{name}-{kind}", min_width=60)
                button.click(None, None, None, js=f"() => fxFigure({arguments})")
