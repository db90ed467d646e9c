#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# machine.sh DISK: the disk of a machine with Debian 13, its kernel, its Xen and GRUB,
# as an installer leaves it but for GRUB itself, which the machine installs in the first
# step of life.py. Kernel and initrd for that lie beside it. A PC with BIOS, or with
# FOR=arm64 a machine with UEFI, whose packages' scripts an emulator runs here.
# No loop devices, and nothing is mounted outside of a namespace.

. "$(dirname "$0")/../../setup/lib.sh"
. "$(dirname "$0")/../../setup/apt.sh"
. "$(dirname "$0")/../../setup/root.sh"
. "$(dirname "$0")/../../setup/chroot.sh"
. "$(dirname "$0")/../../setup/foreign.sh"

HERE=$TOP/tools/testbed/life
FOR=${FOR:-amd64}
PACKAGES="linux-image-$FOR initramfs-tools zstd xen-hypervisor-4.20-$FOR xen-hypervisor-common
          xen-utils-4.20 xenstore-utils systemd-sysv udev kmod iproute2 iputils-ping pci.ids
          libjansson4 libpci3 libfdt1 libxenhypfs1 bash-completion"
SIZE=3G UUID=5f1c0c4e-7a3f-4f0e-9d59-2f7c1d8a6b10 ESP=5F1C-0C4E
case $FOR in
amd64) ROOT=$BUILD/deb/machine DEBS=$BUILD/deb
       PACKAGES+=" grub-pc"
       MODULES="ahci sd_mod ext4 e1000e" CONTROL=/dev/ttyS1 ESP_SIZE=0 ;;
arm64) ROOT=$BUILD/deb/machine-arm64 DEBS=$BUILD/deb/arm64
       PACKAGES+=" grub-efi-arm64 dosfstools"
       MODULES="nvme ext4 e1000e" CONTROL=/dev/ttyAMA1 ESP_SIZE=64 ;;
*)     die "there are packages for amd64 and arm64, not for $FOR" ;;
esac

in_machine() { unshare --mount --pid --fork --kill-child "$HERE/machine.sh" --enter "$ROOT" "$@" </dev/null; }

# A table of partitions: one of EFI of so many MiB, if any, and one of Linux with the rest.
partitions() {
    python3 -c '
import os, struct, sys
with open(sys.argv[1], "r+b") as disk:
    size, start, parts = os.fstat(disk.fileno()).st_size // 512, 2048, b""
    esp = int(sys.argv[2]) * 2048
    for kind, sectors in ([(0xef, esp)] if esp else []) + [(0x83, size - start - esp)]:
        parts += struct.pack("<B3sB3sII", 0x80 * (kind == 0x83), b"\xfe\xff\xff", kind, b"\xfe\xff\xff", start, sectors)
        start += sectors
    disk.seek(440)
    disk.write(struct.pack("<IH", 0x1d5b0a11, 0) + parts)
    disk.seek(510)
    disk.write(b"\x55\xaa")
' "$DISK" "$ESP_SIZE"
}

made_of() { echo "$FOR $PACKAGES"; declare -f make_root answers; }
set_to() { made_of; echo "$UUID $ESP $MODULES $CONTROL"; declare -f settings settings_grub; cat "$HERE/driver"; }

# Debian's Xen has no driver for an SMMUv3 and leaves it to dom0, whose Linux then finds
# two ways of DMA for a device, and takes neither: unless it leaves the SMMU alone.
settings_grub() {
    local serial=ttyS0 xen="console=com1 com1=115200,8n1" more=
    case $FOR in
    amd64) printf '%s\n' GRUB_TERMINAL=serial 'GRUB_SERIAL_COMMAND="serial --unit=0 --speed=115200"' ;;
    arm64) serial=ttyAMA0 xen="console=dtuart" more=" iommu.passthrough=1"
           echo GRUB_TERMINAL=console ;;
    esac
    cat <<END
GRUB_TIMEOUT=1
GRUB_DISABLE_OS_PROBER=true
GRUB_CMDLINE_LINUX_DEFAULT="console=$serial"
GRUB_CMDLINE_XEN_DEFAULT="dom0_mem=1024M,max:1024M $xen loglvl=all"
GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT="console=hvc0 loglevel=5 rodata=off cryptomgr.notests init_on_alloc=0$more"
END
}

