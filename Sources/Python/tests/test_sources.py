"""What a source distribution holds."""

from __future__ import annotations

import importlib.util
import re
import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT.parents[1]


@pytest.mark.skipif(not (PACKAGE / "Package.swift").exists(), reason="not in the repository")
def test_every_target_of_the_manifest_is_there(monkeypatch):
    interface = types.ModuleType("hatchling.builders.hooks.plugin.interface")
    interface.BuildHookInterface = dict
    monkeypatch.setitem(sys.modules, interface.__name__, interface)
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    data = {"force_include": {}}
    module.CustomBuildHook._add_sources(PACKAGE, data)
    held = set(data["force_include"].values())
    manifest = (PACKAGE / "Package.swift").read_text()
    folders = re.findall(r'path: "([^"\\]+)"', manifest)
    folders += [f"Tests/{name}" for name in re.findall(r'name: "(\w+Tests)"', manifest)]
    folders += [f"Sources/{name}" for name in re.findall(r'[tT]arget\(\s*name: "(\w+)"', manifest)]
    folders = [name for name in folders if (PACKAGE / name).exists()]
    assert len(folders) > 20
    for folder in folders:
        assert any(name.startswith(f"swift/{folder}/") for name in held), folder
