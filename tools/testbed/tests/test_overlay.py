# SPDX-License-Identifier: GPL-2.0-only
"""What a boot adds to the image of dom0."""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from bed import overlay, scenario                           # noqa: E402


class Guests(unittest.TestCase):
    def test_linux_is_there_for_those_that_start_it(self):
        with tempfile.TemporaryDirectory() as root:
            for name, text in (("g.sh", "guest_create"), ("p.sh", "probe_create"), ("n.sh", "true")):
                with open(os.path.join(root, name), "w") as out:
                    out.write(text)

            def needs(script, args=""):
                s = scenario.Scenario("s", root, {"script": script, "args": args})
                return overlay.needs_linux([s])
            self.assertEqual([needs(f"{c}.sh") for c in "gpn"], [True, False, False])
            self.assertEqual([needs("p.sh", "KIND=linux"), needs("")], [True, True])
