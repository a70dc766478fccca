"""What shall run: read from a manifest, a folder of definitions, or definitions, and checked before anything starts."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace

from statemachine_internal.control.addresses import check_machine_name
from statemachine_internal.definition.diagnostics import DefinitionError, Diagnostic, Report, Severity, quoted
from statemachine_internal.definition.fields import Fields, flag_of, number_of
from statemachine_internal.definition.nodes import List, Map, Node, Scalar, kind, plain_data, shown
from statemachine_internal.definition.reader import read
from statemachine_internal.definition.source import check_characters, decode, read_bytes
from statemachine_internal.errors import UsageError
from statemachine_internal.runtime.options import Options
from statemachine_internal.runtime.sources import machine_name, make_registry, read_definition

MANIFESTS = ("system.yaml", "system.yml")
"""What a manifest is called in a folder."""
_CONFIG = "config"
"""Where a folder may keep its definitions."""
_ENDINGS = (".yaml", ".yml")
_MOST = 1000  # machines of one kind
_ENTRY_HINT = "write machines: [{config: worker.yaml}]"


@dataclass(frozen=True, kw_only=True, slots=True)
class Planned:
    """One machine that shall run; ``context`` is a JSON map."""

    name: str
    config: str
    actions_dir: str | None = None
    context: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What shall run. ``port`` is the monitor's, None for its usual one; ``warnings`` are lines for a person."""

    machines: tuple[Planned, ...]
    monitor: bool = True
    port: int | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Entry:
    """A machine, or ``count`` of them, as it was asked for."""

    config: str
    name: str | None = None
    actions_dir: str | None = None
    context: str | None = None
    count: int | None = None


def plan(paths: list[str]) -> Plan:
    """What the paths ask for: manifests, folders (with a manifest, or definitions) and definitions.

    Raises:
        UsageError: a path isn't there, or nothing is to run.
        DefinitionError: a manifest or a definition has errors; all of them are named.
    """
    report: list[Diagnostic] = []
    tracebacks: list[str] = []
    entries: list[_Entry] = []
    watched = Plan(machines=())
    for path in paths:
        manifest = _manifest_in(path)
        if manifest is None:
            entries += [_Entry(config=each) for each in _definitions_in(path)]
        else:
            found, watched = _read_manifest(manifest, watched, report)
            entries += found
    machines, warnings = _machines(entries, report, tracebacks)
    if any(diagnostic.severity is Severity.ERROR for diagnostic in report):
        error = DefinitionError(report)
        error.tracebacks = tuple(tracebacks)
        raise error
    if not machines:
        raise UsageError(f"there is no machine to run in {', '.join(paths)}; name a folder with definitions (*.yaml)")
    return replace(watched, machines=tuple(machines), warnings=(*(d.render() for d in report), *warnings))


def _manifest_in(path: str) -> str | None:
    """The manifest that a path is or holds."""
    if os.path.isdir(path):
        files = (os.path.join(path, name) for name in MANIFESTS)
        return next((file for file in files if os.path.exists(file) and not os.path.isdir(file)), None)
    if not os.path.isfile(path):
        wrong = "is neither a file nor a folder" if os.path.exists(path) else "isn't there"
        raise UsageError(f"{path} {wrong}; name a folder, a manifest or definitions")
    return path if os.path.basename(path) in MANIFESTS or _looks_like_manifest(path) else None


def _looks_like_manifest(path: str) -> bool:
    """A definition has no machines, and a manifest has nothing else."""
    root = _root(path, Report(path))
    return isinstance(root, Map) and root.get("machines") is not None and root.get("initial_state") is None


def _root(path: str, report: Report) -> Node | None:
    data = read_bytes(path, report)
    text = None if data is None else decode(data, report)
    return read(text, report) if text is not None and check_characters(text, report) else None


def _definitions_in(path: str) -> list[str]:
    if not os.path.isdir(path):
        return [path]
    found = [os.path.join(path, name) for name in sorted(os.listdir(path)) if name.endswith(_ENDINGS)]
    config = os.path.join(path, _CONFIG)
    return _definitions_in(config) if not found and os.path.isdir(config) else found


