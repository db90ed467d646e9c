# SPDX-License-Identifier: GPL-2.0-only
"""IVRS tables, whole and broken, for machines without QEMU's own.

Section 5.2 of AMD 48882. The machine has no unit: none of these may be believed.
"""

import struct

from . import acpi

BASE = 0xFED80000
PAD4, SELECT, RANGE, RANGE_END, ALIAS_RANGE, SPECIAL = 0, 2, 3, 4, 0x43, 0x48
EVERYTHING = struct.pack("<BHB", RANGE, 0, 0) + struct.pack("<BHB", RANGE_END, 0xFFFF, 0)


def ioapic(handle=0, devid=0xA0):
    return struct.pack("<BHBBHB", SPECIAL, 0, 0, handle, devid, 1)


def ivhd(kind=0x10, base=BASE, entries=EVERYTHING, length=None, devid=0x10, cap=0x40):
    """Kinds 11h and 40h have images of the feature registers."""
    images = b"" if kind == 0x10 else struct.pack("<QQ", 0, 0)
    size = 24 + len(images) + len(entries)
    return struct.pack("<BBHHHQHHI", kind, 0, length if length is not None else size,
                       devid, cap, base, 0, 0, 0) + images + entries


def ivmd(start, size, kind=0x20, flags=0x7, first=0, last=0):
    return struct.pack("<BBHHHQQQ", kind, flags, 32, first, last, 0, start, size)


def table(*blocks, length=None):
    body = struct.pack("<IQ", 48 << 8 | 48 << 15, 0) + b"".join(blocks)
    return acpi.table("IVRS", body, length)


TABLES = {
    # The last block says that it is longer than the table.
    "truncated": lambda: table(ivhd(), ivhd(length=200)),
    # A walker that trusts the length never ends.
    "zero-length": lambda: table(ivhd(length=0), ivhd()),
    # Shorter than its own fixed part.
    "short-ivhd": lambda: table(struct.pack("<BBHI", 0x10, 0, 8, 0)),
    # The last entry reaches beyond its block.
    "long-entry": lambda: table(ivhd(entries=struct.pack("<BHB", ALIAS_RANGE, 0, 0))),
    # Of a length that only its type tells, and nobody knows the type.
    "unknown-entry": lambda: table(ivhd(entries=struct.pack("<BHB", 0x7F, 0, 0) + EVERYTHING)),
    # A range that has no end, and an end without a range.
    "open-range": lambda: table(ivhd(entries=struct.pack("<BHB", RANGE, 0, 0))),
    # A unit that does not exist where the table says: all registers read as ones.
    "no-hardware": lambda: table(ivhd(base=0xFEA00000, entries=EVERYTHING + ioapic())),
    "zero-base": lambda: table(ivhd(base=0)),
    "no-ivhd": lambda: table(ivmd(0x100000, 0x1000)),
    # Memory that begins at zero, and wraps.
    "lying-ivmd": lambda: table(ivhd(), ivmd(0, 0x1000), ivmd(0xFFFFFFFFFFFFF000, 0x2000)),
}
