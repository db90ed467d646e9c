#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# xen-source.sh: put an unmodified Xen 4.20 tree at build/xen/pristine.
#
# In this order: XEN_SRC=DIR (the user's tree, copied), XEN_TARBALL=FILE, the
# download cache, Debian's source package, and as a last resort a tarball lying
# beside the project.  What was used is remembered, so that a change of XEN_SRC
# or XEN_TARBALL unpacks again and an unchanged one does nothing.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/apt.sh"

PRISTINE=$BUILD/xen/pristine

newest() { ls -t "$@" 2>/dev/null | head -n 1 || true; }

# The signed index names the tarball; --tar-only because some mirrors carry
# the upstream tarball of a version whose packaging they lost.
fetch_package() {
    local dir=$BUILD/apt/image/source
    find_mirror >/dev/null || return 1
    apt_image
    mkdir -p "$dir" "$BUILD/logs/setup"
    say FETCH "source package xen of Debian $IMAGE_SUITE" >&2
    (cd "$dir" &&
     apt-get "${APT_OPTS[@]}" source --download-only --tar-only "xen/$IMAGE_SUITE") \
        >"$BUILD/logs/setup/xen-source.log" 2>&1 || return 1
    mkdir -p "$CACHE"
    cp "$(newest "$dir"/xen_4.20*.orig.tar.*)" "$CACHE/"
}

find_tarball() {
    local t
    if [ -n "${XEN_TARBALL:-}" ]; then
        [ -s "$XEN_TARBALL" ] || die "XEN_TARBALL=$XEN_TARBALL does not exist"
        echo "$XEN_TARBALL"
        return
    fi
    t=$(newest "$CACHE"/xen_4.20*.orig.tar.*)
    if [ -z "$t" ]; then
        (fetch_package) >&2 || true
        t=$(newest "$CACHE"/xen_4.20*.orig.tar.*)
    fi
    if [ -z "$t" ]; then
        t=$(newest "$TOP"/../shared/cache/xen_4.20*.tar.*)
        [ -z "$t" ] || say NOTE "the mirror did not serve the Xen source;" \
            "falling back to the copy beside the project" >&2
    fi
    [ -n "$t" ] || die "no Xen 4.20 source: the mirror did not serve it" \
        "(see build/logs/setup/xen-source.log); give XEN_TARBALL=FILE or XEN_SRC=DIR"
    echo "$t"
}

# Identity of a user's tree: its files' names, sizes and times.
tree_id() {
    (cd "$1" && find . -path ./.git -prune -o -type f -printf '%p %s %T@\n') | sort | sha256sum | cut -c1-16
}

copy_tree() {
    [ -f "$XEN_SRC/xen/Makefile" ] || die "XEN_SRC=$XEN_SRC is not a Xen tree"
    rsync -a --delete --exclude=/.git --exclude='*.o' --exclude='*.o.cmd' \
          "$XEN_SRC"/ "$PRISTINE.new"/
    # A tree that was built in place would break out-of-tree builds of its copy.
    logged xen-src-clean make -C "$PRISTINE.new/xen" distclean
}

check_version() {
    local v
    v=$(sed -n 's/^export XEN_\(VERSION\|SUBVERSION\) *= *//p' "$PRISTINE.new/xen/Makefile" | paste -sd.)
    [ "$v" = 4.20 ] || die "this is Xen $v, the project is for Xen 4.20"
}

main() {
    local id tarball=
    if [ -n "${XEN_SRC:-}" ]; then
        id="tree $(realpath "$XEN_SRC") $(tree_id "$XEN_SRC")"
    elif [ -n "${XEN_TARBALL:-}" ] || [ ! -f "$PRISTINE/.from" ] ||
         [[ $(cat "$PRISTINE/.from") == tree* ]]; then
        tarball=$(find_tarball)
        id="tarball $(basename "$tarball")"
    else
        return 0
    fi
    if [ "$(cat "$PRISTINE/.from" 2>/dev/null)" = "$id" ]; then
        return 0
    fi
    rm -rf "$PRISTINE.new"
    mkdir -p "$PRISTINE.new"
    if [ -n "$tarball" ]; then
        say UNPACK "$(basename "$tarball")"
        tar -xf "$tarball" -C "$PRISTINE.new" --strip-components=1
    else
        say COPY "$XEN_SRC"
        copy_tree
    fi
    check_version
    echo "$id" >"$PRISTINE.new/.from"
    rm -rf "$PRISTINE"
    mv "$PRISTINE.new" "$PRISTINE"
}

mkdir -p "$BUILD/xen" "$BUILD/logs/setup"
with_lock xen-source main
