"""After a sudden end of the whole system in the middle of a load."""

from __future__ import annotations

from system.inside.check import check
from system.inside.loading import compare
from system.inside.reboot_before import accepted
from system.inside.report import say


@check("E3", "B6")
def a_sudden_end_of_the_system_under_load_loses_and_doubles_nothing() -> None:
    numbers = compare("unplugged", accepted("unplugged"))
    say(f"sudden end of the system under load: {len(numbers)} events, 0 lost, 0 doubled")
