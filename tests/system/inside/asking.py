"""The monitor is for the operators: at its ports with the token, at its socket file without, and for nobody else."""

from __future__ import annotations

import http.client
import json
import subprocess
from pathlib import Path

from system.inside.check import check
from system.inside.commands import (
    OPERATOR,
    STRANGER,
    database,
    journal,
    refused,
    run,
    show,
    systemctl,
    until,
)
from system.inside.report import say

MONITOR = "statemachine-monitor.service"
MONITOR_SOCKET = "/run/statemachine/monitor.sock"
TOKEN = Path("/etc/statemachine/monitor.token")


@check("H5", "J3")
def the_installation_has_made_a_token_that_operators_can_read_and_nobody_else() -> None:
    found = TOKEN.stat()
    assert (oct(found.st_mode & 0o7777), TOKEN.owner(), TOKEN.group()) == ("0o640", "root", "statemachine")
    token = run("cat", str(TOKEN), as_user=OPERATOR).stdout.strip()
    assert len(token) == 48, token
    assert set(token) <= set("0123456789abcdef"), token
    refused(lambda: run("cat", str(TOKEN), as_user=STRANGER), "read the token")


@check("H1", "H5", "J1")
def the_monitor_answers_on_loopback_at_each_of_its_ports() -> None:
    for port in (3001, 3002, 8765):
        assert _get(port, "/health")[0] == 200, port
        assert "/api/machines" in json.loads(_get(port, "/openapi.json", token=_token())[1])["paths"], port
        assert _get(port, "/", token=_token())[0] == 200, port
    names = [machine["name"] for machine in json.loads(_get(3001, "/api/machines", token=_token())[1])["machines"]]
    assert "guarded" in names
    assert _get(3001, "/docs", token=_token())[0] == 404


@check("H3", "H5", "J1")
def the_monitor_sends_events_from_within_its_sandbox() -> None:
    body = json.dumps({"target": "guarded", "type": "greeted"})
    status, said = _get(3001, "/api/events", body, _token())
    assert (status, json.loads(said)["accepted"]) == (201, True), said
    assert json.loads(_get(3001, "/api/machines/guarded", token=_token())[1])["running"]


@check("H5", "J3")
def a_stranger_can_neither_read_nor_send_at_a_port() -> None:
    known = database("list-events", "--target", "guarded")
    for path in ("/", "/api/machines", "/api/machines/guarded", "/api/events", "/metrics", "/openapi.json", "/ws"):
        for port in (3001, 3002, 8765):
            assert _curl(f"http://127.0.0.1:{port}{path}", as_user=STRANGER) == "401", path
    event = ("--json", '{"target": "guarded", "type": "greeted"}')
    assert _curl("http://127.0.0.1:3001/api/events", *event, as_user=STRANGER) == "401"
    assert database("list-events", "--target", "guarded") == known
    assert _curl("http://127.0.0.1:3001/health", as_user=STRANGER) == "200"
    assert _curl("http://localhost/", "--unix-socket", MONITOR_SOCKET, as_user=STRANGER) == "000", "it could connect"


@check("H5", "J3")
def an_operator_reads_and_sends_with_the_token_and_at_the_socket_file_without() -> None:
    event = ("--json", '{"target": "guarded", "type": "greeted"}')
    bearer = ("--oauth2-bearer", run("cat", str(TOKEN), as_user=OPERATOR).stdout.strip())
    assert _curl("http://127.0.0.1:3001/api/machines", *bearer, as_user=OPERATOR) == "200"
    assert _curl("http://127.0.0.1:3001/api/events", *bearer, *event, as_user=OPERATOR) == "201"
    here = ("--unix-socket", MONITOR_SOCKET)
    assert _curl("http://localhost/api/machines", *here, as_user=OPERATOR) == "200"
    assert _curl("http://localhost/api/events", *here, *event, as_user=OPERATOR) == "201"
    run("statemachine-events", "--host=127.0.0.1", f"--token-file={TOKEN}", "--duration=1", as_user=OPERATOR)
    follow = ("statemachine-events", "--host=127.0.0.1", "--duration=1")
    refused(lambda: run(*follow, as_user=OPERATOR), "follow the monitor without its token")
    # ssh -L PORT:SOCKET leads to it from a port, and any page may give a name to that.
    assert _curl("http://127.0.0.1:3001/api/machines", *here, as_user=OPERATOR) == "200"
    assert _curl("http://page.example:3001/api/machines", *here, as_user=OPERATOR) == "421"


