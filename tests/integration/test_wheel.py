"""The wheel in an empty virtual environment, which has what the wheel says that it needs, and nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import urllib.request
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest

from support.workspace import ROOT, Workspace
from unit.docs.generated import SCRIPTS

pytest.importorskip("build.__main__", reason="the Debian packages are tried on a booted system instead")
requirements = pytest.importorskip("packaging.requirements")

pytestmark = pytest.mark.req("J7")

DEFINITION = """
initial_state: greeting
transitions: [{from: greeting, to: completed, event: greeted}]
actions: {greeting: [{type: greet, name: Ada}, {type: log, message: "{greeting}", success: greeted}]}
"""
ACTION = """
from statemachine_engine.actions import BaseAction

class GreetAction(BaseAction):
    async def execute(self, context):
        context["greeting"] = "Hello, " + self.get_config_value("name")
        return None
"""
HARNESS = """
from statemachine_engine.testing import Harness
with Harness("greeter.yaml") as machine:
    print(machine.context["greeting"])
"""


def needed(dist: Distribution, extras: frozenset[str], found: dict[str, Distribution]) -> None:
    """Gather what a distribution needs, and what that needs in turn."""
    for text in dist.requires or ():
        wanted = requirements.Requirement(text)
        if wanted.marker and not any(wanted.marker.evaluate({"extra": extra}) for extra in extras or {""}):
            continue
        if wanted.name not in found:
            found[wanted.name] = distribution(wanted.name)
            needed(found[wanted.name], frozenset(wanted.extras), found)


def lend(found: dict[str, Distribution], packages: Path) -> None:
    """Let a virtual environment have these distributions of this test's own environment."""
    for dist in found.values():
        for top in {file.parts[0] for file in dist.files or ()} - {"..", "__pycache__"}:
            if not (packages / top).exists():
                (packages / top).symlink_to(str(dist.locate_file(top)))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the sdist, and the wheel made from it."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, capture_output=True, check=True)
    return folder


@pytest.fixture(scope="module")
def programs(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs of a virtual environment with the wheel in it."""
    venv = tmp_path_factory.mktemp("empty") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    (wheel,) = built.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "--python", str(venv), "install", "--no-deps", "--no-index", "--quiet"]
    subprocess.run([*pip, str(wheel)], check=True)
    (packages,) = venv.glob("lib/python*/site-packages")
    (info,) = packages.glob("statemachine_engine-*.dist-info")
    found: dict[str, Distribution] = {}
    needed(Distribution.at(info), frozenset({"monitor"}), found)
    lend(found, packages)
    return venv / "bin"


@pytest.fixture
def clean(workspace: Workspace, programs: Path) -> Workspace:
    """A workspace whose programs come from nowhere but the wheel."""
    del workspace.env["PYTHONPATH"]
    workspace.env |= {"PATH": f"{programs}:/usr/bin:/bin", "PYTHONNOUSERSITE": "1"}
    workspace.write("greeter.yaml", DEFINITION)
    workspace.write("actions/greet_action.py", ACTION)
    return workspace


def shell(clean: Workspace, line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-c", line], cwd=clean.path, env=clean.env, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_sdist_makes_the_same_wheel_as_the_tree(built: Path, tmp_path: Path) -> None:
    make = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(make, cwd=ROOT, capture_output=True, check=True)
    (ours,), (theirs,) = tmp_path.glob("*.whl"), built.glob("*.whl")
    assert ours.read_bytes() == theirs.read_bytes()


def test_every_program_answers(clean: Workspace, programs: Path) -> None:
    for name in SCRIPTS:
        assert (programs / name).is_file()
        for flag in ("--help", "--version"):
            done = shell(clean, f"{name} {flag}")
            assert (done.returncode, done.stderr) == (0, ""), name


def test_a_machine_runs_with_an_action_of_its_own(clean: Workspace) -> None:
    assert shell(clean, "statemachine-validate --strict greeter.yaml").returncode == 0
    done = shell(clean, "exec statemachine greeter.yaml")
    assert done.returncode == 0, done.stderr
    assert "Hello, Ada" in done.stderr


def test_the_harness_drives_a_definition(clean: Workspace) -> None:
    clean.write("try.py", HARNESS)
    done = shell(clean, "python try.py")
    assert done.stdout == "Hello, Ada\n", done.stderr


def test_the_monitor_serves_its_pages(clean: Workspace, programs: Path) -> None:
    log = clean.path / "ui.log"
    with log.open("wb") as output:
        serving = subprocess.Popen(
            [programs / "statemachine-ui", "--port", "0", "--no-websocket"],
            cwd=clean.path,
            env=clean.env,
            stderr=output,
        )
    try:
        address = _address(log, serving)
        with urllib.request.urlopen(address, timeout=30) as answer:
            page = answer.read().decode()
        assets = re.findall(r'(?:src|href)="(/?static/[^"]+)"', page)
        assert assets
        for asset in assets:
            with urllib.request.urlopen(f"{address}/{asset.lstrip('/')}", timeout=30) as answer:
                assert answer.read()
    finally:
        serving.terminate()
        serving.wait(30)


def _address(log: Path, serving: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + 30
    while not (found := re.search(r"address=(http://[\d.:]+)", log.read_text(encoding="utf-8"))):
        assert serving.poll() is None, log.read_text(encoding="utf-8")
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return found[1]
