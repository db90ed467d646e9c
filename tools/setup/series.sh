# SPDX-License-Identifier: GPL-2.0-only
# Sourced, after lib.sh. Which patches a version of Xen gets: xen-patches/VERSION/series
# names them in order, below xen-patches/. Those that several versions share are
# there once; those in standalone/ come first and apply and make sense by themselves;
# those in documents/ are for `make series` alone.

PATCHES=$TOP/xen-patches

makefile_var() { sed -n "s/^export XEN_$1 *?*= *//p" "$2/xen/Makefile"; }

# xen_version TREE: 4.20, say.
xen_version() { echo "$(makefile_var VERSION "$1").$(makefile_var SUBVERSION "$1")"; }

# The versions that there are patches for.
xen_versions() { (cd "$PATCHES" && printf '%s\n' */series) | sed 's|/series$||' | sort -V; }

# series TREE [standalone]: what the tree is built with, or the first of it.
series() {
    local list
    list=$PATCHES/$(xen_version "$1")/series
    [ -f "$list" ] ||
        die "this is Xen $(xen_version "$1"); there are patches for $(xen_versions | tr '\n' ' ')"
    sed 's/#.*//; /^[[:space:]]*$/d' "$list" | grep -v '^documents/' | grep "^${2:+$2/}"
}
