# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the wheels of both projects and try them: ``make wheels``.

On each Python from 3.11 to 3.13 that is found, the wheels are installed into
a new environment. This then makes a template of ``tests/data`` with
``pipetask`` and holds it against that of the Science Pipelines, and builds
the pipeline that needs the installed ``pipelines`` and ``config``.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
UV = pathlib.Path(sys.executable).with_name("uv")
WHEELS = ROOT / "build" / "wheels"
PROJECTS = (ROOT, ROOT / "standalone")
VERSIONS = ("3.11", "3.12", "3.13")
SCENES = ("test_templateMake.ScenesTestCase", "test_templateRepo.ScenesTestCase")
"""Tests of commands on the reference scenes; skipped where those are not."""


def main() -> int:
    """Build and try; return the exit status."""
    wheels = build_wheels()
    for wheel in wheels:
        check_contents(wheel)
        print(f"built {wheel.relative_to(ROOT)} ({wheel.stat().st_size // 1000} kB), typed", flush=True)
    tried = 0
    for version in VERSIONS:
        python = find_python(version)
        if python is None:
            print(f"Python {version}: not found", flush=True)
        else:
            print(f"Python {version}: {try_wheels(python, wheels)}", flush=True)
            tried += 1
    return 0 if tried else 1


def build_wheels() -> list[pathlib.Path]:
    """Build the wheels, from nothing that an earlier build left."""
    shutil.rmtree(WHEELS, ignore_errors=True)
    for project in PROJECTS:
        shutil.rmtree(project / "build" / "lib", ignore_errors=True)
        run(
            *(UV, "build", "--quiet", "--wheel", "--no-build-isolation", "--python", sys.executable),
            *("--out-dir", WHEELS, project),
        )
        shutil.rmtree(project / "build" / "lib", ignore_errors=True)
    return sorted(WHEELS.glob("*.whl"))


def check_contents(wheel: pathlib.Path) -> None:
    """Check that a type checker takes all modules of a wheel as typed."""
    paths = [pathlib.PurePath(name) for name in zipfile.ZipFile(wheel).namelist()]
    typed = {path.parent for path in paths if path.name == "py.typed"}
    sources = [path for path in paths if path.suffix == ".py" and path.parts[0] == "lsst"]
    modules = [path for path in sources if path.name != "__init__.py"]
    untyped = [str(path) for path in modules if typed.isdisjoint(path.parents)]
    if untyped or not modules:
        sys.exit(f"{wheel.name} has {len(modules)} modules, and no py.typed for {untyped}.")


def find_python(version: str) -> pathlib.Path | None:
    """Return an interpreter of a version, of the path or of pyenv."""
    known = sorted(pathlib.Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    for path in (shutil.which(f"python{version}"), *known):
        if path is None:
            continue
        code = "import sys; print('%d.%d' % sys.version_info[:2])"
        done = subprocess.run([path, "-c", code], capture_output=True, text=True, check=False)
        # The commands of pyenv exist for versions that are not selected too.
        if done.returncode == 0 and done.stdout.strip() == version:
            return pathlib.Path(path)
    return None


def try_wheels(python: pathlib.Path, wheels: list[pathlib.Path]) -> str:
    """Install wheels into a new environment and make a template there.

    Returns
    -------
    summary
        Versions that are installed, and what the tests said.
    """
    with tempfile.TemporaryDirectory() as folder:
        environment = pathlib.Path(folder, "venv")
        run(UV, "venv", "--quiet", "--python", python, environment)
        inside = environment / "bin" / "python"
        run(UV, "pip", "install", "--quiet", "--python", inside, *wheels)
        versions = run(UV, "pip", "freeze", "--python", inside).splitlines()
        for command in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]:
            run(inside.with_name(command), "--version")
        build_example(environment)
        tests = ("test_golden.SmallSceneTestCase", *SCENES)
        output = run(inside, "-m", "unittest", *tests, cwd=folder, PYTHONPATH=str(ROOT / "tests"))
        # Else the environment could be using the sources.
        if str(ROOT) in run(inside, "-c", "import lsst.pixels, lsst.geom; print(lsst.pixels, lsst.geom)"):
            sys.exit(f"The environment of {python} does not use the wheels.")
        ours = [line.split(" @ ")[0] for line in versions if "file://" in line]
        result = f"{', '.join(tests)}: {output.split()[-1]}"
        return f"{', '.join(ours)} installed; pipelines and config found; {result}"


def build_example(environment: pathlib.Path) -> None:
    """Build a pipeline that needs installed files, where the documentation
    says that these are.
    """
    share = environment / "share" / "ip_diffim_template"
    command = (environment / "bin" / "pipetask", "build", "-p", share / "pipelines/examples/QuickLook.yaml")
    show = ("--show", "config=buildQuickLook::warp.warpingKernelName")
    config = run(*command, *show, IP_DIFFIM_TEMPLATE_DIR=str(share))
    if "warpingKernelName='bilinear'" not in config:
        sys.exit(f"The pipeline does not read getTemplateQuickLook.py:\n{config}")


def run(*command: str | pathlib.Path, cwd: str | pathlib.Path = ROOT, **variables: str) -> str:
    """Run a command that must succeed; return all that it printed."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | variables
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}\nended with status {done.returncode}.")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
