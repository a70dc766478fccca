"""The product on a booted system: each check that runs inside is a test here. See ``inside/`` for what they do."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from _pytest.mark.structures import ParameterSet

from system.guest import Findings
from system.inside.check import BOOTS, Check, checks_of


def _checks() -> Iterator[ParameterSet]:
    for system, boots in BOOTS.items():
        for modules in boots:
            for module in modules:
                for check in checks_of(module):
                    marks = [pytest.mark.req(row) for row in check.rows]
                    yield pytest.param(
                        system, check, id=check.id if system == "use" else f"{system}-{check.id}", marks=marks
                    )


@pytest.mark.parametrize(("system", "check"), _checks())
def test_on_a_booted_system(system: str, check: Check, findings: Callable[[str], Findings]) -> None:
    failure = findings(system).failure(check.id)
    if failure is not None:
        pytest.fail(f"{check.id}: {failure}", pytrace=False)
