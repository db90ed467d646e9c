#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# all.sh ARCH [long]: the images that the scenarios of an architecture boot.

HERE=$(dirname "$0")

# RISC-V Xen 4.20 has no domains, so there is nothing to boot in one.
[ "$1" = riscv64 ] && exit 0
"$HERE/dom0.sh" "$1" && "$HERE/guest.sh" "$1" && "$HERE/toolstack.sh" "$1" || exit
if [ "$1-${2:-}" = x86-long ]; then
    "$HERE/dom0.sh" x86-hvm && "$HERE/guest.sh" x86-hvm
fi