@check("H5")
def a_browser_brings_the_token_in_the_form_and_keeps_a_cookie() -> None:
    jar = "/tmp/cookies-of-the-operator"
    form = ("--cookie-jar", jar, "--data-urlencode", f"token@{TOKEN}")
    assert _curl("http://127.0.0.1:3001/", *form, as_user=OPERATOR) == "303"
    try:
        assert _curl("http://127.0.0.1:3001/api/machines", "--cookie", jar, as_user=OPERATOR) == "200"
        assert _token() not in Path(jar).read_text(encoding="utf-8")
    finally:
        Path(jar).unlink()
    assert _curl("http://127.0.0.1:3001/", "--data", "token=none", as_user=STRANGER) == "401"


@check("H5", "J1", "J5")
def without_the_token_s_file_the_monitor_does_not_start_and_says_what_makes_it() -> None:
    systemctl("stop", MONITOR)
    before = TOKEN.read_text()
    TOKEN.unlink()
    done = run("systemctl", "start", MONITOR, ok=False)
    assert done.returncode != 0
    said = run("systemctl", "status", "--no-pager", "--lines=20", MONITOR, ok=False).stdout
    say(said)
    assert "status=243/CREDENTIALS" in said, said
    assert "no /etc/statemachine/monitor.token; /usr/libexec/statemachine/make-monitor-token makes one" in said, said
    assert show("statemachine-monitor.socket", "ActiveState")["ActiveState"] == "active"
    run("/usr/libexec/statemachine/make-monitor-token")
    assert _get(3001, "/api/machines", token=_token())[0] == 200
    assert _token() != before.strip()
    assert _get(3001, "/api/machines", token=before.strip())[0] == 401
    assert TOKEN.group() == "statemachine"


@check("H5", "J1")
def an_empty_token_ends_the_monitor_with_78_and_the_log_says_how_to_mend_it() -> None:
    systemctl("stop", MONITOR)
    before = TOKEN.read_text()
    TOKEN.write_text("\n")
    try:
        assert run("systemctl", "start", MONITOR, ok=False).returncode != 0
        state = show(MONITOR, "ExecMainStatus", "InvocationID")
        assert state["ExecMainStatus"] == "78", state
        said = [str(entry["MESSAGE"]) for entry in journal(f"_SYSTEMD_INVOCATION_ID={state['InvocationID']}")]
        assert any("/usr/libexec/statemachine/make-monitor-token" in line for line in said), said
    finally:
        TOKEN.write_text(before)
    assert _get(3001, "/api/machines", token=_token())[0] == 200


@check("H5", "J1")
def a_monitor_with_the_drop_in_asks_no_user_of_the_host() -> None:
    folder = Path("/etc/systemd/system/statemachine-monitor.service.d")
    folder.mkdir()
    drop_in = folder / "monitor-open.conf"
    drop_in.write_bytes(Path("/usr/share/doc/statemachine/examples/drop-ins/monitor-open.conf").read_bytes())
    systemctl("daemon-reload")
    systemctl("stop", MONITOR)
    try:
        assert _curl("http://127.0.0.1:3001/api/machines", as_user=STRANGER) == "200"
        assert _get(3001, "/api/machines")[0] == 200
    finally:
        drop_in.unlink()
        folder.rmdir()
        systemctl("daemon-reload")
        systemctl("stop", MONITOR)
    assert _get(3001, "/api/machines")[0] == 401


@check("H5", "J3")
def a_monitor_in_an_operator_s_terminal_is_for_him_the_other_operators_and_root() -> None:
    where = "http://127.0.0.1:3999/api/machines"
    argv = ("runuser", f"--user={OPERATOR}", "--", "statemachine-ui", "--port=3999", "--no-websocket")
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as monitor:
        try:
            until(lambda: _curl("http://127.0.0.1:3999/health", as_user=STRANGER) == "200", "the monitor serves")
            for user in (OPERATOR, "statemachine", "root"):
                assert _curl(where, as_user=user) == "200", user
            assert _curl(where, as_user=STRANGER) == "403"
            assert "--token-file" in run("curl", "--silent", where, as_user=STRANGER).stdout
        finally:
            monitor.terminate()


@check("J1")
def the_socket_file_is_gone_while_the_monitor_s_socket_is_stopped() -> None:
    systemctl("stop", "statemachine-monitor.socket")
    assert not Path(MONITOR_SOCKET).exists()
    systemctl("start", "statemachine-monitor.socket")
    until(Path(MONITOR_SOCKET).is_socket, "the monitor's socket is there")


def _token() -> str:
    return TOKEN.read_text(encoding="ascii").strip()


def _curl(*arguments: str, as_user: str) -> str:
    """The status that a user gets; 000 where he can't connect."""
    format = ("--silent", "--output", "/dev/null", "--max-time", "20", "--write-out", "%{http_code}")
    return run("curl", *format, *arguments, as_user=as_user, ok=False).stdout


def _get(port: int, path: str, body: str | None = None, token: str | None = None) -> tuple[int, str]:
    """GET, or POST where there is a body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"Content-Type": "application/json"} if body is not None else {}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    try:
        connection.request("GET" if body is None else "POST", path, body, headers)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()
