#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# patches-check.sh short|full: the patches for build/xen/pristine's version apply
# without fuzz, build, give stock Xen (with those that stand alone) when
# CONFIG_IOMMU_GROUPS is off, and leave no machine-wide table with it on.
#   short   the whole series, debug; off, only what is compared with stock's
#   full    after every patch, debug and release; and configs
#   configs the whole series in configurations that leave out what it touches, on 32-bit
#           Arm, which has no option, and with what Kconfig throws (SEEDS="1 2 3")
# arm64 and riscv64, which build fast, with the whole series and debug only.

. "$(dirname "$0")/../setup/lib.sh"
. "$(dirname "$0")/../setup/series.sh"

PRISTINE=$BUILD/xen/pristine
CHECK=$BUILD/xen/check
APPLY=$CHECK/apply        # where patches are tried, from nothing each time
BASE=$CHECK/base          # stock, with the patches that stand alone
SRC=$BUILD/xen/tree       # what is built; full: $CHECK/tree, patch by patch
NONE_LEFT='iommu_ops|iommu_get_ops|platform_ops'
passed=0 failed=0
report=()

pass() { passed=$((passed + 1)); report+=("$1|PASS|$2"); echo "  PASS patches/$1  $2"; }
fail() { failed=$((failed + 1)); report+=("$1|FAIL|$2"); echo "  FAIL patches/$1  $2"; }

patches() { series "$PRISTINE" "$@"; }

# What a maintainer would send back unread.
check_text() {
    local p=${1//\//-} file=$PATCHES/$1 subject body
    subject=$(head -n 1 "$file")
    body=$(sed -n '2,/^---$/p' "$file" | grep -c '[a-z]' || true)
    if [[ $subject != *:* ]] || [ "$body" -lt 2 ]; then
        fail "$p-text" "no 'component: what' subject, or no reason below it"
    elif grep -q '^Signed-off-by:' "$file"; then
        fail "$p-text" "carries a Signed-off-by"
    else
        pass "$p-text" "$subject"
    fi
}

apply() {
    local out name=${1//\//-}
    if out=$(patch -p1 -F0 -d "$APPLY" <"$PATCHES/$1" 2>&1) && [[ $out != *fuzz* ]]; then
        pass "$name-applies" "$(printf '%s\n' "$out" | grep -c '^patching') files," \
             "$(printf '%s\n' "$out" | grep -c offset || true) offsets"
    else
        fail "$name-applies" "$(printf '%s\n' "$out" | grep -m 1 -E 'FAILED|fuzz|malformed')"
        return 1
    fi
    find "$APPLY" -name '*.orig' -delete
}

# What objects are compared with: only what changed since has another time.
make_base() {
    local p
    rm -rf "$BASE.new"
    cp -a "$PRISTINE" "$BASE.new"
    patches standalone | while read -r p; do
        patch -s -p1 -F0 --no-backup-if-mismatch -d "$BASE.new" <"$PATCHES/$p"
    done
    mkdir -p "$BASE"
    rsync -rlpc --delete "$BASE.new/" "$BASE/"
    rm -rf "$BASE.new"
}

# verdict NAME COMMAND...: build something; the first error is the text.
verdict() {
    local name=$1 log=$BUILD/logs/setup/check-$1.log
    shift
    if "$@" >"$log" 2>&1; then
        pass "$name" "${*: -2}"
    else
        fail "$name" "$(grep -m 1 -E 'error:|undefined reference|REFUSED|\*\*\*' "$log" || echo "see $log")"
        return 1
    fi
}

# Sets what follows from the architecture.
arch() {
    ARCH=$1
    case $1 in
    x86)     CROSS= STOCK_OBJECTS=drivers/passthrough ;;
    arm64)   CROSS=aarch64-linux-gnu- STOCK_OBJECTS=arch/arm ;;
    riscv64) CROSS=riscv64-linux-gnu- STOCK_OBJECTS=arch/riscv ;;
    esac
}

# Before the option exists there is nothing to switch off.
off_config() {
    if grep -q 'config IOMMU_GROUPS' "$SRC/xen/drivers/passthrough/Kconfig"; then
        echo CONFIG_IOMMU_GROUPS=n
    else
        echo CONFIG_HYPFS=y
    fi
}

build_off() {
    EXTRA_CONFIG=$(off_config) SOURCE=$SRC NAME=check-$ARCH-$1-off \
        verdict "$2" "$TOP/tools/setup/xen-build.sh" "$ARCH" "$1"
}

build_on() {
    verdict "$2" "$TOP/tools/setup/xen-build.sh" "$ARCH" "$1"
}

