"""The whole way from a path, or a text, to a MachineDefinition and what there is to complain of."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from statemachine_internal.definition.assembly import assemble
from statemachine_internal.definition.diagnostics import DefinitionError, Diagnostic, Report, Severity
from statemachine_internal.definition.model import MachineDefinition
from statemachine_internal.definition.nodes import Map, kind, shown
from statemachine_internal.definition.reader import read
from statemachine_internal.definition.source import check_characters, check_size, decode, read_bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """What came of a file: ``definition`` is None where ``diagnostics`` has an error.

    ``root`` is what was written, with its places, for those who have more to say of it.
    """

    definition: MachineDefinition | None
    diagnostics: tuple[Diagnostic, ...]
    root: Map | None = None

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The complaints that make it unusable."""
        return tuple(d for d in self.diagnostics if d.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """The complaints that don't."""
        return tuple(d for d in self.diagnostics if d.severity is Severity.WARNING)


def load(path: str) -> Loaded:
    """Reads the file at ``path``; whatever is wrong with it becomes a diagnostic."""
    report = Report(path)
    data = read_bytes(path, report)
    text = None if data is None else decode(data, report)
    return _load(text, hashlib.sha256(data or b"").hexdigest(), report)


def parse(text: str, file: str) -> Loaded:
    """The same for a text; ``file`` is the name that messages give."""
    report = Report(file)
    data = text.encode("utf-8", "surrogatepass")
    return _load(text if check_size(data, report) else None, hashlib.sha256(data).hexdigest(), report)


def load_definition(path: str) -> MachineDefinition:
    """The definition at ``path``.

    Raises:
        DefinitionError: it has errors; its ``diagnostics`` are all complaints, warnings too.
    """
    loaded = load(path)
    if loaded.definition is None:
        raise DefinitionError(loaded.diagnostics)
    return loaded.definition


def _load(text: str | None, digest: str, report: Report) -> Loaded:
    definition, root = None, None
    if text is not None and check_characters(text, report):
        root = read(text, report)
        if isinstance(root, Map):
            definition = assemble(root, text, digest, report)
        elif root is not None and not report.failed:
            hint = "write keys such as 'initial_state:' and 'transitions:' at the left margin"
            report.error(
                root, "wrong-type", f"a definition must be a map, not {kind(root)}", text=shown(root), hint=hint
            )
    written = root if isinstance(root, Map) else None
    return Loaded(definition=definition, diagnostics=report.diagnostics(), root=written)
