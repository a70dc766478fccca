"""What a command prints, read as it comes: in slices, so that a flood neither stops the loop nor fills memory."""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import Callable, Iterator

LINE_LIMIT = 65536  # bytes; a longer line comes in pieces
TAIL_LINES = 20
TAIL_BYTES = 8192
_CHUNK = 65536
_SLICE = 0.002  # seconds of the loop's time that the lines of one command may take at a stretch
_LAST_WORDS = 1 << 20  # bytes, the most that a pipe holds for an unprivileged process (pipe(7))


class OutputReader:
    """One pipe of a command.

    While its lines wait to be written nothing more is read, so that a flood waits in the pipe, and the command with it.
    Owns the descriptor, which must be non-blocking.
    """

    def __init__(self, descriptor: int, write_line: Callable[[str], None]) -> None:
        self._descriptor = descriptor
        self._write_line = write_line
        self._loop = asyncio.get_running_loop()
        self._lines: deque[bytes] = deque()
        self._partial = b""
        self._tail = b""
        self._turn: asyncio.Handle | None = None
        self._open = True
        self._loop.add_reader(descriptor, self._readable)

    @property
    def tail(self) -> str:
        """The last lines, TAIL_LINES and TAIL_BYTES at most, without the last line's end."""
        data = self._tail
        if len(data) == TAIL_BYTES:  # it may begin in the middle of a character
            while data and data[0] & 0xC0 == 0x80:
                data = data[1:]
        lines = data.decode("utf-8", "replace").removesuffix("\n").split("\n")[-TAIL_LINES:]
        return _cut_front("\n".join(line.removesuffix("\r") for line in lines))

    async def finish(self) -> None:
        """Take what still stands in the pipe, write every line, and close the pipe.

        It doesn't wait for the end of the pipe: something that isn't the command's may hold it open.
        """
        self._rest()
        try:
            left = _LAST_WORDS
            while True:
                while not self._write_slice():
                    await asyncio.sleep(0)
                if left <= 0 or not self._open or not (data := self._read()):
                    break
                left -= len(data)
                self._take(data)
            self._lines.extend(_pieces(self._partial) if self._partial else ())
            self._partial = b""
            while not self._write_slice():
                await asyncio.sleep(0)
        finally:
            self.close()

    def close(self) -> None:
        """Close the pipe at once; a second time does nothing."""
        if self._descriptor >= 0:
            self._rest()
            os.close(self._descriptor)
            self._descriptor = -1

    def _rest(self) -> None:
        self._loop.remove_reader(self._descriptor)
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None

    def _readable(self) -> None:
        data = self._read()
        if not self._open:
            self._loop.remove_reader(self._descriptor)
        elif data:
            self._take(data)
            if not self._write_slice():
                self._loop.remove_reader(self._descriptor)
                self._turn = self._loop.call_soon(self._next_slice)

    def _next_slice(self) -> None:
        if self._write_slice():
            self._turn = None
            self._loop.add_reader(self._descriptor, self._readable)
        else:
            self._turn = self._loop.call_soon(self._next_slice)

    def _read(self) -> bytes:
        """What there is, nothing if there is nothing yet; the end of the pipe clears ``_open``."""
        try:
            data = os.read(self._descriptor, _CHUNK)
        except BlockingIOError:
            return b""
        self._open = bool(data)
        return data

    def _take(self, data: bytes) -> None:
        self._tail = (self._tail + data[-TAIL_BYTES:])[-TAIL_BYTES:]
        lines = (self._partial + data).split(b"\n")
        self._partial = lines.pop()
        for line in lines:
            if len(line) > LINE_LIMIT:
                self._lines.extend(_pieces(line))
            else:
                self._lines.append(line)
        if len(self._partial) > LINE_LIMIT:
            *whole, self._partial = _pieces(self._partial)
            self._lines.extend(whole)

    def _write_slice(self) -> bool:
        """Write lines for one slice of time; returns whether all are written."""
        until = time.monotonic() + _SLICE
        while self._lines:
            self._write_line(self._lines.popleft().decode("utf-8", "replace").removesuffix("\r"))
            if time.monotonic() >= until:
                break
        return not self._lines


def _pieces(line: bytes) -> Iterator[bytes]:
    """Cut a line into pieces of LINE_LIMIT bytes at most, none of them within a character of UTF-8."""
    start = 0
    while len(line) - start > LINE_LIMIT:
        end = start + LINE_LIMIT
        for back in range(4):
            if line[end - back] & 0xC0 != 0x80:
                end -= back
                break
        yield line[start:end]
        start = end
    yield line[start:]


def _cut_front(text: str) -> str:
    """The end of a text: TAIL_BYTES at most, which replacement characters may have made more of."""
    data = text.encode()
    return text if len(data) <= TAIL_BYTES else data[-TAIL_BYTES:].decode("utf-8", "ignore")
