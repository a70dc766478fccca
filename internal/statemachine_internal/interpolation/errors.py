"""What goes wrong between a template and its values."""

from statemachine_internal.errors import StateMachineError


class InterpolationError(StateMachineError):
    """A placeholder cannot be filled; nothing was run.

    ``placeholder`` is the one at fault as it was written, braces included, or None where the template itself is.
    """

    code = "interpolation"

    def __init__(self, message: str, *, placeholder: str | None = None) -> None:
        self.placeholder = placeholder
        super().__init__(message)
