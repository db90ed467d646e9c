# SPDX-License-Identifier: GPL-2.0-only
"""From a scenario's data to QEMU's arguments, for each architecture."""

import os
import shlex

from . import acpi, crowd, devicetree, dmar, esp, ivrs

ACPI_TABLES = {"dmar": dmar.TABLES, "ivrs": ivrs.TABLES}
# The console of a kernel that is started without Xen.
CONSOLES = {"x86": "ttyS0", "arm64": "ttyAMA0"}
PROGRAMS = {"x86": "qemu-system-x86_64", "arm64": "qemu-system-aarch64"}
OPENSBI = "usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin"


class Machine:
    """Directories of one boot, and the substitutions that data may use.

    {disk:NAME:SIZE}   a fresh sparse image, in MiB
    {tftp}             a directory that holds `payload`
    {run}              the boot's own directory
    {image}            the directory with the kernels and initial RAM disks
    {dtb:NAME}         the device tree NAME.dts beside the scenarios, compiled
    {dmar:NAME}        a DMAR table of dmar.py, as a file
    {ivrs:NAME}        an IVRS table of ivrs.py, as a file
    {crowd:PORTS}      that many root ports with eight functions each: crowd.py
    {edu}              the scenario's key `edu`
    """

    def __init__(self, arch, build, scenario, run_dir, stock=False, beside=False):
        single = beside and scenario["threads"] == "one"
        self.accel = "tcg,thread=single" if single else "tcg"
        self.arch, self.build, self.scenario, self.run = arch, build, scenario, run_dir
        flavour = scenario["build"]
        self.flavour = ("stock" if flavour == "debug" else "stock-release") if stock else flavour
        self.xen_dir = os.path.join(build, "xen", f"{arch}-{self.flavour}")
        self.image = os.path.join(build, "image", scenario["image"] or arch)
        self.qemu = os.path.join(build, "qemu")

    def expand(self, text):
        out = []
        for word in shlex.split(text, comments=True):
            while "{" in word:
                head, _, rest = word.partition("{")
                name, _, tail = rest.partition("}")
                word = head + self._substitute(name) + tail
            out.append(word)
        return out

    def _substitute(self, name):
        kind, *rest = name.split(":")
        if kind == "disk":
            path = os.path.join(self.run, rest[0] + ".img")
            with open(path, "wb") as image:
                image.truncate(int(rest[1]) << 20)
            return path
        if kind == "tftp":
            return os.path.join(self.run, "tftp")
        if kind == "run":
            return self.run
        if kind == "image":
            return self.image
        if kind == "dtb":
            return devicetree.compiled(
                os.path.join(self.scenario.directory, rest[0] + ".dts"), self.run)
        if kind in ACPI_TABLES:
            return acpi.write(ACPI_TABLES[kind], rest[0], self.run)
        if kind == "crowd":
            return crowd.write(int(rest[0]), self.run)
        if kind == "edu":
            return self.scenario["edu"]
        raise ValueError(f"scenario {self.scenario.name}: unknown {{{name}}}")

    def xen_line(self):
        return " ".join(self.scenario["xen"].split())

    def dom0_line(self, interactive):
        words = self.scenario["dom0"].split()
        if self.scenario["modules"]:
            words.append("bed.modules=" + ",".join(self.scenario.words("modules")))
        if not interactive:
            words.append("bed.channel=" + self.scenario["channel"])
        return " ".join(words)

    def firmware(self, path):
        """A file of the packages that QEMU was unpacked with."""
        return os.path.join(self.qemu, "root", path)

    def command(self, program):
        s = self.scenario
        argv = [os.path.join(self.qemu, "bin", program), "-accel", self.accel,
                "-machine", s["machine"], "-cpu", s["cpu"], "-smp", s["smp"], "-m", s["memory"]]
        if s["iommu"]:
            argv += ["-device", s["iommu"]]
        return argv + self.expand(s["devices"])

    def argv(self, initrd, interactive=False):
        if self.scenario.plain:
            return self.plain_argv(initrd)
        return {"x86": self._x86, "arm64": self._arm64, "riscv64": self._riscv64}[self.arch](
            initrd, interactive)

    def plain_argv(self, initrd):
        """The same machine with dom0's kernel alone, which uses its IOMMU."""
        line = self.dom0_line(False).replace("console=hvc0", "console=" + CONSOLES[self.arch])
        return [*self.command(PROGRAMS[self.arch]), "-kernel", f"{self.image}/kernel",
                "-initrd", initrd, "-append",
                # A busy host's timer is too late for the kernel's test of it.
                line + " intel_iommu=on intremap=off no_timer_check"]

    # Xen as multiboot kernel, its modules separated by commas; one that belongs
    # to a module's own command line is doubled.
    def _x86(self, initrd, interactive):
        argv = [*self.command("qemu-system-x86_64"),
                "-kernel", os.path.join(self.xen_dir, "xen"), "-append", self.xen_line()]
        if initrd:
            line = self.dom0_line(interactive).replace(",", ",,")
            argv += ["-initrd", f"{self.image}/kernel {line},{initrd}"]
        return argv

    # Lower addresses than these collide with QEMU's device tree, silently.
    def _arm64(self, initrd, interactive):
        argv = self.command("qemu-system-aarch64")
        binary = os.path.join(self.xen_dir, "xen")
        if self.scenario["firmware"]:
            return argv + ["-bios", self.firmware(self.scenario["firmware"]),
                           *esp.make(os.path.join(self.run, "esp"), binary, self.xen_line(),
                                     f"{self.image}/kernel", self.dom0_line(interactive), initrd)]
        argv += ["-kernel", binary, "-append", self.xen_line()]
        if initrd:
            line = self.dom0_line(interactive).replace(",", ",,")
            argv += ["-device", f"guest-loader,addr=0x4c000000,kernel={self.image}/kernel,"
                                f"bootargs={line}",
                     "-device", f"guest-loader,addr=0x60000000,initrd={initrd}"]
        changes = self.scenario.lines("tree")
        # QEMU's tree has the control channel's UART only if there is one.
        return argv + self._tree([*argv, "-serial", "null", "-serial", "null"], changes) \
            if changes else argv

    def _tree(self, argv, changes):
        """QEMU's own device tree for this machine with these changes, as arguments."""
        tree = os.path.join(self.run, "tree.dtb")
        devicetree.make(argv, tree, changes)
        return ["-dtb", tree]

    def _riscv64(self, _initrd, _interactive):
        argv = self.command("qemu-system-riscv64")
        # Xen takes `bootargs` for itself only where there is a dom0.
        line = "-ts /chosen xen,xen-bootargs " + shlex.quote(self.xen_line())
        return argv + [*self._tree(argv, [line, *self.scenario.lines("tree")]),
                       "-bios", self.firmware(OPENSBI),
                       "-kernel", os.path.join(self.xen_dir, "xen")]
