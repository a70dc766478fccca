"""Placeholders in any value: strings, maps and lists."""

from collections.abc import Iterator, Mapping

from .lookup import MISSING, resolve
from .template import Placeholder, parse
from .text import to_text


def interpolate(value: object, namespace: Mapping[str, object]) -> object:
    """Fill the placeholders in every string of a value.

    Args:
        value: a string, or maps and lists of them, nested; keys of maps are left alone, other values too.
        namespace: what the names mean; nested maps and lists.

    Returns:
        The value with its placeholders filled, or the very same object if nothing in it changed. A string that is
        one placeholder becomes the looked-up value itself, whatever its type; in mixed text values become text. An
        unknown placeholder stays as it stands. The given value is never changed.

    Raises:
        InterpolationError: a value in mixed text cannot be written as JSON.
    """
    if isinstance(value, str):
        return _fill(value, namespace) if "{" in value else value
    if isinstance(value, Mapping):
        return _fill_map(value, namespace)
    if isinstance(value, (list, tuple)):
        filled = [interpolate(item, namespace) for item in value]
        if all(new is old for new, old in zip(filled, value, strict=True)):
            return value
        return filled if isinstance(value, list) else tuple(filled)
    return value


def _fill_map(value: Mapping[object, object], namespace: Mapping[str, object]) -> Mapping[object, object]:
    filled = {key: interpolate(item, namespace) for key, item in value.items()}
    if all(filled[key] is item for key, item in value.items()):
        return value
    return filled


def _fill(text: str, namespace: Mapping[str, object]) -> object:
    template = parse(text)
    if template.literal:
        return text
    first = template.pieces[0]
    if len(template.pieces) == 1 and isinstance(first, Placeholder):
        value = resolve(first, namespace)
        return text if value is MISSING else value
    filled: list[str] = []
    for piece in template.pieces:
        if isinstance(piece, str):
            filled.append(piece)
            continue
        value = resolve(piece, namespace)
        filled.append(piece.source if value is MISSING else to_text(value, piece))
    result = "".join(filled)
    return text if result == text else result


def placeholders(value: object) -> frozenset[str]:
    """Name what a value refers to, for checks before a run.

    Args:
        value: as for `interpolate`.

    Returns:
        The dotted names in all its placeholders, alternatives included, filters left out.
    """
    return frozenset(_names(value))


def _names(value: object) -> Iterator[str]:
    if isinstance(value, str):
        for piece in parse(value).pieces if "{" in value else ():
            if isinstance(piece, Placeholder):
                yield from (".".join(path) for path in piece.alternatives)
    elif isinstance(value, (Mapping, list, tuple)):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _names(item)
