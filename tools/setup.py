"""Builds tenon-import. Its version is the library's, and the library's headers are part of the package, so that the tool can
compile what it writes."""

import re
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

root = Path(__file__).resolve().parent.parent


class BuildWithHeaders(build_py):
    def run(self) -> None:
        super().run()
        shutil.copytree(root / "include", Path(self.build_lib) / "tenon_import" / "include", dirs_exist_ok=True)


setup(
    version=re.search(r"project\(tenon VERSION ([\d.]+)", (root / "CMakeLists.txt").read_text())[1],
    packages=["tenon_import", "tenon_import.formats"],
    cmdclass={"build_py": BuildWithHeaders},
)
