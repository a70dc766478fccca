"""Nothing is said of what is right: the examples, the YAML of the pages, and idioms that look wrong and aren't."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from statemachine_internal.definition import Diagnostic, Severity
from statemachine_internal.definition.catalog import JOB_PARTS
from statemachine_internal.definition.checks.checking import check
from statemachine_internal.definition.checks.emissions import emissions
from statemachine_internal.definition.loading import parse
from support.workspace import ROOT

EXAMPLES = sorted(folder for folder in (ROOT / "examples").iterdir() if list(folder.rglob("*.yaml")))
PAGES = ("docs", "packaging/docs", "examples")
MARKDOWN = sorted(
    path
    for path in [ROOT / "README.md", *(p for name in PAGES for p in (ROOT / name).rglob("*.md"))]
    if "```yaml" in path.read_text(encoding="utf-8")
)
BLOCK = re.compile(r"^( *)```ya?ml\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def machines(folder: Path) -> list[str]:
    """The definitions of a folder, and no other YAML in it."""
    found = [path for path in sorted(folder.rglob("*.yaml")) if _is_definition(path.read_text(encoding="utf-8"))]
    return [str(path) for path in found]


def _is_definition(text: str) -> bool:
    data = yaml.safe_load(text)
    return isinstance(data, dict) and "initial_state" in data


def blocks(path: Path) -> list[str]:
    """The definitions in a page; a list of actions is put into a machine that takes what they emit."""
    found = [textwrap.dedent(match.group(2)) for match in BLOCK.finditer(path.read_text(encoding="utf-8"))]
    return [block if _is_definition(block) else _in_a_machine(block) for block in found if _is_ours(block)]


def _is_ours(block: str) -> bool:
    data = yaml.safe_load(block)
    if isinstance(data, list):
        return all(isinstance(item, dict) and "type" in item for item in data)
    return isinstance(data, dict) and "initial_state" in data


def _in_a_machine(actions: str) -> str:
    head = "initial_state: working\nfinal: [finished]\n"
    body = f"actions:\n  working:\n{textwrap.indent(actions, '    ')}"
    definition = parse(head + body, "snippet.yaml").definition
    assert definition is not None
    events = {e.event for spec in definition.states["working"].actions for e in emissions(spec)}
    lines = [f"  - {{from: working, to: finished, event: {event}}}\n" for event in sorted(events)]
    return head + "transitions:\n" + "".join(lines) + body


def complaints(paths: Sequence[str]) -> list[Diagnostic]:
    """What ``--strict`` would refuse."""
    return [d for checked in check(paths) for d in checked.diagnostics if d.severity is not Severity.NOTE]


def said(tmp_path: Path, **texts: str) -> list[str]:
    paths = []
    for name, text in texts.items():
        path = tmp_path / f"{name}.yaml"
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        paths.append(str(path))
    return [d.render() for d in complaints(paths)]


@pytest.mark.req("I1")
@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_clean_each_file_alone_and_all_together(folder: Path) -> None:
    files = machines(folder)
    assert files
    assert [d.render() for d in complaints(files)] == []
    assert [d.render() for path in files for d in complaints([path])] == []


@pytest.mark.req("I1")
def test_all_examples_together_are_clean() -> None:
    assert [d.render() for d in complaints([path for folder in EXAMPLES for path in machines(folder)])] == []


@pytest.mark.req("I1")
@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: path.name)
def test_every_definition_in_a_page_is_clean(path: Path, tmp_path: Path) -> None:
    found = blocks(path)
    for number, block in enumerate(found):
        file = tmp_path / f"block{number}.yaml"
        file.write_text(block, encoding="utf-8")
        assert [d.render() for d in complaints([str(file)])] == [], block


@pytest.mark.req("I1")
@pytest.mark.parametrize("path", sorted((ROOT / "deploy").rglob("*.yaml")), ids=lambda path: path.name)
def test_what_is_installed_to_begin_with_is_clean(path: Path) -> None:
    assert [d.render() for d in complaints([str(path)])] == []


WAITS = {
    "check_database_queue": ("{type: check_database_queue, job_type: a}", "new_job", "no_jobs"),
    "wait_for_jobs": ('{type: wait_for_jobs, jobs: "{pending_jobs}"}', "jobs_completed", "jobs_failed"),
    "get_pending_jobs": ("{type: get_pending_jobs}", "jobs_found", "no_jobs"),
    "check_machine_state": (
        "{type: check_machine_state, target_machine: m, expected_states: [a], timeout_seconds: 5}",
        "in_expected_state",
        "unexpected_state",
    ),
    "sleep": ("{type: sleep, duration: 1}", "done", "wake_up"),
    "bash": ("{type: bash, command: inotifywait .}", "error", "job_done"),
}


@pytest.mark.req("I1")
@pytest.mark.parametrize("wait", WAITS)
def test_a_self_loop_on_what_waits_does_not_spin(wait: str, tmp_path: Path) -> None:
    action, onward, again = WAITS[wait]
    text = f"""\
        initial_state: waiting
        transitions:
          - {{from: waiting, to: working, event: {onward}}}
          - {{from: waiting, to: waiting, event: {again}}}
          - {{from: working, to: waiting, event: timeout(1)}}
        actions:
          waiting:
            - {{type: set_context, values: {{pending_jobs: [a]}}}}
            - {action}
        """
    assert said(tmp_path, waiter=text) == []


@pytest.mark.req("I1")
def test_a_loop_that_counts_does_not_spin(tmp_path: Path) -> None:
    text = """\
        initial_state: counting
        transitions:
          - {from: counting, to: counting, event: more, when: seen != 3}
          - {from: counting, to: completed, event: more}
        actions:
          counting:
            - {type: add_to_list, list: ticks, value: 1}
            - {type: set_context, values: {seen: "{ticks|length}"}, success: more}
        """
    assert said(tmp_path, counter=text) == []


@pytest.mark.req("I1")
def test_a_list_that_is_worked_off_does_not_spin(tmp_path: Path) -> None:
    text = """\
        initial_state: taking
        transitions:
          - {from: taking, to: doing, event: item_popped}
          - {from: taking, to: completed, event: list_empty}
          - {from: doing, to: taking, event: done}
        actions:
          taking:
            - {type: pop_from_list, list: todo, when: exists(todo)}
          doing:
            - {type: log, message: "{current_item}", success: done}
        """
    assert said(tmp_path, lister=text) == []


@pytest.mark.req("I1")
def test_every_name_of_a_job_is_known_and_a_job_of_ones_own_has_what_it_has(tmp_path: Path) -> None:
    text = """\
        initial_state: waiting
        transitions:
          - {from: waiting, to: working, event: new_job}
          - {from: working, to: waiting, event: done}
        actions:
          waiting:
            - {type: check_database_queue, job_type: resize}
          working:
            - type: log
              message: "{id} {job_id} {status} {job_type} {input_file} {job_progress} {current_job} {PARTS}"
              success: done
        """
    text = text.replace("{PARTS}", " ".join(f"{{current_job.{part}}}" for part in JOB_PARTS))
    assert said(tmp_path, worker=text) == []
    own = text.replace(
        "{type: check_database_queue, job_type: resize}", "{type: set_context, values: {current_job: {size: 1}}}"
    )
    own = own.replace("{job_type} {input_file}", "{current_job.size}").replace("event: new_job", "event: order")
    assert said(tmp_path, worker=own) == []


@pytest.mark.req("I1")
def test_a_machine_that_waits_for_somebody_outside_is_no_deadlock(tmp_path: Path) -> None:
    text = """\
        initial_state: waiting
        transitions:
          - {from: waiting, to: asking, event: order}
          - {from: asking, to: waiting, event: approved_by_a_person}
        actions:
          asking:
            - {type: send_event, target_machine: desk, event_type: question}
        """
    desk = """\
        initial_state: waiting
        transitions:
          - {from: waiting, event: question, actions: [{type: log, message: "a question"}]}
        """
    assert said(tmp_path, office=text, desk=desk) == []


@pytest.mark.req("I1")
def test_a_guard_that_may_go_either_way_is_no_deadlock(tmp_path: Path) -> None:
    """The answer comes only for good orders, and only good ones are asked for: the search can't know that."""
    asker = """\
        initial_state: waiting
        events:
          order: {context_map: {total: payload.total}}
          answer:
        transitions:
          - {from: waiting, to: asking, event: order, when: event.payload.total > 0}
          - {from: asking, to: waiting, event: answer}
        actions:
          asking:
            - {type: send_event, target_machine: answerer, event_type: ask, payload: {total: "{total}"}}
        """
    answerer = """\
        initial_state: waiting
        transitions:
          - from: waiting
            event: ask
            when: event.payload.total > 0
            actions:
              - {type: send_event, target_machine: asker, event_type: answer}
        """
    assert said(tmp_path, asker=asker, answerer=answerer) == []


