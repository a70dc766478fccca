"""What the scanner notes for one placeholder, and how it gives up."""

from typing import NamedTuple


class Place(NamedTuple):
    """The place of one placeholder in a command."""

    before: str = ""
    """What stands before the reference to the variable, to put it into double quotes."""
    after: str = ""
    refusal: str | None = None
    """Why no value may stand here and what to write instead; ``{x}`` in it stands for the placeholder."""
    warning: str | None = None
    """What may go wrong with a value here."""
    inert: bool = False
    """Whether nothing is filled here: a comment."""
    bare: bool = False
    """Whether the place is outside of all quotes."""

    def unknown(self, source: str) -> str:
        """The text for a placeholder that means nothing: itself, and never a pipe."""
        return f"'{source}'" if self.bare and "|" in source and "'" not in source else source


UNQUOTED = Place('"', '"', bare=True)
IN_DOUBLE_QUOTES = Place()
IN_SINGLE_QUOTES = Place("'\"", "\"'")
IN_COMMENT = Place(inert=True)


class Lost(Exception):
    """The scanner cannot say for sure how the shell reads on; the message names the text that it stopped at."""
