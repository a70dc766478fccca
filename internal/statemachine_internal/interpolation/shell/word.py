"""A word of a command, as the tables of programs see it."""

SLOT = "\0"
EXPANSION = "$"


class Word(str):
    """A word, quotes removed: ``$`` or ``$NAME`` stands for an expansion, and a NUL for data.

    Data is a placeholder, or the output of a substitution in which one stands.
    """

    __slots__ = ("fed", "fluid", "plain", "splits")

    plain: str
    """The word as it is if every expansion and all data are empty."""
    fluid: bool
    """Whether it is unquoted expansions only, and so can be no word at all."""
    splits: bool
    """Whether data makes as many words of it as it likes: it holds an unquoted substitution."""
    fed: bool
    """Whether it is a file that data can be read from: ``<(echo {x})``."""

    def __new__(
        cls, text: str, plain: str | None = None, *, fluid: bool = False, splits: bool = False, fed: bool = False
    ) -> "Word":
        word = super().__new__(cls, text)
        word.plain = text if plain is None else plain
        word.fluid, word.splits, word.fed = fluid, splits, fed
        return word


def program(word: Word) -> str:
    """The name of the program that a word calls."""
    return (word.plain or word).rpartition("/")[2]


def previous(words: list[Word]) -> Word:
    """The word before the last one that is surely there; the empty word if there is none."""
    return next((word for word in reversed(words[:-1]) if not word.fluid), Word(""))
