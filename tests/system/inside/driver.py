"""What runs inside the booted system: the checks of one boot, with one line of JSON for each.

``python3 -m system.inside.driver SYSTEM BOOT``, with the results in ``/checks/results``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from system.inside import report
from system.inside.check import BOOTS, UNPLUG, Check, checks_of

SHARE = Path("/checks")


def main(system: str, boot: int) -> None:
    missing = None
    with (SHARE / "results").open("a", encoding="utf-8", buffering=1) as results:
        for module in BOOTS[system][boot]:
            for check in checks_of(module):
                outcome = _run(check) if missing is None else {"failure": f"not run, since this failed: {missing}"}
                if check.vital and "failure" in outcome and missing is None:
                    missing = check.id
                results.write(json.dumps({"check": check.id, **outcome}) + "\n")
    if UNPLUG.exists():
        UNPLUG.unlink()
        subprocess.run(["systemctl", "poweroff", "--force", "--force"], check=False)


def _run(check: Check) -> dict[str, Any]:
    began = time.monotonic()
    outcome: dict[str, Any] = {}
    print(f"check {check.id}", flush=True)  # a mark in the journal; the host shows what is between two of them
    try:
        check.body()
    except Exception:  # noqa: BLE001 - the border where a failure becomes a row
        outcome["failure"] = traceback.format_exc()
    print(f"check {check.id}", flush=True)
    return outcome | {"seconds": round(time.monotonic() - began, 3), "said": report.taken()}


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
