# SPDX-License-Identifier: GPL-2.0-only
"""The sysctl's records are laid out three times: in the patch, which is Xen's public
header, for the host ring, and for ask-xen."""

import os
import re
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
PUBLIC = "xen/include/public/sysctl.h"


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as lines:
        return lines.read()


def words(text):
    """Without comments; preprocessor lines stay lines."""
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return [line for line in lines if line]


def added():
    """What the patch adds in front of the operation's own header."""
    patch = read("xen-patches/0022-sysctl.patch")
    part = patch.split(f"+++ b/{PUBLIC}\n")[1].split("\n--- ")[0]
    text = "\n".join(line[1:] for line in part.split("\n") if line.startswith("+"))
    return text.split("#define XEN_SYSCTL_iommu_groups")[0]


def fields(text, struct):
    """Names and widths of a structure's members, in order."""
    body = re.search(r"struct %s\s*\{(.*?)\n\}" % struct, text, re.S)[1]
    body = re.sub(r"union \{.*?\} u;", "uint64_t buffer;", body, flags=re.S)
    body = re.sub(r"^#.*$", "", re.sub(r"/\*.*?\*/", " ", body, flags=re.S), flags=re.M)
    width = {"domid_t": "uint16_t", "uint64_aligned_t": "uint64_t"}
    found = []
    for kind, names in re.findall(r"(\w+) ([\w, ]+);", body):
        found += [(width.get(kind, kind), name.strip()) for name in names.split(",")]
    return found


class Public(unittest.TestCase):
    def test_host_ring(self):
        header = read("arch/host/include/public/sysctl.h")
        body = header.split("#include <public/xen.h>")[1].rsplit("#endif", 1)[0]
        self.assertEqual(words(body), words(added()))

    def test_ask_xen(self):
        header = read("tools/testbed/ask/groups.h")
        for ours, theirs in (("group_record", "xen_iommu_group"),
                             ("device_record", "xen_iommu_device"),
                             ("groups_op", "xen_sysctl_iommu_groups")):
            self.assertEqual(fields(header, ours), fields(added(), theirs))
            self.assertGreater(len(fields(header, ours)), 5)
