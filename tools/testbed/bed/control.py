# SPDX-License-Identifier: GPL-2.0-only
"""The control channel: results that dom0 reports, requests that it makes.

dom0 sends          RESULT name PASS|FAIL|SKIP text
                    HOST number verb arguments      (answered: number OK|ERR text)
                    BEGIN name      (what is being done, to name what hangs)
                    PART name       (the scenario that it comes to)
                    SHOW text       (for the person who watches)
                    LOG text, HELLO
"""

import base64
import binascii
import os
import shlex
import subprocess
import sys

from .channel import Gone, Timeout
from .lockwatch import LockWatch

LOG_WAIT = 20

# QEMU's trace of units' queues: what is invalidated, and who waits for that.
ASKED = r"vtd_inv_desc_(cc|iotlb|iec)"
WAITED = r"vtd_inv_desc_wait_(sw|irq) "

TOOLS = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VALIDATE = os.path.join(TOOLS, "tests", "data", "tool", "validate.py")
SCHEMAS = os.path.join(TOOLS, "xen-iommu", "schema")


def _value(text):
    if text in ("true", "false"):
        return text == "true"
    try:
        return int(text, 0)
    except ValueError:
        return text


class Control:
    def __init__(self, console, boot):
        self.console = console
        self.boot = boot            # where results go, and what begins
        self.hello = None
        self.ended = False
        self.doing = "nothing yet"
        self.requests = []
        self.qemu = None            # set once QEMU runs
        self.syms = None            # Xen's symbols
        self.watch = None

    def add(self, line):
        word, _, rest = line.partition(" ")
        if word == "RESULT":
            name, _, rest = rest.partition(" ")
            verdict, _, text = rest.partition(" ")
            self.boot.results.add(name, verdict, text)
        elif word == "HOST":
            self.requests.append(rest)
        elif word == "SHOW":
            print("  " + rest, flush=True)
        elif word == "PART":
            self.boot.begin(rest)
        elif word == "BEGIN":
            self.doing = rest
        elif word == "HELLO":
            self.hello = rest or "?"

    def serve(self):
        """Answer what was asked; called outside the reading of sockets."""
        while self.requests:
            number, _, rest = self.requests.pop(0).partition(" ")
            verb, _, argument = rest.partition(" ")
            handler = getattr(self, "do_" + verb.replace("-", "_"), None)
            try:
                if handler is None:
                    raise RuntimeError(f"no request '{verb}'")
                status, text = "OK", handler(argument) or ""
            except (RuntimeError, ValueError, Timeout, subprocess.SubprocessError) as error:
                status, text = "ERR", str(error)
            text = " ".join(str(text).split())[:400]
            self.qemu.note("ans", f"{number} {status} {text}")
            self.qemu.control.send(f"{number} {status} {text}\n")

    # Requests -----------------------------------------------------------

    def do_end(self, _):
        self.ended = True

    def do_log_mark(self, _):
        self.console.set_mark()

    def do_log_has(self, pattern):
        """The line that matches; it may still be under way."""
        try:
            return self.qemu.loop.until(lambda: self.console.find(pattern), LOG_WAIT, "console")
        except Timeout:
            raise RuntimeError(f"no line matches /{pattern}/")

    def do_log_lacks(self, pattern):
        # A line that is under way gets a moment to arrive.
        try:
            line = self.qemu.loop.until(lambda: self.console.find(pattern), 1, "console")
        except Timeout:
            return f"no line matches /{pattern}/"
        raise RuntimeError(line)

    def do_log_count(self, pattern):
        return self.console.count(pattern)

    def do_heap_pages(self, _):
        return self.qemu.loop.until(self.console.heap_pages, 60, "heap pages")

    def do_validate(self, argument):
        """validate SCHEMA JSON: does what xen-iommu printed hold to its schema?"""
        schema, _, text = argument.partition(" ")
        done = subprocess.run([sys.executable, VALIDATE, os.path.join(SCHEMAS, schema + ".json")],
                              input=text, text=True, capture_output=True, timeout=100)
        if done.returncode:
            raise RuntimeError(f"{schema}: {(done.stdout or done.stderr)[-300:]}")
        return f"{len(text)} bytes hold to {schema}.json"

    def do_keep(self, argument):
        """keep NAME BASE64: a file for the boot that comes next (scenario.py, `linux`)."""
        name, _, text = argument.partition(" ")
        if not self.boot.scenario.plain or os.path.basename(name) != name:
            raise RuntimeError("nothing is kept here")
        try:
            data = base64.b64decode(text, validate=True)
        except binascii.Error as error:
            raise RuntimeError(f"not what was sent: {error}")
        with open(os.path.join(self.boot.kept, name), "wb") as out:
            out.write(data)
        return f"{len(data)} bytes are kept"

    def do_qmp(self, argument):
        """qmp COMMAND key=value...: values are booleans, numbers or text."""
        name, *pairs = shlex.split(argument)
        arguments = dict(pair.split("=", 1) for pair in pairs)
        self.qemu.command(name, {k: _value(v) for k, v in arguments.items()})

    def do_qemu_says(self, pattern):
        """A line that QEMU printed by itself, at any time."""
        line = self.qemu.says(pattern)
        if line is None:
            raise RuntimeError(f"QEMU says nothing like /{pattern}/")
        return line

    def do_units_asked(self, _):
        """What Xen asked of the unit since this was asked last: commands, and waits for them."""
        commands, waits = self.qemu.traced((ASKED, WAITED))
        return f"{commands} commands, {waits} waits"

    def do_wait_event(self, argument):
        """wait-event NAME SECONDS [key=value...]"""
        name, seconds, *pairs = shlex.split(argument)
        self.qemu.wait_event(name, float(seconds),
                             **{k: _value(v) for k, v in (p.split("=", 1) for p in pairs)})

    def do_physmem(self, argument):
        """physmem ADDRESS SIZE [VALUE]: read, or write, registers and memory."""
        if self.qemu.physmem is None:
            raise RuntimeError("the scenario does not say 'debugger = yes'")
        numbers = [int(word, 0) for word in argument.split()]
        return hex(self.qemu.physmem.access(*numbers))

    def do_lock_watch(self, argument):
        """lock-watch start NAME, lock-watch stop: holds, longest, sum, in ns."""
        verb, _, name = argument.partition(" ")
        if self.qemu.physmem is None:
            raise RuntimeError("the scenario does not say 'debugger = yes'")
        if verb == "start":
            self.watch = LockWatch(self.qemu.loop, self.qemu.physmem.sock, self.syms, name)
            self.watch.start()
            return None
        return " ".join(map(str, self.watch.stop()))
