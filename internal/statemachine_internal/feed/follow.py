"""A follower's end of the feed: waits to be rung; the rows it then reads by id from the store."""

from __future__ import annotations

import _socket
import contextlib
import itertools
import os
import select

from statemachine_internal.control.addresses import check_machine_name, check_socket_path, feed_dir

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from typing import Self

DATAGRAM_MAX = 64  # bytes; an id in decimal digits
EVERYONE = 0o666  # who may ring is said by the folder: a machine's user is not the follower's

_numbers = itertools.count()


class Follower:
    """A datagram socket at ``FEED/NAME-PID-N.sock``, from construction to :meth:`close`.

    Rings are kept from construction on. So read the rows first and wait then; each wait takes all rings so far with it,
    so that what is read after it is never older than the last ring::

        with Follower("tail") as follower:
            while True:
                ...  # read the rows after the last id
                await follower.wakeup()

    Args:
        name: of the program, for whoever looks into the folder; spelt like a machine's name.
        feed: the folder; ``RUNTIME/feed``, if None. It must be there.

    Raises:
        UsageError: the name can't be used.
        RuntimeDirError: the path is too long for a socket.
        OSError: the folder isn't there, or isn't open to this user.
    """

    __slots__ = ("_sock", "path")

    def __init__(self, name: str, feed: str | None = None) -> None:
        feed = feed or feed_dir()
        remove_stale(feed)
        self.path = check_socket_path(f"{feed}/{check_machine_name(name)}-{os.getpid()}-{next(_numbers)}.sock")
        self._sock = _socket.socket(_socket.AF_UNIX, _socket.SOCK_DGRAM | _socket.SOCK_NONBLOCK)
        try:
            self._sock.bind(self.path)
            os.chmod(self.path, EVERYONE)
        except OSError:
            self._sock.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def fileno(self) -> int:
        """Readable when it has been rung."""
        return self._sock.fileno()

    def drain(self) -> bool:
        """Take all rings so far; returns whether there was one."""
        rung = False
        while True:
            try:
                self._sock.recv(DATAGRAM_MAX)
            except BlockingIOError:
                return rung
            rung = True

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for a ring, and take all that are there.

        Args:
            timeout: seconds; for ever, if None.

        Returns:
            Whether it was rung.
        """
        poll = select.poll()
        poll.register(self._sock.fileno(), select.POLLIN)
        poll.poll(None if timeout is None else timeout * 1000)
        return self.drain()

    async def wakeup(self) -> None:
        """Wait for a ring on the running event loop, and take all that are there. One task at a time."""
        import asyncio

        loop = asyncio.get_running_loop()
        rung: asyncio.Future[None] = loop.create_future()
        fd = self._sock.fileno()
        loop.add_reader(fd, _resolve, rung)
        try:
            await rung
        finally:
            loop.remove_reader(fd)
        self.drain()

    def close(self) -> None:
        """Stop following; the path goes with it. Twice is no error."""
        if self._sock.fileno() >= 0:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path)
            self._sock.close()


def remove_stale(feed: str) -> None:
    """Remove the sockets of followers that were killed.

    A socket is asked, not the pid in its name: a pid is used again, and that of another container says nothing here.
    Nobody can bind a path anew that a dead follower has left (EADDRINUSE, unix(7)): what refuses now refuses for ever.
    """
    for name in os.listdir(feed):
        if name.endswith(".sock"):
            path = f"{feed}/{name}"
            probe = _socket.socket(_socket.AF_UNIX, _socket.SOCK_DGRAM | _socket.SOCK_NONBLOCK)
            try:
                probe.connect(path)
            except ConnectionRefusedError:
                with contextlib.suppress(FileNotFoundError, PermissionError):
                    os.unlink(path)
            except OSError:
                pass  # gone meanwhile, not ours to ask, or of another kind
            finally:
                probe.close()


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
