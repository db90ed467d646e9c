# SPDX-License-Identifier: GPL-2.0-only
"""What Xen printed: kept whole, searched from a mark on."""

import re

# Xen, or dom0, is dead after one of these; waiting longer is of no use.
FATAL = re.compile(r"Panic on CPU|\bXen BUG at|FATAL TRAP|FATAL PAGE FAULT|Fatal machine check"
                   r"|Assertion '.*' failed|Xen hang|watchdog timer.*stuck|Kernel panic - not syncing", re.I)
# Xen lives, but something is wrong that no scenario may produce unasked.
BAD = re.compile(r"\bXen WARN at|UBSAN:|list corruption|Out of memory|"
                 r"No irq handler for vector|spin_lock.*recursion")
# A machine whose interrupts nothing remaps: Xen moves one to another CPU by writing
# the address and then the number (arch/x86/msi.c, io_apic.c), and the device may
# interrupt between the two. The number is then one that the CPU has never had.
STRAY = r"CPU\d+: No irq handler for vector [0-9a-f]+ \(IRQ -2147483648, LAPIC\)"
REMAPPED = r"Interrupt remapping enabled"
HEAP_DUMP = "pressed -> dumping heap info"
HEAP_ZONE = re.compile(r"heap\[node=(\d+)\]\[zone=(\d+)\] -> (\d+) pages")
ANSI = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class Console:
    def __init__(self):
        self.lines = []
        self.mark = 0
        self.fatal = None

    def add(self, line):
        line = ANSI.sub("", line).replace("\r", "")
        self.lines.append(line)
        if self.fatal is None and FATAL.search(line):
            self.fatal = line

    def set_mark(self):
        self.mark = len(self.lines)

    def find(self, pattern, start=None):
        """First line since the mark that matches, or None."""
        regex = re.compile(pattern)
        for line in self.lines[self.mark if start is None else start:]:
            if regex.search(line):
                return line
        return None

    def count(self, pattern):
        regex = re.compile(pattern)
        return sum(1 for line in self.lines[self.mark:] if regex.search(line))

    def strays(self):
        """What `bad` may leave out, by what the whole boot showed."""
        return [] if self.find(REMAPPED, 0) else [STRAY]

    def bad(self, allowed):
        """Lines that no scenario may produce, unless this one allows them."""
        allow = [re.compile(a) for a in allowed]
        return [line for line in self.lines
                if (BAD.search(line) or FATAL.search(line))
                and not any(a.search(line) for a in allow)]

    def heap_pages(self):
        """Free pages of Xen's heap, by the first of two dumps (debug keys HH) since the mark.

        None until the second one has begun: only then the first is whole. Each node has
        its zones from 0 on; one whose line is lost may be most of the memory.
        """
        zones, dumps = {}, 0
        for line in self.lines[self.mark:]:
            dumps += HEAP_DUMP in line
            m = HEAP_ZONE.search(line)
            if m and dumps < 2:
                zones.setdefault(m[1], {})[int(m[2])] = int(m[3])
        if dumps < 2:
            return None
        if not zones or any(sorted(node) != list(range(len(node))) for node in zones.values()):
            raise RuntimeError("a line of Xen's heap is lost")
        return sum(sum(node.values()) for node in zones.values())

    def selftest(self):
        """Results of Xen's own boot self-test: [(name, verdict, text)], summary."""
        results, summary = [], None
        for line in self.lines:
            found = re.search(r"iommu-selftest: (.*)", line)
            if not found:
                continue
            text = found.group(1).strip()
            total = re.fullmatch(r"(\d+) passed, (\d+) failed", text)
            if total:
                summary = (int(total.group(1)), int(total.group(2)))
                continue
            one = re.search(r"^(.*?)[\s:]*\b(PASS|FAIL|SKIP)\b[\s:]*(.*)$", text)
            if one:
                results.append(one.groups())
        return results, summary
