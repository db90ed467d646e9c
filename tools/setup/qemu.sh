#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# qemu.sh: build/qemu, one QEMU for every host and every architecture, with its
# firmware. The packages and all libraries that they need, down to the C library,
# are unpacked into build/qemu/root and started by that root's own loader; nothing
# is installed, and the host's QEMU, if it has one, is not used.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/apt.sh"
. "$(dirname "$0")/root.sh"

OUT=$BUILD/qemu
SUITE=$IMAGE_SUITE-backports        # has 11, whose amd-iommu works; older ones lack it
PACKAGES="qemu-system-x86 qemu-system-arm qemu-system-riscv qemu-efi-aarch64 opensbi"
COMMANDS="qemu-system-x86_64 qemu-system-aarch64 qemu-system-riscv64"

# One script under each command's name. QEMU looks for its modules and its firmware
# beside the running file, which is the loader.
wrapper() {
    cat <<'EOF'
#!/bin/sh
root=${0%/*}/../root
for libraries in "$root"/usr/lib/*-linux-gnu; do
    [ ! -d "$libraries/qemu" ] || break
done
export QEMU_MODULE_DIR="$libraries/qemu"
exec "$root"/usr/lib*/ld-linux*.so.* --library-path "$libraries" --argv0 "${0##*/}" \
    "$root/usr/bin/${0##*/}" -L "$root/usr/share/qemu" -L "$root/usr/share/seabios" \
    -L "$root/usr/lib/ipxe/qemu" "$@"
EOF
}

main() {
    local arch command
    arch=$(dpkg --print-architecture)
    [ "$(cat "$OUT/done" 2>/dev/null)" != "$SUITE $arch $PACKAGES" ] || return 0
    rm -rf "$OUT"
    mkdir -p "$OUT/root" "$OUT/bin"
    apt_apart qemu "$arch" "$IMAGE_SUITE" "$SUITE"
    # shellcheck disable=SC2086
    (unpack_root "$OUT/root" qemu -t "$SUITE" $PACKAGES)
    # What nothing here starts, and it is most of it.
    (cd "$OUT/root/usr" && rm -rf share/AAVMF share/doc share/man share/locale bin/*32 bin/*i386 bin/*arm)
    wrapper >"$OUT/bin/.run"
    chmod +x "$OUT/bin/.run"
    for command in $COMMANDS; do
        ln -s .run "$OUT/bin/$command"
        "$OUT/bin/$command" --version >"$OUT/version" || die "$command does not start"
    done
    echo "$SUITE $arch $PACKAGES" >"$OUT/done"
    say QEMU "build/qemu: $(sed -n '1s/.*version //p' "$OUT/version")"
}

with_lock qemu main
