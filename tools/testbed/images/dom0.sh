#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# dom0.sh IMAGE: build/image/IMAGE/{kernel,dom0.img}: Debian with the
# distribution's own Xen tools, stripped and packed as an initramfs.
# Scenarios append a small overlay archive to it (overlay.py).
#
# Nothing is compressed: the emulated CPU is slow, the host is not.

. "$(dirname "$0")/../../setup/lib.sh"
. "$(dirname "$0")/../../setup/apt.sh"
. "$(dirname "$0")/packages.sh"
. "$(dirname "$0")/../../setup/root.sh"

unpack_packages() {
    [ ! -f "$OUT/root.done" ] || [ "$(cat "$OUT/root.done")" != "$IMAGE_PACKAGES" ] || return 0
    say IMAGE "Debian $IMAGE_SUITE $DEB_ARCH from packages"
    rm -rf "$OUT/root"
    mkdir -p "$OUT/root"
    # shellcheck disable=SC2086
    (make_root "$OUT/root" "$DEB_ARCH" $IMAGE_PACKAGES)
    echo "$IMAGE_PACKAGES" >"$OUT/root.done"
}

kernel_version() { ls "$OUT/root/usr/lib/modules" | sort -V | tail -n 1; }

# The modules that the scenarios need, and what they depend on.
copy_modules() {
    local from=$1 to=$2 kver=$3 m
    local names
    # shellcheck disable=SC2086
    names=$(for m in $IMAGE_MODULES; do
        modprobe -d "$from" -S "$kver" --show-depends "$m" 2>/dev/null |
            awk '$1 == "insmod" { print $2 }' || true      # built in, or not in this kernel
    done | sort -u)
    [ -n "$names" ] || die "no kernel modules found for $kver"
    for m in $names; do
        m=${m#"$from"}
        m=${m#/}
        mkdir -p "$to/${m%/*}"
        case $m in
        *.xz) xz -dc "$from/$m" >"$to/${m%.xz}" ;;
        *)    cp "$from/$m" "$to/$m" ;;
        esac
    done
    cp "$from/usr/lib/modules/$kver"/modules.{builtin,builtin.modinfo,order} "$to/usr/lib/modules/$kver/"
    depmod -b "$to/usr" "$kver"
}

number() { od -An -t "u$1" -j "$2" -N "$1" "$3" | tr -d ' '; }

# unpack_kernel VMLINUZ: the ELF file in a bzImage, whose header says where it is
# (x86 boot protocol 2.08); an arm64 Image is not compressed.
unpack_kernel() {
    local start size
    [ "$DEB_ARCH" = amd64 ] || { cat "$1"; return; }
    start=$((($(number 1 $((0x1f1)) "$1") + 1) * 512 + $(number 4 $((0x248)) "$1")))
    # Behind it, and counted with it, is its size when unpacked.
    size=$(($(number 4 $((0x24c)) "$1") - 4))
    head -c $((start + size)) "$1" | tail -c "$size" | zstd -dc
}

# What Debian's minimal system has for managing itself. QEMU, in the image for HVM
# guests, needs more libraries.
unwanted() {
    printf '%s\n' '/usr/bin/apt*' '/usr/bin/dpkg*' /usr/bin/sqv /usr/bin/localedef \
        '/usr/bin/systemd-*' '/usr/bin/*ctl' /usr/sbin/arpd /usr/lib/klibc \
        /usr/share/bash-completion
    [ "$IMAGE" = x86-hvm ] || printf '%s\n' 'libapt-private.so*' 'libstdc++.so*' \
        'libdb-5.*' 'libsqlite3.so*' 'libssl.so*' 'libnettle.so*' 'libhogweed.so*'
}

pack() {
    local kver
    [ "$OUT/dom0.img" -ot "$OUT/root.done" ] || [ "$OUT/dom0.img" -ot "$0" ] ||
        [ "$OUT/dom0.img" -ot "${0%/*}/packages.sh" ] || return 0
    kver=$(kernel_version)
    say IMAGE "packing dom0 ($kver)"
    unpack_kernel "$OUT/root/boot/vmlinuz-$kver" >"$OUT/kernel"
    rm -rf "$OUT/packed"
    mkdir -p "$OUT/packed"
    unwanted | rsync -a --exclude-from=- --exclude=/usr/lib/modules --exclude=/boot --exclude=/usr/share/doc \
        --exclude=/usr/share/man --exclude=/usr/share/locale --exclude=/usr/share/i18n \
        --exclude=/usr/share/info --exclude=/usr/share/zoneinfo --exclude=/var/cache \
        --exclude=/var/lib/apt --exclude=/var/lib/dpkg --exclude='/usr/lib/*/gconv' \
        --exclude='/usr/lib/*/perl*' --exclude=/usr/share/perl --exclude=/usr/share/perl5 \
        --exclude=/usr/lib/python3 --exclude='/usr/lib/python3.*' --exclude=/usr/share/python3 \
        --exclude=/dev --exclude='__pycache__' \
        --exclude=systemd --exclude='/usr/lib/*/dri' --exclude='/usr/lib/udev/hwdb*' \
        --exclude=/usr/lib/apt --exclude='libapt-pkg.so*' --exclude='/usr/bin/perl*' \
        --exclude='/usr/bin/python3*' --exclude=/usr/lib/xen-4.20/boot/xen-shim \
        --exclude=/usr/lib/firmware --exclude=/usr/lib/locale --exclude='/usr/lib/linux-image-*' \
        "$OUT/root/" "$OUT/packed/"
    mkdir -p "$OUT/packed/dev" "$OUT/packed/usr/lib/modules/$kver"
    copy_modules "$OUT/root" "$OUT/packed" "$kver"
    # Guests run the same kernel, which overlay.py adds; what boots HVM ones wants it
    # as it was.
    mkdir -p "$OUT/packed/guest"
    [ "$IMAGE" != x86-hvm ] || cp "$OUT/root/boot/vmlinuz-$kver" "$OUT/packed/guest/vmlinuz"
    (cd "$OUT/packed" && find . -print0 | cpio --null -o -H newc --quiet -R 0:0) >"$OUT/dom0.img.new"
    mv "$OUT/dom0.img.new" "$OUT/dom0.img"
    say IMAGE "build/image/$IMAGE/dom0.img, $(du -m "$OUT/dom0.img" | cut -f1) MB"
}

main() {
    unpack_packages
    pack
}

[ $# = 1 ] || die "usage: dom0.sh x86|x86-hvm|arm64"
IMAGE=$1
OUT=$BUILD/image/$IMAGE
image_settings "$IMAGE"
with_lock "image-$IMAGE" main
