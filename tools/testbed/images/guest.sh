#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest.sh IMAGE: build/image/IMAGE/guest.img, a busybox initramfs for guests,
# build/image/IMAGE/edu-dma for both sides, build/image/IMAGE/ask-xen for dom0, and on
# x86 and arm64 build/image/IMAGE/probe, the guest that needs neither.

. "$(dirname "$0")/../../setup/lib.sh"

HERE=$(cd "$(dirname "$0")/.." && pwd)

# In the order of loading.
GUEST_MODULES="failover net_failover pps_core ptp dca i2c-algo-bit xen-pcifront
xen-blkfront xen-netfront xen-gntalloc e1000e e1000 igb igbvf nvme-auth nvme-core nvme virtio_net"

case ${1:-} in
x86*)    CC=gcc ;;
arm64)   CC=aarch64-linux-gnu-gcc ;;
riscv64) CC=riscv64-linux-gnu-gcc ;;
*)       die "usage: guest.sh x86|x86-hvm|arm64" ;;
esac
OUT=$BUILD/image/$1

# A kernel without a floating-point unit or a library, which is its own memset().
FREESTANDING="-std=gnu11 -O2 -Wall -Wextra -Werror -ffreestanding -fno-stack-protector
-fno-pic -no-pie -mgeneral-regs-only -fno-asynchronous-unwind-tables
-fno-tree-loop-distribute-patterns -nostdlib -static -Wl,--build-id=none
-D__XEN_INTERFACE_VERSION__=__XEN_LATEST_INTERFACE_VERSION__"

# probe ARCH FLAG...
probe() {
    local from=$HERE/probe
    # shellcheck disable=SC2086
    logged "probe-$1" $CC $FREESTANDING "${@:2}" -I"$from" -I"$from/$1" \
        -isystem "$BUILD/xen/pristine/xen/include/public" \
        -T "$from/$1/probe.lds" -o "$OUT/probe" "$from/$1"/*.S "$from"/*.c "$from/$1"/*.c
}

# On x86 nothing below the stack pointer, and an ELF image with notes; on Arm a flat
# one, whose layout is of the toolstack's headers.
probes() {
    case $OUT in
    */x86*) probe x86 -mcmodel=kernel -mno-red-zone -fcf-protection=none -Wl,-z,max-page-size=4096 ;;
    */arm64)
        probe arm64 -mstrict-align -mno-outline-atomics -D__XEN_TOOLS__ -Wl,--no-warn-rwx-segments
        aarch64-linux-gnu-objcopy -O binary "$OUT/probe" ;;
    esac
}

newer() {
    local f
    for f in "$HERE"/guest/* "$HERE"/probe/* "$HERE"/probe/*/* "$HERE"/ask/* "$0" "$OUT/dom0.img"; do
        [ "$OUT/guest.img" -nt "$f" ] || return 0
    done
    return 1
}

main() {
    local root=$OUT/guest m list=()
    newer || return 0
    say IMAGE "guest initramfs, edu-dma and ask-xen"
    logged "edu-dma-$1" $CC -Wall -Wextra -Werror -O2 -static -o "$OUT/edu-dma" "$HERE"/guest/*.c
    probes
    logged "ask-xen-$1" $CC -Wall -Wextra -Werror -O2 -o "$OUT/ask-xen" "$HERE"/ask/*.c -ldl
    rm -rf "$root"
    mkdir -p "$root/bin" "$root/modules"
    cp "$OUT/packed/usr/bin/busybox" "$OUT/edu-dma" "$root/bin/"
    cp "$HERE/guest/init" "$HERE/guest/lib.sh" "$root/"
    for m in $GUEST_MODULES; do
        m=$(find "$OUT/packed/usr/lib/modules" -name "$m.ko" | head -n 1)
        [ -z "$m" ] || { cp "$m" "$root/modules/"; list+=("/modules/${m##*/}"); }
    done
    printf '%s\n' "${list[@]}" >"$root/modules.list"
    (cd "$root" && find . -print0 | cpio --null -o -H newc --quiet) >"$OUT/guest.img.new"
    mv "$OUT/guest.img.new" "$OUT/guest.img"
}

with_lock "guest-$1" main "$1"
