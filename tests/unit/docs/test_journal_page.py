"""The page of the journal fields: every field, every kind of record, and examples that name them rightly."""

from __future__ import annotations

import ast
import inspect
import re

import pytest

from statemachine_internal.service import journal, records
from statemachine_internal.service.message_ids import MessageId
from statemachine_internal.service.vocabulary import JOURNAL_NAMES, LEVEL, LEVELS, PREFIX
from unit.docs.generated import Generated, examples, part, plain, terms

PAGE = "statemachine.journal-fields.7"
NAMED = frozenset(JOURNAL_NAMES.values())
"""Taken before any test runs: the map keeps each name that it is asked for."""


def fields_of_records() -> set[str]:
    """The journal fields of all keys that records are made with."""
    written = rf'"({PREFIX}[A-Z_]+|MESSAGE|PRIORITY|SYSLOG_[A-Z]+)"'
    names = {*NAMED, *re.findall(written, inspect.getsource(journal))}
    keys: set[str] = set()
    for node in ast.walk(ast.parse(inspect.getsource(records))):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("self._log."):
            keys |= {keyword.arg for keyword in node.keywords if keyword.arg is not None}
        elif isinstance(node, ast.Dict):
            constants = [key.value for key in node.keys if isinstance(key, ast.Constant)]
            keys |= {value for value in constants if isinstance(value, str)}
    return names | {JOURNAL_NAMES[key] for key in keys - {LEVEL, *LEVELS}}


@pytest.mark.req("J2")
def test_every_field_of_a_record_stands_in_the_page(docs: Generated) -> None:
    found = fields_of_records()
    assert {"STATEMACHINE_FROM_STATE", "STATEMACHINE_DROPPED", "STATEMACHINE_RETRY_IN"} <= found
    assert found - terms(part(docs.page(PAGE), "SH", "FIELDS")) == set()


@pytest.mark.req("J2")
def test_every_kind_of_record_stands_in_the_page(docs: Generated) -> None:
    section = part(docs.page(PAGE), "SH", "MESSAGE IDS")
    assert terms(section) == {member.value for member in MessageId}
    for member in MessageId:
        assert f"{member.name}: " in plain(section)


@pytest.mark.req("J2")
def test_the_examples_name_fields_and_kinds_that_there_are(docs: Generated) -> None:
    lines = "\n".join(examples(part(docs.page(PAGE), "SH", "EXAMPLES")))
    named = set(re.findall(r"STATEMACHINE_[A-Z_]+", lines))
    assert named
    assert named - fields_of_records() == set()
    ids = re.findall(r"MESSAGE_ID=(\w+)", lines)
    assert ids
    assert [found for found in ids if found not in {member.value for member in MessageId}] == []
