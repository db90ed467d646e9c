# SPDX-License-Identifier: GPL-2.0-only
"""The machines that the packages live on: a PC with BIOS, an arm64 with UEFI."""

import os
import sys
from dataclasses import dataclass


@dataclass
class Kind:
    arch: str
    folder: str         # below build/deb
    deb: str            # Debian's name of the architecture
    ring: str           # the report's
    qemu: str
    options: list
    bare: str           # command line of the kernel that QEMU starts, in the first step
    grub: str           # what installs GRUB
    words: tuple        # how GRUB's menu starts Xen, and gives it a file
    theirs: str
    ours: str
    fell: str           # what is said when dom0 panicked and the machine is reset
    waits: bool         # Xen does not hear of a panic


# Both have one disk, and the NIC as 0000:00:01.0.
NIC = ["-netdev", "user,id=net0",
       "-device", "e1000e,id=nic,netdev=net0,mac=52:54:00:00:00:01,addr=1.0"]

X86 = Kind(
    arch="x86", folder="life",
    deb="amd64", ring="deb-life", qemu="qemu-system-x86_64",
    options=["-machine", "q35,kernel-irqchip=off", "-smp", "2", "-m", "3G",
             "-device", "intel-iommu,intremap=on,caching-mode=on,eim=on",
             "-device", "ide-hd,drive=disk,bus=ide.0", *NIC,
             "-cpu", "qemu64,+rdrand,+smep,+smap,+x2apic,+pdpe1gb", "-accel", "tcg,thread=multi"],
    bare="root=/dev/sda1 ro console=ttyS0 cryptomgr.notests init_on_alloc=0",
    grub="grub-install /dev/sda", words=("multiboot2", "module2"),
    theirs="/boot/xen-4.20-amd64", ours="/boot/xen-4.20~groups-amd64.gz",
    fell="Dom0 crashed", waits=False)

# acpi=off: its firmware hands a device tree on. Debian's Xen knows no ACPI on Arm.
ARM64 = Kind(
    arch="arm64", folder="life-arm64",
    deb="arm64", ring="deb-life-arm64", qemu="qemu-system-aarch64",
    options=["-machine", "virt,virtualization=on,gic-version=3,iommu=smmuv3,acpi=off",
             "-cpu", "cortex-a57", "-smp", "2", "-m", "3G", "-accel", "tcg,thread=multi",
             "-bios", "{root}/usr/share/qemu-efi-aarch64/QEMU_EFI.fd",
             "-device", "nvme,drive=disk,serial=disk,addr=2.0,bootindex=0", *NIC[:-1], NIC[-1] + ",romfile="],
    bare="root=/dev/nvme0n1p2 ro console=ttyAMA0 cryptomgr.notests init_on_alloc=0",
    grub="grub-install --removable --no-nvram", words=("xen_hypervisor", "xen_module"),
    theirs="/boot/xen-4.20-arm64", ours="/boot/xen-4.20~groups-arm64",
    fell="Attempted to kill init(?s:.*)Dom0 shutdown: rebooting machine", waits=True)

KINDS = {kind.arch: kind for kind in (X86, ARM64)}


def kind():
    """The one of ARCH."""
    arch = os.environ.get("ARCH") or X86.arch
    if arch not in KINDS:
        sys.exit(f"life.py: there are packages for {' and '.join(KINDS)}, not for {arch}")
    return KINDS[arch]


def command(build):
    """QEMU's, without the disk."""
    qemu = os.path.join(build, "qemu")
    return [os.path.join(qemu, "bin", kind().qemu),
            *(word.format(root=os.path.join(qemu, "root")) for word in kind().options)]
