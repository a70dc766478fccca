"""Who may ask: with a token, without one, with a wrong one, and from where."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.websocket import Refused, WebSocket
from support.workspace import Workspace
from unit.monitor.running import WEBSOCKET_SERVER, Answer, Monitor, ask, open_monitor, order

TOKEN = "abcdefghijklmnop-0123456789"
WRONG = "abcdefghijklmnop-0123456780"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
COOKIE = {"Cookie": f"other=1; statemachine_token={TOKEN}"}
LOCKED_OUT: tuple[dict[str, str], ...] = (
    {},
    {"Authorization": f"Bearer {WRONG}"},
    {"Authorization": f"Bearer {TOKEN}x"},
    {"Authorization": "Bearer "},
    {"Authorization": TOKEN},
    {"Authorization": f"Basic {TOKEN}"},
    {"Cookie": f"statemachine_token={WRONG}"},
    {"Cookie": "statemachine_token"},
    {"Cookie": f"statemachine={TOKEN}"},
)
LET_IN: tuple[dict[str, str], ...] = (BEARER, {"Authorization": f"bearer  {TOKEN}"}, COOKIE)
EVENT = {"target": "lamp", "type": "flip"}


@pytest.fixture
def monitor(workspace: Workspace) -> Iterator[Monitor]:
    with open_monitor(workspace) as opened:
        yield opened


@pytest.fixture
def port(monitor: Monitor, workspace: Workspace) -> int:
    """That of a monitor with a token."""
    path = workspace.write("token", f"{TOKEN}\n")
    monitor.start("--port", "0", "--no-websocket", "--token-file", str(path))
    return monitor.ready()[0]


def is_problem(answer: Answer, status: int) -> bool:
    return (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")


@pytest.mark.req("H5")
def test_everything_asks_for_the_token(port: int) -> None:
    for path in ("/", "/api/machines", "/api/jobs", "/metrics", "/openapi.json", "/static/x.js", "/no"):
        for headers in LOCKED_OUT:
            answer = ask(port, path, headers=headers)
            assert is_problem(answer, 401), (path, headers)
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert TOKEN not in str(answer.body)
        for headers in LET_IN:
            assert ask(port, path, headers=headers).status in (200, 404), (path, headers)


@pytest.mark.req("H5")
def test_health_asks_nobody_and_any_host_name_will_do(port: int) -> None:
    assert ask(port, "/health", host="monitor.example").status == 200
    assert ask(port, "/api/machines", host="monitor.example", headers=BEARER).status == 200
    assert ask(port, "/api/machines", host=None, headers=BEARER).status == 400


@pytest.mark.req("H5")
def test_changes_ask_for_the_token_too(port: int) -> None:
    assert is_problem(order(port, "/api/events", EVENT), 401)
    assert order(port, "/api/events", EVENT, headers=BEARER).status == 201


@pytest.mark.req("H5")
def test_a_browser_is_asked_for_the_token_and_keeps_it(port: int) -> None:
    page = ask(port, "/", headers={"Accept": "text/html,*/*"})
    assert (page.status, b"<form" in page.body, b"<script" in page.body) == (401, True, False)
    assert b"that this monitor was started with" in page.body
    assert ask(port, f"/?token={WRONG}", headers={"Accept": "text/html"}).status == 401
    assert ask(port, f"/api/machines?token={TOKEN}").status == 401
    welcome = ask(port, f"/?token={TOKEN}")
    assert (welcome.status, welcome.headers["location"]) == (303, "/")
    cookie = welcome.headers["set-cookie"]
    assert {"HttpOnly", "Path=/", "SameSite=strict"} <= {part.strip() for part in cookie.split(";")}
    kept = {"Cookie": cookie.partition(";")[0]}
    assert ask(port, "/api/machines", headers=kept).status == 200
    again = ask(port, f"/?token={TOKEN}", headers=kept)
    assert (again.status, again.headers["location"]) == (303, "/"), "the token stays in the address"


@pytest.mark.req("H5")
@pytest.mark.parametrize("path", ["/ws", "/ws/events", "/ws/ui"])
def test_a_websocket_asks_for_the_token(port: int, path: str) -> None:
    for wrong in ({}, {"Sec-WebSocket-Protocol": f"bearer, {WRONG}"}, {"Sec-WebSocket-Protocol": TOKEN}):
        with pytest.raises(Refused) as refused:
            WebSocket(port, path, wrong)
        assert refused.value.status == 403
    with WebSocket(port, path, {"Sec-WebSocket-Protocol": f"bearer, {TOKEN}"}) as client:
        assert client.headers["sec-websocket-protocol"] == "bearer"
    for right in (BEARER, COOKIE):
        with WebSocket(port, path, right) as client:
            client.say({"after": None, "machines": "*"} if path == "/ws/ui" else {"type": "ping"})
            assert client.hear()["type"] in ("frame", "initial")


@pytest.mark.req("H5")
@pytest.mark.parametrize("kind", ["", "short", "with a space in it", "exactly-sixteen!", "ümläut-ümläut-ümläut"])
def test_a_token_that_is_none_is_one_line_and_78(monitor: Monitor, workspace: Workspace, kind: str) -> None:
    path = workspace.write("token", kind)
    running = monitor.start("--port", "0", "--no-websocket", "--token-file", str(path))
    assert running.wait() == 78
    assert running.stderr().startswith(f"statemachine-ui: the token in {path} can't be used: ")
    assert running.stderr().count("\n") == 1


@pytest.mark.req("H5")
def test_the_unit_s_credential_is_the_token(monitor: Monitor, workspace: Workspace) -> None:
    folder = workspace.write("credentials/token", TOKEN).parent
    monitor.start("--port", "0", module=WEBSOCKET_SERVER, env={"CREDENTIALS_DIRECTORY": str(folder)})
    (port,) = monitor.ready()
    assert "/etc/statemachine/monitor.token" in ask(port, "/api/machines").body["detail"]
    assert b"cat /etc/statemachine/monitor.token" in ask(port, "/", headers={"Accept": "text/html"}).body
    assert ask(port, "/api/machines", headers=BEARER).status == 200


@pytest.mark.req("H5")
def test_the_socket_file_asks_for_no_token(monitor: Monitor, workspace: Workspace) -> None:
    path, token = workspace.path / "monitor.sock", workspace.write("token", TOKEN)
    with socket.socket(socket.AF_UNIX) as unix, socket.create_server(("127.0.0.1", 0)) as tcp:
        unix.bind(str(path))
        unix.listen()
        monitor.start("--token-file", str(token), handed_over=(unix, tcp))
        monitor.until_told("READY=1")
        assert ask(path, "/api/machines").status == 200
        assert order(path, "/api/events", EVENT).status == 201
        assert ask(tcp.getsockname()[1], "/api/machines").status == 401


@pytest.mark.req("H5")
def test_who_has_gone_already_is_not_taken_for_one_at_the_socket_file(monitor: Monitor, workspace: Workspace) -> None:
    """A connection that was reset has no address any more, as one over a socket file has none."""
    body = b'{"target": "lamp", "type": "flip"}'
    head = (
        f"POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        for _ in range(20):
            gone = socket.create_connection(listener.getsockname())
            gone.sendall(head.encode() + b"\r\n\r\n" + body)
            gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            gone.close()
        monitor.start("--token-file", str(workspace.write("token", TOKEN)), handed_over=(listener,))
        monitor.until_told("READY=1")
        port = listener.getsockname()[1]
        assert ask(port, "/api/events", headers=BEARER).body["items"] == []


@pytest.mark.req("H5")
def test_another_address_than_loopback_is_served_with_a_token_alone(monitor: Monitor, workspace: Workspace) -> None:
    path = workspace.write("token", TOKEN)
    with socket.create_server(("0.0.0.0", 0)) as everywhere:
        port = everywhere.getsockname()[1]
        running = monitor.start(handed_over=(everywhere,))
        assert running.wait() == 1
        assert running.stderr().startswith("statemachine-ui: the monitor has no token")
        assert running.stderr().count("\n") == 1
        monitor.start("--token-file", str(path), handed_over=(everywhere,))
        monitor.until_told("READY=1")
        assert ask(port, "/api/machines").status == 401
        assert ask(port, "/api/machines", headers=BEARER).status == 200
    monitor.start("--host", "0.0.0.0", "--port", "0", "--no-websocket", "--token-file", str(path))
    assert ask(monitor.ready()[0], "/api/machines", headers=BEARER).status == 200


@pytest.fixture
def open_port(monitor: Monitor) -> int:
    """That of a monitor without a token."""
    monitor.start("--port", "0", "--no-websocket")
    return monitor.ready()[0]


@pytest.mark.req("H5")
def test_the_page_of_another_site_changes_nothing(open_port: int) -> None:
    host = f"127.0.0.1:{open_port}"
    for origin in (
        "http://evil.example",
        "null",
        f"https://{host}.evil.example",
        "http://127.0.0.1:1",
        f"ftp://{host}",
    ):
        refused = order(open_port, "/api/events", EVENT, host=host, headers={"Origin": origin})
        assert is_problem(refused, 403)
    for right in (host, "localhost"):
        done = order(open_port, "/api/events", EVENT, host=right, headers={"Origin": f"http://{right}"})
        assert done.status == 201
    assert ask(open_port, "/api/machines", headers={"Origin": "http://evil.example"}).status == 200


@pytest.mark.req("H5")
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content-Type": "multipart/form-data; boundary=x"}, 415),
        ({"Content-Type": ""}, 415),
        ({"Content-Length": str(21 * 1024 * 1024)}, 413),
    ],
)
def test_a_body_that_is_no_json_or_too_large_is_refused(open_port: int, headers: dict[str, str], status: int) -> None:
    assert is_problem(order(open_port, "/api/events", EVENT, headers=headers), status)


@pytest.mark.req("H5")
def test_a_body_without_its_length_is_refused(open_port: int) -> None:
    with socket.create_connection(("127.0.0.1", open_port)) as client:
        client.sendall(b"POST /api/events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        assert client.makefile("rb").readline() == b"HTTP/1.1 411 Length Required\r\n"


@pytest.mark.req("H5")
@pytest.mark.parametrize("path", ["/", "/health", "/api/machines", "/no", "/metrics"])
def test_a_browser_is_told_to_load_nothing_from_elsewhere(open_port: int, path: str) -> None:
    headers = ask(open_port, path).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "unsafe-inline" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == ("no-cache" if path == "/" else "no-store")


@pytest.mark.req("H5")
def test_no_file_outside_is_served(open_port: int, workspace: Workspace) -> None:
    secret = workspace.write("secret.js", "secret")
    for path in (
        "/static/../app.py", "/static/%2e%2e/app.py", f"/static/{secret}", f"/static/%2f{secret}", "/static/%00.js",
        "/static//etc/passwd", "/static/", "/static/app", "/static/index.html%00.js",
        "/static/..%2f..%2fmonitor%2fsettings.py",
    ):  # fmt: skip
        assert ask(open_port, path).status == 404, path


def test_the_token_s_file_is_where_it_should_be(monitor: Monitor, tmp_path: Path) -> None:
    running = monitor.start("--token-file", str(tmp_path / "none"))
    assert running.wait() == 78
    assert "No such file" in running.stderr()
