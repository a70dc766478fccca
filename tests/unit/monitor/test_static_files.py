"""The files of the pages: what is others' is what they published, and what is ours needs nobody else's server."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
from pathlib import Path

import pytest

from support.workspace import ROOT

STATIC = ROOT / "internal/statemachine_internal/monitor/static"
LISTS = (STATIC / "vendor/vendored.json", ROOT / "tests/ui/axe/vendored.json")
WEIGHT_MAX = 150_000  # bytes, each file compressed for itself
COPYRIGHT = ROOT / "packaging/debian/copyright"
IMPORTED = re.compile(r"""(?:\bfrom|\bimport)\s*["']([\w@./-]+)["']""")


def vendor(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/usr/bin/python3", "scripts/vendor", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.req("H4")
def test_what_is_others_is_as_it_was_fetched() -> None:
    done = vendor("--check")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.req("H4")
def test_vendor_refuses_an_argument_it_does_not_know() -> None:
    done = vendor("--chek")
    assert done.returncode == 2
    assert "--check" in done.stderr


@pytest.mark.req("J7")
@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.parent.name)
def test_every_package_has_its_licence_beside_it_and_in_the_copyright_file(path: Path) -> None:
    for package in json.loads(path.read_text(encoding="utf-8"))["packages"]:
        files = [file["to"] for file in package["files"]]
        assert any(file.endswith(".LICENSE") for file in files)
        scripts = [str((path.parent / file).relative_to(ROOT)) for file in files if file.endswith(".js")]
        assert all(script in COPYRIGHT.read_text(encoding="utf-8") for script in scripts)


@pytest.mark.req("H4")
def test_all_that_a_browser_gets_weighs_less_than_150_kilobytes() -> None:
    served = [path for path in STATIC.rglob("*") if path.suffix in {".html", ".js", ".css", ".svg"}]
    assert len(served) > 50
    assert sum(len(gzip.compress(path.read_bytes())) for path in served) < WEIGHT_MAX


@pytest.mark.req("H4")
def test_every_import_is_a_file_that_is_there() -> None:
    for path in STATIC.rglob("*.js"):
        for name in IMPORTED.findall(path.read_text(encoding="utf-8")):
            assert name.startswith("."), f"{path} imports {name}, which a browser can't find"
            assert (path.parent / name).is_file(), f"{path} imports {name}, which isn't there"


@pytest.mark.req("H4")
def test_every_style_and_script_of_the_page_is_there() -> None:
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    named = re.findall(r'(?:href|src)="/static/([^"]+)"', page)
    assert {f"style/{path.name}" for path in (STATIC / "style").glob("*.css")} <= set(named)
    assert all((STATIC / name).is_file() for name in named)


@pytest.mark.req("H4")
def test_the_page_names_every_module_beforehand() -> None:
    """Or a browser would find them one import after the other, a round trip each."""
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    modules = {
        str(path.relative_to(STATIC)) for folder in ("app", "vendor") for path in (STATIC / folder).rglob("*.js")
    }
    named = re.findall(r'<link rel="modulepreload" href="/static/([^"]+)">', page)
    assert named == sorted(modules - {"app/types.js", "app/shell/first_scheme.js"})


@pytest.mark.req("H5")
def test_nothing_of_ours_writes_markup_or_runs_text() -> None:
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|dangerouslySet|\beval\(|new Function"
    )
    ours = [*(STATIC / "app").rglob("*.js"), STATIC / "index.html"]
    assert [str(path) for path in ours if forbidden.search(path.read_text(encoding="utf-8"))] == []
    assert not re.search(r"\son\w+=|style=|<script>", (STATIC / "index.html").read_text(encoding="utf-8"))
