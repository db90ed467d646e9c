#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# xen-build.sh ARCH FLAVOUR: build Xen out of tree into build/xen/ARCH-FLAVOUR.
#
# FLAVOUR: debug, release      the patched tree, with our layer
#          stock               the unmodified tree, debug
#          stock-release       the unmodified tree, release
# SOURCE=DIR, OUT=DIR and EXTRA_CONFIG="CONFIG_A=y ..." override, for patches-check;
# EXTRA_CONFIG then says itself whether the layer is on. OBJECTS="DIR/ FILE.o ..."
# compiles only these, with every __LINE__ the same, to be compared with others.
# SEED=N has Kconfig throw dice for what EXTRA_CONFIG and NEVER_BY_CHANCE do not say.

. "$(dirname "$0")/lib.sh"

arch_settings() {
    case $1 in
    x86)     XEN_ARCH=x86_64  CROSS= ;;
    arm64)   XEN_ARCH=arm64   CROSS=aarch64-linux-gnu- ;;
    arm32)   XEN_ARCH=arm32 CROSS=arm-linux-gnueabihf- ;;
    riscv64) XEN_ARCH=riscv64 CROSS=riscv64-linux-gnu- ;;
    *)       die "no architecture '$1' (x86, arm64, arm32, riscv64)" ;;
    esac
}

# The policy needs Flask's compiler, coverage its library, and that driver is stock's,
# which excludes ours.
NEVER_BY_CHANCE="CONFIG_EXPERT=y CONFIG_DEBUG_INFO=n CONFIG_XSM_FLASK_POLICY=n CONFIG_COVERAGE=n
CONFIG_IPMMU_VMSA=n"

# The configuration that is asked for; what is not named keeps its default.
wanted_config() {
    [ -z "${SEED:-}" ] || { printf '%s\n' $NEVER_BY_CHANCE $EXTRA_CONFIG; return; }
    # What is said twice is said by EXTRA_CONFIG.
    grep -vwFf <(printf '%s\n' ${EXTRA_CONFIG:-none} | sed 's/=.*//') \
        "$TOP/tools/setup/xen-config/$ARCH.config" || [ $? = 1 ]
    case $FLAVOUR in
    *release) echo '# CONFIG_DEBUG is not set' ;;
    *)        echo 'CONFIG_DEBUG=y' ;;
    esac
    case $FLAVOUR in
    stock*) ;;
    *) [ -n "${EXTRA_CONFIG:-}" ] || echo CONFIG_IOMMU_GROUPS=y ;;
    esac
    printf '%s\n' ${EXTRA_CONFIG:-}
}

# Kconfig drops options it does not know without a word.
check_config() {
    local line bad=0
    while read -r line; do
        case $line in
        CONFIG_*=n) grep -q "^${line%=n}=" "$OUT/.config" && bad=1 && say REFUSED "$line" ;;
        CONFIG_*=*) grep -qxF "$line" "$OUT/.config" || { bad=1; say REFUSED "$line"; } ;;
        '# CONFIG_'*) line=${line#\# }; line=${line% is not set}
            ! grep -q "^$line=" "$OUT/.config" || { bad=1; say REFUSED "$line=n"; } ;;
        esac
    done <"$OUT/wanted.config"
    [ $bad = 0 ] || die "Kconfig did not take the options above"
}

# What two flavours compile alike is compiled once. Their build directories are
# siblings, so that their sources have the same names from there. What was not compiled
# before is not preprocessed twice for that: gcc says which headers it read.
export PATH=/usr/lib/ccache:$PATH CCACHE_DIR=$BUILD/ccache CCACHE_BASEDIR=$BUILD CCACHE_NOHASHDIR=1
export CCACHE_DEPEND=1

# Our own make's ARCH= on the command line is not Xen's variable of that name.
# efi-y: the EFI image is linked three times over, and nothing here boots it.
xen_make() {
    env -u MAKEFLAGS -u MAKELEVEL -u ARCH make -C "$SOURCE/xen" XEN_TARGET_ARCH="$XEN_ARCH" CROSS_COMPILE="$CROSS" O="$OUT" \
         XEN_BUILD_DATE=reproducible XEN_BUILD_TIME= XEN_BUILD_HOST=testbed XEN_WHOAMI=testbed XEN_DOMAIN= efi-y= \
         "$@"
}

# What this links of no objects fails, after the headers were generated.
objects() {
    xen_make -j"$(nproc)" TARGET=headers ALL_OBJS-y= ALL_LIBS-y= headers || true
    xen_make -j"$(nproc)" $OBJECTS EXTRA_CFLAGS_XEN_CORE="-D__LINE__=1 -w -Wno-error \
        -fmacro-prefix-map=$(realpath "$SOURCE")/="
}

# What the last build was made of, but for the sources.
ingredients() {
    "${CROSS}gcc" --version | head -n 1
    cat "$SOURCE/.from" "$SOURCE/.patched" "$OUT/wanted.config" 2>/dev/null || true
}

# Xen's make takes seconds to find that there is nothing to do. Directories count
# as well: what was deleted leaves its time there.
up_to_date() {
    [ -f "$OUT/xen" ] && ingredients | cmp -s - "$OUT/.built" &&
        [ -z "$(find "$SOURCE/xen" "${BASH_SOURCE[0]}" -newer "$OUT/.built" -print -quit)" ]
}

# What was moved or deleted leaves its object, and a check that looks for it finds it.
drop_orphans() {
    local o
    [ -d "$OUT/drivers/passthrough" ] || return 0
    find "$OUT/drivers/passthrough" -name '*.o' ! -name built_in.o | while read -r o; do
        o=${o#"$OUT/"}
        o=${o%.o}
        [ -e "$SOURCE/xen/${o%.init}.c" ] || rm -f "$OUT/$o.o"
    done
}

# The stamp has the time before the build: what changes meanwhile is newer.
build() {
    ingredients >"$OUT/.built.new"
    logged "xen-$NAME" xen_make -j"$(nproc)"
    mv "$OUT/.built.new" "$OUT/.built"
}

main() {
    local t0=$SECONDS
    mkdir -p "$OUT"
    wanted_config >"$OUT/wanted.config.new"
    if ! cmp -s "$OUT/wanted.config.new" "$OUT/wanted.config" || [ ! -f "$OUT/.config" ]; then
        mv "$OUT/wanted.config.new" "$OUT/wanted.config"
        rm -f "$OUT/.config"
        logged "xen-config-$NAME" xen_make KCONFIG_ALLCONFIG="$OUT/wanted.config" \
            ${SEED:+KCONFIG_SEED="$SEED"} "$([ -n "${SEED:-}" ] && echo rand || echo alldef)config"
        check_config
    fi
    say XEN "build/xen/$NAME"
    drop_orphans
    if [ -n "${OBJECTS:-}" ]; then
        logged "xen-$NAME" objects
    elif ! up_to_date; then
        build
    fi
    [ $((SECONDS - t0)) -lt 3 ] || say XEN "build/xen/$NAME took $((SECONDS - t0)) s"
}

[ $# = 2 ] || die "usage: xen-build.sh ARCH FLAVOUR"
ARCH=$1 FLAVOUR=$2
arch_settings "$ARCH"
NAME=${NAME:-$ARCH-$FLAVOUR}
OUT=${OUT:-$BUILD/xen/$NAME}
case $FLAVOUR in
stock*) SOURCE=${SOURCE:-$BUILD/xen/pristine} ;;
*)      SOURCE=${SOURCE:-$BUILD/xen/tree} ;;
esac
with_lock "xen-$NAME" main
