# SPDX-License-Identifier: GPL-2.0-only
# Sourced, after lib.sh and apt.sh. Roots of Debian packages that are unpacked, not
# installed: of any architecture, and as any user.

# What the archive calls the packages and all that they need: "NAME=VERSION" lines.
#   root_packages PACKAGE...
root_packages() {
    mkdir -p "$BUILD/logs/setup"
    apt-get "${APT_OPTS[@]}" -s install "$@" 2>"$BUILD/logs/setup/root-packages.log" |
        sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*/\1=\2/p'
}

# name_sums PACKAGE=VERSION...: what the signed index says of them. apt names nothing
# that lies in the present directory already, hence an empty one.
name_sums() {
    local empty=$BUILD/apt/empty
    mkdir -p "$empty"
    (cd "$empty" && apt-get "${APT_OPTS[@]}" -o Acquire::ForceHash=SHA256 download --print-uris "$@") |
        sed -n "s/^'[^']*' \([^ ]*\) [0-9]* SHA256:\([0-9a-f]*\)$/\2  \1/p" >"$SUMS"
    [ "$(wc -l <"$SUMS")" = $# ] || die "the index does not name the sums of all packages"
}

# fetch_debs PACKAGE=VERSION...: into the present directory. A copy that was cut short
# has the right name, and apt would keep one of the right size.
fetch_debs() {
    name_sums "$@"
    { sha256sum -c "$SUMS" 2>/dev/null || true; } | sed -n 's/: FAILED.*//p' | xargs -r rm -f
    apt-get "${APT_OPTS[@]}" download "$@"
    sha256sum --quiet -c "$SUMS"
}

# unpack_debs DIR NAME PACKAGE=VERSION...: these alone, from build/apt/NAME, whose
# APT_OPTS are set. Changes the directory; for a subshell.
unpack_debs() {
    local root=$1 name=$2 deb link
    SUMS=$BUILD/apt/$name/SHA256SUMS
    mkdir -p "$CACHE/debs"
    cd "$CACHE/debs" || die "no $CACHE/debs"
    exec 8<.            # other trees use the cache as well
    flock -w 1500 8 || die "another set-up holds $CACHE/debs since 25 minutes"
    logged "packages-$name" fetch_debs "${@:3}"
    say UNPACK "$(wc -l <"$SUMS") packages of build/apt/$name"
    for link in bin sbin lib lib64; do
        mkdir -p "$root/usr/$link"
        ln -s "usr/$link" "$root/$link"
    done
    while read -r _ deb; do
        dpkg-deb -x "$deb" "$root"
    done <"$SUMS"
}

# unpack_root DIR NAME PACKAGE...: with all that they need. As unpack_debs.
unpack_root() {
    local list
    list=$(root_packages "${@:3}")
    [ -n "$list" ] || die "no such packages in build/apt/$2: ${*:3}" \
        "(build/logs/setup/root-packages.log)"
    # shellcheck disable=SC2086
    unpack_debs "$1" "$2" $list
}

# make_root DIR ARCH PACKAGE...: enough for an initramfs; for a subshell
make_root() {
    local root=$1 arch=$2
    apt_image "$arch"
    unpack_root "$root" "image-$arch" '?essential' "${@:3}"
    # What the packages' own scripts would have done, as far as it is missed.
    depmod -b "$root/usr" "$(ls "$root/usr/lib/modules")"
    ln -sf mawk "$root/usr/bin/awk"
    ln -sf which.debianutils "$root/usr/bin/which"
    cp "$root"/usr/share/base-passwd/passwd.master "$root/etc/passwd"
    cp "$root"/usr/share/base-passwd/group.master "$root/etc/group"
}
