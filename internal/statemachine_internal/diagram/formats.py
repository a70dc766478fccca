"""Every renderer, by the name of its format."""

from __future__ import annotations

from collections.abc import Mapping

from statemachine_internal.diagram import dot, markdown, mermaid, plain_json, scxml, svg
from statemachine_internal.diagram.rendering import Renderer

FORMATS: Mapping[str, Renderer] = {
    "mermaid": mermaid,
    "dot": dot,
    "svg": svg,
    "scxml": scxml,
    "markdown": markdown,
    "json": plain_json,
}
