#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""fake-root.py ROOT TOPOLOGY.json [--headers] [KIND=FILE...]: a recorded machine as
Linux shows it below ROOT/sys; KIND is a table, DMAR or fdt, say."""

import json
import os
import sys


def write(root, path, content):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as out:
        out.write(content if isinstance(content, bytes) else content.encode())


def link(root, path, target):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    os.symlink(target, path)


def config(f, headers):
    data = bytes.fromhex(f["config_hex"])
    data += bytes(max(0, f.get("config_size", 0) - len(data)))
    return data[:64] if headers else data


def mcfg(base, last_bus):
    entry = base.to_bytes(8, "little") + bytes([0, 0, 0, last_bus, 0, 0, 0, 0])
    table = b"MCFG" + (44 + len(entry)).to_bytes(4, "little") + bytes(36) + entry
    return table


def main():
    root, topology, *rest = sys.argv[1:]
    headers = "--headers" in rest
    with open(topology, encoding="utf-8") as f:
        functions = json.load(f)["functions"]
    for f in functions:
        where = f"sys/bus/pci/devices/{f['sbdf']}"
        data = config(f, headers)
        write(root, f"{where}/config", data)
        write(root, f"{where}/vendor", f"0x{data[1]:02x}{data[0]:02x}\n")
        write(root, f"{where}/device", f"0x{data[3]:02x}{data[2]:02x}\n")
        write(root, f"{where}/class", f"0x{data[11]:02x}{data[10]:02x}{data[9]:02x}\n")
        if f.get("physfn"):
            link(root, f"{where}/physfn", f"../{f['physfn']}")
    for word in rest:
        kind, _, path = word.partition("=")
        if not path:
            continue
        with open(path, "rb") as f:
            where = "sys/firmware/fdt" if kind == "fdt" else f"sys/firmware/acpi/tables/{kind}"
            write(root, where, f.read())
    write(root, "sys/firmware/acpi/tables/MCFG", mcfg(0xb0000000, 0xff))
    for i, (first, last, kind) in enumerate(((0, 0x9fbff, "System RAM"),
                                             (0x100000, 0x7fffffff, "System RAM"),
                                             (0xb0000000, 0xbfffffff, "Reserved"))):
        write(root, f"sys/firmware/memmap/{i}/start", f"{first:#x}\n")
        write(root, f"sys/firmware/memmap/{i}/end", f"{last:#x}\n")
        write(root, f"sys/firmware/memmap/{i}/type", f"{kind}\n")


main()
