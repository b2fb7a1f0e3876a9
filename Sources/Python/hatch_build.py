"""Builds the shared library with SwiftPM and puts it into the wheel.

Environment:
  CYCLOGRAD_LIBRARY      a built library, used as it is instead of building one
  CYCLOGRAD_SWIFT_FLAGS  more flags of `swift build`, such as `--disable-default-traits`
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PRODUCT = "cyclograd-c"


class CustomBuildHook(BuildHookInterface[Any]):
    """Runs before hatchling collects files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        if self.target_name == "sdist":
            self._add_sources(self._package(root), build_data)
            return
        if version == "editable" and not os.environ.get("CYCLOGRAD_LIBRARY"):
            # Let CYCLOGRAD_LIBRARY name the library when the package is imported.
            return
        library = os.environ.get("CYCLOGRAD_LIBRARY")
        built = Path(library) if library else self._build(self._package(root), root)
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{self._platform()}"
        build_data["force_include"][str(built)] = f"cyclograd/{self._name()}"
        licence = self._package(root, required=False)
        if licence and (licence / "LICENSE").exists():
            build_data["force_include"][str(licence / "LICENSE")] = "cyclograd/LICENSE"

    @staticmethod
    def _platform() -> str:
        import sysconfig

        return sysconfig.get_platform().replace("-", "_").replace(".", "_")

    @staticmethod
    def _name() -> str:
        return f"lib{PRODUCT}.dylib" if sys.platform == "darwin" else f"lib{PRODUCT}.so"

    @staticmethod
    def _package(root: Path, required: bool = True) -> Path | None:
        """Where Package.swift is: two folders up in the repository, beside us in an sdist."""
        for place in (root / "swift", root.parent.parent):
            if (place / "Package.swift").exists():
                return place.resolve()
        if required:
            raise FileNotFoundError("there is no Package.swift two folders up, nor in swift/")
        return None

    def _build(self, package: Path | None, root: Path) -> Path:
        assert package is not None
        swift = shutil.which("swift")
        if swift is None:
            raise RuntimeError(
                "the Swift toolchain is needed to build cyclograd from source: see https://www.swift.org/install/"
            )
        command = [
            swift, "build", "-c", "release", "--product", PRODUCT,
            "--package-path", str(package), "--scratch-path", str(package / ".build-python"),
            "-Xswiftc", "-static-stdlib",
            *shlex.split(os.environ.get("CYCLOGRAD_SWIFT_FLAGS", "")),
        ]  # fmt: skip
        if sys.platform != "darwin":
            exports = root / "exports.map"
            command += ["-Xlinker", f"--version-script={exports}", "-Xlinker", "--strip-all"]
        self.app.display_info("$ " + shlex.join(command))
        subprocess.run(command, check=True)
        folder = subprocess.run(
            [*command, "--show-bin-path"], check=True, capture_output=True, text=True
        ).stdout.strip()
        return Path(folder) / self._name()

    @staticmethod
    def _add_sources(package: Path | None, build_data: dict[str, Any]) -> None:
        assert package is not None
        kept = {".swift", ".c", ".h", ".modulemap", ".py", ".txt", ".md"}
        include = build_data["force_include"]
        for name in ("Package.swift", "LICENSE", "README.md"):
            include[str(package / name)] = f"swift/{name}"
        # SwiftPM builds nothing where the folder of a target is missing, be it one of tests.
        tests = sorted((package / "Tests").glob("*Tests")) + [package / "Tests" / "TestSupport"]
        for folder in [package / "Sources", *tests]:
            for file in sorted(folder.rglob("*")):
                inside = file.relative_to(package)
                is_kept = file.suffix in kept or "Resources" in inside.parts
                if file.is_file() and is_kept and inside.parts[1] != "Python":
                    include[str(file)] = f"swift/{inside}"
