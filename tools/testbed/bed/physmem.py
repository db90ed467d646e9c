# SPDX-License-Identifier: GPL-2.0-only
"""Reads and writes of the machine's physical addresses, registers included,
through QEMU's debugger stub: how a scenario makes hardware misbehave."""

from .channel import Timeout

BOUND = 20


class PhysMem:
    """A client of the GDB remote protocol on a socket; packets, no threads."""

    def __init__(self, loop, sock):
        self.loop = loop
        self.sock = sock
        self.data = b""
        self.ready = False

    def _read(self):
        try:
            self.data += self.sock.recv(4096)
        except BlockingIOError:
            pass

    def _wait(self, condition, what):
        def served():
            self._read()
            return condition()
        # The machine stands still meanwhile: nothing else will wake the loop.
        for _ in range(BOUND * 50):
            got = served()
            if got is not None:
                return got
            self.loop.pump(0.02)
        raise Timeout(f"debugger stub: {what}")

    def _packet(self):
        start = self.data.find(b"$")
        end = self.data.find(b"#", start)
        if start < 0 or end < 0 or len(self.data) < end + 3:
            return None
        body, self.data = self.data[start + 1:end], self.data[end + 3:]
        self.sock.send(b"+")
        return body.decode()

    def _command(self, text):
        packet = f"${text}#{sum(text.encode()) & 0xff:02x}".encode()
        self.sock.send(packet)
        while True:
            answer = self._wait(self._packet, text)
            if not answer.startswith("T"):      # "stopped" is not an answer
                return answer

    def _stop(self):
        self.sock.send(b"\x03")
        self._wait(lambda: self._packet(), "the machine does not stop")
        if self._command("Qqemu.PhyMemMode:1") != "OK":
            raise RuntimeError("QEMU's debugger stub knows no physical memory")

    def _go(self):
        self.sock.send(b"$c#63")

    def access(self, address, size, value=None):
        """Read, or write, `size` bytes, little endian, while the machine stands."""
        self._stop()
        try:
            if value is None:
                answer = self._command(f"m{address:x},{size:x}")
                if answer.startswith("E"):
                    raise RuntimeError(f"cannot read {address:#x}")
                return int.from_bytes(bytes.fromhex(answer), "little")
            data = value.to_bytes(size, "little").hex()
            if self._command(f"M{address:x},{size:x}:{data}") != "OK":
                raise RuntimeError(f"cannot write {address:#x}")
            return value
        finally:
            self._go()
