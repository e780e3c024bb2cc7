"""CSV whose cells no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from pathlib import Path

from playwright._impl._driver import compute_driver_executable

from fuse_core.common.csv import BOM, csv_text

REPOSITORY = Path(__file__).parents[3]
WORDS = (REPOSITORY / "tests" / "data" / "cases" / "words_that_are_formulas.txt").read_text("utf-8").split()
ROWS = [["-word", "loss"], *([word, -1.5] for word in WORDS), ["\tx", None], ["\r=1", 0], ["＝1", 2], ['a,"b"', 1e-9]]
EXPECTED = [
    ["'-word", "loss"],
    ['\'=HYPERLINK("http://x.invalid","click")', "-1.5"],
    ["'=1+1", "-1.5"],
    ["'+1", "-1.5"],
    ["'-1", "-1.5"],
    ["'@SUM(A1)", "-1.5"],
    ["cat", "-1.5"],
    ["cat", "-1.5"],
    ["'\tx", ""],
    ["'\r=1", "0"],
    ["'＝1", "2"],
    ['a,"b"', "1e-9"],
]


def cells(text: str) -> list[list[str]]:
    """The rows of a CSV; numbers as one language writes them."""
    assert text.startswith(BOM)
    rows = csv.reader(io.StringIO(text.removeprefix(BOM), newline=""))
    return [[cell.replace("1e-09", "1e-9") for cell in row] for row in rows]


def test_words_that_are_formulas_are_text_and_numbers_stay_numbers():
    assert cells(csv_text(ROWS)) == EXPECTED


def test_a_table_saved_by_the_page_has_the_same_cells():
    node, _ = compute_driver_executable()  # the Node.js that Playwright brings
    script = """
      const [source, rows] = process.argv.slice(1).map((text, k) => (k ? JSON.parse(text) : text));
      globalThis.window = { location: { search: "", href: "http://127.0.0.1/" } };
      globalThis.setInterval = globalThis.setTimeout = () => {};
      const made = { click() {}, remove() {} };
      const body = { append() {} };
      globalThis.document = { body, createElement: () => made, addEventListener() {}, querySelector() {} };
      URL.createObjectURL = (blob) => blob.arrayBuffer().then((bytes) => process.stdout.write(Buffer.from(bytes)));
      (0, eval)(source);
      window.fxTable({ headers: rows[0], data: rows.slice(1) }, "words");
    """
    source = (REPOSITORY / "assets" / "scripts" / "explorer.js").read_text("utf-8")
    done = subprocess.run([node, "-e", script, source, json.dumps(ROWS)], capture_output=True, timeout=60, check=True)
    assert cells(done.stdout.decode("utf-8")) == EXPECTED
