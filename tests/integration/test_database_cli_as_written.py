"""The command lines of people's scripts and notes, run as they are written down in ``tests/data/commands``.

Only what stands in angle brackets is filled in, and the files that they name are there.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.on_path import with_programs
from support.workspace import ROOT, Workspace

COMMANDS = ROOT / "tests/data/commands"
FILLED_IN = {"<machine>": "my_worker", "<event>": "new_job", "<job-id>": "job_001"}

Row = dict[str, Any]


def written(name: str, **files: Path) -> str:
    """A script with its placeholders filled in; ``files`` are those that it names by their last part."""
    text = (COMMANDS / f"{name}.sh").read_text(encoding="utf-8")
    for placeholder, value in FILLED_IN.items():
        text = text.replace(placeholder, value)
    for stem, path in files.items():
        text = re.sub(rf"/path/to/{stem}\.\w+", str(path), text)
    return text


def shell(workspace: Workspace, script: str) -> subprocess.CompletedProcess[str]:
    """Run a script with bash, to its end or to its first command that fails."""
    return subprocess.run(
        ["bash", "-e", "-u", "-c", script],
        cwd=workspace.path,
        env=with_programs(workspace),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def printed(workspace: Workspace, script: str) -> str:
    done = shell(workspace, script)
    notes = [line for line in done.stderr.splitlines() if not line.endswith("the event waits for it")]
    assert (done.returncode, notes) == (0, []), done
    return done.stdout


def rows(workspace: Workspace, *command: str) -> list[Row]:
    found: list[Row] = json.loads(workspace.run("statemachine-db", *command, "--format", "json").stdout)
    return found


def details(workspace: Workspace, job: str) -> Row:
    found: Row = json.loads(workspace.run("statemachine-db", "details", job, "--format", "json").stdout)
    return found


@pytest.mark.req("G1")
@pytest.mark.req("G2")
@pytest.mark.req("G3")
@pytest.mark.req("G4")
@pytest.mark.req("G5")
def test_the_first_steps(workspace: Workspace) -> None:
    text = printed(workspace, written("first_steps"))
    assert "image_processing" in text
    assert details(workspace, "job_001")["payload"] == {"input": "image.jpg", "output": "result.png"}
    events = [(row["target"], row["type"], row["status"]) for row in rows(workspace, "list-events")]
    assert events == [("my_worker", "new_job", "pending")]


@pytest.mark.req("G1")
@pytest.mark.req("G2")
@pytest.mark.req("G3")
@pytest.mark.req("G4")
@pytest.mark.req("G5")
@pytest.mark.req("G6")
def test_all_database_commands(workspace: Workspace) -> None:
    document = workspace.write("document.pdf", "%PDF")
    workspace.run("statemachine-db", "add-job", "test_job_001", "--type", "test")
    text = printed(workspace, written("database_commands", document=document))
    assert "test_job_001" in text

    jobs = {row["id"]: row for row in rows(workspace, "list")}
    assert sorted(jobs) == ["job_001", "job_002", "job_003", "ml_batch_001", "test_job_001"]
    assert jobs["job_001"]["payload"] == {"input": "image.jpg", "config": {"quality": 95}}
    assert (jobs["job_002"]["machine_type"], jobs["job_002"]["type"]) == ("video_worker", "video_transcode")
    assert (jobs["job_003"]["input_file"], jobs["job_003"]["payload"]) == (str(document), {"output_format": "docx"})
    assert jobs["ml_batch_001"]["payload"] == {
        "model": "resnet50",
        "input": {"image": "photo.jpg"},
        "options": {"batch_size": 32, "gpu": True},
    }

    sent = {(row["target"], row["type"], row["job_id"]): row["payload"] for row in rows(workspace, "list-events")}
    assert sent[("worker1", "custom_event", "job123")] == {"data": "value"}
    assert ("my_worker", "new_job", None) in sent
    shown = [(row["machine"], row["level"], row["message"]) for row in rows(workspace, "controller-log")]
    assert shown == [("my_tool", "INFO", "Processing..."), ("cli", "SUCCESS", "Task completed")]


@pytest.mark.req("G6")
def test_the_histories_tell_of_a_machine_that_has_run(workspace: Workspace) -> None:
    document = workspace.write("document.pdf", "%PDF")
    workspace.run("statemachine-db", "add-job", "test_job_001", "--type", "test")
    machine = """
