"""The Debian packages: built twice, looked into, and judged by lintian."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.workspace import ROOT
from unit.deploy.units import needs, run

LIBRARY = "usr/lib/python3/dist-packages"
WEB = ("fastapi", "starlette", "uvicorn", "pydantic")
# Once a test run is enough: the build uses Debian's tools whichever Python runs the tests.
once = pytest.mark.skipif(sys.prefix == sys.base_prefix, reason="the packages are built in the leg with a venv")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this tree, which nobody works on between two builds."""
    copy = tmp_path_factory.mktemp("copied") / "tree"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "dist", "build", "__pycache__"))
    return copy


@pytest.fixture(scope="module")
def packages(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    needs("dh", "dpkg-buildpackage")
    return build(tree, tmp_path_factory.mktemp("built"))


def build(tree: Path, folder: Path, umask: str = "022") -> Path:
    done = run("/bin/sh", "-c", f'umask {umask}; exec "$0" "$1"', tree / "packaging" / "build-deb", folder)
    assert done.returncode == 0, done.stdout
    return folder


def unpacked(packages: Path, name: str, target: Path) -> Path:
    (package,) = packages.glob(f"{name}_*.deb")
    subprocess.run(["dpkg-deb", "-x", package, target], check=True)
    return target


def hashes(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


@once
@pytest.mark.req("J3")
def test_lintian_has_no_error_and_no_warning(packages: Path) -> None:
    needs("lintian")
    done = run("lintian", "--allow-root", "--fail-on", "error,warning", *sorted(packages.glob("*.deb")))
    assert done.returncode == 0, done.stdout


@once
@pytest.mark.req("J3")
def test_a_second_build_gives_the_same_packages_byte_for_byte(tree: Path, packages: Path, tmp_path: Path) -> None:
    first, second = hashes(packages), hashes(build(tree, tmp_path, umask="077"))
    assert len(first) == 2
    assert first == second


@once
@pytest.mark.req("J3")
def test_the_engine_s_package_knows_nothing_of_the_web(packages: Path, tmp_path: Path) -> None:
    library = unpacked(packages, "statemachine", tmp_path) / LIBRARY
    sources = list(library.rglob("*.py"))
    assert sources
    imports = [f"{word} {name}" for word in ("import", "from") for name in WEB]
    assert [str(path) for path in sources if any(text in path.read_text(encoding="utf-8") for text in imports)] == []
    assert not (library / "statemachine_internal" / "monitor").exists()


@once
@pytest.mark.req("J3")
def test_the_programs_of_the_engine_s_package_run_without_the_monitor_s(packages: Path, tmp_path: Path) -> None:
    root = unpacked(packages, "statemachine", tmp_path)
    for program in (
        "statemachine",
        "statemachine-db",
        "statemachine-diagrams",
        "statemachine-fsm",
        "statemachine-validate",
        "statemachine-lint",
    ):
        assert (root / "usr/bin" / program).read_text().startswith("#!/usr/bin/python3\n")
        done = run(
            "/usr/bin/python3", "-B", root / "usr/bin" / program, "--version", env={"PYTHONPATH": str(root / LIBRARY)}
        )
        assert done.returncode == 0, done.stdout


@once
@pytest.mark.req("J3")
def test_no_file_is_in_both_packages(packages: Path, tmp_path: Path) -> None:
    files = [
        {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() or path.is_symlink()}
        for root in (unpacked(packages, name, tmp_path / name) for name in ("statemachine", "statemachine-monitor"))
    ]
    assert files[0] & files[1] == set()
    assert {"usr/bin/statemachine-ui", "lib/systemd/system/statemachine-monitor.socket"} <= files[1]
    assert "usr/libexec/statemachine/make-monitor-token" in files[1]
    assert f"{LIBRARY}/statemachine_internal/monitor/static/index.html" in files[1]
    assert not [name for name in files[0] if name.startswith(f"{LIBRARY}/statemachine_internal/monitor/")]
    assert {"etc/default/statemachine", "etc/statemachine/README", "usr/lib/sysusers.d/statemachine.conf"} <= files[0]


@once
@pytest.mark.req("J3")
def test_units_and_presets_stand_in_the_tree_where_debian_has_its_own(packages: Path, tmp_path: Path) -> None:
    """dpkg complains at purge of a folder that it takes for ours alone and that others have put something into."""
    for name in ("statemachine", "statemachine-monitor"):
        root = unpacked(packages, name, tmp_path / name)
        assert (root / "lib/systemd/system").is_dir()
        assert not [path for path in ("system", "system-preset") if (root / "usr/lib/systemd" / path).exists()]
    assert (tmp_path / "statemachine/lib/systemd/system-preset/60-statemachine.preset").is_file()


@pytest.mark.req("J3")
@pytest.mark.parametrize(
    "script",
    sorted(
        str(path.relative_to(ROOT))
        for pattern in ("packaging/*", "packaging/debian/*.p*", "deploy/libexec/*")
        for path in ROOT.glob(pattern)
        if path.is_file() and path.read_bytes().startswith(b"#!/bin/sh\n")
    ),
)
def test_a_shell_script_parses(script: str) -> None:
    done = run("/bin/sh", "-n", ROOT / script)
    assert (done.returncode, done.stdout) == (0, "")
