# SPDX-License-Identifier: GPL-2.0-only
"""What Xen printed: kept whole, searched from a mark on."""

import re

# Xen is dead after one of these; waiting longer is of no use.
FATAL = re.compile(r"Panic on CPU|\bXen BUG at|FATAL TRAP|FATAL PAGE FAULT|Fatal machine check"
                   r"|Assertion '.*' failed|Xen hang|watchdog timer.*stuck", re.I)
# Xen lives, but something is wrong that no scenario may produce unasked.
BAD = re.compile(r"\bXen WARN at|UBSAN:|list corruption|Out of memory|"
                 r"No irq handler for vector|spin_lock.*recursion")
# A machine whose interrupts nothing remaps: Xen moves one to another CPU by writing
# the address and then the number (arch/x86/msi.c, io_apic.c), and the device may
# interrupt between the two. The number is then one that the CPU has never had.
STRAY = r"CPU\d+: No irq handler for vector [0-9a-f]+ \(IRQ -2147483648, LAPIC\)"
REMAPPED = r"Interrupt remapping enabled"
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
        """Free pages of Xen's heap, from the debug key H since the mark."""
        pages = [int(m.group(1)) for line in self.lines[self.mark:]
                 for m in [re.search(r"heap\[node=\d+\]\[zone=\d+\] -> (\d+) pages", line)] if m]
        return sum(pages) if pages else None

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
