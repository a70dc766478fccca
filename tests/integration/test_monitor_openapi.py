"""The HTTP API against its own OpenAPI: requests of all kinds, made from the description by schemathesis."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec

import pytest

from support.machines import flip, start_machine
from support.workspace import Workspace
from unit.monitor.running import open_monitor

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
LEAST_CASES = 500


@pytest.mark.req("H3")
@pytest.mark.skipif(
    find_spec("schemathesis") is None, reason="schemathesis is in the venv alone; Debian's packages don't need it"
)
def test_no_request_that_the_description_allows_or_forbids_is_a_fault_of_the_server(workspace: Workspace) -> None:
    start_machine(workspace, "lamp")
    flip(workspace, "lamp")
    for id in ("0", "1", "job"):
        assert workspace.run("statemachine-db", "add-job", id, "--type", "t").returncode == 0
    with open_monitor(workspace) as monitor:
        monitor.start("--port", "0", "--no-websocket")
        url = f"http://127.0.0.1:{monitor.ready()[0]}/openapi.json"
        command = [sys.executable, "-m", "schemathesis.cli", "run", url, "--checks", CHECKS, "--max-examples", "20"]
        done = subprocess.run(
            [*command, "--generation-deterministic", "--no-color"],
            cwd=workspace.path,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert passed
    assert passed[1] == passed[2]
    assert int(passed[1]) >= LEAST_CASES
    assert re.search(r"Selected: (\d+)/\1\n", done.stdout)
