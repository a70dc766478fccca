"""The monitor as a process: what it serves, how it ends, and what it says when it can't begin."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import pytest

from statemachine_internal.version import VERSION
from support.workspace import Workspace
from unit.monitor.running import UI, WEBSOCKET_SERVER, Monitor, ask, open_monitor

FREE = ("--port", "0", "--websocket-port", "0")
ONCE = "{name: once, initial_state: done, final: [done]}"
HIDE = """
import importlib.abc, runpy, sys
hidden, module = sys.argv[1:3]
del sys.argv[1:3]
class Hidden(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == hidden:
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)
sys.meta_path.insert(0, Hidden())
runpy.run_module(module, run_name="__main__")
"""


@pytest.fixture
def monitor(workspace: Workspace) -> Iterator[Monitor]:
    with open_monitor(workspace) as opened:
        yield opened


@pytest.mark.req("H1")
def test_both_ports_serve_the_same_paths(monitor: Monitor) -> None:
    monitor.start(*FREE)
    ports = monitor.ready()
    assert len(set(ports)) == 2
    for port in ports:
        assert ask(port).status == 200
        assert "/health" in ask(port, "/openapi.json").body["paths"]


@pytest.mark.req("H1")
def test_without_websocket_there_is_one_port(monitor: Monitor) -> None:
    monitor.start("--port", "0", "--no-websocket")
    (port,) = monitor.ready()
    assert ask(port).status == 200


@pytest.mark.req("H1")
def test_the_module_serves_the_same_on_one_port(monitor: Monitor) -> None:
    running = monitor.start("--port", "0", "--host", "localhost", module=WEBSOCKET_SERVER)
    (port,) = monitor.ready()
    assert ask(port).body["version"] == VERSION
    assert running.stop() == 0


@pytest.mark.req("H3")
def test_health_follows_the_database(monitor: Monitor, workspace: Workspace) -> None:
    monitor.start(*FREE)
    port = monitor.ready()[0]
    first = ask(port)
    assert (first.status, first.body["status"], first.body["machines"]) == (200, "ok", 0)
    assert first.headers["cache-control"] == "no-store"
    assert parsedate_to_datetime(first.headers["date"]) is not None
    assert not workspace.database.exists()

    assert workspace.run("statemachine", workspace.write("once.yaml", ONCE)).returncode == 0
    second = ask(port)
    assert (second.status, second.body["machines"], second.body["database"]["readable"]) == (200, 1, True)

    workspace.database.write_bytes(b"not a database" * 1000)
    third = ask(port)
    assert (third.status, third.body["status"]) == (503, "degraded")
    assert str(workspace.database) in third.body["database"]["error"]


@pytest.mark.req("H5")
def test_a_forged_host_is_refused_on_every_port(monitor: Monitor) -> None:
    monitor.start(*FREE)
    for port in monitor.ready():
        refused = ask(port, host="evil.example")
        assert (refused.status, refused.headers["content-type"]) == (421, "application/problem+json")
        assert "localhost" in refused.body["detail"]
        assert ask(port, host=None).status == 400
        assert ask(port, host=f"127.0.0.1:{port}").status == 200


@pytest.mark.req("H5")
def test_it_listens_on_loopback_alone(monitor: Monitor) -> None:
    running = monitor.start(*FREE)
    ports = monitor.ready()
    listening = []
    for table in ("tcp", "tcp6"):
        with open(f"/proc/{running.pid}/net/{table}", encoding="ascii") as file:
            rows = [line.split() for line in file][1:]
        listening += [row[1].split(":") for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) in ports]
    assert [address for address, _ in listening] == ["0100007F"] * 2


@pytest.mark.req("H1")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order_and_leaves_nothing(
    monitor: Monitor, workspace: Workspace, number: signal.Signals
) -> None:
    running = monitor.start(*FREE)
    port, _ = monitor.ready()
    assert ask(port).status == 200
    # Neither a client who keeps its connection, nor one in the middle of a request, holds it up.
    with socket.create_connection(("127.0.0.1", port)), socket.create_connection(("127.0.0.1", port)) as half:
        half.sendall(b"GET /health HTTP/1.1\r\nHost:")
        assert ask(port).status == 200
        assert running.stop(number) == 0
    assert monitor.until_told("STOPPING=1")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    assert sorted(os.listdir(workspace.path)) == ["monitor.err", "monitor.out", "notify.sock", "run"]
    assert os.listdir(workspace.runtime_dir) == []
    assert running.stdout() == ""
    log = [line.split(maxsplit=2)[2] for line in running.stderr().splitlines()]
    assert log == [log[0], f"monitor stopping signal={number.name}", "monitor stopped"]
    assert log[0].startswith("monitor started address=")


@pytest.mark.req("H1")
@pytest.mark.parametrize("flag", ["--port", "--websocket-port"])
def test_a_port_in_use_is_named_with_what_to_do(monitor: Monitor, flag: str) -> None:
    other = {"--port": "--websocket-port", "--websocket-port": "--port"}[flag]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        running = monitor.start(flag, port, other, "0")
        assert running.wait() == 1
    complaint = running.stderr()
    assert complaint.startswith(f"statemachine-ui: port {port} of 127.0.0.1 is in use")
    assert f"choose another {flag}" in complaint
    assert complaint.count("\n") == 1


@pytest.mark.req("H1")
@pytest.mark.parametrize("module", [UI, WEBSOCKET_SERVER])
@pytest.mark.parametrize("library", ["fastapi", "uvicorn"])
def test_without_the_libraries_one_line_names_the_package(workspace: Workspace, module: str, library: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HIDE, library, module, "--port", "0"],
        env=workspace.env,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert f"'{library}' is missing; install the package statemachine-monitor" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.req("H1")
def test_the_help_needs_no_library(workspace: Workspace) -> None:
    for library in ("fastapi", "uvicorn"):
        done = subprocess.run(
            [sys.executable, "-c", HIDE, library, UI, "--help"],
            env=workspace.env,
            capture_output=True,
            text=True,
            check=True,
        )
        assert "--websocket-port" in done.stdout


@pytest.mark.req("H3")
def test_a_fault_is_a_problem_for_the_client_and_a_traceback_for_the_log(
    monitor: Monitor, workspace: Workspace
) -> None:
    broken = workspace.write("broken.py", BROKEN)
    monitor.start(
        "--port",
        "0",
        "--no-websocket",
        env={"PYTHONPATH": f"{broken.parent}:{workspace.env['PYTHONPATH']}"},
        module="broken",
    )
    (port,) = monitor.ready()
    answer = ask(port)
    assert (answer.status, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "secret" not in json.dumps(answer.body)
    running = monitor.running
    assert running is not None
    assert running.stop() == 0
    assert "RuntimeError: secret" in running.stderr()
    assert "logger=uvicorn.error" in running.stderr()


BROKEN = """
import sys
from statemachine_cmd.ui import main
from statemachine_internal.monitor import app
def examine(path):
    raise RuntimeError("secret")
app.examine = examine
sys.exit(main())
"""
