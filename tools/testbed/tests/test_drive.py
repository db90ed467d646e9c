# SPDX-License-Identifier: GPL-2.0-only
"""What types at the console of `make shell`, on a terminal where a program plays dom0."""

import contextlib
import io
import os
import sys
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import drive                                    # noqa: E402
from bed.results import Results                 # noqa: E402

# more shows its prompt; KEY ends it.
PAGER = """
import os, sys, tty
tty.setraw(0)
sys.stdout.write("dom0:/root# ")
sys.stdout.flush()
while os.read(0, 1) != b"\\r":
    pass
print("NAME SYNOPSIS\\r\\n--More--", flush=True)
while os.read(0, 1) != sys.argv[1].encode():
    pass
print("\\r\\ndom0:/root# ", end="", flush=True)
while os.read(0, 1) != b"\\x01":
    pass
sys.exit(0 if os.read(0, 1) == b"x" else 1)
"""


class Page(unittest.TestCase):
    def reads(self, key):
        newcomer = drive.Newcomer.__new__(drive.Newcomer)
        newcomer.results = Results("page")
        newcomer.terminal = drive.Terminal([sys.executable, "-c", PAGER, key], self.log)
        newcomer.terminal.wait(drive.PROMPT, drive.ANSWER)
        newcomer.tour = newcomer.reads_the_page
        with contextlib.redirect_stdout(io.StringIO()):
            return {item["name"]: item["verdict"] for item in newcomer.run().items}

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.log = os.path.join(folder.name, "log")
        for name, seconds in (("ANSWER", 5), ("END", 5)):
            patch = mock.patch.object(drive, name, seconds)
            patch.start()
            self.addCleanup(patch.stop)

    def test_a_page_that_ends(self):
        self.assertEqual(self.reads("q"), {"page": "PASS", "ends": "PASS"})

    def test_a_page_without_end(self):
        self.assertEqual(self.reads("e")["screen"], "FAIL")


if __name__ == "__main__":
    unittest.main()
