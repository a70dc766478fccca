"""The files of the pages: types, tags, and how long a browser keeps them."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI

from statemachine_internal.monitor.routes.pages import FOLDER, page_routes
from unit.monitor.called import call


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "vendor").mkdir()
    for name in ("index.html", "app.js", "style.css", "mark.svg", "notes.md", "vendor/part-1.2.3.js", "vendor/part.js"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    return tmp_path


def got(folder: Path, path: str, tag: str = "") -> tuple[int, dict[str, str], bytes]:
    app = FastAPI()
    app.include_router(page_routes(str(folder)))
    sent = call(app, path, headers=((b"if-none-match", tag.encode()),) if tag else ())
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:])


@pytest.mark.req("H4")
@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/static/app.js", "text/javascript; charset=utf-8"),
        ("/static/style.css", "text/css; charset=utf-8"),
        ("/static/mark.svg", "image/svg+xml"),
    ],
)
def test_a_file_has_its_type(folder: Path, path: str, kind: str) -> None:
    status, headers, body = got(folder, path)
    assert (status, headers["content-type"]) == (200, kind)
    assert body.decode() == ("index.html" if path == "/" else path.removeprefix("/static/"))


@pytest.mark.req("H4")
def test_a_browser_that_has_the_file_gets_no_copy_until_it_changes(folder: Path) -> None:
    _, headers, _ = got(folder, "/static/app.js")
    tag = headers["etag"]
    assert got(folder, "/static/app.js", f'"other", W/{tag}')[0] == 304
    (folder / "app.js").write_text("another", encoding="utf-8")
    status, headers, body = got(folder, "/static/app.js", tag)
    assert (status, body) == (200, b"another")
    assert headers["etag"] != tag


@pytest.mark.req("H4")
def test_only_what_has_its_version_in_its_name_is_kept_for_ever(folder: Path) -> None:
    assert "immutable" in got(folder, "/static/vendor/part-1.2.3.js")[1]["cache-control"]
    for path in ("/", "/static/app.js", "/static/vendor/part.js"):
        assert got(folder, path)[1]["cache-control"] == "no-cache"


@pytest.mark.req("H4")
@pytest.mark.parametrize("path", ["/static/notes.md", "/static/none.js", "/static/vendor", "/static/../test_pages.py"])
def test_what_is_no_page_is_not_there(folder: Path, path: str) -> None:
    assert got(folder, path)[0] == 404


@pytest.mark.req("H4")
def test_every_file_of_the_pages_can_be_served() -> None:
    files = [path for path in Path(FOLDER).rglob("*") if path.is_file() and "LICENSE" not in path.name]
    assert files
    for path in files:
        assert got(Path(FOLDER), f"/static/{path.relative_to(FOLDER)}")[0] == 200, path
