# SPDX-License-Identifier: GPL-2.0-only
"""Many functions: root ports with ACS, each with a device of eight functions
without, as a file for QEMU's -readconfig."""

import os

FIRST_SLOT, LAST_SLOT = 8, 30       # of the root bus; below it is the scenario's own
MOST = (LAST_SLOT - FIRST_SLOT + 1) * 8

PORT = """[device "crowd{n}"]
  driver = "pcie-root-port"
  chassis = "{chassis}"
  slot = "{n}"
  bus = "pcie.0"
  addr = "{slot:x}.{fn}"
  multifunction = "on"
  io-reserve = "0"
"""
# A small BAR in memory, and none of ports, of which there are not enough.
FUNCTION = """[device]
  driver = "pvpanic-pci"
  bus = "crowd{n}"
  addr = "0.{fn}"
  multifunction = "on"
"""


def write(ports, directory):
    """The file's path."""
    if not 0 < ports <= MOST:
        raise ValueError(f"{ports} ports: there is room for {MOST}")
    path = os.path.join(directory, "crowd.conf")
    with open(path, "w") as out:
        for n in range(ports):
            out.write(PORT.format(n=n, chassis=n + 64, slot=FIRST_SLOT + n // 8, fn=n % 8))
            for fn in range(8):
                out.write(FUNCTION.format(n=n, fn=fn))
    return path
