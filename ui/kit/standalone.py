"""A page as one HTML file that needs no server and no net: prose with formulas, tables, figures."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Sequence
from functools import cache
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from plotly.offline import get_plotlyjs

from ui.kit.templates import render

Part = str | go.Figure | pd.DataFrame  # a str is HTML


def standalone(title: str, parts: Sequence[Part], language: str = "en", style: str = "") -> str:
    """The parts one below the other. With a figure about 2 MB, for it brings its library along, packed.

    ``style`` is more of a style sheet: parts made for the page need the page's.
    """
    figures: list[str] = []
    blocks = [_block(part, figures) for part in parts]
    library = _plotly() if figures else ""
    return render(
        "standalone", title=title, language=language, blocks=blocks, figures=figures, library=library, style=style
    )


def prose(markdown: str) -> str:
    """Markdown as HTML, its formulas as MathML; HTML in it is escaped."""
    return _markdown().render(markdown)


def _block(part: Part, figures: list[str]) -> str:
    if isinstance(part, pd.DataFrame):
        return f'<div class="scroll">{part.to_html(index=False, border=0)}</div>'
    if isinstance(part, go.Figure):
        # JSON within a script: no end of it may stand in a text.
        figures.append(str(part.to_json()).replace("<", "\\u003c"))
        return f'<div class="figure" id="figure-{len(figures) - 1}"></div>'
    return part


@cache
def _markdown() -> MarkdownIt:
    def formula(content: str, options: dict[str, Any]) -> str:
        return convert(content, display="block" if options.get("display_mode") else "inline")

    made = MarkdownIt("commonmark", {"html": False}).enable("table")
    return made.use(dollarmath_plugin, renderer=formula, double_inline=True)


@cache
def _plotly() -> str:
    """Plotly's library, compressed, in base64: browsers unpack it."""
    return base64.b64encode(gzip.compress(get_plotlyjs().encode(), 9, mtime=0)).decode()
