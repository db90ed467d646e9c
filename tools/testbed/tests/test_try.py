# SPDX-License-Identifier: GPL-2.0-only
"""xen-groups-try on a machine of files: what it refuses, what it takes for having come
up, whom it makes the default, and that nothing of it stays. GRUB's commands are played
here; the real ones are in check-deb's machine."""

import os
import shutil
import subprocess
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
TRY = os.path.join(TOP, "packaging", "xen-groups-try", "xen-groups-try")
OURS = "/boot/xen-4.20~groups-amd64.gz"
KERNEL = "6.12.1-amd64"
ENTRY = ("Advanced options for Debian GNU/Linux (with Xen hypervisor)>Xen hypervisor, version "
         f"4.20~groups-amd64>Debian GNU/Linux, with Xen 4.20~groups-amd64 and Linux {KERNEL}")
BUILD_ID = "f123456789abcdef0123456789abcdef01234567"

COMMANDS = {
    "id": "echo ${FAKE_UID:-0}",
    "uname": f'case $1 in -m) echo ${{FAKE_MACHINE:-x86_64}} ;; *) echo {KERNEL} ;; esac',
    "dd": 'for w; do case $w in if=*) [ ! -e "${w#if=}.dead" ] || exit 1 ;; esac; done',
    "ip": 'case $1 in -o) cat "$FAKE/addr-$5" 2>/dev/null ;; route) cat "$FAKE/route" ;; esac',
    "ping": '[ -e "$FAKE/router" ]',
    "xl": 'echo "xen_version            : 4.20"; sed "s/^/build_id               : /" "$FAKE/build-id" 2>/dev/null',
    "sleep": 'echo "$1" >>"$FAKE/slept"; [ "$(wc -l <"$FAKE/slept")" -lt 7 ] || : >"$FAKE/router"',
    "xen-iommu": 'case "$*" in *--verify*) [ ! -e "$FAKE/differs" ] ;; *) echo "{}" ;; esac',
    "grub-probe": 'case $1 in *=fs) cat "$FAKE/fs" ;; *) cat "$FAKE/abstraction" ;; esac',
    "grub-editenv": '''
        case $2 in
        list)  cat "$1" ;;
        set)   grep -v "^${3%%=*}=" "$1" >"$1.new"; echo "$3" >>"$1.new"; mv "$1.new" "$1" ;;
        unset) grep -v "^$3=" "$1" >"$1.new"; mv "$1.new" "$1" ;;
        esac; true''',
    "grub-reboot": 'grub-editenv "$XEN_GROUPS_TRY_ROOT/boot/grub/grubenv" set "next_entry=$1"',
    "grub-set-default": 'grub-editenv "$XEN_GROUPS_TRY_ROOT/boot/grub/grubenv" set "saved_entry=$1"',
    "update-grub": 'exec python3 "$FAKE/update-grub.py"',
}

