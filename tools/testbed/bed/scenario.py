# SPDX-License-Identifier: GPL-2.0-only
"""Scenarios are data: sections of scenarios/ARCH/*.conf.

A section takes what it does not say from the sections that `from` names, what two
of them say from the later one; a key with a plus (`xen+ = ...`) is appended to
what was inherited.  Sections whose
name begins with `_` are only there to be inherited from.  A script that is not
beside them is one of scenarios/common, which serve every architecture.
"""

import configparser
import glob
import os

COMMON = "common"

KEYS = {
    "summary": "",
    "when": "check",        # which command runs it: words of check, long, run
    "build": "debug",       # flavour of Xen: debug, release
    "machine": "", "cpu": "", "smp": "2", "memory": "3G",
    "iommu": "",            # -device of the IOMMU, empty for none
    "edu": "",              # where an edu device is, for {edu} in devices
    "threads": "each",      # of QEMU beside another boot: for each CPU, or one for all
    "beside": "yes",        # no: in a ring, alone, after those that have others beside them
    "devices": "",          # QEMU arguments, one option a line
    "xen": "",              # Xen's command line
    "dom0": "",             # dom0's command line
    "modules": "",          # modules that dom0 loads at start
    "channel": "ttyS1",     # dom0's name of the control channel
    "script": "",           # dom0's scripts, one after the other, beside the .conf or in
                            # ../common; none: Xen alone
    "linux": "",            # a script that runs first, on the same machine with dom0's kernel and
                            # no Xen; what it keeps (`host keep NAME BASE64`) is in /bed/kept
                            # when Xen is there
    "joins": "",            # in a ring: runs in the boot of that scenario, after it
    "args": "",             # its arguments, as shell variables: A=1 B=2
    "until": "",            # no script: done when the console shows this
    "timeout": "1800",      # seconds for the whole script
    "silence": "720",       # seconds without a line from Xen or dom0
    "boot-timeout": "600",
    "expect": "",           # name: regex, one a line, over the whole console
    "forbid": "",           # likewise, must not appear
    "allow": "",            # regexes of console lines that are bad elsewhere
    "panic": "",            # regex: this panic is the wanted end
    "power-off": "no",      # yes: after `until` the machine must end by itself
    "tree": "",             # arm64, riscv64: changes of QEMU's device tree, in fdtput's words
    "firmware": "",         # arm64: UEFI (a file below build/qemu/root), which starts Xen; then there
                            # is ACPI, and no tree
    "selftest": "no",       # count the lines of Xen's boot self-test
    "image": "",            # another image than the architecture's own
    "with-dom0": "yes",     # no: Xen alone, without any module
    "debugger": "no",       # yes: the script may read and write physical addresses
    "stock": "yes",         # does it make sense on unpatched Xen
    "stock-panic": "",      # regex: there it ends in this panic, and the rest is not asked for
}


# What two scenarios of one boot must have in common.
SHARED = ("build", "machine", "cpu", "smp", "threads", "beside", "memory", "iommu", "edu", "devices",
          "dom0", "modules", "channel", "tree", "firmware", "image", "with-dom0")
# What concerns a whole boot.
WHOLE = ("until", "panic", "power-off", "selftest")


