# SPDX-License-Identifier: GPL-2.0-only
"""Functions that are called through a pointer say so.

With CET, hardware lets an indirect call go to functions alone that begin with
ENDBR, which `cf_check` puts there. The compilers that are here do not tell of one
that lacks it (Xen's own wants a patched one); QEMU's processors have no CET.
"""

import glob
import os
import re
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
PLACES = ("drivers/passthrough/**/*.[ch]", "arch/arm/**/*.[ch]", "arch/riscv/**/*.[ch]",
          "arch/x86/**/*.[ch]")

# What is before a function's name in its definition, and the name.
DEFINED = re.compile(r"^([^\s#/{}][^;{}()=]*?)\b(\w+)\([^;{}]*?\)\s*\n\{", re.M)
# A name alone, as an argument or an initialiser, or on one side of `?:`.
USED = re.compile(r"(?<=[(,=?:&])(\s*)(\w+)(?=\s*[,);}:])")
# Not addresses, and initcalls, whose table Xen fills.
NOT_CALLED = re.compile(r"\b(__initcall|presmp_initcall|sizeof|typeof)\s*\($")


def without_comments(text):
    return re.sub(r'"(\\.|[^"\\\n])*"', '""', re.sub(r"/\*.*?\*/", "", text, flags=re.S))


def unmarked(sources):
    """[(file, name)] of functions whose address is taken and that lack cf_check."""
    defined = {}
    for path, text in sources.items():
        for before, name in DEFINED.findall(text):
            own = path if "static" in before and path.endswith(".c") else None
            defined.setdefault(name, []).append((own, "cf_check" in before, path))
    found = set()
    for path, text in sources.items():
        for use in USED.finditer(text):
            if NOT_CALLED.search(text[max(0, use.start() - 40):use.start()]):
                continue
            here = [d for d in defined.get(use.group(2), []) if d[0] in (None, path)]
            # Two headers may have the name; which of them is meant, one that is
            # marked says.
            if here and not any(marked for _, marked, _ in here):
                found.add((here[0][2], use.group(2)))
    return sorted(found)


class CfCheck(unittest.TestCase):
    def test_layer(self):
        sources = {}
        for place in PLACES:
            for path in glob.glob(os.path.join(TOP, place), recursive=True):
                with open(path) as text:
                    sources[os.path.relpath(path, TOP)] = without_comments(text.read())
        self.assertGreater(len(sources), 100)
        self.assertEqual(unmarked(sources), [])

    def test_one_that_lacks_it(self):
        head = "static void %sf(int x)\n{\n}\n"
        for use in ("g(1, f);", "struct s s = { .f = f };", "s.f = f;", "g(x ? f : h);", "p = &f;"):
            self.assertEqual(unmarked({"a.c": head % "" + use}), [("a.c", "f")], use)
            self.assertEqual(unmarked({"a.c": head % "cf_check " + use}), [], use)
        self.assertEqual(unmarked({"a.c": head % "" + "f(1);"}), [])
        self.assertEqual(unmarked({"a.h": "static inline int f(void)\n{\n}\n", "b.c": "g(f);"}),
                         [("a.h", "f")])