initial_state: trying
transitions: [{from: trying, to: stopped, event: error}]
actions: {trying: [{type: bash, command: exit 3}]}
"""
    running = workspace.start("statemachine", workspace.write("worker1.yaml", machine))
    assert running.wait() == 0, running.stderr()
    text = printed(workspace, written("database_commands", document=document))
    state, transitions, errors = text.partition("worker1")[2], text.count("trying"), text.count("exited with 3")
    assert "stopped" in state
    # machine-state has one line, transition-history is asked for five times, error-history four times
    assert (transitions >= 5, errors) == (True, 4)


@pytest.mark.req("G2")
def test_add_job_takes_the_new_form_and_the_old_one_is_told_how_to_write_it(workspace: Workspace) -> None:
    workspace.write("photo.jpg", "")
    old, new = written("add_job_then_and_now").split("# NEW")
    refused = shell(workspace, old)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "use --input-file photo.jpg" in refused.stderr
    printed(workspace, "# NEW" + new)
    job = details(workspace, "job123")
    assert (job["input_file"], job["payload"]) == (str(workspace.path / "photo.jpg"), {"prompt": "enhance faces"})


@pytest.mark.req("G2")
def test_each_pattern_of_the_migration_works_in_its_new_form_alone(workspace: Workspace) -> None:
    image = workspace.write("in put.jpg", "")
    prepare = f"""
add-job() {{ statemachine-db add-job "$@"; }}
IMAGE={str(image)!r} IMG={str(image)!r} PROMPT='enhance' PONY='a pony' FLUX='more flux'
"""
    refusals = []
    for pattern in written("migration_patterns").split("# Pattern ")[1:]:
        number = pattern[0]
        old, _, new = pattern.partition("# NEW")
        new = f"{prepare}JOB_ID=job_{number}\n# NEW{new}"
        if "# OLD" in old:
            refused = shell(workspace, f"{prepare}JOB_ID=old_{number}\n# {old}")
            assert (refused.returncode, refused.stdout) == (2, ""), refused
            refusals.append(refused.stderr)
        printed(workspace, new)
    for refusal, way_out in zip(refusals, ("--input-file", "--payload", "--input-file"), strict=True):
        assert f"use {way_out} " in refusal
    assert {row["id"]: (row["type"], row["payload"]) for row in rows(workspace, "list")} == {
        "job_1": ("face_processing", {"prompt": "enhance"}),
        "job_2": ("pony_flux", {"pony_prompt": "a pony", "flux_prompt": "more flux"}),
        "job_3": ("face_processing", {"padding_factor": 1.5, "mask_padding_factor": 1.2}),
        "job_4": ("custom_workflow", {"config": "value"}),
    }


@pytest.mark.req("G2")
def test_the_helper_of_old_scripts(workspace: Workspace) -> None:
    image = workspace.write("image.jpg", "")
    script = written("add_job_v103", image=image)
    printed(workspace, f"{script}add_job_v103 bare print '' ''\n")
    job, bare = details(workspace, "job123"), details(workspace, "bare")
    assert (job["type"], job["input_file"], job["payload"]) == ("image_processing", str(image), {"prompt": "enhance"})
    assert (bare["type"], bare["input_file"], bare["payload"]) == ("print", None, {})


@pytest.mark.req("G1")
def test_a_payload_arrives_as_a_map(workspace: Workspace) -> None:
    printed(workspace, written("payload"))
    (event,) = rows(workspace, "list-events", "--target", "worker")
    assert event["payload"] == {"file": "image.png", "user_id": 123}
