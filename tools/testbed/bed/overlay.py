# SPDX-License-Identifier: GPL-2.0-only
"""The small archive that a boot appends to the dom0 image."""

import glob
import hashlib
import os
import re
import shlex
import shutil
import stat
import subprocess

from . import devicetree

PAYLOAD = 2 << 20
HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def _put(source, directory, name=None, mode=0o755):
    os.makedirs(directory, exist_ok=True)
    path = os.path.join(directory, name or os.path.basename(source))
    shutil.copyfile(source, path)
    os.chmod(path, mode)


def payload(run_dir):
    """A file that dom0 and guests fetch over the network; its SHA-256."""
    os.makedirs(os.path.join(run_dir, "tftp"), exist_ok=True)
    data = os.urandom(PAYLOAD)
    with open(os.path.join(run_dir, "tftp", "payload"), "wb") as out:
        out.write(data)
    return hashlib.sha256(data).hexdigest()


def variables(machine, sha):
    yield "BED_ARCH", machine.arch
    yield "BED_STOCK", "1" if machine.flavour.startswith("stock") else ""
    yield "PAYLOAD_SHA", sha


def write_parts(directory, parts):
    """Each scenario's scripts in a file, and `run', which goes through them."""
    run = []
    for n, scenario in enumerate(parts):
        with open(os.path.join(directory, f"part.{n}"), "w") as out:
            for script in scenario.script_paths:
                with open(script) as source:
                    out.write(source.read())
        run.append(" ".join(["part", str(n), scenario.name, *map(shlex.quote, scenario.words("args"))]))
    with open(os.path.join(directory, "run"), "w") as out:
        out.write(f"PARTS={len(parts)}\n" + "\n".join(run) + "\n" if parts[0]["script"] else "")


def needs_linux(parts):
    """Is Linux for guests worth the time that dom0 takes to unpack it?"""
    words = "guest_create|guest_config|KIND=linux"
    for scenario in parts:
        text = scenario["args"]
        for path in scenario.script_paths:
            with open(path) as source:
                text += source.read()
        # Without a script it is a person who works there.
        if not scenario["script"] or re.search(words, text):
            return True
    return False


def put_guests(machine, directory, parts):
    """What guests boot."""
    _put(os.path.join(machine.image, "guest.img"), directory, "initrd", 0o644)
    if needs_linux(parts):
        _put(os.path.join(machine.image, "kernel"), directory, mode=0o644)
    probe = os.path.join(machine.image, "probe")
    if os.path.exists(probe):
        _put(probe, directory, mode=0o644)
    for path in glob.glob(os.path.join(machine.scenario.directory, "*.dts")):
        devicetree.compiled(path, directory)


def _keep(directory, to):
    """What a boot before this one has kept (scenario.py, `linux`)."""
    if os.path.isdir(directory):
        for name in os.listdir(directory):
            _put(os.path.join(directory, name), to, mode=0o644)


def _manual(to):
    """What `make shell` has of the tool beside the program: page and completion."""
    tool = os.path.join(os.path.dirname(HERE), "xen-iommu")
    _put(os.path.join(tool, "xen-iommu.bash"), to, mode=0o644)
    page = subprocess.run(["groff", "-man", "-Tascii", "-P-cbou", os.path.join(tool, "xen-iommu.8")],
                          capture_output=True, check=True, timeout=60)
    with open(os.path.join(to, "xen-iommu.8.txt"), "wb") as out:
        out.write(page.stdout)


def build(machine, sha, parts, kept=""):
    """Write initrd.img = base image + overlay; returns its path."""
    root = os.path.join(machine.run, "overlay")
    shutil.rmtree(root, ignore_errors=True)
    dom0 = os.path.join(HERE, "dom0")
    for name in sorted(os.listdir(dom0)):
        if name == "init":
            _put(os.path.join(dom0, name), root)
        else:
            _put(os.path.join(dom0, name), os.path.join(root, "bed"))
    for program in ("edu-dma", "ask-xen"):
        _put(os.path.join(machine.image, program), os.path.join(root, "bed"))
    put_guests(machine, os.path.join(root, "guest"), parts)
    tools = os.path.join(machine.build, "tools", machine.arch)
    if os.path.isdir(tools):
        for name in os.listdir(tools):
            path = os.path.join(tools, name)
            if os.path.isfile(path) and os.stat(path).st_mode & stat.S_IXUSR:
                _put(path, os.path.join(root, "bed"))
    write_parts(os.path.join(root, "bed"), parts)
    # For a person: no script.
    if not parts[0]["script"] and not machine.flavour.startswith("stock"):
        _manual(os.path.join(root, "bed"))
    with open(os.path.join(root, "bed", "variables"), "w") as out:
        for key, value in variables(machine, sha):
            out.write(f"{key}='{value}'\n")
    _keep(kept, os.path.join(root, "bed", "kept"))
    # A toolstack for another Xen than the image's: images/toolstack.sh's, or the user's
    # as `make install DESTDIR=` leaves it.
    theirs = os.environ.get("XEN_TOOLS")
    toolstack = theirs or os.path.join(machine.build, "toolstack", machine.arch, "root")
    if theirs or os.path.isdir(toolstack):
        shutil.copytree(toolstack, root, symlinks=True, dirs_exist_ok=True)
    initrd = os.path.join(machine.run, "initrd.img")
    shutil.copyfile(os.path.join(machine.image, "dom0.img"), initrd)
    with open(initrd, "ab") as out:
        # Archives are concatenated at a multiple of four bytes.
        out.write(b"\0" * (-out.tell() % 4))
        out.flush()
        subprocess.run("find . -print0 | cpio --null -o -H newc --quiet -R 0:0",
                       shell=True, cwd=root, stdout=out, check=True, timeout=60)
    return initrd
