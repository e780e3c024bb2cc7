"""The page's scripts share one scope."""

from __future__ import annotations

import re
from collections import Counter

from ui.kit.texts import ASSETS

TOP_LEVEL = re.compile(r"^(?:const|let|var|class|(?:async )?function) +(\w+)|^window\.(\w+) =", re.MULTILINE)


def test_no_two_scripts_give_one_name_to_two_things():
    scripts = sorted((ASSETS / "scripts").glob("*.js"))
    names = Counter(a or b for script in scripts for a, b in set(TOP_LEVEL.findall(script.read_text("utf-8"))))
    assert len(names) > 20
    assert [name for name, count in names.items() if count > 1] == []
