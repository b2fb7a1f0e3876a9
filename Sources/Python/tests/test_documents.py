"""The scripts of the README and of the documents run as they stand there, but those that their page runs itself."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from conftest import ROOT

NAMES = ["Python", "FromPyTorch", "FromSciPy", "LinearSystems", "Tutorial"]
PAGES = [ROOT / "README.md", *(ROOT / "Docs" / f"{name}.md" for name in NAMES)]
#: What a script needs, by a comment in its first line: ``# needs torch``. Those with a mark are not for this test.
BLOCKS = [
    (page, block)
    for page in PAGES
    for block in re.findall(r"(?<!-->\n)^```python\n(.*?)^```$", page.read_text(), re.M | re.S)
]


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_script(number, tmp_path):
    page, script = BLOCKS[number]
    for framework in re.findall(r"^# needs (\w+)", script, re.M):
        pytest.importorskip(framework)
    (tmp_path / "graphs").symlink_to(ROOT / "graphs")
    # The files that the page has before.
    marked = r"^<!-- file: (\S+) -->\n```\w+\n(.*?)^```$"
    for name, text in re.findall(marked, page.read_text(), re.M | re.S):
        (tmp_path / name).write_text(text)
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120,
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