@pytest.mark.req("D3")
@pytest.mark.parametrize(
    "command",
    [
        "curl -w '%{http_code}' localhost",
        'curl -w "%{http_code}" localhost',
        "awk '{print}' log",
        "git rev-parse HEAD@{upstream}",
        "jq '{name}' report.json",
        "echo ${HOME} {a,b} {1..3} {}",
        "echo {{name}} {missing|default:none} {last_error} {id} {status} {event_data.payload.anything}",
    ],
)
def test_the_shell_s_own_braces_are_no_placeholders(command: str, tmp_path: Path) -> None:
    text = "initial_state: working\ntransitions:\n"
    text += "  - {from: working, to: completed, event: job_done}\n  - {from: working, to: completed, event: error}\n"
    text += "actions:\n  working:\n    - type: bash\n      command: |\n"
    assert said(tmp_path, shell=text + f"        {command}\n") == []


@pytest.mark.req("D3")
def test_with_a_custom_action_nothing_is_known_of_the_context(tmp_path: Path) -> None:
    text = """\
        initial_state: reading
        transitions:
          - {from: reading, to: completed, event: read, when: pages > 1}
          - {from: reading, to: stopped, event: error}
        actions:
          reading:
            - {type: read_scan, file: "{whatever}"}
            - {type: log, message: "{pages} pages"}
        """
    assert said(tmp_path, reader=text) == []


