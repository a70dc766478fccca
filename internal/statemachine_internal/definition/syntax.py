"""Broken YAML in plain words: libyaml and PyYAML word errors differently, and neither says what to write instead."""

from __future__ import annotations

import re

import yaml

from statemachine_internal.definition.diagnostics import Place, Report

_OPENED_TEXT = re.compile(r"(:|-)\s+[{\[\"']")
_INDENT = "check the indentation: the keys of one map start in the same column"
_QUOTES = "put quotes around the whole text"


def explain(problem: yaml.YAMLError, text: str, report: Report) -> None:
    """Turns the parser's error into one complaint."""
    if not isinstance(problem, yaml.MarkedYAMLError) or (problem.problem_mark or problem.context_mark) is None:
        report.error(Place(1, 1), "yaml", f"this is no YAML: {' '.join(str(problem).split())}", hint="check the text")
        return
    what, context = problem.problem or "", problem.context or ""
    mark = problem.problem_mark or problem.context_mark
    lines = text.split("\n")
    here = _place(mark)
    opened = _place(problem.context_mark or mark)
    line = lines[here.line - 1].rstrip("\r") if here.line <= len(lines) else ""
    char = line[here.column - 1 : here.column]
    if char == "\t" or "tab character" in what:
        report.error(here, "tab", "a tab can't indent YAML", text="\t", hint="use spaces")
    elif "nesting depth" in what:  # libyaml has a limit of its own from 0.2.6 on, and looks ahead of the reader's
        report.error(here, "too-deep", "lists and maps nest far too deep", text=char, hint="make it flatter")
    elif "quoted scalar" in context and ("end of stream" in what or "document separator" in what):
        quote = _char(lines, opened)
        report.error(
            opened, "unclosed-quote", f"the quote {quote} is never closed", text=quote, hint=f"close it with {quote}"
        )
    elif "escape" in what or "Unicode character" in what or "hexdecimal" in what or "hexadecimal" in what:
        hint = "write \\\\ for a backslash, or use single quotes"
        report.error(here, "bad-escape", "this escape is unknown in double quotes", text=char, hint=hint)
    elif "an alias" in context or "an anchor" in context:
        sign = _char(lines, opened)
        hint = f"""put it in quotes: "{sign}\""""
        report.error(opened, "bare-sign", f"a bare {sign} means an alias or an anchor in YAML", text=sign, hint=hint)
    elif "cannot start any token" in what:
        report.error(here, "bare-sign", f"a text can't start with {char}", text=char, hint=_QUOTES)
    elif "flow" in context and here.line > len(lines) - 1 and not line.strip():
        sign = _char(lines, opened)
        shown = sign if sign in ("[", "{") else "a bracket"
        report.error(opened, "unclosed-bracket", f"{shown} is never closed", text=sign, hint="close it with ] or }")
    elif "mapping values are not allowed" in what:
        hint = f"put quotes around a text that has ': ' in it, or {_INDENT}"
        report.error(here, "bad-indentation", "no value can stand here", text=line.strip(), hint=hint)
    elif "expected" in what or "expected" in context:
        quotes = _OPENED_TEXT.search(line[: here.column - 1])
        hint = f"{_QUOTES}, or {_INDENT}" if quotes else _INDENT
        report.error(here, "bad-indentation", "this doesn't fit what stands before it", text=line.strip(), hint=hint)
    else:
        report.error(here, "yaml", f"this is no YAML: {what or context}", text=line.strip(), hint=_INDENT)


def _place(mark: object) -> Place:
    return Place(int(getattr(mark, "line", 0)) + 1, int(getattr(mark, "column", 0)) + 1)


def _char(lines: list[str], place: Place) -> str:
    return lines[place.line - 1][place.column - 1 : place.column] if place.line <= len(lines) else ""
