"""What a short command may import: the model libraries take seconds, so they wait until something needs them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {"torch", "transformers", "tokenizers", "pandas", "numpy", "wordfreq", "gradio"}
SCRIPT = """
import json, sys
from fuse_core.__main__ import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


@pytest.mark.parametrize("arguments", [["--help"], ["models"], ["models", "--json"], ["fit", "--help"]])
def test_a_short_command_imports_no_model_library(arguments):
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments], capture_output=True, text=True, timeout=120, check=True
    )
    answer, imported = ran.stdout.rstrip("\n").rsplit("\n", 1)
    assert answer
    assert set(json.loads(imported)) & HEAVY == set()
