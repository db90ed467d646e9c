#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# packages.sh GROUP...: install what is missing of the named package groups; who is
# not root is told what to install.
# Groups: build image tests misra roots x86 arm64 arm32 riscv64

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/apt.sh"

group_packages() {
    case $1 in
    build)   echo ccache gcc make flex bison python3 libc6-dev libfdt-dev device-tree-compiler \
                  patch rsync xz-utils cpio gzip bc binutils perl pkg-config libjansson-dev libpci-dev libxen-dev ;;
    image)   echo groff-base cpio gzip rsync kmod xz-utils zstd acpica-tools ;;
    roots)   echo debootstrap git ;;
    tests)   echo codespell graphviz libcmocka-dev acpica-tools valgrind clang libclang-rt-dev spin libfdt-dev pkg-config pciutils ;;
    browser) echo chromium chromium-driver python3-selenium fonts-dejavu-core graphviz ;;
    misra)   echo cppcheck ;;
    x86)     ;;
    arm64)   echo gcc-aarch64-linux-gnu libc6-dev-arm64-cross ;;
    arm32)   echo gcc-arm-linux-gnueabihf ;;
    riscv64) echo gcc-riscv64-linux-gnu libc6-dev-riscv64-cross ;;
    *)       die "no package group '$1'" ;;
    esac
}

installed() {
    dpkg-query -W -f '${Status}\n' "$1" 2>/dev/null | grep -q '^install ok installed'
}

missing() {
    local p
    for p in "$@"; do
        installed "$p" || echo "$p"
    done
}

install() {
    local apt='apt-get install --no-install-recommends'
    command -v apt-get >/dev/null ||
        die "missing packages: $* (no apt-get here to install them with)"
    [ "$(id -u)" = 0 ] ||
        die "these packages are missing, and only root can install them:"$'\n'"    $apt $*"
    apt_host
    say INSTALL "$@"
    DEBIAN_FRONTEND=noninteractive logged packages apt-get "${APT_OPTS[@]}" install -y "$@"
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
    [ -z "$lack" ] || die "still missing after installation:" $lack
}

with_lock packages main "$@"
