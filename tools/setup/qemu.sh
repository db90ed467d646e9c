#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# qemu.sh: build/qemu, one QEMU for every host, with its firmware. The packages and
# all libraries that they need, down to the C library, are unpacked into
# build/qemu/root and started by that root's own loader; nothing is installed, and
# the host's QEMU, if it has one, is not used. For arm64 it is an older one, in
# build/qemu/arm, with the same libraries.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/apt.sh"
. "$(dirname "$0")/root.sh"

OUT=$BUILD/qemu
SUITE=$IMAGE_SUITE-backports        # has 11, whose amd-iommu works; older ones lack it
PACKAGES="qemu-system-x86 qemu-system-riscv qemu-efi-aarch64 opensbi"
# From 11.1 on a CPU that executes WFE really sleeps, and sometimes misses the SEV that
# is to wake it: two CPUs then wait for a spin lock that nobody holds.
ARM_SUITE=$IMAGE_SUITE
COMMANDS="qemu-system-x86_64 qemu-system-aarch64 qemu-system-riscv64"

# One script under each command's name. QEMU looks for its modules and its firmware
# beside the running file, which is the loader.
wrapper() {
    cat <<'EOF'
#!/bin/sh
root=${0%/*}/../root own=$root
[ "${0##*/}" != qemu-system-aarch64 ] || own=${0%/*}/../arm
for libraries in "$root"/usr/lib/*-linux-gnu; do
    [ ! -d "$libraries/qemu" ] || break
done
export QEMU_MODULE_DIR="$own/usr/lib/${libraries##*/}/qemu"
exec "$root"/usr/lib*/ld-linux*.so.* --library-path "$libraries" --argv0 "${0##*/}" \
    "$own/usr/bin/${0##*/}" -L "$own/usr/share/qemu" -L "$root/usr/share/qemu" \
    -L "$root/usr/share/seabios" "$@"
EOF
}

# strip DIR: what nothing here starts, and it is most of it.
strip() {
    (cd "$1/usr" && rm -rf share/AAVMF share/doc share/man share/locale bin/*32 bin/*i386 bin/*arm)
}

unpack_arm() {
    # shellcheck disable=SC2046
    unpack_debs "$OUT/arm" qemu $(root_packages -t "$ARM_SUITE" qemu-system-arm | grep '^qemu-system-')
}

main() {
    local arch command what
    arch=$(dpkg --print-architecture)
    what="$SUITE $arch $PACKAGES, $ARM_SUITE for arm64"
    [ "$(cat "$OUT/done" 2>/dev/null)" != "$what" ] || return 0
    rm -rf "$OUT"
    mkdir -p "$OUT/root" "$OUT/arm" "$OUT/bin"
    apt_apart qemu "$arch" "$IMAGE_SUITE" "$SUITE"
    # shellcheck disable=SC2086
    (unpack_root "$OUT/root" qemu -t "$SUITE" $PACKAGES)
    (unpack_arm)
    strip "$OUT/root"
    strip "$OUT/arm"
    wrapper >"$OUT/bin/.run"
    chmod +x "$OUT/bin/.run"
    for command in $COMMANDS; do
        ln -s .run "$OUT/bin/$command"
        "$OUT/bin/$command" --version >>"$OUT/version" || die "$command does not start"
    done
    echo "$what" >"$OUT/done"
    say QEMU "build/qemu: $(sed -n 's/.*version //p' "$OUT/version" | sort -u | paste -sd ' ')"
}

with_lock qemu main
