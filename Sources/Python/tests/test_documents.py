"""The scripts of the README and of Docs/Python.md run as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from conftest import ROOT

PAGES = [ROOT / "README.md", ROOT / "Docs" / "Python.md"]
#: What a script needs, by a comment in its first line: ``# needs torch``.
BLOCKS = [
    block for page in PAGES for block in re.findall(r"^```python\n(.*?)^```$", page.read_text(), re.M | re.S)
]


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_script(number, tmp_path):
    script = BLOCKS[number]
    for framework in re.findall(r"^# needs (\w+)", script, re.M):
        pytest.importorskip(framework)
    (tmp_path / "graphs").symlink_to(ROOT / "graphs")
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120,
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
