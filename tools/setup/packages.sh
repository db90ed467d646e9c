#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# packages.sh GROUP...: install what is missing of the named package groups; who is
# not root is told what to install.
# Groups: build image tests roots x86 arm64 riscv64

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/apt.sh"

group_packages() {
    case $1 in
    build)   echo ccache gcc make flex bison python3 libc6-dev libfdt-dev device-tree-compiler \
                  patch rsync xz-utils cpio gzip bc binutils perl pkg-config libjansson-dev libxen-dev ;;
    image)   echo cpio gzip rsync kmod xz-utils zstd acpica-tools ;;
    roots)   echo debootstrap git ;;
    tests)   echo libcmocka-dev acpica-tools valgrind clang libclang-rt-dev spin libfdt-dev pkg-config pciutils ;;
    x86)     echo qemu-system-x86 qemu-utils ;;
    arm64)   echo gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-system-arm qemu-efi-aarch64 ;;
    riscv64) echo gcc-riscv64-linux-gnu libc6-dev-riscv64-cross qemu-system-riscv opensbi ;;
    *)       die "no package group '$1'" ;;
    esac
}

installed() {
    dpkg-query -W -f '${Status}\n' "$1" 2>/dev/null | grep -q '^install ok installed'
}

# QEMU is installed from backports where the release's own is older than 10:
# SMMUv3 stage 2 and the RISC-V IOMMU came after 7.2.
qemu_new_enough() {
    local v
    v=$(dpkg-query -W -f '${Version}' "$1" 2>/dev/null) || return 1
    dpkg --compare-versions "$v" ge 1:10.0~
}

missing() {
    local p
    for p in "$@"; do
        case $p in
        qemu-system-*) qemu_new_enough "$p" || echo "$p" ;;
        *)             installed "$p" || echo "$p" ;;
        esac
    done
}

# The two sets: QEMU is apart, because of where it comes from.
split() {
    local p
    plain=() qemu=() target=()
    [ "$(host_codename)" != bookworm ] || target=(-t bookworm-backports)
    for p in "$@"; do
        case $p in
        qemu-system-*|qemu-utils) qemu+=("$p") ;;
        *)                        plain+=("$p") ;;
        esac
    done
}

# What somebody with the right to has to type.
instructions() {
    local apt='apt-get install --no-install-recommends'
    echo "these packages are missing, and only root can install them: $*"
    [ ${#plain[@]} = 0 ] || echo "    $apt ${plain[*]}"
    [ ${#qemu[@]} = 0 ] || echo "    $apt ${target[*]} ${qemu[*]}"
    [ ${#qemu[@]} = 0 ] || [ ${#target[@]} = 0 ] ||
        echo "    (bookworm-backports has to be in apt's sources: QEMU is to be 10 or newer)"
}

install() {
    local plain qemu target
    command -v apt-get >/dev/null ||
        die "missing packages: $* (no apt-get here to install them with)"
    split "$@"
    [ "$(id -u)" = 0 ] || die "$(instructions "$@")"
    apt_host
    export DEBIAN_FRONTEND=noninteractive
    if [ ${#plain[@]} -gt 0 ]; then
        say INSTALL "${plain[@]}"
        logged packages apt-get "${APT_OPTS[@]}" install -y "${plain[@]}"
    fi
    if [ ${#qemu[@]} -gt 0 ]; then
        say INSTALL "${qemu[@]}" "${target[@]}"
        logged packages-qemu apt-get "${APT_OPTS[@]}" "${target[@]}" install -y "${qemu[@]}"
    fi
}

main() {
    local wanted=() lack g
    for g in "$@"; do
        # shellcheck disable=SC2207
        wanted+=($(group_packages "$g"))
    done
    lack=$(missing "${wanted[@]}" | sort -u)
    # shellcheck disable=SC2086
    [ -z "$lack" ] || install $lack
    lack=$(missing "${wanted[@]}" | sort -u)
    [ -z "$lack" ] || die "still missing or too old after installation:" $lack
}

with_lock packages main "$@"
