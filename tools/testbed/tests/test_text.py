# SPDX-License-Identifier: GPL-2.0-only
"""What upstream's reviewers look at before they read: spelling, defaults in switches, long lines."""

import os
import re
import shutil
import subprocess
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

# Names of registers, tables and variables.
WORDS = "ser,iort,mis,fo,ot,nd,te,hist,hart,harts,extint,nam,andd,fro,ans,inout,allo,extraversion,sade,sxl,upto"

# Switches over an enum, which -Wswitch keeps complete (Xen's deviation from 16.4).
ENUMS = {
    ("drivers/passthrough/admin/hypfs.c", "f->of"),
    ("drivers/passthrough/smmuv3/event.c", "fetch(u, &ev)"),
    ("drivers/passthrough/vtd/quirks-pci.c", "quirk_of(sbdf)"),
}


def tracked(*paths):
    done = subprocess.run(["git", "-C", TOP, "ls-files", "-co", "--exclude-standard", *paths],
                          check=True, capture_output=True, text=True)
    return [p for p in done.stdout.split() if os.path.exists(os.path.join(TOP, p))]


def block(text, start):
    """What is between the braces that open behind @start."""
    first = text.index("{", start)
    depth = 0
    for i in range(first, len(text)):
        depth += (text[i] == "{") - (text[i] == "}")
        if not depth:
            return text[first:i]
    return text[first:]


def without_default(path, text):
    for m in re.finditer(r"^ *switch \( (.*) \)$", text, re.M):
        if "default:" not in block(text, m.end()) and (path, m[1]) not in ENUMS:
            yield f"{path}:{text.count(chr(10), 0, m.start()) + 1}: switch ( {m[1]} )"


def too_long(path, text):
    """Strings that a user sees are not broken, so that they can be searched for."""
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > 80 and '"' not in line:
            yield f"{path}:{number}: {len(line)} columns"


class Text(unittest.TestCase):
    def test_spelling(self):
        if not shutil.which("codespell"):
            self.skipTest("codespell is not installed")
        files = [f for f in tracked("README.md", "docs", "drivers", "arch", "xen-patches", "packaging", "tools")
                 if "/data/" not in f]
        done = subprocess.run(["codespell", "-L", WORDS, *files], cwd=TOP, text=True,
                              capture_output=True, timeout=120)
        self.assertEqual(done.stdout, "")

    def test_switches(self):
        found = []
        for path in tracked("drivers", "arch/x86", "arch/arm", "arch/riscv"):
            if path.endswith((".c", ".h")):
                with open(os.path.join(TOP, path)) as source:
                    found += without_default(path, source.read())
        self.assertEqual(found, [])

    def test_a_switch_is_seen(self):
        text = "    switch ( x )\n    {\n    case 1:\n        break;\n    }\n"
        self.assertEqual(list(without_default("a.c", text)), ["a.c:1: switch ( x )"])
        self.assertEqual(list(without_default("a.c", text.replace("case 1", "default"))), [])

    def test_columns(self):
        found = []
        for path in tracked("drivers", "arch"):
            if path.endswith((".c", ".h")):
                with open(os.path.join(TOP, path), encoding="utf-8") as source:
                    found += too_long(path, source.read())
        self.assertEqual(found, [])

    def test_a_long_line_is_seen(self):
        self.assertEqual(list(too_long("a.c", "/*\n" + "§" * 81)), ["a.c:2: 81 columns"])
        self.assertEqual(list(too_long("a.c", "§" * 80)), [])