# The code and data of an object, without what depends on line numbers, and without
# the labels that debug information alone needs: an inline function that is empty
# shifts their numbers.
essence() {
    local o
    o=$(mktemp "$BUILD/xen/essence.XXXXXX")
    "${CROSS}objcopy" -g -X "$1" "$o"
    "${CROSS}objdump" -dr --no-show-raw-insn "$o" | sed '/file format/d'
    "${CROSS}objdump" -h "$o" | awk '$2 ~ /^\.(data|rodata|init|bss|text)/ { print $2, $3 }'
    "${CROSS}objdump" -s -j .rodata -j .rodata.str -j .data -j .data.rel.ro "$o" 2>/dev/null | sed '/file format/d'
    rm -f "$o"
}

# Objects of x86 outside of $STOCK_OBJECTS whose sources a patch changes. Compared they
# are not: what does nothing when the option is off still moves registers there.
hooked() {
    local p o
    [ "$ARCH" = x86 ] || return 0
    for p in $(patches); do sed -n 's,^+++ b/xen/\(.*\)\.c$,\1.o,p' "$PATCHES/$p"; done | sort -u |
        grep -v "^$STOCK_OBJECTS/" | while read -r o; do
            [ ! -f "$BUILD/xen/$ARCH-debug/$o" ] || echo "$o"
        done
}

