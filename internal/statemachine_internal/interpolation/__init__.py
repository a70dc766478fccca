"""Placeholders: how data gets into an action's configuration and into its shell command.

Two ways lead from a template to what an action sees, and both read templates in one place:

    text ──parse──▶ Template (literal text and placeholders)
                      ├── interpolate(value, namespace)       any value: strings, maps, lists; types kept
                      └── render_command(template, namespace) a shell command: the text holds references only,
                                                              the data travels in environment variables

The syntax:

- ``{name}`` and ``{a.b.0.c}`` look a value up; a part walks a map by key or a list by index.
- ``{a|b}`` takes the first that exists. A value of None is passed over while a later one has more to say.
- ``{x|length}`` counts the characters, items or keys. What has no length counts as unknown.
- ``{x|default:some text}`` stands in for what is unknown or None. The text runs to the closing brace, holds neither
  braces nor line breaks, and is always text. ``length`` may stand before it, and nothing after it.
- ``{{name}}`` is a literal ``{name}``, and ``{{{name}}}`` a value between literal braces.
- Everything else that has braces stays: ``${HOME}``, ``{print $1}``, ``{"k": 1}``, ``{a,b}``, ``{1..3}``, ``{}``.
- An unknown placeholder stays as it stands. A value is never looked through for placeholders again, and nothing is
  ever evaluated as code.
"""

from .command import CommandProblem, RenderedCommand, command_problems, render_command
from .errors import InterpolationError
from .values import interpolate, placeholders

__all__ = [
    "CommandProblem",
    "InterpolationError",
    "RenderedCommand",
    "command_problems",
    "interpolate",
    "placeholders",
    "render_command",
]
