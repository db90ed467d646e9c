# SPDX-License-Identifier: GPL-2.0-only
"""Xen's sources: what is tried, what is taken, and what is not; and which Xen."""

import hashlib
import os
import subprocess
import sys
import tempfile
import unittest

SETUP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "setup")
# An archive without indexes: its list of versions is all that there is to go by.
PREPARED = """
. {setup}/lib.sh; . {setup}/apt.sh; . {setup}/xen-fetch.sh
LISTED={top}/listed
find_mirror() {{ echo {mirror}; }}
find_security() {{ :; }}
{command}
"""


class Fetch(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = folder.name
        self.pool = os.path.join(self.top, "pool", "main", "x", "xen")
        self.cache = os.path.join(self.top, "cache", "xen-iommu-groups")
        os.makedirs(self.pool)
        self.rows = []

    def publish(self, version, data, **wrong):
        """A tarball in the pool, and the row that names it."""
        if data is not None:
            with open(os.path.join(self.pool, f"xen_{version}.orig.tar.xz"), "wb") as out:
                out.write(data)
        data = data or b""
        size = wrong.get("size", len(data))
        digest = wrong.get("sha", hashlib.sha256(data).hexdigest())
        self.rows.append(f"{version} {size} {digest}")

    def run_in(self, command, mirror=None):
        with open(os.path.join(self.top, "listed"), "w") as out:
            out.write("# version, size, SHA-256\n\n" + "\n".join(self.rows) + "\n")
        script = PREPARED.format(setup=SETUP, top=self.top, command=command,
                                 mirror=mirror or f"file:{self.top}")
        env = dict(os.environ, BUILD=os.path.join(self.top, "build"),
                   XDG_CACHE_HOME=os.path.join(self.top, "cache"))
        return subprocess.run(["bash", "-c", script], env=env, text=True,
                              capture_output=True, timeout=120)

    def fetch(self, mirror=None):
        """The version that was got, or None; and what was said."""
        done = self.run_in("fetch_tarball", mirror)
        name = os.path.basename(done.stdout.strip())
        return name[4:].partition(".orig")[0] if done.returncode == 0 else None, done.stderr

    def test_what_the_pool_lacks_is_passed_over(self):
        self.publish("4.20.4+1-gaa", None)
        self.publish("4.20.3+9-gbb", b"older")
        got, said = self.fetch()
        self.assertEqual(got, "4.20.3+9-gbb", said)
        self.assertIn("newer ones are named", said)

    def test_nothing_is_taken_with_another_sum_or_size(self):
        self.publish("4.20.4+2-gaa", b"one", sha="0" * 64)
        self.publish("4.20.4+1-gbb", b"two", size=99)
        got, said = self.fetch()
        self.assertIsNone(got)
        self.assertIn("4.20.4+2-gaa.orig.tar.xz: Hash Sum mismatch", said)
        self.assertIn("4.20.4+1-gbb.orig.tar.xz: not 99 bytes long", said)
        self.assertIn("XEN_TARBALL=FILE", said)
        self.assertFalse([n for n in os.listdir(self.cache) if n.startswith("xen_")])

    def test_a_damaged_copy_is_not_used_again(self):
        self.publish("4.20.4+1-gaa", b"whole")
        self.assertEqual(self.fetch()[0], "4.20.4+1-gaa")
        path = os.path.join(self.cache, "xen_4.20.4+1-gaa.orig.tar.xz")
        self.assertNotIn("FETCH", self.fetch()[1])
        with open(path, "wb") as out:
            out.write(b"who")
        got, said = self.fetch()
        self.assertEqual(got, "4.20.4+1-gaa")
        self.assertIn("damaged or unknown: removed", said)
        with open(path, "rb") as data:
            self.assertEqual(data.read(), b"whole")

    def test_a_list_of_mirrors_is_read(self):
        self.publish("4.20.4+1-gaa", b"whole")
        with open(os.path.join(self.top, "mirrors"), "w") as out:
            out.write(f"# comment\nfile:{self.top}/none/\nfile:{self.top}/\tpriority:1\n")
        got, said = self.fetch(f"mirror+file:{self.top}/mirrors")
        self.assertEqual(got, "4.20.4+1-gaa", said)

    def test_the_newest_of_all_indexes_comes_first(self):
        """Of what suites name, by version; then the list; nothing of another release."""
        self.publish("4.20.3+9-gbb", b"x")
        stanza = ("Package: xen\\nVersion: {0}-1\\nChecksums-Sha256:\\n"
                  " {1} 7 xen_{0}.orig.tar.xz\\n {1} 9 xen_{0}-1.debian.tar.xz\\n"
                  "Directory: pool/main/x/xen\\n\\n")
        texts = {"trixie": "4.20.4+1-gaa", "forky": "4.21.0", "sid": "4.20.10+1-gcc"}
        cases = "\n".join(f"xen-{suite}) printf '{stanza.format(version, 'e' * 64)}' ;;"
                          for suite, version in texts.items())
        done = self.run_in("served() { SERVED=$1; }\n"
                           f"apt-cache() {{ case $SERVED in\n{cases}\nesac; }}\n"
                           f"candidates file:{self.top}")
        self.assertEqual([line.split()[0] for line in done.stdout.splitlines()],
                         ["4.20.10+1-gcc", "4.20.4+1-gaa", "4.20.3+9-gbb"], done.stderr)
        self.assertTrue(done.stdout.splitlines()[0].endswith("/xen_4.20.10+1-gcc.orig.tar.xz"))


class Base(unittest.TestCase):
    """The layer's compat.mk in a Xen that it does or does not fit."""

    def parse(self, version="20", header="", hooks=""):
        with tempfile.TemporaryDirectory() as top:
            for name, text in (("include/xsm/xsm.h", header), ("xsm/flask/hooks.c", hooks)):
                os.makedirs(os.path.dirname(os.path.join(top, name)))
                with open(os.path.join(top, name), "w") as out:
                    out.write(text + "\n")
            makefile = os.path.join(SETUP, "..", "..", "drivers", "passthrough", "compat.mk")
            env = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
            return subprocess.run(
                ["make", "-f", makefile, "--eval=all: ; @echo $(CFLAGS-y)", f"srctree={top}",
                 "XEN_VERSION=4", f"XEN_SUBVERSION={version}", "all"],
                env=env, text=True, capture_output=True, timeout=60)

    def test_hooks_of_old(self):
        done = self.parse(header="static inline int xsm_assign_device(", hooks="flask_assign_device")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("-DIOMMU_GROUPS_ASK_XSM", done.stdout)

    def test_domctl_asks(self):
        done = self.parse(hooks="? flask_assign_device(")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("ASK_XSM", done.stdout)

    def test_nobody_asks(self):
        done = self.parse()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("nobody asks the security module", done.stderr)

    def test_versions(self):
        for version in ("20", "21", "22", "23"):
            done = self.parse(version, hooks="flask_assign_device")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(f"-DIOMMU_GROUPS_XEN=4{version}", done.stdout)

    def test_another_xen(self):
        for version in ("19", "24", "2"):
            done = self.parse(version, hooks="flask_assign_device")
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(f"are for Xen 4.20 to 4.23, and this is 4.{version}", done.stderr)


class Series(unittest.TestCase):
    """Which patches a tree gets by its version."""

    PATCHES = os.path.join(SETUP, "..", "..", "xen-patches")

    def series(self, version, *only):
        with tempfile.TemporaryDirectory() as top:
            os.makedirs(os.path.join(top, "xen"))
            with open(os.path.join(top, "xen", "Makefile"), "w") as out:
                out.write(f"export XEN_VERSION       = 4\nexport XEN_SUBVERSION    = {version}\n")
            return subprocess.run(
                ["bash", "-c", f'. {SETUP}/lib.sh; . {SETUP}/series.sh; series "$@"', "-", top, *only],
                env={**os.environ, "BUILD": os.path.join(top, "build")},
                text=True, capture_output=True, timeout=60)

    def test_all_are_used(self):
        used = set()
        for version in ("20", "21", "22", "23"):
            done = self.series(version)
            self.assertEqual(done.returncode, 0, done.stderr)
            used.update(done.stdout.split())
        there = {os.path.relpath(os.path.join(d, f), self.PATCHES)
                 for d, _, files in os.walk(self.PATCHES) for f in files if f.endswith(".patch")}
        there = {p for p in there if not p.startswith("documents/")}
        self.assertEqual(used, there)

    def test_steps(self):
        """`make series` has a step for each patch and each file, and in an order that builds."""
        with tempfile.TemporaryDirectory() as top:
            for version in ("20", "21", "22", "23"):
                done = subprocess.run(
                    [sys.executable, os.path.join(SETUP, "export-series.py"), "--plan", self.PATCHES,
                     os.path.join(self.PATCHES, f"4.{version}", "series"), top, top],
                    text=True, capture_output=True, timeout=60)
                self.assertEqual((done.returncode, done.stderr), (0, ""))

    @staticmethod
    def steps(*words):
        """Where there is no Xen: what is not refused ends there."""
        with tempfile.TemporaryDirectory() as top:
            return subprocess.run(
                ["bash", os.path.join(SETUP, "make-series.sh"), os.path.join(top, "out"), *words],
                env={**os.environ, "BUILD": top}, text=True, capture_output=True, timeout=60)

    def test_words_of_steps(self):
        """A wrong one is named before anything is done."""
        for word in ("mips", "x86:", "x86:HVM=n", "x86:SEED=", "x86:SEED=1,CONFIG_A=y",
                     "x86:CONFIG_A=y,SEED=1", "x86:CONFIG_A=y,"):
            with self.subTest(word):
                done = self.steps("arm32", word)
                self.assertEqual(done.returncode, 3)
                self.assertRegex(done.stderr, f"^set-up: .*'{word}'.*\n$")
        done = self.steps("arm32", "riscv64", "arm64:SEED=12", "x86:CONFIG_HVM=n,CONFIG_XSM=y")
        self.assertIn("xen/pristine/xen/Makefile", done.stderr)

    def test_standalone_first(self):
        for version in ("20", "22"):
            every = self.series(version).stdout.split()
            first = self.series(version, "standalone").stdout.split()
            self.assertTrue(first)
            self.assertEqual(every[:len(first)], first)
            self.assertFalse([p for p in every[len(first):] if p.startswith("standalone/")])

    def test_another_xen(self):
        done = self.series("19")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("this is Xen 4.19; there are patches for 4.20 4.21 4.22 4.23", done.stderr)


class Foreign(unittest.TestCase):
    """Programs of another architecture: what stands in the way is one line."""

    def refused(self, arch, mount):
        with tempfile.TemporaryDirectory() as top:
            path = os.path.join(top, "deb", "emulators", "qemu-aarch64")
            os.makedirs(os.path.dirname(path))
            with open(path, "w") as out:
                os.chmod(out.fileno(), 0o755)
            script = (f". {SETUP}/lib.sh; . {SETUP}/apt.sh; . {SETUP}/root.sh; . {SETUP}/foreign.sh\n"
                      f"mount() {{ {mount}; }}\nmodprobe() {{ :; }}\nrun_foreign {arch}")
            done = subprocess.run(["bash", "-c", script], env=dict(os.environ, BUILD=top), text=True,
                                  capture_output=True, timeout=60)
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            return done.stderr

    def test_no_emulator_is_known(self):
        self.assertIn("no emulator is known for programs of riscv64", self.refused("riscv64", "true"))

    def test_a_kernel_that_cannot(self):
        self.assertIn("cannot have programs of arm64 run", self.refused("arm64", "false"))

    def test_a_kernel_that_does_not(self):
        """Its list stays as it was: here a file takes the line."""
        self.assertIn("did not take", self.refused("arm64", "true"))
