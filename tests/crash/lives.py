"""Many lives of a machine, each ended by SIGKILL and followed by the next, until enough have died."""

from __future__ import annotations

import random
import signal
import threading
from collections.abc import Callable

from crash.life import Life
from crash.stage import Stage
from statemachine_internal.feed.follow import Follower


class Quota:
    """How many deaths there are to be, and who has failed meanwhile."""

    def __init__(self, deaths: int) -> None:
        self.wanted = deaths
        self.deaths = 0
        self.faults: list[str] = []
        self.enough = threading.Event()
        self._lock = threading.Lock()

    def died(self) -> None:
        """One more."""
        with self._lock:
            self.deaths += 1
            if self.deaths >= self.wanted:
                self.enough.set()

    def fault(self, text: str) -> None:
        """Something went wrong: bring it to an end."""
        with self._lock:
            self.faults.append(text)
            self.enough.set()


class Lives(threading.Thread):
    """Starts a machine again and again: under the knife as long as the quota isn't full, and then without.

    Args:
        stage: where.
        machine: who.
        begin: starts a life, with the knife given.
        quota: of deaths.
        knife: says where the next life is to end; None: it is killed from outside, at some ring of the feed.
        seed: of what is random.
    """

    def __init__(
        self,
        stage: Stage,
        machine: str,
        begin: Callable[[str | None], Life],
        quota: Quota,
        knife: Callable[[random.Random], str] | None,
        seed: str,
    ) -> None:
        super().__init__(name=f"lives of {machine}")
        self.machine = machine
        self._stage, self._begin, self._quota, self._knife = stage, begin, quota, knife
        self._random = random.Random(seed)
        self._last = threading.Event()
        self._life: Life | None = None
        self._lock = threading.Lock()

    def run(self) -> None:
        """Live, die, live."""
        try:
            while self._once():
                pass
        except Exception as error:  # noqa: BLE001 - it is the test's to report
            self._quota.fault(f"{self.name}: {type(error).__name__}: {error}")

    def stop(self) -> None:
        """End the last life in order."""
        with self._lock:
            self._last.set()
            if self._life is not None and self._life.process.poll() is None:
                self._life.signal(signal.SIGTERM)

    def _once(self) -> bool:
        enough = self._quota.enough.is_set()
        knife = None if enough or self._knife is None else self._knife(self._random)
        with Follower(self.machine) as follower:
            with self._lock:
                if self._last.is_set():
                    return False
                life = self._life = self._begin(knife)
            if self._knife is None and not enough:
                for _ in range(self._random.randint(1, 12)):
                    follower.wait(1)
                if life.process.poll() is None:
                    life.signal(signal.SIGKILL)
            code = life.process.wait()
            life.end()
        if code == -signal.SIGKILL:
            self._quota.died()
        elif not self._last.is_set() or code not in (0, -signal.SIGTERM):  # SIGTERM may meet it before it listens
            self._quota.fault(f"{self.machine} ended with {code}:\n{life.words()[-3000:]}")
            return False
        return not self._last.is_set()
