#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# make-series.sh OUT [ARCH[:CONFIG_A=y,...]...]: hooks and layer for build/xen/pristine's
# version as a patch series in OUT, which has to be empty. With architectures, every step
# is built for each, with the option off, and on from the step on that offers it;
# arm64, riscv64, x86:CONFIG_HVM=n, say, x86:SEED=1 for a configuration that Kconfig
# throws, and arm32, which is never offered it. FROM=N begins with the N-th: what the
# others build was seen.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/series.sh"

PRISTINE=$BUILD/xen/pristine

# The last step is what the project builds, and what documents/ says in public headers.
compare() {
    local differ built=$OUT/built
    cp -a "$BUILD/xen/tree" "$built"
    sed 's/#.*//' "$PATCHES/$(xen_version "$PRISTINE")/series" | grep '^documents/' |
        while read -r p; do patch -s -p1 -F0 --no-backup-if-mismatch -d "$built" <"$PATCHES/$p"; done
    differ=$(diff -rq -x .git -x .from -x .patched "$OUT/xen/xen" "$built/xen" || true)
    rm -rf "$built"
    [ -z "$differ" ] || die "the series does not end in what is built:"$'\n'"$differ"
}

# known WORD: is it one for STEPS? Kconfig drops what it does not know.
known() {
    local option='CONFIG_[A-Z0-9_]+=[^,]+'
    [[ ${1%%:*} =~ ^(x86|arm64|arm32|riscv64)$ ]] ||
        die "no architecture '$1' (x86, arm64, arm32, riscv64)"
    [[ $1 != *:* || ${1#*:} =~ ^(SEED=[0-9]+|$option(,$option)*)$ ]] ||
        die "'$1' is neither ARCH:CONFIG_A=y,CONFIG_B=n nor ARCH:SEED=N"
}

# offered ARCH: does the tree offer the option there?
offered() {
    local word
    case $1 in
    x86)     word=X86 ;;
    arm64)   word=ARM_64 ;;
    arm32)   return 1 ;;
    riscv64) word=RISCV ;;
    esac
    sed -n '/^config IOMMU_GROUPS/,/help/s/depends on//p' "$OUT/xen/xen/drivers/passthrough/Kconfig" |
        grep -qw "$word"
}

# build WORD on|off OPTION: WORD is one of STEPS.
build() {
    local more= seed=
    [[ $1 != *:* ]] || more=${1#*:}
    [[ $more != SEED=* ]] || { seed=${more#SEED=}; more=; }
    # OUT is the user's, and would be taken for where to build.
    env -u OUT SOURCE="$OUT/xen" NAME="series-${1//[:=,]/-}-$2" SEED="$seed" \
        EXTRA_CONFIG="$3 ${more//,/ }" \
        "$TOP/tools/setup/xen-build.sh" "${1%%:*}" debug
}

# touched ARCH: what the step changes of Xen, but for other architectures.
touched() {
    local own=$1
    case $1 in
    arm64 | arm32) own=arm ;;
    riscv64)       own=riscv ;;
    esac
    git -C "$OUT/xen" diff --name-only HEAD~ HEAD -- xen |
        awk -F/ -v own="$own" '$2 != "arch" || $3 == own'
}

# Files of the layer alone cannot change what is built with the option off.
step() {
    local arch files off
    for arch in $ARCHES; do
        files=$(touched "${arch%%:*}")
        [ -n "$files" ] || continue
        off=$(grep -vE '/(iommu-groups|passthrough/groups)/' <<<"$files" || true)
        if offered "${arch%%:*}"; then
            build "$arch" on CONFIG_IOMMU_GROUPS=y
            [ -z "$off" ] || build "$arch" off CONFIG_IOMMU_GROUPS=n
        else
            [ -z "$off" ] || build "$arch" off ""
        fi
    done
}

check() {
    local commit commits
    commits=$(git -C "$OUT/xen" rev-list --reverse base..series | tail -n "+${FROM:-1}")
    [ -n "$commits" ] || die "FROM=$FROM: there are not that many"
    for commit in $commits; do
        git -C "$OUT/xen" checkout -q "$commit"
        say STEP "$(git -C "$OUT/xen" log -1 --format=%s)"
        step
    done
    git -C "$OUT/xen" checkout -q series
    say STEPS "from ${FROM:-1} on, all $(wc -w <<<"$commits") build on: $ARCHES"
}

[ -n "${1:-}" ] || die "where to? OUT=DIR"
OUT=$(realpath -m "$1")
ARCHES=${*:2}
for word in $ARCHES; do known "$word"; done
python3 "$TOP/tools/setup/export-series.py" "$PATCHES" \
    "$PATCHES/$(xen_version "$PRISTINE")/series" "$PRISTINE" "$OUT"
compare
[ -z "$ARCHES" ] || check
