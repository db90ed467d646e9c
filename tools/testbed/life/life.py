#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""life.py [STEP...]: the life of the packages on a machine with Debian 13 and its Xen.

machine.sh makes the disk, in build/deb/life (ARCH=arm64: build/deb/life-arm64). The
machine boots by SeaBIOS or UEFI and the disk's own GRUB; which Xen runs is asked in dom0.
Each step is a boot, and each new QEMU a power cycle; it writes to an image of its own on
top of the step's before, so that a step that is named is done again from where that one
ended.
"""

import base64
import gzip
import os
import re
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

import machines                                                     # noqa: E402
import rings                                                        # noqa: E402
from bed.channel import Gone, Timeout                               # noqa: E402
from bed.qemu import Lock, Qemu                                     # noqa: E402
from bed.results import Report, Results                             # noqa: E402

BUILD, TOP = rings.BUILD, rings.TOP
KIND = machines.kind()
STEPS = ["system", "installed", "first", "tried", "returned", "broken", "confirmed", "kept", "last"]
# Seconds, of an emulated machine on a busy host.
BOOT, ORDER, CAME_UP = 1500, 900, 300
FOLDER = os.path.join(BUILD, "deb", KIND.folder)
PACKAGE = "xen-hypervisor-4.20-groups-" + KIND.deb
# dom0's command line where it is to fail.
FALLS = "panic=5 init=/bin/false" if KIND.waits else "init=/bin/false"
PANIC = re.compile(r"Dom0 crashed|Kernel panic|Attempted to kill init|Panic on CPU|Xen BUG")
METRICS = "/var/lib/prometheus/node-exporter"
BEFORE = "/var/lib/xen-groups-try/before/check.json"

# What a package could leave anywhere: names, and what is in files that say how the
# machine boots. Left out: what a running system writes by itself.
OTHERS = ["/proc", "/sys", "/run", "/tmp", "/dev", "/packages", "/root", "/var/log", "/var/cache", "/var/lib/dpkg",
          "/var/lib/systemd/timers", "/var/lib/systemd/random-seed"]
TRACES = "; ".join([
    "find $(findmnt -nlo TARGET -t ext4,vfat) -xdev \\( " + " -o ".join("-path " + path for path in OTHERS) +
    " \\) -prune -o -print | sort",
    "sha256sum /boot/grub/grub.cfg /etc/default/grub /etc/default/grub.d/*",
    "grub-editenv - list", "dpkg -l | sed 's/  */ /g'"])


class Failed(Exception):
    """An order without which there is no going on."""


def image(step):
    """The disk as a step leaves it."""
    return os.path.join(FOLDER, step + ".qcow2")


class Machine:
    """One QEMU with the disk as the step before left it; used as a context."""

    def __init__(self, step):
        self.step = step
        self.answer, self.status, self.ups, self.console = [], None, 0, []
        self.lock = Lock(BUILD)

    def __enter__(self):
        at = STEPS.index(self.step)
        for later in STEPS[at:]:
            if os.path.exists(image(later)):
                os.remove(image(later))
        disk = os.path.join(FOLDER, "disk")
        under = ["file=" + image(STEPS[at - 1]), "format=qcow2"] if at else ["file=" + disk, "format=raw"]
        argv = [*machines.command(BUILD), "-S", "-drive", ",".join([*under, "if=none", "id=disk", "cache=unsafe"])]
        if not at:
            argv += ["-kernel", disk + ".vmlinuz", "-initrd", disk + ".initrd", "-append", KIND.bare]
        os.makedirs(os.path.dirname(self.log()), exist_ok=True)
        self.lock.__enter__()
        try:
            self.qemu = Qemu(argv, self.log(), self.console.append, self._control, reboots=True)
            self.qemu.command("blockdev-snapshot-sync", {
                "device": "disk", "snapshot-file": image(self.step), "format": "qcow2"})
        except BaseException:
            self.lock.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.qemu.close()
        self.lock.__exit__()

    def log(self):
        return os.path.join(BUILD, "logs", KIND.ring, self.step + ".log")

    def _control(self, line):
        if line == "UP":
            self.ups += 1
        elif line.startswith("| "):
            self.answer.append(line[2:])
        elif line.startswith("STATUS "):
            self.status = int(line[7:])

    def link(self, up):
        self.qemu.command("set_link", {"name": "nic", "up": up})

    def up(self):
        """It boots, until its last service says so; or it goes on after a reset."""
        self.qemu.command("cont")
        self.qemu.loop.until(lambda: self.ups, BOOT, f"{self.step}: the machine did not come up")

    def ask(self, order):
        """Status, and what was printed."""
        self.answer, self.status = [], None
        self.qemu.control.send(order + "\n")
        self.qemu.loop.until(lambda: self.status is not None, ORDER, order[:100])
        return self.status, "\n".join(self.answer)

    def do(self, order):
        status, said = self.ask(order)
        if status:
            raise Failed(f"{order[:100]}: {status}: {said[-300:]}")
        return said

    def runs(self):
        """ours, theirs, or linux: as xl says, whom xen-groups-try does not ask."""
        known = self.do(f"cat /usr/share/{PACKAGE}/build-id 2>/dev/null; true")
        status, said = self.ask("xl info")
        found = re.search(r"^build_id *: ([0-9a-f]{40})$", said, re.M)
        if status or not found:
            return "linux"
        return "ours" if found[1] == known else "theirs"

    def traces(self):
        """Short, for an emulated serial line."""
        said = self.do(f"({TRACES}) 2>&1 | gzip -9 | base64")
        return gzip.decompress(base64.b64decode(said)).decode("utf-8", "replace").splitlines()

    def wait_status(self, words):
        """What xen-groups-try says, when it says these words or is given up."""
        end = time.monotonic() + CAME_UP
        while True:
            said = self.do("xen-groups-try status")
            if words in said or time.monotonic() > end:
                return said
            self.qemu.loop.pump(2)

    def idle(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.qemu.loop.pump(1)

    def off(self):
        """The disk is as GRUB can read it, which knows no journal; the rest is a power cycle."""
        self.do("sync; fsfreeze -f /")


class Life:
    """The steps; each has results of its own."""

    def holds(self, name, good, text=""):
        self.results.add(name, "PASS" if good else "FAIL", "" if good else " ".join(text.split())[-300:])

    def says(self, name, said, words):
        self.holds(name, words in said, said)

    def runs(self, machine, name, which):
        found = machine.runs()
        self.holds(name, found == which, f"{found} runs")

    def system(self, machine):
        """As an installer ends: GRUB and its menu."""
        machine.up()
        machine.do(f"{KIND.grub} && update-grub")
        machine.off()

    def installed(self, machine):
        machine.up()
        self.runs(machine, "before-it", "theirs")
        with open(os.path.join(FOLDER, "before"), "w") as out:
            out.write("\n".join(machine.traces()))
        # The packages' own dependencies are there: nothing else may be needed.
        machine.do("dpkg -i /packages/xen-hypervisor-*.deb /packages/xen-iommu_*.deb")
        menu = machine.do("cat /boot/grub/grub.cfg")
        self.holds("listed", f"{KIND.words[0]}\t{KIND.ours}" in menu, "no entry in grub.cfg")
        self.holds("not-first", 0 < menu.find(KIND.theirs) < menu.find(KIND.ours), "it comes first")
        machine.off()

    def first(self, machine):
        """Installed and rebooted: the distribution's Xen; and a trial is ordered."""
        machine.up()
        self.runs(machine, "never-the-default", "theirs")
        status, said = machine.ask("xen-groups-try confirm")
        self.holds("not-untried", status == 1 and "nothing was tried" in said, said)
        said = machine.do("xen-groups-try once")
        self.says("once", said, "only that one")
        self.holds("says-what-a-panic-does", ("add panic=" in said) == KIND.waits, said)
        machine.off()

    def tried(self, machine):
        """Its network is late: whatever the clock says, it has not come up until that is there."""
        machine.link(False)
        machine.up()
        self.runs(machine, "runs-once", "ours")
        self.says("link-is-missed", machine.wait_status("network link"), "network link 0000:00:01.0")
        machine.idle(30)
        self.holds("no-timer", "confirm makes it" not in machine.do("xen-groups-try status"), "it was taken for good")
        status, said = machine.ask("xen-groups-try confirm")
        self.holds("not-confirmed", status == 1 and "does not become the default" in said, said)
        machine.link(True)
        self.came_up(machine)
        said = machine.do("grub-editenv - list; ls /etc/default/grub.d")
        self.holds("offered-only", "groups" not in said, said)
        machine.off()

    def came_up(self, machine):
        self.says("came-up", machine.wait_status("confirm makes it"), "confirm makes it the default")
        status, said = machine.ask("xen-groups-try check")
        self.holds("nothing-missing", status == 0, said)
        status, said = machine.ask(f"xen-iommu check --verify {BEFORE}")
        self.holds("as-foreseen", status == 0 and "VERIFIED" in said, said)
        said = machine.do("xen-iommu list")
        self.holds("lists-groups", re.search(r"^Group \d+: attached.*\n +0000:00:01.0 .* owner d0 ", said, re.M), said)
        refused = [line for line in machine.console if "refused:" in line]
        self.holds("nothing-refused", not refused, "; ".join(refused[:3]))

    def returned(self, machine):
        """A power cycle after a trial that nobody confirmed. The next one is to fail."""
        machine.up()
        self.runs(machine, "power-cycle-returns", "theirs")
        self.says("says-what-was", machine.do("xen-groups-try status"), "now the old entry runs")
        machine.do("cp -p /boot/grub/grub.cfg /root/grub.cfg; "
                   f"sed -i '\\#{KIND.ours}#,/{KIND.words[1]}/s#ro  *console#ro {FALLS} console#' "
                   f"/boot/grub/grub.cfg; grep -q '{FALLS}' /boot/grub/grub.cfg")
        said = machine.do("xen-groups-try once")
        self.says("tried-again", said, "only that one")
        self.holds("a-panic-ends", "add panic=" not in said, said)
        machine.off()

    def broken(self, machine):
        """dom0 panics; Xen resets the machine, and GRUB has taken the choice back."""
        machine.up()
        said = "\n".join(machine.console)
        self.holds("panicked", re.search(r"IOMMU groups: \d+ units(?s:.*)" + KIND.fell, said), "no panic under the new Xen")
        self.runs(machine, "back-after-a-panic", "theirs")
        self.says("says-so", machine.wait_status("back without"), "back without the new Xen")
        machine.do("mv /root/grub.cfg /boot/grub/grub.cfg; xen-groups-try once")
        machine.off()

    def confirmed(self, machine):
        machine.up()
        self.runs(machine, "runs-again", "ours")
        self.came_up(machine)
        self.metrics(machine)
        self.says("confirm", machine.do("xen-groups-try confirm"), "is the default")
        machine.off()

    def metrics(self, machine):
        """As hardware.md has it, where node_exporter's package made its folder."""
        machine.do(f"mkdir -p {METRICS} && systemctl enable --now xen-iommu-metrics.timer")
        said = machine.do(f"for i in $(seq 90); do sleep 1; [ ! -s {METRICS}/xen-iommu.prom ] || break; done; "
                          f"cat {METRICS}/xen-iommu.prom; true")
        self.holds("metrics", re.search(r"^xen_iommu_unit_up.* 1$(?s:.*)^# EOF$", said, re.M), said)

    def kept(self, machine):
        """The default, once confirmed. It is removed while it runs."""
        machine.up()
        self.runs(machine, "default-once-confirmed", "ours")
        machine.do(f"dpkg -P xen-iommu {PACKAGE}")
        status, said = machine.ask(f"rmdir {METRICS} {os.path.dirname(METRICS)}")
        self.holds("no-metrics", status == 0, said)
        machine.off()

    def last(self, machine):
        """The machine is what it was before."""
        machine.up()
        self.runs(machine, "after-removal", "theirs")
        self.no_trace(machine)
        machine.off()

    def no_trace(self, machine):
        with open(os.path.join(FOLDER, "before")) as source:
            before = source.read().splitlines()
        after = machine.traces()
        differ = [f"-{line}" for line in sorted(set(before) - set(after))] + \
            [f"+{line}" for line in sorted(set(after) - set(before))]
        self.holds("no-trace", len(before) > 10000 and not differ, f"{len(before)} lines; " + "; ".join(differ))

    def step(self, name, report):
        """True if the next one can follow."""
        self.results = Results(f"{KIND.ring}/{name}")
        start = time.monotonic()
        log = "-"
        try:
            with Machine(name) as machine:
                log = os.path.relpath(machine.log(), TOP)
                getattr(self, name)(machine)
                fell = [line for line in machine.console if PANIC.search(line)]
                self.holds("no-panic", name == "broken" or not fell, "; ".join(fell[:3]))
            done = True
        except (Failed, Timeout, Gone, RuntimeError) as error:
            self.holds("time" if isinstance(error, Timeout) else "order", False, str(error))
            done = False
        report.add(name, self.results, time.monotonic() - start, log, (getattr(self, name).__doc__ or "").strip())
        report.write()
        return done


def make_disk():
    os.makedirs(FOLDER, exist_ok=True)
    env = {**os.environ, "FOR": KIND.deb}
    subprocess.run([os.path.join(TOP, "tools", "setup", "deb.sh")], check=True, env=env)
    subprocess.run([os.path.join(HERE, "machine.sh"), os.path.join(FOLDER, "disk")], check=True, env=env)


def main(steps):
    if os.geteuid():
        print(f"  SKIP {KIND.ring}  only root can make and enter a root of Debian 13")
        print("0 passed, 0 failed")
        return 0
    unknown = [name for name in steps if name not in STEPS]
    if unknown:
        print(f"life.py: no step {unknown[0]}: {' '.join(STEPS)}", file=sys.stderr)
        return 2
    # Unwinds, so that no QEMU stays.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if not steps:
        make_disk()
    life = Life()
    report = Report(os.path.join(BUILD, "report", KIND.ring + ".json"), arch=KIND.arch, when=KIND.ring)
    for name in steps or STEPS:
        print(f"  BOOT {KIND.ring}/{name}", flush=True)
        if not life.step(name, report):
            break
    rings.show(KIND.ring)
    report.table()
    totals = report.totals()
    return 0 if totals["PASS"] and not totals["FAIL"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
