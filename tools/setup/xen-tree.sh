#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# xen-tree.sh: make build/xen/tree = pristine + the series of its version + overlay.
#
# Files that did not change keep their modification times, so that make in an
# out-of-tree build rebuilds only what it has to.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/overlay.sh"
. "$(dirname "$0")/series.sh"

PRISTINE=$BUILD/xen/pristine
TREE=$BUILD/xen/tree

patched_id() {
    { cat "$PRISTINE/.from"; series "$PRISTINE"
      series "$PRISTINE" | while read -r p; do cat "$PATCHES/$p"; done; } | sha256sum
}

patch_tree() {
    local id p from to skip=()
    id=$(patched_id)
    [ "$id" != "$(cat "$TREE/.patched" 2>/dev/null)" ] || return 0
    rm -rf "$TREE.new"
    cp -a "$PRISTINE" "$TREE.new"
    series "$PRISTINE" | while read -r p; do
        say PATCH "$p"
        patch -s -p1 -F0 -d "$TREE.new" <"$PATCHES/$p" ||
            die "$p does not apply without fuzz"
    done
    # .orig files appear where a patch applied with an offset.
    find "$TREE.new" -name '*.orig' -delete
    while read -r from to; do skip+=("--exclude=/$to/"); done < <(overlay)
    mkdir -p "$TREE"
    rsync -rlpc --delete "${skip[@]}" "$TREE.new/" "$TREE/"
    rm -rf "$TREE.new"
    echo "$id" >"$TREE/.patched"
}

main() {
    [ -d "$PRISTINE" ] || die "no build/xen/pristine; run tools/setup/xen-source.sh"
    patch_tree
    overlay_into "$TREE"
}

with_lock xen-tree main
