# SPDX-License-Identifier: GPL-2.0-only
"""A system partition from which UEFI firmware starts Xen, as QEMU's virtual FAT."""

import os

CONFIG = """[global]
default=xen

[xen]
options={xen}
kernel=kernel {dom0}
ramdisk=initrd
"""


def make(directory, binary, xen_line, kernel, dom0_line, initrd):
    """Writes it; Xen looks for its configuration by its own file's name."""
    boot = os.path.join(directory, "EFI", "BOOT")
    os.makedirs(boot)
    for name, path in (("BOOTAA64.EFI", binary), ("kernel", kernel), ("initrd", initrd)):
        os.symlink(os.path.abspath(path), os.path.join(boot, name))
    with open(os.path.join(boot, "BOOTAA64.cfg"), "w") as out:
        out.write(CONFIG.format(xen=xen_line, dom0=dom0_line))
    return ["-drive", f"if=none,id=esp,format=raw,readonly=on,file=fat:{directory}",
            "-device", "virtio-blk-pci,drive=esp,addr=1e.0"]
