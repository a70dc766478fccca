"""What the monitor may be asked to do, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from statemachine_cmd import ui
from statemachine_engine.monitoring import websocket_server
from statemachine_internal.errors import UsageError
from statemachine_internal.monitor.settings import NoToken, Settings


@pytest.mark.req("H1")
def test_the_defaults_are_the_ports_of_the_socket_unit() -> None:
    given = ui.settings([])
    assert (given.host, given.port, given.websocket_port) == ("127.0.0.1", 3001, 8765)


@pytest.mark.req("H1")
def test_every_option_reaches_its_setting(tmp_path: Path) -> None:
    ports = "--port 1 --websocket-port 2 --host ::1 --token-file /t --any-user"
    given = ui.settings(f"{ports} --project-root {tmp_path} --event-socket-path /run/e.sock".split())
    assert given == Settings(
        database=given.database,
        host="::1",
        port=1,
        websocket_port=2,
        project_root=str(tmp_path),
        event_socket_path="/run/e.sock",
        token_file="/t",
        any_user=True,
    )


@pytest.mark.req("H1")
def test_no_websocket_is_no_second_listener() -> None:
    assert ui.settings(["--no-websocket"]).websocket_port is None


@pytest.mark.req("H1")
@pytest.mark.parametrize("port", ["-1", "65536", "http", "", "1.5", "٣"])
@pytest.mark.parametrize("program", [ui.main, websocket_server.main])
def test_what_is_no_port_is_one_line_and_2(program: object, port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert callable(program)
    with pytest.raises(SystemExit) as ended:
        program([f"--port={port}"])
    assert ended.value.code == 2
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1
    assert "is no port" in complaint


@pytest.mark.req("H1")
@pytest.mark.parametrize("line", ["--port 4000 --websocket-port 4000", "--project-root /no/such/folder"])
def test_settings_that_cannot_be_are_one_line_and_2(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ui.main(line.split()) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.req("H5")
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org", "", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("program", [ui.main, websocket_server.main])
def test_a_host_that_others_can_reach_is_refused_without_a_token(
    program: object, host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(program)
    assert program([f"--host={host}"]) == 1
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1
    assert "the monitor has no token, so" in complaint


@pytest.mark.req("H5")
@pytest.mark.parametrize(("host", "address"), [("localhost", "127.0.0.1"), ("127.0.0.2", "127.0.0.2"), ("::1", "::1")])
def test_a_loopback_host_is_taken(host: str, address: str) -> None:
    assert Settings(database="", host=host).checked().address == address


@pytest.mark.req("H5")
def test_a_token_and_nobody_who_is_asked_for_it_contradict_each_other(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("abcdefghijklmnop")
    with pytest.raises(UsageError, match="--any-user"):
        Settings(database="", token_file=str(path), any_user=True).checked()


def test_a_wrong_setting_is_an_error_with_a_code() -> None:
    with pytest.raises(NoToken) as refused:
        Settings(database="", host="0.0.0.0").checked()
    assert (refused.value.code, refused.value.exit_code) == ("no_token", 1)
    with pytest.raises(UsageError):
        Settings(database="", port=1, websocket_port=1).checked()
