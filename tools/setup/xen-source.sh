#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# xen-source.sh: put an unmodified Xen tree at build/xen/pristine: XEN_SRC= may be of
# any version that xen-patches/ has a series for, what is fetched is 4.20.
#
# In this order: XEN_SRC=DIR (the user's tree, copied), XEN_TARBALL=FILE, the
# download cache, and what xen-fetch.sh finds in the archives of this machine's apt.
# What was used is remembered, so that a change of XEN_SRC or XEN_TARBALL unpacks
# again and an unchanged one does nothing.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/apt.sh"
. "$(dirname "$0")/xen-fetch.sh"
. "$(dirname "$0")/series.sh"

PRISTINE=$BUILD/xen/pristine

find_tarball() {
    if [ -n "${XEN_TARBALL:-}" ]; then
        [ -s "$XEN_TARBALL" ] || die "XEN_TARBALL=$XEN_TARBALL does not exist"
        echo "$XEN_TARBALL"
    else
        fetch_tarball
    fi
}

# Identity of a user's tree: its files' names, sizes and times.
tree_id() {
    (cd "$1" && find . -path ./.git -prune -o -type f -printf '%p %s %T@\n') | sort | sha256sum | cut -c1-16
}

copy_tree() {
    rsync -a --delete --exclude=/.git --exclude='*.o' --exclude='*.o.cmd' \
          "$XEN_SRC"/ "$PRISTINE.new"/
    # A tree that was built in place would break out-of-tree builds of its copy.
    logged xen-src-clean make -C "$PRISTINE.new/xen" distclean
}

# unpack ID TARBALL: with no tarball, XEN_SRC is copied.
unpack() {
    rm -rf "$PRISTINE.new"
    mkdir -p "$PRISTINE.new"
    if [ -n "$2" ]; then
        tar -xf "$2" -C "$PRISTINE.new" --strip-components=1 || die "$2 cannot be unpacked"
    else
        copy_tree
    fi
    series "$PRISTINE.new" >/dev/null
    echo "$1" >"$PRISTINE.new/.from"
    rm -rf "$PRISTINE"
    mv "$PRISTINE.new" "$PRISTINE"
}

# What a tree was made of: its kind, its name, and a sum or identity.
main() {
    local from tarball=
    from=$(cat "$PRISTINE/.from" 2>/dev/null) || true
    if [ -n "${XEN_SRC:-}" ]; then
        [ -f "$XEN_SRC/xen/Makefile" ] || die "XEN_SRC=$XEN_SRC is not a Xen tree"
        from="tree $(realpath "$XEN_SRC") $(tree_id "$XEN_SRC")"
    elif [ -n "${XEN_TARBALL:-}" ] || [[ $from != tarball* ]]; then
        tarball=$(find_tarball)
        from="tarball $(basename "$tarball") $(sha256sum <"$tarball" | cut -c1-16)"
    fi
    [ "$(cat "$PRISTINE/.from" 2>/dev/null)" = "$from" ] || unpack "$from" "$tarball"
    say XEN "$(xen_version "$PRISTINE")$(makefile_var EXTRAVERSION "$PRISTINE" | sed 's/\$.*//') from ${from% *}"
}

mkdir -p "$BUILD/xen" "$BUILD/logs/setup"
with_lock xen-source main