@pytest.mark.req("D3")
def test_what_a_parent_hands_on_is_known_to_its_child(tmp_path: Path) -> None:
    parent = """\
        initial_state: starting
        transitions:
          - {from: starting, to: completed, event: fsm_started}
          - {from: starting, to: completed, event: error}
        actions:
          starting:
            - {type: start_fsm, machine_name: child, context_vars: [machine_name as parent, event_data.payload.file]}
        """
    child = """\
        initial_state: working
        transitions:
          - {from: working, to: completed, event: told}
        actions:
          working:
            - {type: log, message: "{file} of {parent}", success: told}
        """
    assert said(tmp_path, parent=parent, child=child) == []
    assert len(said(tmp_path, child=child)) == 2


@pytest.mark.req("D3")
def test_braces_that_are_no_placeholder_and_mean_none_are_left_alone(tmp_path: Path) -> None:
    text = """\
        initial_state: waiting
        events:
          order: {context_map: {file: payload.file, file-name: payload.name, size: payload.size}}
        transitions:
          - from: waiting
            event: order
            actions:
              - {type: log, message: '{file-name} of {{file}}, {other - 1}, {"file": 1}, {file|size}'}
              - {type: bash, command: "{ file {file}; } && awk '{size + 1}' {file}", success: ''}
        """
    assert said(tmp_path, braces=text) == []
