#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""options.py PANDOC TESTS XEN_SYMS...: is every option that stock Xen documents
about IOMMUs and PCI parsed by the Xen that was built with the layer?

An option is about them if its name or text says so.  It has to be in the table
of command-line options of one of the binaries; the words of "iommu=" and
"dom0-iommu=" have to be rows of the host test TESTS as well, which parses them.
Prints one line for each that is missing; exit code 1 if there is one.
"""

import re
import struct
import sys

ABOUT = re.compile(r"IOMMU|\bPCI|VT-d|AMD-Vi|RMRR|IVRS|IVMD|SMMU|\bATS\b|\bMSI\b|\bDMA\b|x2apic|HPET",
                   flags=re.I)

LISTS = ("iommu", "dom0-iommu")


def sections(text):
    """(name, text) of each option."""
    parts = re.split(r"^### +", text.partition("\n## Parameter details\n")[2], flags=re.M)[1:]
    for part in parts:
        head, _, body = part.partition("\n")
        yield re.split(r"[\s\[(]", head.replace("\\_", "_"))[0], body


def words(body):
    """The words of "List of [ ... ]"."""
    found = re.search(r"List of \[(.*?)\]", body, flags=re.S)
    result = []
    for word in re.sub(r"\{([^}]*)\}", lambda m: "{" + m[1].replace(",", ";") + "}",
                       found[1]).split(","):
        word = word.strip().split("=")[0]
        group = re.fullmatch(r"(.*)\{(.*)\}", word)
        if group:
            result += [group[1] + w for w in group[2].split(";")]
        elif word != "<bool>":
            result.append(word)
    return result


def parsed(path):
    """Names of options in a binary: the strings that __setup_str_* are."""
    with open(path, "rb") as file:
        data = file.read()
    shoff, = struct.unpack_from("<Q", data, 40)
    size, number = struct.unpack_from("<HH", data, 58)
    table = [struct.unpack_from("<IIQQQQII", data, shoff + i * size) for i in range(number)]
    names = set()
    for kind, link, offset, length in ((s[1], s[6], s[4], s[5]) for s in table):
        if kind != 2:                           # symbols
            continue
        strings = table[link][4]
        for at in range(offset, offset + length, 24):
            name, _, _, where, value, _ = struct.unpack_from("<IBBHQQ", data, at)
            if data[strings + name:strings + name + 12] != b"__setup_str_" or where >= number:
                continue
            start = table[where][4] + value - table[where][3]
            # "ivrs_hpet[": the parser gets what is between the brackets.
            names.add(data[start:data.index(b"\0", start)].decode().rstrip("["))
    return names


def missing(pandoc, tests, binaries):
    known = set().union(*map(parsed, binaries))
    for name, body in sections(pandoc):
        if not ABOUT.search(name + " " + body):
            continue
        if name not in known:
            yield f"{name}: not parsed"
        if name in LISTS:
            rows = re.findall(r'\{ "%s", "([^"]*)", (?:0|-ENODEV),' % name, tests)
            taken = {re.sub(r"^no-", "", w.split("=")[0]) for row in rows for w in row.split(",")}
            for word in words(body):
                if word not in taken:
                    yield f"{name}={word}: no row of the host test takes it"


def main(pandoc, tests, *binaries):
    with open(pandoc, encoding="utf-8") as file:
        text = file.read()
    with open(tests, encoding="utf-8") as file:
        bad = list(missing(text, file.read(), binaries))
    about = [n for n, b in sections(text) if ABOUT.search(n + " " + b)]
    if not set(LISTS) <= set(about):
        bad.append(f"{pandoc} does not read as it used to")
    print("\n".join("REFUSED " + b for b in bad) or f"{len(about)} options")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