def _read_manifest(path: str, watched: Plan, found: list[Diagnostic]) -> tuple[list[_Entry], Plan]:
    report = Report(path)
    root = _root(path, report)
    entries: list[_Entry] = []
    if isinstance(root, Map):
        fields = Fields(root, ("monitor", "machines"), "a manifest", report)
        watched = _watched(fields.get("monitor"), watched, report)
        listed = fields.get("machines")
        if not isinstance(listed, List):
            report.error(listed or root, "missing-machines", "'machines' must be a list", hint=_ENTRY_HINT)
        else:
            folder = os.path.dirname(path)
            entries = [entry for item in listed.items if (entry := _entry(item, folder, report)) is not None]
    elif root is not None:
        report.error(root, "wrong-type", f"a manifest must be a map, not {kind(root)}", hint=_ENTRY_HINT)
    # The reader's hint for an empty file is for definitions.
    found += [replace(each, hint=_ENTRY_HINT) if each.code == "empty" else each for each in report.diagnostics()]
    return entries, watched


def _watched(node: Node | None, watched: Plan, report: Report) -> Plan:
    """``monitor:`` is true, false, or a map with its port."""
    if node is None:
        return watched
    if not isinstance(node, Map):
        return replace(watched, monitor=bool(flag_of(node, "'monitor'", report)))
    given = Fields(node, ("port",), "'monitor'", report).get("port")
    port = None if given is None else number_of(given, "'port'", report, low=0, high=65535)
    return watched if port is None else replace(watched, monitor=True, port=int(port))


def _entry(item: Node, folder: str, report: Report) -> _Entry | None:
    if isinstance(item, Scalar):
        return _Entry(config=os.path.join(folder, item.text))
    if not isinstance(item, Map):
        message = f"a machine must be a map or the path of a definition, not {kind(item)}"
        report.error(item, "wrong-type", message, text=shown(item), hint=_ENTRY_HINT)
        return None
    fields = Fields(item, ("config", "name", "actions_dir", "initial_context", "count"), "a machine", report)
    config, actions = fields.text("config"), fields.text("actions_dir")
    if config is None:
        if fields.get("config") is None:
            report.error(item, "missing-config", "a machine needs 'config'", hint=_ENTRY_HINT)
        return None
    context = fields.map("initial_context", "write initial_context: {key: value}")
    count_node = fields.get("count")
    count = None if count_node is None else number_of(count_node, "'count'", report, low=1, high=_MOST)
    return _Entry(
        config=os.path.join(folder, config),
        name=fields.text("name"),
        actions_dir=None if actions is None else os.path.join(folder, os.path.expanduser(actions)),
        context=None if context is None else json.dumps(plain_data(context)),
        count=None if count is None else int(count),
    )


def _machines(
    entries: Iterable[_Entry], found: list[Diagnostic], tracebacks: list[str]
) -> tuple[list[Planned], list[str]]:
    """The machines of the entries; a name that two have, or that none can have, is refused."""
    machines: list[Planned] = []
    warnings: list[str] = []
    by_name: dict[str, str] = {}
    for entry in entries:
        options = Options(config=entry.config, machine_name=entry.name, actions_dir=entry.actions_dir)
        try:
            definition, warned = read_definition(entry.config)
            make_registry(options, definition)
        except DefinitionError as error:
            found += [each for each in error.diagnostics if each not in found]
            tracebacks += error.tracebacks
            continue
        warnings += [line for line in warned if line not in warnings]
        name = machine_name(options, definition)
        names = [name] if entry.count is None else [f"{name}-{number}" for number in range(1, entry.count + 1)]
        for each in map(check_machine_name, names):
            if each in by_name:
                raise UsageError(
                    f"{quoted(entry.config)} and {quoted(by_name[each])} would both run as machine '{each}'; "
                    "give one of them another 'name' in a manifest"
                )
            by_name[each] = entry.config
            machines.append(
                Planned(name=each, config=entry.config, actions_dir=entry.actions_dir, context=entry.context)
            )
    return machines, warnings
