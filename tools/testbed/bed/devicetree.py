# SPDX-License-Identifier: GPL-2.0-only
"""Device trees: QEMU's own with changes, and partial ones for guests."""

import os
import shlex
import subprocess


def dump(argv, path):
    """QEMU's own tree for this machine; no guest runs for it."""
    argv = list(argv)
    at = argv.index("-machine") + 1
    argv[at] += f",dumpdtb={path}"
    subprocess.run(argv + ["-display", "none", "-nodefaults"], check=True, timeout=60,
                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def change(path, line):
    """One line of fdtput's, without the file: `-tx /soc/iommu reg 0 c0000000 0 1000`."""
    words = shlex.split(line)
    options = 0
    while options < len(words) and words[options].startswith("-"):
        options += 1
    subprocess.run(["fdtput", *words[:options], path, *words[options:]], check=True, timeout=60)


def make(argv, path, changes):
    dump(argv, path)
    for line in changes:
        change(path, line)


def compiled(source, directory):
    """SOURCE.dts as a file in a directory; its path."""
    path = os.path.join(directory, os.path.splitext(os.path.basename(source))[0] + ".dtb")
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", path, source], check=True, timeout=60)
    return path
