# SPDX-License-Identifier: GPL-2.0-only
"""How long Xen holds one of its recursive locks, in nanoseconds of the machine.

Nothing in Xen is changed for it: a watchpoint on the field that names the
holder stops the machine at each change, and the HPET says what time it is
there.  With -icount, time stands still meanwhile, and a machine with one CPU
counts Xen's own instructions.
"""

import select
import subprocess

from .channel import Gone, Timeout

HPET = 0xfed00000
COUNTER = HPET + 0xf0
HOLDER = 4                  # of struct rspinlock: after the tickets
BOUND = 20


def symbol(syms, name):
    """Address of a symbol, static ones too."""
    out = subprocess.run(["nm", syms], capture_output=True, text=True, check=True).stdout
    found = [line.split()[0] for line in out.splitlines() if line.split()[-1] == name]
    if len(found) != 1:
        raise RuntimeError(f"{len(found)} symbols {name} in {syms}")
    return int(found[0], 16)


class LockWatch:
    """A client of the debugger stub that serves stops as the loop's reader."""

    def __init__(self, loop, sock, syms, name):
        self.loop, self.ours, self.open = loop, sock, True
        self.data = b""
        self.address = symbol(syms, name) + HOLDER
        self.since, self.holds = None, []

    def _fetch(self):
        try:
            got = self.ours.recv(4096)
        except ConnectionError:
            got = b""
        if not got:
            raise Gone("the debugger stub")
        self.data += got

    def _whole_packet(self):
        """The first packet that has come in, or None: acknowledgements are none."""
        start = self.data.find(b"$")
        end = self.data.find(b"#", start)
        if start < 0 or end < 0 or len(self.data) < end + 3:
            return None
        body, self.data = self.data[start + 1:end], self.data[end + 3:]
        self._put(b"+")
        return body.decode()

    def _packet(self):
        while (packet := self._whole_packet()) is None:
            if not select.select([self.ours], [], [], BOUND)[0]:
                raise Timeout("the debugger stub does not answer")
            self._fetch()
        return packet

    def _put(self, data):
        try:
            self.ours.send(data)
        except ConnectionError as error:
            raise Gone("the debugger stub") from error

    def _send(self, text):
        self._put(f"${text}#{sum(text.encode()) & 0xff:02x}".encode())

    def _ask(self, text, wanted=None):
        self._send(text)
        answer = self._packet()
        if answer.startswith("E") or (wanted and answer != wanted):
            raise RuntimeError(f"debugger stub: {text}: {answer or 'not known'}")
        return answer

    def _read(self, address, size, physical):
        self._ask(f"Qqemu.PhyMemMode:{int(physical)}", "OK")
        return int.from_bytes(bytes.fromhex(self._ask(f"m{address:x},{size:x}")), "little")

    def _now(self):
        return self._read(COUNTER, 8, True) * self.period // 1000000

    def _held(self):
        return self._read(self.address, 2, False) == 0      # by CPU 0, the only one

    def start(self):
        self._put(b"\x03")
        self._packet()
        self.period = self._read(HPET, 8, True) >> 32       # femtoseconds
        if not self.period:
            raise RuntimeError("no HPET")
        self.since, self.holds = (self._now() if self._held() else None), []
        self._ask(f"Z2,{self.address:x},2", "OK")
        self.loop.add(self)
        self._send("c")

    def _account(self):
        now = self._now()
        if self._held():
            self.since = now
        elif self.since is not None:
            self.holds.append(now - self.since)
            self.since = None

    def receive(self):
        """A stop, or a part of it."""
        self._fetch()
        packet = self._whole_packet()
        if packet and packet.startswith("T"):
            self._account()
            self._send("c")

    def flush(self):
        pass

    def stop(self):
        """Holds, the longest, and their sum."""
        self.loop.selector.unregister(self.ours)
        self.loop.lines.remove(self)
        self._put(b"\x03")
        if "watch" in self._packet():
            self._account()
        self._ask(f"z2,{self.address:x},2", "OK")
        self._ask("Qqemu.PhyMemMode:0", "OK")
        self._send("c")
        return len(self.holds), max(self.holds, default=0), sum(self.holds)
