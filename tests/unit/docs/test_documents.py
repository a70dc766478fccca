"""The pages of ``docs/`` and the README: how they are written, and that a test looks at all that is in them."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
import yaml

from statemachine_cmd.db import COMMANDS
from statemachine_cmd.db.command import parser_of
from support.documents import SYSTEM, TERMINAL, Block, blocks, steps
from support.workspace import ROOT
from system.inside import documented
from unit.docs.generated import SCRIPTS

DOCS = ROOT / "docs"
README = ROOT / "README.md"
PAGES = sorted(DOCS.rglob("*.md"))
LANGUAGES = {"sh", "text", "yaml", "python", "ini"}
OURS = ("internal", "cmd", "pkg")

NOT_RUN = {
    ("README.md", "make demo"): "one has tests of its own, the other one is all tests",
    ("README.md", "make deb"): "the tests have made the packages by the same command",
    (
        "README.md",
        "sudo apt-get install python3-venv",
    ): "it downloads what the tests have installed already",
    ("docs/quickstart.md", "make venv"): "it downloads what the tests have installed already",
    ("docs/quickstart.md", "make deb"): "the tests have made the packages by the same command",
    ("docs/howto/upgrade.md", "sudo apt-get install ./statemachine_OLDER"): "it needs a package of an older version",
}
"""The blocks that nothing runs: page and beginning, and why. Keep it short."""


def called(page: Path) -> str:
    return str(page.relative_to(ROOT))


def all_blocks(language: str) -> list[tuple[Path, Block]]:
    return [(page, block) for page in (README, *PAGES) for block in blocks(page, language)]


@cache
def texts() -> list[str]:
    """Every text in our sources; ``…`` stands where an f-string has a value."""
    found = []
    for folder in OURS:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.append(node.value)
                elif isinstance(node, ast.JoinedStr):
                    parts = (part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
                    found.append("".join(map(str, parts)))
    return found


@pytest.mark.req("J5")
@pytest.mark.parametrize("page", [page for page in PAGES if page != DOCS / "index.md"], ids=called)
def test_a_page_says_at_its_top_what_its_reader_will_have(page: Path) -> None:
    title, _, text = page.read_text(encoding="utf-8").partition("\n\n")
    assert title.startswith("# ")
    assert text.startswith("At the end of this page ")


@pytest.mark.req("J5")
@pytest.mark.parametrize("page", [README, *PAGES], ids=called)
def test_every_block_is_of_a_kind_that_a_test_knows(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    fences = re.findall(r"^( *)(```+|~~~+)(.*)$", text, re.MULTILINE)
    assert [fence for fence in fences if fence[0] or fence[1] != "```" or (fence[2] or "sh") not in LANGUAGES] == []
    outside = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    assert re.findall(r"^(?: {4}|\t)\S.*$|^\$ .*$", outside, re.MULTILINE) == []


@pytest.mark.req("J5")
def test_the_blocks_that_nothing_runs_are_few_and_known() -> None:
    skipped = [(page, block) for page, block in all_blocks("sh") if block.reason is not None]
    found = {
        (name, start): block.reason
        for page, block in skipped
        for name, start in NOT_RUN
        if name == called(page) and block.text.startswith(start)
    }
    assert found == NOT_RUN
    assert len(skipped) == len(NOT_RUN)


@pytest.mark.req("J5")
def test_every_page_with_commands_for_a_host_with_systemd_is_followed_on_one() -> None:
    pages = {called(page) for page, block in all_blocks("sh") if block.place == SYSTEM and block.reason is None}
    assert pages == {documented.QUICKSTART, *documented.PAGES}


@pytest.mark.req("J5")
def test_what_is_to_be_seen_comes_after_a_command_that_is_run() -> None:
    for page in (README, *PAGES):
        seen: dict[str, bool] = {TERMINAL: False, SYSTEM: False}
        for step in steps(page):
            if isinstance(step, Block) and step.language == "sh":
                seen[step.place] |= step.reason is None
            elif isinstance(step, Block) and step.language == "text" and step.path is None:
                assert seen[step.place], f"{called(page)}:{step.line}"


@pytest.mark.req("J5")
def test_the_programs_in_python_are_python() -> None:
    programs = all_blocks("python")
    assert programs
    for page, block in programs:
        compile(block.text, f"{called(page)}:{block.line}", "exec")


@pytest.mark.req("J5")
def test_every_block_of_yaml_is_of_a_kind_that_we_speak_of() -> None:
    """Definitions are checked as strictly as there is in the tests of the validator."""
    found = [yaml.safe_load(block.text) for _, block in all_blocks("yaml")]
    kinds = {"initial_state", "machines", "scrape_configs", "groups"}
    assert [data for data in found if not (isinstance(data, dict) and len(kinds & data.keys()) == 1)] == []


def inline_commands() -> list[tuple[Path, list[str]]]:
    """The commands of ours that stand in sentences, as words."""
    found = []
    for page in (README, *PAGES):
        prose = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        spans = re.findall(r"`(statemachine(?:-[a-z]+)? [^`]+)`", " ".join(prose.split()))
        found += [(page, span.split()) for span in spans]
    return found


@pytest.mark.req("J5")
def test_the_commands_in_sentences_have_the_flags_that_they_name() -> None:
    found = inline_commands()
    assert len(found) > 15
    for page, (program, *words) in found:
        assert program in SCRIPTS, (called(page), program)
        flags = {word for word in words if word.startswith("--")}
        if program == "statemachine-db":
            assert words[0] in COMMANDS, (called(page), words)
            known = {option.name for option in parser_of(words[0]).options}
        else:
            module = importlib.import_module(SCRIPTS[program].partition(":")[0])
            known = {name for action in module.parser()._actions for name in action.option_strings}
        assert flags - known == set(), (called(page), program, words)


@pytest.mark.req("J5")
def test_the_first_page_leads_to_every_other_one() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    others = [str(page.relative_to(DOCS)) for page in PAGES if page.name != "index.md"]
    assert [page for page in [*others, "reference/index.md"] if f"]({page})" not in index] == []


@pytest.mark.req("J5")
def test_the_messages_of_the_troubleshooting_are_those_of_the_programs() -> None:
    page = DOCS / "howto" / "troubleshooting.md"
    messages = re.findall(r"^### `(.+)`$", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(messages) > 15
    assert [message for message in messages if not _is_said(message)] == []


def _is_said(message: str) -> bool:
    pattern = re.compile(".*".join(re.escape(part) for part in message.split("…")), re.DOTALL)
    return any(pattern.search(text) for text in texts())


@pytest.mark.req("J5")
def test_an_invented_message_is_not_found() -> None:
    assert not _is_said("machine '…' has run away; …")


@pytest.mark.req("J5")
def test_the_old_flags_of_add_job_stand_in_the_migration() -> None:
    from statemachine_cmd.db import job_arguments

    page = (DOCS / "howto" / "migrate-add-job.md").read_text(encoding="utf-8")
    gone = re.findall(r'"(--[a-z-]+)"', Path(job_arguments.__file__).read_text(encoding="utf-8"))
    assert "--pony-prompt" in gone
    assert [flag for flag in gone if flag not in page] == []
    helper = (ROOT / "tests/data/commands/add_job_v103.sh").read_text(encoding="utf-8")
    function = helper[helper.index("add_job_v103() {") : helper.index("\n}\n") + 3]
    assert function in page


@pytest.mark.req("J6")
def test_the_old_scripts_have_their_successors() -> None:
    page = (DOCS / "howto" / "migrate-add-job.md").read_text(encoding="utf-8")
    for old, new in (
        ("scripts/start-system.sh", "statemachine-system"),
        ("scripts/start-worker.sh", "systemctl start statemachine@NAME"),
        ("templates/", "/usr/share/doc/statemachine/examples/worker.yaml"),
    ):
        (line,) = [line for line in page.splitlines() if old in line]
        assert new in line


@pytest.mark.req("J5")
def test_the_drop_ins_of_the_hardening_page_are_those_that_there_are() -> None:
    page = (DOCS / "howto" / "hardening.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `([a-z-]+\.conf)` \|", page, re.MULTILINE))
    assert listed == {path.name for path in (ROOT / "deploy" / "drop-ins").glob("*.conf")}


@pytest.mark.req("J5")
def test_the_readme_begins_with_the_two_commands_and_stays_short() -> None:
    text = README.read_text(encoding="utf-8")
    first = next(block for block in blocks(README, "sh"))
    assert [line.split("#")[0].strip() for line in first.text.splitlines()] == ["make demo", "make test"]
    assert text.index("make demo") < 250
    assert len(text.splitlines()) < 200


@pytest.mark.req("J5")
def test_make_docs_builds_the_site() -> None:
    argv = ["make", "--dry-run", "docs"]
    said = subprocess.run(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    assert "mkdocs build" in said
    assert "packaging/docs/mkdocs.yml" in said
