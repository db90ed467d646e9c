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

# more shows its prompt, then throws away what was typed, EARLY times; then q ends it.
PAGER = """
import os, sys, termios, time, tty
tty.setraw(0)
early = int(sys.argv[1])
sys.stdout.write("dom0:/root# ")
sys.stdout.flush()
while os.read(0, 1) != b"\\r":
    pass
print("NAME SYNOPSIS\\r\\n--More--", flush=True)
for _ in range(early):
    time.sleep(0.5)
    termios.tcflush(0, termios.TCIFLUSH)
while os.read(0, 1) != b"q":
    pass
print("\\r\\ndom0:/root# ", end="", flush=True)
while os.read(0, 1) != b"\\x01":
    pass
sys.exit(0 if os.read(0, 1) == b"x" else 1)
"""


class Page(unittest.TestCase):
    def reads(self, early):
        newcomer = drive.Newcomer.__new__(drive.Newcomer)
        newcomer.results = Results("page")
        newcomer.terminal = drive.Terminal([sys.executable, "-c", PAGER, str(early)], self.log)
        newcomer.terminal.wait(drive.PROMPT, drive.ANSWER)
        newcomer.tour = newcomer.reads_the_page
        with contextlib.redirect_stdout(io.StringIO()):
            return {item["name"]: item["verdict"] for item in newcomer.run().items}

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.log = os.path.join(folder.name, "log")
        for name, seconds in (("PAUSE", 0.1), ("SEEN", 1), ("ANSWER", 20), ("END", 10)):
            patch = mock.patch.object(drive, name, seconds)
            patch.start()
            self.addCleanup(patch.stop)

    def test_a_key_in_time(self):
        self.assertEqual(self.reads(0), {"page": "PASS", "ends": "PASS"})

    def test_a_key_too_early(self):
        self.assertEqual(self.reads(3), {"page": "PASS", "ends": "PASS"})

    def test_a_page_without_end(self):
        self.assertEqual(self.reads(30)["screen"], "FAIL")


if __name__ == "__main__":
    unittest.main()
