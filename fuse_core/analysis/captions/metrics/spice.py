"""SPICE (Anderson et al. 2016), by its authors' Java program as the pycocoevalcap package carries it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence

import numpy as np

from fuse_core.analysis.captions.metrics.metric import Judged, Judges, Metric
from fuse_core.analysis.captions.tokenise import tokens
from fuse_core.common.errors import UserError
from fuse_core.common.storage import require_wheel

PACKAGE, LISTED = "pycocoevalcap", "requirements-judges.txt"
PARSER = "stanford-corenlp-3.6.0"  # which the package would download from its authors' site


def measure(judged: Sequence[Judged], judges: Judges) -> np.ndarray:
    """F of every picture, shape = (pictures, 1); NaN becomes 0.

    Raises
    ------
    UserError
        Without the package, its parser's models or Java, and when the program fails.
    """
    folder = require_wheel(PACKAGE, "spice", "spice-1.0.jar", listed=LISTED).parent / "lib"
    if not all((folder / f"{PARSER}{part}.jar").exists() for part in ("", "-models")):
        raise UserError(f"SPICE needs the models of {PARSER}, which are not in the package 'pycocoevalcap'.")
    if shutil.which("java") is None:
        raise UserError("SPICE is a Java program, and there is no 'java' on the PATH.", "Install a Java runtime.")
    captions = {k: [" ".join(tokens(j.caption))] for k, j in enumerate(judged)}
    references = {k: [" ".join(tokens(text)) for text in j.references] for k, j in enumerate(judged)}
    from pycocoevalcap.spice.spice import Spice  # type: ignore[import-not-found]

    try:
        _, scores = Spice().compute_score(references, captions)
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        raise UserError("SPICE's Java program failed; it needs 8 GB of memory.") from error
    return np.nan_to_num(np.array([[score["All"]["f"]] for score in scores], dtype=float))


METRIC = Metric(
    name="SPICE",
    order=5,
    columns=("SPICE",),
    help="Objects, attributes and relations in common with the references, each sentence parsed; 0 to 1.",
    measure=measure,
)