# compare_off FLAVOUR STOCK-FLAVOUR: with the option off, what there is to compare
# builds, and is what stock's is.
compare_off() {
    local flavour=$1 stock=$2 theirs=check-$ARCH-$1-objects-stock ours=check-$ARCH-$1-objects-off
    local o n=0 differ=()
    SOURCE=$BASE NAME=$theirs OBJECTS=$STOCK_OBJECTS/ "$TOP/tools/setup/xen-build.sh" "$ARCH" "$stock"
    EXTRA_CONFIG=$(off_config) SOURCE=$SRC NAME=$ours OBJECTS="$STOCK_OBJECTS/ $(hooked | tr '\n' ' ')" \
        verdict "$ARCH-off-builds-$flavour" "$TOP/tools/setup/xen-build.sh" "$ARCH" "$flavour" || return 0
    for o in $(cd "$BUILD/xen/$theirs" && find "$STOCK_OBJECTS" -name '*.o' ! -name built_in.o); do
        n=$((n + 1))
        cmp -s <(essence "$BUILD/xen/$theirs/$o") <(essence "$BUILD/xen/$ours/$o") || differ+=("$o")
    done
    if [ $n -gt 10 ] && [ ${#differ[@]} = 0 ]; then
        pass "$ARCH-off-is-stock-$flavour" "$n objects under $STOCK_OBJECTS are unchanged"
    else
        fail "$ARCH-off-is-stock-$flavour" "of $n objects these differ: ${differ[*]:-none}"
    fi
}

# seen FLAVOUR: what the compiler sees of a source that knows all of a domain.
seen() {
    local dir=drivers/passthrough/groups/core
    (cd "$BUILD/xen/$ARCH-$1" &&
        eval "$(sed -n '1 { s/^cmd_[^ ]* := //; s/ -MF [^ ]*//; s/ -M[MDP]*//g; s/ -c / -E /; s/ -o .*//p; }' \
            "$dir/.attach.o.cmd")")
}

# A structure member has no symbol.
check_symbols() {
    local left sources
    left=$("${CROSS}nm" "$BUILD/xen/$ARCH-$1/xen-syms" | awk '{ print $NF }' |
        grep -E "^($NONE_LEFT)$" | sort -u | tr '\n' ' ' || true)
    sources=$(seen "$1") || true
    grep -q '^struct domain_iommu {' <<<"$sources" || left+="(no domain_iommu to look at) "
    ! grep -qw platform_ops <<<"$sources" || left+="platform_ops (member)"
    if [ -z "$left" ]; then
        pass "$ARCH-on-no-machine-wide-table-$1" "no ${NONE_LEFT//|/, } in xen-syms"
    else
        fail "$ARCH-on-no-machine-wide-table-$1" "left: $left"
    fi
}

# Stock's documentation of its command line against what was built.
check_options() {
    local out
    if out=$(python3 "$TOP/tools/testbed/options.py" \
                 "$PRISTINE/docs/misc/xen-command-line.pandoc" \
                 "$TOP/tools/tests/boot/test-params.c" \
                 "$BUILD/xen/x86-debug/xen-syms" "$BUILD/xen/arm64-debug/xen-syms" 2>&1); then
        pass options-of-stock "$out"
    else
        fail options-of-stock "$(printf '%s\n' "$out" | tail -n 5 | tr '\n' ' ')"
    fi
}

# What of ours on x86 asks the security module: the objects of the sources that do.
asks() {
    (cd "$SRC/xen/drivers/passthrough/groups" &&
        grep -lrE '\<(iommu_)?xsm_[a-z_]+ *\(' --include='*.c' . | grep -v '^./dt/' | sed 's,^\./,,; s,c$,o,')
}

build_flask() {
    EXTRA_CONFIG="CONFIG_IOMMU_GROUPS=y CONFIG_XSM=y CONFIG_XSM_FLASK=y CONFIG_XSM_FLASK_POLICY=n" \
        OBJECTS=$2 SOURCE=$SRC NAME=check-x86-flask \
        verdict "$1" "$TOP/tools/setup/xen-build.sh" x86 debug
}

# With a security module: hooks for who gives devices away are the base's, and were
# others before 4.20.3; those for groups are a patch's. What gives devices away and
# what is written to hypfs has to ask.
check_flask() {
    local name=check-x86-flask o silent= asking answers
    arch x86
    build_flask x86-flask-builds drivers/passthrough/ || return 0
    asking=$(asks)
    for o in $asking; do
        nm "$BUILD/xen/$name/drivers/passthrough/groups/$o" | grep -q ' U xsm_ops$' || silent+="$o "
    done
    if [ -z "$silent" ] && [ "$(wc -w <<<"$asking")" -ge 2 ]; then
        pass x86-flask-asks "$(tr '\n' ' ' <<<"$asking")ask the security module"
    else
        fail x86-flask-asks "these do not ask: ${silent:-all of '$asking', too few}"
    fi
    build_flask x86-flask-hooks-build xsm/ || return 0
    answers=$(nm "$BUILD/xen/$name/xsm/flask/hooks.o" | grep -cE ' t flask_iommu_set_(group|dtgroup|policy)$')
    if [ "$answers" = 3 ]; then
        pass x86-flask-answers "for a function, for a node and for the machine's policy"
    else
        fail x86-flask-answers "of three questions about groups it answers $answers"
    fi
}

short() {
    local p
    for p in $(patches); do
        check_text "$p"
        apply "$p" || return 0
    done
    "$TOP/tools/setup/xen-tree.sh"
    whole x86
    whole arm64
    whole riscv64
    check_flask
    check_options
}

# The whole series on one architecture. What is on says which objects there are.
whole() {
    arch "$1"
    if build_on debug "$ARCH-on-builds"; then check_symbols debug; fi
    compare_off debug stock
}

off() {
    arch "$1"
    build_off debug "$ARCH-off-builds" || true
}

# config NAME ARCH OPTION...: all of Xen builds with these.
config() {
    local name=$1 arch=$2
    shift 2
    EXTRA_CONFIG="CONFIG_EXPERT=y $*" SOURCE=$SRC NAME="config-$name" \
        verdict "$name-builds" "$TOP/tools/setup/xen-build.sh" "$arch" debug || true
}

configs() {
    local on=CONFIG_IOMMU_GROUPS=y seed
    "$TOP/tools/setup/xen-tree.sh"
    config x86-without-hvm x86 $on CONFIG_HVM=n
    config x86-without-pv x86 $on CONFIG_PV=n
    config x86-without-vtd x86 $on CONFIG_INTEL_IOMMU=n
    config x86-without-amd-vi x86 $on CONFIG_AMD_IOMMU=n
    config x86-without-hypfs x86 $on CONFIG_HYPFS=n CONFIG_HYPFS_CONFIG=n
    config arm64-without-acpi arm64 $on CONFIG_ACPI=n
    config arm64-without-its arm64 $on CONFIG_HAS_ITS=n
    config arm32 arm32 CONFIG_HYPFS=y
    for seed in ${SEEDS:-1 2 3}; do
        SEED=$seed config "x86-seed-$seed" x86 $on
        SEED=$seed config "arm64-seed-$seed" arm64 $on
    done
}

full() {
    local p f
    arch x86
    SRC=$CHECK/tree
    for p in $(patches); do
        check_text "$p"
        apply "$p" || return 0
        mkdir -p "$SRC"
        rsync -rlpc --delete "$APPLY/" "$SRC/"
        for f in debug release; do
            build_off $f "${p//\//-}-$f-builds" || true
        done
    done
    # The layer's sources come after the series: on, only the whole can build.
    "$TOP/tools/setup/xen-tree.sh"
    SRC=$BUILD/xen/tree
    for f in debug release; do
        if build_on $f "series-on-$f-builds"; then check_symbols $f; fi
    done
    compare_off debug stock
    compare_off release stock-release
    whole arm64
    whole riscv64
    off x86
    off arm64
    off riscv64
    check_flask
    check_options
    configs
}

write_report() {
    mkdir -p "$BUILD/report"
    printf '%s\n' "${report[@]}" | python3 -c '
import json, sys
rows = [dict(zip(("name", "verdict", "text"), l.rstrip("\n").split("|", 2))) for l in sys.stdin]
json.dump({"passed": sum(r["verdict"] == "PASS" for r in rows),
           "failed": sum(r["verdict"] == "FAIL" for r in rows), "results": rows}, sys.stdout, indent=1)
' >"$BUILD/report/patches-check.json"
}

rm -rf "$APPLY"
mkdir -p "$CHECK"
cp -a "$PRISTINE" "$APPLY"
make_base
case ${1:-} in
short|full|configs) "$1" ;;
*) die "usage: patches-check.sh short|full|configs" ;;
esac
write_report
python3 "$TOP/tools/testbed/rings.py" patches-check
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
