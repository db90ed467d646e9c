# SPDX-License-Identifier: GPL-2.0-only
# Sourced, after lib.sh and apt.sh. Finds the tarball of a source package `xen` 4.20
# and keeps it in the cache. Nothing is taken whose size and SHA-256 are not known
# beforehand: from an index that Debian signed, or from tools/setup/xen-versions.
#
# Candidates are lines "VERSION SIZE SHA256 URI".

LISTED=$TOP/tools/setup/xen-versions
KNOWN=$CACHE/xen-versions           # what signed indexes named; same columns
TRIED=$BUILD/logs/setup/xen-tried   # one line an attempt that failed

# Where newer 4.20 may be: updates of the image's release, and later releases.
XEN_SUITES="$IMAGE_SUITE $IMAGE_SUITE-updates forky sid"

listed() { sed 's/#.*//; /^[[:space:]]*$/d' "$LISTED"; }

# indexed SUITE URI: the candidates that a suite's signed index names. That an
# archive does not serve a suite is no error.
indexed() {
    local dir=$BUILD/apt/xen-$1 base
    served "xen-$1" "deb-src" "$2" "$1" || return 0
    while read -r base; do
        apt-cache "${APT_OPTS[@]}" showsrc --only-source xen 2>/dev/null | awk -v base="$base" '
            /^Checksums-Sha256:/ { sums = 1; next }
            /^[^ ]/ { sums = 0 }
            sums && $3 ~ /^xen_4\.20[.+~].*\.orig\.tar\.[a-z0-9]+$/ { sum = $1; size = $2; file = $3 }
            /^Directory:/ { path = $2 }
            /^$/ && file != "" { line(); file = "" }
            END { if ( file != "" ) line() }
            function line(  version) {
                version = file
                sub(/^xen_/, "", version)
                sub(/\.orig\.tar\..*/, "", version)
                print version, size, sum, base "/" path "/" file
            }'
    done < <(mirror_bases "$2")
    rm -rf "$dir"
}

# What the indexes name, newest first, then what the list names. Of the same
# version each archive that may have it is tried.
candidates() {
    local mirror=$1 suite security base
    {
        for suite in $XEN_SUITES; do
            indexed "$suite" "$mirror"
        done
        security=$(find_security "$IMAGE_SUITE")
        [ -z "$security" ] || indexed "$IMAGE_SUITE-security" "$security"
    } | sort -s -rV -k1,1 | awk '!seen[$4]++'
    while read -r base; do
        listed | while read -r version size sum; do
            echo "$version $size $sum $base/pool/main/x/xen/xen_$version.orig.tar.xz"
        done
    done < <(mirror_bases "$mirror")
}

# A file of the cache is what it says only if its sum is known.
intact() {
    local version=${1##*/xen_}
    [ -f "$1" ] && { listed; cat "$KNOWN" 2>/dev/null || true; } |
        awk -v v="${version%.orig.tar.*}" -v size="$(stat -Lc %s "$1")" -v sum="$(sha256sum <"$1")" \
            '$1 == v && $2 == size && $3 == substr(sum, 1, 64) { ok = 1 } END { exit !ok }'
}

# The newest intact tarball of the cache; damaged ones are removed.
cached() {
    local file
    find "$CACHE" -maxdepth 1 -name 'xen_4.20*.orig.tar.*' 2>/dev/null | sort -rV | while read -r file; do
        if intact "$file"; then
            echo "$file"
            break
        fi
        say NOTE "${file##*/} in $CACHE is damaged or unknown: removed" >&2
        rm -f "$file"
    done
}

# fetch VERSION SIZE SHA256 URI: into the cache; why not is noted.
fetch() {
    local file=$CACHE/${4##*/} log=$BUILD/logs/setup/xen-fetch.log why
    apt_opts probe
    rm -f "$file.part"
    if ! /usr/lib/apt/apt-helper "${APT_OPTS[@]}" download-file "$4" "$file.part" "SHA256:$3" >"$log" 2>&1; then
        why=$(sed -n 's/^E: Failed to fetch [^ ]* *//p' "$log" | head -n 1)
        rm -f "$file.part" "$file.part.FAILED"
    elif [ "$(stat -Lc %s "$file.part")" != "$2" ]; then
        why="not $2 bytes long"
        rm -f "$file.part"
    else
        # Of a mirror on this machine it is a link.
        cp -L "$file.part" "$file.new"
        mv "$file.new" "$file"
        rm -f "$file.part"
        echo "$1 $2 $3" >>"$KNOWN"
        return 0
    fi
    echo "$4: ${why:-see ${log#"$TOP"/}}" >>"$TRIED"
    return 1
}

# The tarball: from the cache, else the newest that can be had.
fetch_tarball() {
    local file mirror list version size sum uri tried=
    mkdir -p "$CACHE" "${TRIED%/*}"
    : >"$TRIED"
    file=$(cached)
    if [ -z "$file" ] && mirror=$(find_mirror); then
        say FETCH "Xen 4.20: asking the archives of this machine's apt" >&2
        list=$(candidates "$mirror")
        while read -r version size sum uri; do
            [[ " $tried " != *" $uri "* ]] || continue
            tried+=" $uri"
            if fetch "$version" "$size" "$sum" "$uri"; then
                file=$CACHE/${uri##*/}
                break
            fi
        done <<<"$list"
    fi
    [ -n "$file" ] || die "no Xen 4.20 source could be fetched${tried:+. Tried:$'\n'$(sed 's/^/    /' "$TRIED")}"$'\n' \
        "   Give XEN_TARBALL=FILE, an archive of its sources, or XEN_SRC=DIR, a tree."
    [ ! -s "$TRIED" ] || say NOTE "newer ones are named and could not be had: ${TRIED#"$TOP"/}" >&2
    echo "$file"
}