# Kernel modules of this machine, and no more: the initrd is unpacked by an emulated CPU.
settings() {
    echo "UUID=$UUID / ext4 errors=remount-ro 0 1" >"$ROOT/etc/fstab"
    if [ "$ESP_SIZE" != 0 ]; then
        echo "UUID=$ESP /boot/efi vfat umask=0077 0 1" >>"$ROOT/etc/fstab"
        mkdir -p "$ROOT/boot/efi"
    fi
    echo machine >"$ROOT/etc/hostname"
    printf '[Match]\nName=e*\n[Network]\nDHCP=ipv4\n' >"$ROOT/etc/systemd/network/all.network"
    install -m 755 "$HERE/driver" "$ROOT/usr/local/sbin/driver"
    cat >"$ROOT/etc/systemd/system/driver.service" <<END
[Unit]
After=multi-user.target
[Service]
ExecStart=/usr/local/sbin/driver $CONTROL
[Install]
WantedBy=multi-user.target
END
    settings_grub >"$ROOT/etc/default/grub.d/machine.cfg"
    printf 'MODULES=list\nCOMPRESS=gzip\n' >"$ROOT/etc/initramfs-tools/conf.d/machine"
    # shellcheck disable=SC2086
    printf '%s\n' $MODULES >"$ROOT/etc/initramfs-tools/modules"
    in_machine none systemctl enable driver.service systemd-networkd.service
    # What waits for what this machine has not.
    in_machine none systemctl mask apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer \
        man-db.timer dpkg-db-backup.timer systemd-networkd-wait-online.service \
        getty@tty1.service getty-static.service
    in_machine none update-initramfs -u
}

# What the installer would have asked.
answers() {
    case $FOR in
    amd64) echo 'grub-pc grub-pc/install_devices_empty boolean true' ;;
    arm64) echo 'grub-efi-arm64 grub2/update_nvram boolean false'
           echo 'grub-efi-arm64 grub2/force_efi_extra_removable boolean true' ;;
    esac
}

make_root() {
    local base
    base=$(mirror_bases "$(find_mirror)" | head -n 1)
    rm -f "$ROOT.made" "$ROOT.set"
    logged "machine-root-$FOR" install_root "$IMAGE_SUITE" "$ROOT" "$base" ca-certificates "$FOR"
    echo force-unsafe-io >"$ROOT/etc/dpkg/dpkg.cfg.d/unsafe"
    answers >"$ROOT/preseed"
    logged "machine-update-$FOR" in_machine "$base" sh -c 'debconf-set-selections /preseed && rm /preseed && apt-get update'
    # shellcheck disable=SC2086
    logged "machine-packages-$FOR" in_machine "$base" env DEBIAN_FRONTEND=noninteractive \
        apt-get -y --no-install-recommends install $PACKAGES
    rm -rf "$ROOT"/usr/sbin/policy-rc.d "$ROOT"/var/cache/apt/archives/*.deb "$ROOT"/var/lib/apt/lists/* \
        "$ROOT"/etc/apt/apt.conf.d/00machine
    made_of >"$ROOT.made"
}

# Both file systems in their places. Nothing that an older GRUB could not read.
fill_disk() {
    local start=$((ESP_SIZE + 1))
    rm -f "$DISK" "$ROOT/esp"
    truncate -s "$SIZE" "$DISK"
    partitions
    if [ "$ESP_SIZE" != 0 ]; then
        in_machine none mkfs.vfat -F 32 -i "${ESP/-}" -C /esp $((ESP_SIZE * 1024))
        dd if="$ROOT/esp" of="$DISK" bs=1M seek=1 conv=notrunc,sparse
        rm "$ROOT/esp"
    fi
    mkfs.ext4 -q -U "$UUID" -O ^metadata_csum_seed,^orphan_file -E offset=$((start << 20)) -d "$ROOT" \
        "$DISK" $(( ($(stat -c %s "$DISK") >> 10) - (start << 10) ))k
}

main() {
    mkdir -p "$BUILD/deb" "${DISK%/*}"
    [ "$FOR" = "$(dpkg --print-architecture)" ] || run_foreign "$FOR"
    made_of | cmp -s - "$ROOT.made" || { say ROOT "a machine with Debian $IMAGE_SUITE: ${ROOT#"$TOP"/}"; make_root; }
    set_to | cmp -s - "$ROOT.set" || { logged "machine-settings-$FOR" settings; set_to >"$ROOT.set"; }
    cp -L "$ROOT/vmlinuz" "$DISK.vmlinuz"
    cp -L "$ROOT/initrd.img" "$DISK.initrd"
    rm -rf "$ROOT/packages"
    mkdir "$ROOT/packages"
    cp "$DEBS"/*.deb "$ROOT/packages/"
    logged "machine-disk-$FOR" fill_disk
}

case $1 in
--enter) enter "${@:2}" ;;
--apart) DISK=$2
         with_lock machine main ;;
*)       [ "$(id -u)" = 0 ] || die "only root can make and enter a root of Debian $IMAGE_SUITE"
         exec unshare --mount "$0" --apart "${1:?}" ;;
esac
