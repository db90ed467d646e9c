# SPDX-License-Identifier: GPL-2.0-only
"""The layer's text: no file calls, by whatever way, a file that calls it; each switch
says what is done about the rest; each file is in the hypervisor's Makefile.

Nothing has to be compiled for that. A driver whose files work hand in hand counts as
one; what an architecture provides is called by everybody.
"""

import collections
import glob
import os
import re
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
LAYER = os.path.join(TOP, "drivers", "passthrough")

DRIVERS = ("amd", "smmuv2", "smmuv3", "vtd")

# As Xen's style has it: the brace that begins a function is alone on its line.
FUNCTION = re.compile(r"^([A-Za-z_][^;{}()=#]*?)\b(\w+)\(([^;{}]*)\)\n\{", re.M)


# From the word to the brace below it.
SWITCH = re.compile(r"^( *)switch \(.*?\n\1\}", re.S | re.M)


def sources(ext="c"):
    """Text by name, without comments and strings."""
    found = {}
    for path in glob.glob(os.path.join(LAYER, "**", "*." + ext), recursive=True):
        with open(path) as lines:
            text = lines.read()
        text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
        found[os.path.relpath(path, LAYER)] = re.sub(r'"(?:\\.|[^"\\])*"', '""', text)
    return found


def node(name):
    """What counts as one."""
    room = name.split(os.sep)[0]
    return room if room in DRIVERS else name


def calls(texts):
    """For each node the nodes that it calls, with one function that it does."""
    defined, own = collections.defaultdict(list), collections.defaultdict(set)
    for name, text in texts.items():
        for before, function, _ in FUNCTION.findall(text):
            own[name].add(function)
            if "static" not in before.split():
                defined[function].append(name)

    edges = collections.defaultdict(dict)
    for name, text in texts.items():
        for function in set(re.findall(r"\b([a-z]\w+)\(", text)) - own[name]:
            for other in defined[function]:
                if node(other) != node(name):
                    edges[node(name)].setdefault(node(other), function)
    return edges


def circle(edges):
    """One circle, as a list of calls; empty: there is none."""
    done = set()

    def visit(at, path):
        if at in path:
            ring = path[path.index(at):] + [at]
            return [f"{a} calls {b} ({edges[a][b]})" for a, b in zip(ring, ring[1:])]
        if at in done:
            return []
        for other in sorted(edges.get(at, {})):
            found = visit(other, path + [at])
            if found:
                return found
        done.add(at)
        return []

    for start in sorted(edges):
        found = visit(start, [])
        if found:
            return found
    return []


class Calls(unittest.TestCase):
    def test_no_circle(self):
        self.assertEqual(circle(calls(sources())), [])

    def test_calls_are_seen(self):
        """What everybody knows: a check that sees nothing would pass."""
        edges = calls(sources())
        self.assertIn("core/group.c", edges["core/attach.c"])
        self.assertIn("pt/pt.c", edges["space/table.c"])
        self.assertIn("pci/ats.c", edges["vtd"])

    def test_a_circle_is_found(self):
        texts = {"a.c": "int a_do(void)\n{\n    return b_do();\n}\n",
                 "b.c": "int b_do(void)\n{\n    return c_do();\n}\n",
                 "vtd/c.c": "int c_do(void)\n{\n    return other();\n}\n",
                 "vtd/d.c": "int other(void)\n{\n    return c_do();\n}\n"}
        self.assertEqual(circle(calls(texts)), [])
        texts["vtd/d.c"] = "int other(void)\n{\n    return a_do();\n}\n"
        self.assertEqual(circle(calls(texts)),
                         ["a.c calls b.c (b_do)", "b.c calls vtd (c_do)", "vtd calls a.c (a_do)"])


def without_default(texts):
    """Where a switch has none."""
    return [f"{name}: {found.group(0).splitlines()[0].strip()}"
            for name, text in sorted(texts.items()) for found in SWITCH.finditer(text)
            if "default:" not in found.group(0)]


def not_built(texts, makefile):
    """Files that no line of the Makefile names."""
    built = set(re.findall(r"\+= (\S+?)(?:\.init)?\.o\b", makefile))
    return sorted(name for name in texts if name[:-len(".c")] not in built)


class Built(unittest.TestCase):
    def test_each_file_is(self):
        """The host tests take whatever is there; the hypervisor does not."""
        with open(os.path.join(LAYER, "Makefile")) as lines:
            makefile = lines.read()
        self.assertEqual(not_built(sources(), makefile), [])
        self.assertEqual(not_built({"core/nobody.c": ""}, makefile), ["core/nobody.c"])


class Switches(unittest.TestCase):
    def test_each_has_a_default(self):
        self.assertEqual(without_default({**sources(), **sources("h")}), [])

    def test_one_without_is_found(self):
        text = "    switch ( a )\n    {\n    case 1:\n        break;\n%s    }\n"
        self.assertEqual(without_default({"a.c": text % "\n    default:\n        break;\n"}), [])
        self.assertEqual(without_default({"a.c": text % ""}), ["a.c: switch ( a )"])
