# SPDX-License-Identifier: GPL-2.0-only
# Sourced, after lib.sh, apt.sh and root.sh. Roots of Debian packages for another
# architecture are entered as well: the kernel has its programs run by QEMU, which is
# unpacked below build/, for as long as the calling script runs. Nothing is installed.

EMULATORS=$BUILD/deb/emulators
BINFMT=$BUILD/deb/binfmt

# fetch_emulator QEMU'S-NAME: of one architecture, out of a package with all of them.
fetch_emulator() {
    local package
    SUMS=$BUILD/apt/qemu/SHA256SUMS
    mkdir -p "$CACHE/debs" "$EMULATORS"
    apt_apart qemu "$(dpkg --print-architecture)" "$IMAGE_SUITE" "$IMAGE_SUITE-backports"
    package=$(root_packages -t "$IMAGE_SUITE-backports" qemu-user)
    [ -n "$package" ] || die "no package qemu-user in build/apt/qemu (build/logs/setup/root-packages.log)"
    cd "$CACHE/debs" || die "no $CACHE/debs"
    exec 8<.            # other trees use the cache as well
    flock -w 1500 8 || die "another set-up holds $CACHE/debs since 25 minutes"
    logged packages-emulator fetch_debs "$package"
    dpkg-deb --fsys-tarfile "$(sed -n 's/^[^ ]*  //p' "$SUMS")" |
        tar -x -C "$EMULATORS" --strip-components=3 "./usr/bin/qemu-$1"
}

# run_foreign ARCH: until this script ends, and seen by all of the machine, since the
# kernel has one list. F: opened now, so that it is found in any root. In a mount
# namespace of the script's own.
run_foreign() {
    local name
    case $1 in
    arm64) name=aarch64 ;;
    *)     die "no emulator is known for programs of $1" ;;
    esac
    [ -x "$EMULATORS/qemu-$name" ] || (fetch_emulator "$name")
    mkdir -p "$BINFMT"
    modprobe -q binfmt_misc 2>/dev/null || true
    mount -t binfmt_misc binfmt_misc "$BINFMT" ||
        die "this kernel cannot have programs of $1 run by an emulator (binfmt_misc)"
    FOREIGN=$BINFMT/xen-iommu-groups-$1-$$
    trap '[ ! -e "$FOREIGN" ] || echo -1 >"$FOREIGN"' EXIT
    # An ELF file of 64 bits, little endian, a program or a library that is one, for AArch64.
    printf '%s' ":${FOREIGN##*/}:M::"'\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:'"$EMULATORS/qemu-$name:F" >"$BINFMT/register"
    [ -e "$FOREIGN" ] || die "the kernel did not take $EMULATORS/qemu-$name as an emulator"
}
