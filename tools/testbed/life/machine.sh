#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# machine.sh DISK: the disk of a machine with Debian 13, its kernel, its Xen and GRUB,
# as an installer leaves it but for GRUB's first sectors, which the machine itself
# writes in the first step of life.py. Kernel and initrd for that lie beside it.
# No loop devices, and nothing is mounted outside of a namespace.

. "$(dirname "$0")/../../setup/lib.sh"
. "$(dirname "$0")/../../setup/apt.sh"
. "$(dirname "$0")/../../setup/chroot.sh"

HERE=$TOP/tools/testbed/life
ROOT=$BUILD/deb/machine
DISK=${1:?}
PACKAGES="linux-image-amd64 initramfs-tools zstd grub-pc xen-hypervisor-4.20-amd64 xen-hypervisor-common
          xen-utils-4.20 xenstore-utils systemd-sysv udev kmod iproute2 iputils-ping pci.ids
          libjansson4 libpci3 libfdt1 libxenhypfs1 bash-completion"
SIZE=3G UUID=5f1c0c4e-7a3f-4f0e-9d59-2f7c1d8a6b10

in_machine() { unshare --mount --pid --fork --kill-child "$HERE/machine.sh" --enter "$ROOT" "$@" </dev/null; }

# A table with one bootable partition of Linux, from 1 MiB to the end.
one_partition() {
    python3 -c '
import os, struct, sys
with open(sys.argv[1], "r+b") as disk:
    sectors = os.fstat(disk.fileno()).st_size // 512
    disk.seek(440)
    disk.write(struct.pack("<IHB3sB3sII", 0x1d5b0a11, 0, 0x80, b"\xfe\xff\xff", 0x83, b"\xfe\xff\xff", 2048, sectors - 2048))
    disk.seek(510)
    disk.write(b"\x55\xaa")
' "$DISK"
}

made_of() { echo "$PACKAGES"; declare -f make_root; }
set_to() { made_of; echo "$UUID"; declare -f settings; cat "$HERE/driver"; }

# Kernel modules of this machine, and no more: the initrd is unpacked by an emulated CPU.
settings() {
    echo "UUID=$UUID / ext4 errors=remount-ro 0 1" >"$ROOT/etc/fstab"
    echo machine >"$ROOT/etc/hostname"
    printf '[Match]\nName=e*\n[Network]\nDHCP=ipv4\n' >"$ROOT/etc/systemd/network/all.network"
    install -m 755 "$HERE/driver" "$ROOT/usr/local/sbin/driver"
    cat >"$ROOT/etc/systemd/system/driver.service" <<'END'
[Unit]
After=multi-user.target
[Service]
ExecStart=/usr/local/sbin/driver
[Install]
WantedBy=multi-user.target
END
    cat >"$ROOT/etc/default/grub.d/machine.cfg" <<'END'
GRUB_TIMEOUT=1
GRUB_TERMINAL=serial
GRUB_SERIAL_COMMAND="serial --unit=0 --speed=115200"
GRUB_DISABLE_OS_PROBER=true
GRUB_CMDLINE_LINUX_DEFAULT="console=ttyS0"
GRUB_CMDLINE_XEN_DEFAULT="dom0_mem=1024M,max:1024M console=com1 com1=115200,8n1 loglvl=all"
GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT="console=hvc0 loglevel=5 rodata=off cryptomgr.notests init_on_alloc=0"
END
    printf 'MODULES=list\nCOMPRESS=gzip\n' >"$ROOT/etc/initramfs-tools/conf.d/machine"
    printf '%s\n' ahci sd_mod ext4 e1000e >"$ROOT/etc/initramfs-tools/modules"
    in_machine none systemctl enable driver.service systemd-networkd.service
    # What waits for what this machine has not.
    in_machine none systemctl mask apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer \
        man-db.timer dpkg-db-backup.timer systemd-networkd-wait-online.service \
        getty@tty1.service getty-static.service
    in_machine none update-initramfs -u
}

make_root() {
    local base
    base=$(mirror_bases "$(find_mirror)" | head -n 1)
    rm -f "$ROOT.made" "$ROOT.set"
    logged machine-root install_root "$IMAGE_SUITE" "$ROOT" "$base" ca-certificates
    echo force-unsafe-io >"$ROOT/etc/dpkg/dpkg.cfg.d/unsafe"
    echo 'grub-pc grub-pc/install_devices_empty boolean true' >"$ROOT/preseed"
    logged machine-update in_machine "$base" sh -c 'debconf-set-selections /preseed && rm /preseed && apt-get update'
    # shellcheck disable=SC2086
    logged machine-packages in_machine "$base" env DEBIAN_FRONTEND=noninteractive \
        apt-get -y --no-install-recommends install $PACKAGES
    rm -rf "$ROOT"/usr/sbin/policy-rc.d "$ROOT"/var/cache/apt/archives/*.deb "$ROOT"/var/lib/apt/lists/* \
        "$ROOT"/etc/apt/apt.conf.d/00machine
    made_of >"$ROOT.made"
}

main() {
    mkdir -p "$BUILD/deb" "${DISK%/*}"
    made_of | cmp -s - "$ROOT.made" || { say ROOT "a machine with Debian $IMAGE_SUITE: build/deb/machine"; make_root; }
    set_to | cmp -s - "$ROOT.set" || { logged machine-settings settings; set_to >"$ROOT.set"; }
    cp -L "$ROOT/vmlinuz" "$DISK.vmlinuz"
    cp -L "$ROOT/initrd.img" "$DISK.initrd"
    rm -rf "$ROOT/packages"
    mkdir "$ROOT/packages"
    cp "$BUILD"/deb/*.deb "$ROOT/packages/"
    rm -f "$DISK"
    truncate -s "$SIZE" "$DISK"
    one_partition
    # Nothing that an older GRUB could not read.
    logged machine-disk mkfs.ext4 -q -U "$UUID" -O ^metadata_csum_seed,^orphan_file -E offset=1048576 -d "$ROOT" \
        "$DISK" $(( ($(stat -c %s "$DISK") - 1048576) / 1024 ))k
}

case $1 in
--enter) enter "${@:2}" ;;
*)       [ "$(id -u)" = 0 ] || die "only root can make and enter a root of Debian $IMAGE_SUITE"
         with_lock machine main ;;
esac
