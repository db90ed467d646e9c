# SPDX-License-Identifier: GPL-2.0-only
"""DMAR tables, whole and broken, for machines without QEMU's own.

`-acpitable` adds a table to the firmware's; the machine then has no IOMMU
hardware, so none of these may ever be believed.
"""

import struct

from . import acpi

BASE = 0xFED90000
SCOPE_ENDPOINT, SCOPE_IOAPIC = 1, 3


def scope(kind=SCOPE_ENDPOINT, bus=0, path=((2, 0),), ident=0, length=None):
    body = b"".join(struct.pack("BB", d, f) for d, f in path)
    return struct.pack("<BBHBB", kind, length if length is not None else 6 + len(body),
                       0, ident, bus) + body


def structure(kind, body, length=None):
    return struct.pack("<HH", kind, length if length is not None else 4 + len(body)) + body


def drhd(flags=1, base=BASE, scopes=b"", length=None):
    return structure(0, struct.pack("<BBHQ", flags, 0, 0, base) + scopes, length)


def rmrr(start, end, scopes, length=None):
    return structure(1, struct.pack("<HHQQ", 0, 0, start, end) + scopes, length)


def table(body, width=47, flags=1, length=None):
    return acpi.table("DMAR", struct.pack("<BB10x", width, flags) + body, length)


TABLES = {
    # The last structure says that it is longer than the table.
    "truncated": lambda: table(drhd() + drhd(length=64)),
    # A walker that trusts the length never ends.
    "zero-length": lambda: table(drhd(flags=0, length=0) + drhd()),
    # Shorter than its own fixed part.
    "short-drhd": lambda: table(structure(0, b"\x01\x00\x00\x00", length=8)),
    # A scope that reaches beyond its structure.
    "long-scope": lambda: table(drhd(flags=0, scopes=scope(length=40)) + drhd()),
    # A scope without a path, and one that says it is empty.
    "empty-scope": lambda: table(drhd(flags=0, scopes=scope(path=(), length=0)) + drhd()),
    # Units that do not exist where the table says: all registers read as ones.
    "no-hardware": lambda: table(drhd(base=0xFEA00000)),
    "zero-base": lambda: table(drhd(base=0)),
    "no-drhd": lambda: table(rmrr(0x1000, 0x1FFF, scope())),
    # A region that ends before it begins.
    "lying-rmrr": lambda: table(drhd() + rmrr(0x200000, 0x100FFF, scope())),
}