class Scenario:
    def __init__(self, name, directory, values):
        self.name = name
        self.directory = directory
        self.values = values
        self.plain = False      # without Xen
        self.serves = name      # the scenario that this boot comes before, or itself

    def before(self):
        """The boot that `linux` asks for, or None."""
        if not self["linux"]:
            return None
        own = {"script": self["linux"], "linux": "", "until": "", "expect": "", "forbid": "",
               "panic": "", "summary": "in plain Linux: " + self["summary"]}
        before = Scenario(self.name + "-linux", self.directory, {**self.values, **own})
        before.plain, before.serves = True, self.name
        return before

    def __getitem__(self, key):
        return self.values[key]

    @property
    def script_paths(self):
        return [self._script_path(name) for name in self.words("script")]

    def _script_path(self, name):
        beside = os.path.join(self.directory, name)
        shared = os.path.join(self.directory, os.pardir, COMMON, name)
        for path in (beside, shared):
            if os.path.exists(path):
                return path
        raise ValueError(f"scenario {self.name}: no script {name}")

    def on_stock(self):
        """What is expected on unpatched Xen, which has no boot self-test."""
        self.values["selftest"] = "no"
        if self.values["stock-panic"]:
            self.values.update(panic=self.values["stock-panic"], until="", expect="", forbid="")

    def words(self, key):
        return self.values[key].split()

    def lines(self, key):
        return [line.strip() for line in self.values[key].splitlines() if line.strip()]

    def pairs(self, key):
        """`name: regex` lines."""
        return [tuple(part.strip() for part in line.split(":", 1)) for line in self.lines(key)]


def _apply(values, name, sections, seen=()):
    """What a section and those that it inherits from say, on top of values."""
    if name in seen:
        raise ValueError(f"scenario {name} inherits from itself")
    own = dict(sections[name])
    for parent in own.pop("from", "").split():
        if parent not in sections:
            raise ValueError(f"scenario {name}: no section '{parent}' to inherit from")
        _apply(values, parent, sections, seen + (name,))
    for key, value in own.items():
        plain = key.rstrip("+")
        if plain not in KEYS:
            raise ValueError(f"scenario {name}: unknown key '{key}'")
        values[plain] = values[plain] + "\n" + value if key != plain else value
    return values


def _check_joined(s, found):
    """A scenario may join one that has its machine."""
    host = found.get(s["joins"])
    if host is None or host["joins"] or not (host["script"] and s["script"]):
        raise ValueError(f"scenario {s.name}: '{s['joins']}' is no scenario that it can join")
    for key in SHARED:
        if host.words(key) != s.words(key):
            raise ValueError(f"scenario {s.name}: its {key} is not that of {host.name}")
    if not set(s.words("xen")) <= set(host.words("xen")):
        raise ValueError(f"scenario {s.name}: {host.name} does not have its words for Xen")
    for key in WHOLE:
        if s[key] not in ("", "no"):
            raise ValueError(f"scenario {s.name}: {key} is for one that boots")


def boots(chosen):
    """Lists of scenarios that run one after the other in one boot."""
    groups = {s.name: [s] for s in chosen if not s["joins"]}
    for s in chosen:
        if s["joins"]:
            groups.setdefault(s["joins"] if s["joins"] in groups else s.name, []).append(s)
    return list(groups.values())


def load(directory):
    """All scenarios of an architecture, in the order of the files."""
    sections, where = {}, {}
    for path in sorted(glob.glob(os.path.join(directory, "*.conf"))):
        parser = configparser.ConfigParser(interpolation=None, delimiters=("=",),
                                           comment_prefixes=("#",), strict=True)
        parser.optionxform = str
        parser.read(path)
        for name in parser.sections():
            if name in sections:
                raise ValueError(f"{path}: scenario {name} exists already")
            sections[name] = parser[name]
    found = {}
    for name in sections:
        values = _apply(dict(KEYS), name, sections)
        if not name.startswith("_"):
            found[name] = Scenario(name, directory, values)
    for s in found.values():
        if s["joins"]:
            _check_joined(s, found)
    return found


def architectures(root, when):
    """Those that have scenarios of a ring."""
    return [arch for arch in sorted(os.listdir(root)) if arch != COMMON and
            select(load(os.path.join(root, arch)), [], when)]


def select(scenarios, names, when):
    """Those that are named (shell patterns), else those of a ring."""
    import fnmatch
    if not names:
        return [s for s in scenarios.values() if when in s.words("when")]
    chosen = []
    for pattern in names:
        hits = [s for n, s in scenarios.items() if fnmatch.fnmatch(n, pattern)]
        if not hits:
            raise ValueError(f"no scenario '{pattern}'; there are: {' '.join(scenarios)}")
        chosen += [s for s in hits if s not in chosen]
    return chosen
