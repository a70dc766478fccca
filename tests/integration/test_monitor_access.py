"""A monitor without a token: other users of its host, the pages of other sites, and bodies that can't be taken."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from support.workspace import Workspace
from unit.monitor.running import Answer, Monitor, ask, open_monitor, order

STRANGER = 4_000_000
EVENT = {"target": "lamp", "type": "flip"}
ASK_AS = """
import os, socket, sys
os.setgroups([]) if os.getuid() == 0 else None
os.setuid(int(sys.argv[1]))
client = socket.create_connection((sys.argv[2], int(sys.argv[3])))
client.sendall(b"GET /api/machines HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n")
print(client.makefile("rb").readline().split()[1].decode())
"""


@pytest.fixture
def monitor(workspace: Workspace) -> Iterator[Monitor]:
    with open_monitor(workspace) as opened:
        yield opened


def is_problem(answer: Answer, status: int) -> bool:
    return (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")


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


@pytest.mark.req("H5")
def test_another_user_of_the_host_is_refused_over_a_port_and_its_own_user_is_not(workspace: Workspace) -> None:
    """Run as root, it asks as another user as well."""
    with open_monitor(workspace) as monitor:
        for host in ("127.0.0.1", "::1"):
            running = monitor.start("--host", host, "--port", "0", "--no-websocket")
            (port,) = [int(each) for each in re.findall(r":(\d+)", monitor.until_told("READY=1"))[-1:]]
            for target in (host, "::ffff:127.0.0.1")[: 1 if ":" in host else 2]:
                assert asked_as(os.getuid(), target, port) == "200"
                if os.getuid() == 0:
                    assert asked_as(STRANGER, target, port) == "403"
            assert running.stop() == 0


def asked_as(uid: int, host: str, port: int) -> str:
    argv = [sys.executable, "-I", "-c", ASK_AS, str(uid), host, str(port)]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()
