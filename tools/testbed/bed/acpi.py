# SPDX-License-Identifier: GPL-2.0-only
"""ACPI tables that a scenario adds to the firmware's (`-acpitable file=`)."""

import os
import struct


def table(signature, body, length=None):
    """With a header that names the test bed; the checksum is QEMU's to fill in."""
    return struct.pack("<4sIBB6s8sI4sI", signature.encode(), length or 36 + len(body), 1, 0,
                       b"BED   ", f"BED{signature} ".encode(), 1, b"BED ", 1) + body


def write(tables, name, directory):
    """The table of that name as a file; its path."""
    if name not in tables:
        raise ValueError(f"no ACPI table '{name}'; there are: {' '.join(tables)}")
    path = os.path.join(directory, "table.bin")
    with open(path, "wb") as out:
        out.write(tables[name]())
    return path
