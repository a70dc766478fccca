"""A monitor with a token: what asks for it, how it is given, and what is no token."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from statemachine_internal.monitor.presented import Presented
from support.websocket import Refused, WebSocket
from support.workspace import Workspace
from unit.monitor.running import WEBSOCKET_SERVER, Answer, Monitor, ask, open_monitor, order

TOKEN = "abcdefghijklmnop-0123456789"
WRONG = "abcdefghijklmnop-0123456780"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
PRESENTED = Presented(TOKEN)
KEPT = str(PRESENTED.welcome(f"token={TOKEN}".encode(), secure=False).headers["set-cookie"].partition(";")[0])  # type: ignore[union-attr]
COOKIE = {"Cookie": f'other={{"of": another server}}; {KEPT}; x=1'}
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html,*/*"}
LOCKED_OUT: tuple[dict[str, str], ...] = (
    {},
    {"Authorization": f"Bearer {WRONG}"},
    {"Authorization": f"Bearer {TOKEN}x"},
    {"Authorization": "Bearer "},
    {"Authorization": TOKEN},
    {"Authorization": f"Basic {TOKEN}"},
    {"Cookie": f"{PRESENTED.cookie}={TOKEN}"},
    {"Cookie": PRESENTED.cookie},
    {"Cookie": f"{KEPT}0"},
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


def enter(port: int, token: str, *, headers: dict[str, str] = FORM) -> Answer:
    """Send the form of the page that asks for the token."""
    return order(port, "/", urlencode({"token": token}).encode(), headers=headers)


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
    again = enter(port, WRONG)
    assert (again.status, b"doesn't know this token" in again.body, WRONG.encode() in again.body) == (401, True, False)
    welcome = enter(port, TOKEN)
    assert (welcome.status, welcome.headers["location"]) == (303, "/")
    cookie = welcome.headers["set-cookie"]
    parts = {part.strip() for part in cookie.split(";")}
    assert {"HttpOnly", "Path=/", "SameSite=strict"} <= parts
    assert not {"secure", "max-age", "expires"} & {part.strip().partition("=")[0].lower() for part in cookie.split(";")}
    assert ask(port, "/api/machines", headers={"Cookie": cookie.partition(";")[0]}).status == 200
    through_tls = enter(port, TOKEN, headers=FORM | {"X-Forwarded-Proto": "https"})
    assert "Secure" in through_tls.headers["set-cookie"]


@pytest.mark.req("H5")
def test_the_token_stands_in_no_address_no_log_and_no_cookie(port: int, monitor: Monitor) -> None:
    for path in (f"/?token={TOKEN}", f"/api/machines?token={TOKEN}", f"/health?token={TOKEN}"):
        answer = ask(port, path)
        assert (answer.status == 401) is not path.startswith("/health")
        assert TOKEN not in str(answer.headers) + str(answer.body)
    assert TOKEN not in str(enter(port, TOKEN).headers)
    assert ask(port, "/", headers={"Accept": "text/html"}).headers["referrer-policy"] == "no-referrer"
    assert TOKEN not in monitor.stderr()


@pytest.mark.req("H5")
def test_the_form_is_taken_from_its_own_page_and_small_alone(port: int) -> None:
    assert is_problem(enter(port, TOKEN, headers=FORM | {"Origin": "http://evil.example"}), 403)
    assert is_problem(enter(port, TOKEN, headers=FORM | {"Content-Type": "text/plain"}), 415)
    assert is_problem(enter(port, TOKEN + "x" * 5000), 413)
    assert enter(port, "").status == 401


@pytest.mark.req("H5")
def test_two_monitors_at_ports_of_one_host_keep_a_browser_apart() -> None:
    """A browser reaches both through ssh, and sends each the cookies of both."""
    assert Presented(TOKEN).cookie != Presented(WRONG).cookie


@pytest.mark.req("H5")
@pytest.mark.parametrize("path", ["/ws", "/ws/events", "/ws/ui"])
def test_a_websocket_asks_for_the_token(port: int, path: str) -> None:
    for wrong in ({}, {"Sec-WebSocket-Protocol": f"bearer, {WRONG}"}, {"Sec-WebSocket-Protocol": TOKEN}):
        with pytest.raises(Refused) as refused:
            WebSocket(port, path, wrong)
        assert refused.value.status in (401, 403), "older releases of uvicorn know 403 alone"
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
def test_a_credential_that_is_no_token_is_one_line_with_its_cure(monitor: Monitor, workspace: Workspace) -> None:
    folder = workspace.write("credentials/token", "\n").parent
    running = monitor.start("--port", "0", env={"CREDENTIALS_DIRECTORY": str(folder)})
    assert running.wait() == 78
    assert running.stderr() == (
        "statemachine-ui: the unit's credential 'token' can't be used: it has 0 characters; remove its file, "
        "/etc/statemachine/monitor.token unless LoadCredential= names another, and make a new one with: "
        "/usr/libexec/statemachine/make-monitor-token\n"
    )


@pytest.mark.req("H5")
def test_a_token_that_every_user_can_read_is_warned_of(monitor: Monitor, workspace: Workspace) -> None:
    path = workspace.write("token", TOKEN)
    for mode, warned in ((0o640, False), (0o644, True)):
        path.chmod(mode)
        running = monitor.start("--port", "0", "--no-websocket", "--token-file", str(path))
        monitor.ready()
        assert ("chmod o= FILE" in running.stderr()) is warned
        assert running.stop() == 0


@pytest.mark.req("H5")
def test_a_new_token_counts_from_the_next_start_on(monitor: Monitor, workspace: Workspace) -> None:
    path = workspace.write("token", TOKEN)
    for replaced in (False, True):
        running = monitor.start("--port", "0", "--no-websocket", "--token-file", str(path))
        (port,) = monitor.ready()
        for headers in (BEARER, COOKIE):
            assert ask(port, "/api/machines", headers=headers).status == (401 if replaced else 200)
        path.write_text(WRONG)
        assert ask(port, "/api/machines", headers={"Authorization": f"Bearer {WRONG}"}).status == (
            200 if replaced else 401
        )
        assert running.stop() == 0


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
        # ssh -L PORT:SOCKET makes a port of it, to which a page of any name may lead a browser.
        rebound = order(path, "/api/events", EVENT, host="evil.example", headers={"Origin": "http://evil.example"})
        assert is_problem(rebound, 421)
        assert is_problem(ask(path, "/api/machines", host="evil.example:3001"), 421)
        assert ask(path, "/api/machines", host="127.0.0.1:3001").status == 200
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


def test_the_token_s_file_is_where_it_should_be(monitor: Monitor, tmp_path: Path) -> None:
    running = monitor.start("--token-file", str(tmp_path / "none"))
    assert running.wait() == 78
    assert "No such file" in running.stderr()