# As the distribution's 20_linux_xen writes it, but that recovery comes first.
UPDATE_GRUB = r'''
import glob, os, re
root = os.environ["XEN_GROUPS_TRY_ROOT"]
flat = os.path.exists(os.environ["FAKE"] + "/flat")
default = open(os.environ["FAKE"] + "/default").read().strip()
names = [os.path.basename(p) for p in glob.glob(root + "/boot/xen-*.gz")]
names.sort(key=lambda n: ("~" not in n, n), reverse=True)
for path in glob.glob(root + "/etc/default/grub.d/*.cfg"):
    top = re.search('GRUB_TOP_LEVEL_XEN="/boot/(.*)"', open(path).read())[1]
    names.remove(top)
    names.insert(0, top)
out = """if [ "${next_entry}" ] ; then
   set default="${next_entry}"
   set next_entry=
   save_env next_entry
else
   set default="%s"
fi
function savedefault {
  if [ -z "${boot_once}" ]; then
    save_env saved_entry
  fi
}
menuentry 'Debian GNU/Linux' $menuentry_id_option 'gnulinux-simple-U' {
	linux	/vmlinuz-6.12.2-amd64 root=UUID=U ro
}
""" % default

def entry(indent, title, ident, xen, linux, args):
    return ("%(i)smenuentry '%(t)s' --class xen $menuentry_id_option '%(d)s' {\n"
            "%(i)s\tmultiboot2\t/boot/%(x)s placeholder ${xen_rm_opts}\n"
            "%(i)s\tmodule2\t/boot/vmlinuz-%(l)s placeholder root=UUID=U ro %(a)s\n"
            "%(i)s\tmodule2\t--nounzip /boot/initrd.img-%(l)s\n%(i)s}\n" % dict(
                i=indent, t=title, d=ident, x=xen, l=linux, a=args))

if names and not flat:
    out += entry("", "Debian GNU/Linux, with Xen hypervisor", "xen-gnulinux-simple-U",
                 names[0], "6.12.2-amd64", "quiet")
    out += "submenu 'Advanced options for Debian GNU/Linux (with Xen hypervisor)' $menuentry_id_option 'gnulinux-advanced-U' {\n"
for name in names:
    version = name[4:-3]
    if not flat:
        out += "\tsubmenu 'Xen hypervisor, version %s' $menuentry_id_option 'xen-hypervisor-%s-U' {\n" % (version, version)
    for linux in ("6.12.2-amd64", "6.12.1-amd64"):
        for kind, words in (("recovery", "single"), ("advanced", "quiet")):
            tail = " (recovery mode)" if kind == "recovery" else ""
            out += entry("" if flat else "\t\t",
                         "Debian GNU/Linux, with Xen %s and Linux %s%s" % (version, linux, tail),
                         "xen-gnulinux-%s-%s-U" % (linux, kind), name, linux, words)
    if not flat:
        out += "\t}\n"
if names and not flat:
    out += "}\n"
open(root + "/boot/grub/grub.cfg", "w").write(out)
'''


