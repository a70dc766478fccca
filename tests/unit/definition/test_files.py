"""Files that are no definition at all: one clear line, never a traceback."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from statemachine_internal.definition import Diagnostic, load, parse
from statemachine_internal.definition.source import MAX_BYTES


def only(path: Path, data: bytes | None = None) -> Diagnostic:
    if data is not None:
        path.write_bytes(data)
    loaded = load(str(path))
    assert loaded.definition is None
    (found,) = loaded.diagnostics
    return found


def spot(found: Diagnostic) -> tuple[str, int, int]:
    return found.code, found.position.line, found.position.column


@pytest.mark.req("A9")
def test_a_missing_file_is_named(tmp_path: Path) -> None:
    found = only(tmp_path / "none.yaml")
    assert spot(found) == ("file-missing", 1, 1)
    assert found.render().startswith(f"{tmp_path}/none.yaml:1:1: error[file-missing]: ")


@pytest.mark.req("A9")
def test_a_folder_is_unreadable(tmp_path: Path) -> None:
    assert spot(only(tmp_path)) == ("file-unreadable", 1, 1)


@pytest.mark.req("A9")
def test_a_pipe_that_nobody_writes_to_is_empty_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "m.yaml")
    (found,) = load(str(tmp_path / "m.yaml")).diagnostics
    assert spot(found) == ("empty", 1, 1)


@pytest.mark.req("A9")
def test_a_path_with_a_nul_is_unreadable() -> None:
    (found,) = load("a\0b").diagnostics
    assert spot(found) == ("file-unreadable", 1, 1)


@pytest.mark.req("A9")
@pytest.mark.parametrize("data", [b"", b"\n", b"# only a comment\n", b"\xef\xbb\xbf", b"---\n"])
def test_an_empty_file_is_called_empty(tmp_path: Path, data: bytes) -> None:
    found = only(tmp_path / "m.yaml", data)
    assert found.code in ("empty", "wrong-type")
    assert found.position.line == 1 or data == b"---\n"


@pytest.mark.req("A9")
def test_bytes_that_are_not_utf8_are_shown_with_their_place(tmp_path: Path) -> None:
    found = only(tmp_path / "m.yaml", b"name: x\nnote: caf\xe9\n")
    assert (spot(found), found.text) == (("not-utf8", 2, 10), "0xe9")


@pytest.mark.req("A9")
def test_a_nul_is_shown_with_its_place(tmp_path: Path) -> None:
    found = only(tmp_path / "m.yaml", b"name: x\nnote: a\x00b\n")
    assert spot(found) == ("control-character", 2, 8)
    assert "NUL" in found.message


@pytest.mark.req("A9")
def test_a_lone_surrogate_in_a_text_is_no_yaml() -> None:
    (found,) = parse("a: \ud800", "m.yaml").diagnostics
    assert spot(found) == ("control-character", 1, 4)


@pytest.mark.req("A9")
def test_a_file_above_the_limit_is_not_parsed(tmp_path: Path) -> None:
    found = only(tmp_path / "m.yaml", b"#" * (MAX_BYTES + 1))
    assert spot(found) == ("file-too-large", 1, 1)
    assert (
        load(str(tmp_path / "m.yaml")).diagnostics == parse("#" * (MAX_BYTES + 1), str(tmp_path / "m.yaml")).diagnostics
    )


@pytest.mark.req("A9")
@pytest.mark.parametrize("text", ["- a\n", "just a text\n", "5\n", "null\n"])
def test_a_document_that_is_no_map_is_refused(text: str) -> None:
    (found,) = parse(text, "m.yaml").diagnostics
    assert spot(found) == ("wrong-type", 1, 1)
