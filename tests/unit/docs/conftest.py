"""The pages and completions, generated once for the tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.docs.generated import Generated, generate


@pytest.fixture(scope="session")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    """What ``packaging/generate-docs`` writes."""
    return generate(tmp_path_factory.mktemp("docs"))


@pytest.fixture
def machines(tmp_path: Path) -> Path:
    """A runtime folder with the sockets of two machines."""
    control = tmp_path / "runtime" / "control"
    control.mkdir(parents=True)
    for name in ("worker", "gate-1"):
        (control / f"{name}.sock").touch()
    return control.parent