class Machine(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = os.path.join(folder.name, "root")
        self.fake = os.path.join(folder.name, "fake")
        for name, text in COMMANDS.items():
            self.write(f"{self.fake}/bin/{name}", "#!/bin/sh\n" + text + "\n")
            os.chmod(f"{self.fake}/bin/{name}", 0o755)
        self.say("update-grub.py", UPDATE_GRUB)
        self.say("fs", "ext2\n")
        self.say("abstraction", "")
        self.say("default", "${saved_entry}")
        self.say("route", "default via 10.0.2.2 dev eth0\n")
        self.say("router", "")
        self.say("addr-eth0", "2: eth0 inet 10.0.2.15/24\n")
        for name in ("xen-4.20-amd64.gz", "xen-4.20~groups-amd64.gz"):
            self.put("boot/" + name, "")
        self.put("boot/grub/grubenv", "other=1\n")
        self.put("usr/lib/xen-4.20/bin/xl", "")
        self.put("usr/share/xen-hypervisor-4.20-groups-amd64/build-id", BUILD_ID + "\n")
        self.put("proc/sys/kernel/random/boot_id", "first\n")
        self.put("proc/mounts", "/dev/sda1 / ext4 rw,relatime 0 0\nproc /proc proc rw 0 0\n")
        self.device("block/sda", "devices/pci0000:00/0000:00:1f.2/ata1/0:0:0:0", "block/sda",
                    removable="0", size="2048")
        self.put("sys/devices/pci0000:00/0000:00:1f.2/ata1/0:0:0:0/model", "QEMU  DISK \n")
        self.device("class/net/eth0", "devices/pci0000:00/0000:00:03.0", "net/eth0",
                    carrier="1", address="52:54:00:00:00:01")
        self.run_in("update-grub")

    def write(self, path, text):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as out:
            out.write(text)

    def put(self, path, text):
        self.write(os.path.join(self.root, path), text)

    def read(self, path):
        with open(os.path.join(self.root, path)) as source:
            return source.read()

    def say(self, name, text):
        self.write(os.path.join(self.fake, name), text)

    def take(self, path):
        full = os.path.join(self.root, path)
        shutil.rmtree(full) if os.path.isdir(full) else os.remove(full)

    def device(self, link, where, below, **files):
        """What sysfs has of a device: @link leads to it, its function is above it."""
        for name, text in files.items():
            self.put(f"sys/{where}/{below}/{name}", text + "\n")
        full = f"{self.root}/sys/{link}"
        os.makedirs(os.path.dirname(full), exist_ok=True)
        os.symlink(f"{self.root}/sys/{where}/{below}", full)
        os.symlink(f"{self.root}/sys/{where}", f"{self.root}/sys/{where}/{below}/device")

    def run_in(self, *command, **env):
        env = dict(os.environ, PATH=f"{self.fake}/bin:" + os.environ["PATH"], FAKE=self.fake,
                   XEN_GROUPS_TRY_ROOT=self.root, XEN_GROUPS_TRY_LIB=os.path.dirname(TRY), **env)
        return subprocess.run(command, env=env, text=True, capture_output=True, timeout=60)

    def try_(self, word, code=0, **env):
        done = self.run_in(TRY, word, **env)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def refused(self, word, why, **env):
        said = self.try_(word, 1, **env)
        self.assertIn(why, said)
        self.assertEqual(said.count("\n"), 1, said)

    def grubenv(self):
        with open(f"{self.root}/boot/grub/grubenv") as source:
            return dict(line.rstrip("\n").split("=", 1) for line in source)

    def runs(self, build_id):
        """Linux shows the bytes as they are, as a string in C; xl all of them, in hex."""
        self.say("build-id", build_id + "\n")
        full = f"{self.root}/sys/hypervisor/properties/buildid"
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as out:
            out.write(bytes.fromhex(build_id).partition(b"\0")[0])

    def boots(self, name, ours):
        """The machine was reset: GRUB takes the choice back."""
        self.put("proc/sys/kernel/random/boot_id", name + "\n")
        self.runs(BUILD_ID if ours else "f" * 40)
        self.run_in("grub-editenv", f"{self.root}/boot/grub/grubenv", "set", "next_entry=")

    def tried(self):
        self.try_("once")
        self.boots("second", ours=True)
        self.try_("watch")

    def all_files(self):
        found = {}
        for folder, _, names in os.walk(self.root):
            for name in names:
                path = os.path.join(folder, name)
                if not os.path.islink(path):
                    with open(path, "rb") as source:
                        found[path] = source.read()
        return found


class Refusals(Machine):
    def test_tools_of_another_xen(self):
        self.take("usr/lib/xen-4.20")
        self.put("usr/lib/xen-4.17/bin/xl", "")
        self.refused("once", "such as Debian 12's 4.17, do not fit this Xen")

    def test_another_user(self):
        self.refused("once", "only root", FAKE_UID="1000")
        self.refused("undo", "only root", FAKE_UID="1000")

    def test_no_hypervisor(self):
        self.take("boot/xen-4.20~groups-amd64.gz")
        self.refused("once", "is not installed")

    def test_no_grub(self):
        self.take("boot/grub/grub.cfg")
        self.refused("once", "no GRUB here")

    def test_no_entry(self):
        text = self.read("boot/grub/grub.cfg")
        self.put("boot/grub/grub.cfg", text.replace("~groups", ""))
        self.refused("once", "has no entry")
        self.assertNotIn("next_entry", self.grubenv())

    def test_grub_cannot_take_it_back(self):
        for abstraction, fs in (("lvm\n", "ext2"), ("diskfilter\nlvm\n", "xfs"), ("", "btrfs"),
                                ("", "zfs"), ("", "")):
            self.say("abstraction", abstraction)
            self.say("fs", fs)
            self.refused("once", "for ever")
        self.assertNotIn("next_entry", self.grubenv())

    def test_secure_boot(self):
        self.put("sys/firmware/efi/efivars/SecureBoot-8be4", "\6\0\0\0\0")
        self.try_("once")
        self.put("sys/firmware/efi/efivars/SecureBoot-8be4", "\6\0\0\0\1")
        self.refused("once", "Secure Boot")

    def test_words(self):
        for words in ([], ["twice"], ["once", "now"]):
            done = self.run_in(TRY, *words)
            self.assertEqual((done.returncode, done.stderr[:6]), (2, "Usage:"))

    def test_confirm_before_it_ran(self):
        self.refused("confirm", "nothing was tried")
        self.try_("once")
        self.refused("confirm", "the new Xen does not run")
        self.assertNotIn("saved_entry", self.grubenv())


class Life(Machine):
    def test_the_entry_with_the_running_kernel(self):
        self.try_("once")
        self.assertEqual(self.grubenv()["next_entry"], ENTRY)

    def test_a_boot_of_its_own(self):
        text = self.read("boot/grub/grub.cfg")
        self.put("boot/grub/grub.cfg", text.replace("/boot/", "/"))
        self.try_("once")
        self.assertEqual(self.grubenv()["next_entry"], ENTRY)

    def test_arm64(self):
        """GRUB has other words there, and Xen is not compressed."""
        self.take("boot/xen-4.20~groups-amd64.gz")
        self.put("boot/xen-4.20~groups-arm64", "")
        self.put("boot/xen-4.20~groups-arm64.config", "")
        text = self.read("boot/grub/grub.cfg").replace("~groups-amd64.gz", "~groups-arm64")
        self.put("boot/grub/grub.cfg", text.replace("multiboot2", "xen_hypervisor").replace("module2", "xen_module"))
        self.try_("once")
        self.assertEqual(self.grubenv()["next_entry"], ENTRY)

    def test_a_panic_that_nothing_ends(self):
        """On Arm, Xen does not hear of it: Linux has to be told to reboot."""
        self.assertNotIn("panic", self.try_("once"))
        self.assertIn("add panic=30 to GRUB_CMDLINE_LINUX", self.try_("once", FAKE_MACHINE="aarch64"))
        text = self.read("boot/grub/grub.cfg")
        for words, waits in ("quiet panic=0", True), ("panic=30 quiet", False), ("quiet panic=-1", False):
            self.put("boot/grub/grub.cfg", text.replace("quiet", words))
            self.assertEqual("panic" in self.try_("once", FAKE_MACHINE="aarch64"), waits, words)

    def test_an_old_xen_that_does_not_start(self):
        self.assertNotIn("ACPI", self.try_("once", FAKE_MACHINE="aarch64"))
        self.put("sys/firmware/acpi/tables/IORT", "")
        self.assertNotIn("ACPI", self.try_("once"))
        self.assertIn("Debian's own Xen knows no ACPI", self.try_("once", FAKE_MACHINE="aarch64"))

    def test_a_menu_without_submenus(self):
        self.say("flat", "")
        self.run_in("update-grub")
        self.try_("once")
        self.assertEqual(self.grubenv()["next_entry"].split(">"),
                         ["Debian GNU/Linux, with Xen 4.20~groups-amd64 and Linux 6.12.2-amd64"])

    def test_titles_with_signs(self):
        text = self.read("boot/grub/grub.cfg")
        self.put("boot/grub/grub.cfg", text.replace("Debian GNU/Linux, with Xen 4", "Debian '\\''a>b'\\'', with Xen 4"))
        self.try_("once")
        self.assertIn("Debian 'a>>b', with Xen 4.20~groups", self.grubenv()["next_entry"])

    def test_it_came_up(self):
        self.tried()
        self.assertIn("confirm makes it the default", self.try_("status"))
        self.assertIn("confirm makes it", self.read("run/motd.d/xen-groups-try"))
        self.assertEqual(self.grubenv(), {"other": "1", "next_entry": ""})

    def test_it_did_not(self):
        self.try_("once")
        self.boots("second", ours=False)
        self.try_("watch")
        self.assertIn("back without the new Xen", self.try_("status"))
        self.refused("confirm", "the new Xen does not run")

    def test_the_same_boot_goes_on(self):
        self.try_("once")
        self.try_("watch")
        self.assertIn("The next boot is the new Xen", self.try_("status"))

    def test_builds_with_a_zero_in_them(self):
        name = "usr/share/xen-hypervisor-4.20-groups-amd64/build-id"
        for n, (ours, runs, same) in enumerate((
                (BUILD_ID, BUILD_ID[:38] + "68", False),
                ("12340056" * 5, "12340056" * 5, True),
                ("12340056" * 5, "12350056" * 5, False),
                ("10010010" * 5, "10010010" * 5, True),
                ("00123456" * 5, "00123456" * 5, True),
                ("00123456" * 5, "00123457" * 5, False),
                (BUILD_ID[:38] + "00", BUILD_ID[:38] + "00", True),
                (BUILD_ID[:38] + "00", BUILD_ID[:36] + "0000", False))):
            self.put(name, ours + "\n")
            self.try_("once")
            self.boots(f"later-{n}", ours=False)
            self.runs(runs)
            self.assertIn("The new Xen runs" if same else "back without", self.try_("status"), ours)
        os.remove(f"{self.fake}/build-id")
        self.assertIn("back without", self.try_("status"), "xl says nothing")

    def test_it_looks_less_and_less_often(self):
        self.try_("once")
        self.boots("second", ours=True)
        os.remove(f"{self.fake}/router")
        self.try_("watch")
        with open(f"{self.fake}/slept") as slept:
            self.assertEqual(slept.read().split(), ["2", "4", "8", "16", "32", "32", "32"])
        self.assertIn("confirm makes it the default", self.try_("status"))

    def missing(self, what):
        self.assertIn(what, self.try_("check", 1))
        self.assertIn(what, self.try_("confirm", 1))
        self.assertNotIn("saved_entry", self.grubenv())

    def test_what_is_missing_is_named(self):
        self.tried()
        self.try_("check")
        self.put("dev/sda.dead", "")
        self.missing("/dev/sda cannot be read")
        self.take("dev/sda.dead")
        self.put("proc/mounts", "/dev/sda1 / ext4 ro,relatime 0 0\n")
        self.missing("file system / writable")
        self.put("proc/mounts", "/dev/sda1 / ext4 rw,relatime 0 0\n")
        os.remove(f"{self.fake}/addr-eth0")
        self.missing("network link 0000:00:03.0 52:54:00:00:00:01 with an IP address")
        self.say("addr-eth0", "2: eth0 inet6 fd00::1/64\n")
        os.remove(f"{self.fake}/router")
        self.missing("no answer from router 10.0.2.2")
        self.say("router", "")
        self.put("sys/class/net/eth0/carrier", "0\n")
        self.missing("network link 0000:00:03.0 52:54:00:00:00:01\n")
        self.put("sys/class/net/eth0/carrier", "1\n")
        os.remove(f"{self.root}/sys/block/sda")
        self.missing("disk of 0000:00:1f.2 2048 sectors QEMU DISK")

    def test_a_look_that_fails_is_no_good_look(self):
        self.tried()
        self.put("var/lib/xen-groups-try/before/routers", "")
        self.take("var/lib/xen-groups-try/before/disks")
        self.assertIn("the look at the machine", self.try_("check", 1))

    def test_a_difference_is_told_and_does_not_decide(self):
        self.try_("once")
        self.boots("second", ours=True)
        self.say("differs", "")
        self.try_("watch")
        self.assertIn("otherwise than foreseen", self.try_("status"))

    def test_confirmed_where_grub_has_a_saved_entry(self):
        self.tried()
        self.try_("confirm")
        self.assertEqual(self.grubenv()["saved_entry"], "xen-gnulinux-simple-U")
        self.refused("once", "is the default already")

    def test_confirmed_where_the_distribution_boots_xen(self):
        self.say("default", "Debian GNU/Linux, with Xen hypervisor")
        self.run_in("update-grub")
        self.tried()
        self.try_("confirm")
        self.assertEqual(self.grubenv(), {"other": "1", "next_entry": ""})
        text = self.read("boot/grub/grub.cfg")
        self.assertLess(text.index(OURS), text.index("/boot/xen-4.20-amd64.gz"))

    def test_not_confirmed_where_the_default_is_fixed(self):
        self.say("default", "0")
        self.run_in("update-grub")
        before = self.read("boot/grub/grub.cfg")
        self.tried()
        self.refused("confirm", "GRUB_DEFAULT=saved")
        self.assertEqual(self.read("boot/grub/grub.cfg"), before)

    def test_nothing_stays(self):
        self.put("boot/grub/grubenv", "other=1\nsaved_entry=mine\n")
        before = self.all_files()
        for word in ("once", "watch", "confirm"):
            if word == "watch":
                self.boots("second", ours=True)
                now = self.all_files()
                before = {**before, **{p: now[p] for p in now if "/boot_id" in p or "/buildid" in p}}
            self.try_(word)
        self.try_("undo")
        self.assertEqual(self.all_files(), before)
        self.try_("once")
        self.boots("third", ours=True)
        self.try_("watch")
        self.try_("undo")
        self.put("proc/sys/kernel/random/boot_id", "second\n")
        self.assertEqual(self.all_files(), before)


if __name__ == "__main__":
    unittest.main()
