"""Where in a shell command a placeholder stands, and what may stand there.

The scanner reads a command as sh(1) reads it, with the same nesting, and keeps to what dash and bash agree on:

    commands ─┬─ '…'              single quotes
              ├─ "…"              double quotes ─┐
              ├─ $(…)  `…`        commands again ├─ and so on, inside each other
              ├─ ${…}  $((…))     no value here ─┘
              ├─ <<EOF            like double quotes, from the next line on
              └─ # …              nothing is filled here

For every placeholder it notes a `Place`: what to write around a reference to the variable that carries the value, or
the reason why no value may stand there. Where dash and bash read a text differently, or the scanner would have to
guess, everything from there on is refused: a placeholder is filled only in a place that is proven.

What comes out of a command substitution in which a placeholder stands is data too, and so is what it splits into. It is
refused in every place where the placeholder itself would be, and, unquoted, where it would become a program with its
arguments: as the command's own word, behind ``env`` and its like, and as options of a shell. ``{x} file`` and
``"$(echo {x})" file`` are one word each, and let data name the program, as the author of the template wished.

Not seen are programs outside of the tables; a value that goes through a variable, a function or a file into code
(``v={x}; eval "$v"``); and a value that a program takes for one of its options, for which ``--`` is the remedy.

The source for the rules is POSIX.1-2017, XCU chapter 2, and the manuals dash(1) and bash(1).
"""

from .place import Place
from .scanner import Scanned, scan

__all__ = ["Place", "Scanned", "scan"]
