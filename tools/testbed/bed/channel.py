# SPDX-License-Identifier: GPL-2.0-only
"""Line-oriented sockets that are served by one loop, without threads."""

import selectors
import socket
import time


class Timeout(Exception):
    pass


class Gone(Exception):
    """The process at the other end of the sockets has ended."""


class Line:
    """One socket whose bytes are handed on line by line."""

    def __init__(self, name, on_line):
        self.name = name
        self.ours, self.theirs = socket.socketpair()
        self.ours.setblocking(False)
        self.on_line = on_line
        self.rest = b""
        self.open = True

    def receive(self):
        try:
            data = self.ours.recv(65536)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        if not data:
            self.open = False
            return
        *lines, self.rest = (self.rest + data).split(b"\n")
        for raw in lines:
            self.on_line(raw.decode("utf-8", "replace").rstrip("\r"))

    def flush(self):
        """Hand on an unfinished last line."""
        if self.rest:
            self.on_line(self.rest.decode("utf-8", "replace"))
            self.rest = b""

    def send(self, text):
        data = text.encode()
        end = time.monotonic() + 60
        while data:
            try:
                data = data[self.ours.send(data):]
            except BlockingIOError:
                if time.monotonic() > end:
                    raise Timeout(f"{self.name} takes no data")
                time.sleep(0.01)
            except ConnectionError:
                raise Gone(self.name)


class Loop:
    """Serves a set of lines until a condition holds, a bound passes, or all close."""

    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.lines = []

    def add(self, line):
        self.lines.append(line)
        self.selector.register(line.ours, selectors.EVENT_READ, line)

    def pump(self, wait):
        for key, _ in self.selector.select(max(0, wait)):
            key.data.receive()
            if not key.data.open:
                self.selector.unregister(key.fileobj)
                self.lines.remove(key.data)
                key.data.flush()
        if not self.lines:
            raise Gone("QEMU")

    def until(self, condition, seconds, what):
        end = time.monotonic() + seconds
        while True:
            got = condition()
            if got:
                return got
            left = end - time.monotonic()
            if left <= 0:
                raise Timeout(f"{what}: nothing in {seconds:g} s")
            self.pump(min(left, 1))
