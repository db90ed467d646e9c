#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# check-deb.sh: the Debian packages. Two builds that differ in folder, processors,
# language, time zone and umask give the same files; lintian has nothing to say; GRUB
# lists the new Xen after the distribution's; the tool runs on trixie; what is for
# other programs is what those take. Of arm64's: lintian, apt's plan, and that they are
# what GRUB starts there. Ends in `N passed, N failed`.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/apt.sh"

ROOT=$BUILD/deb/root
FOR=amd64 DEBS=$BUILD/deb CHECK=$ROOT/check
passed=0 failed=0
report=()

verdict() {
    if [ "$1" = PASS ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    report+=("$1|$2|$3")
    echo "  $1 deb/$2  $3"
}

# check NAME COMMAND...: what it prints is why it failed.
check() {
    local name=$1 said rc=0
    shift
    said=$("$@" 2>&1) || rc=$?
    if [ $rc = 0 ]; then
        verdict PASS "$name" "$(echo "$said" | tail -n 1 | cut -c1-100)"
    else
        verdict FAIL "$name" "$(echo "$said" | head -n 5 | tr '\n' ' ')"
    fi
}

in_root() {
    unshare --mount --pid --fork --kill-child "$TOP/tools/setup/deb.sh" --enter "$ROOT" none "$@" </dev/null
}

second_build() {
    rm -rf "$BUILD/deb/second"
    (umask 027
     MAKE_IN=/elsewhere/deeper WITH="env TZ=Asia/Kathmandu LC_ALL=C.UTF-8 USER=other" OPTIONS=parallel=1 \
         "$TOP/tools/setup/deb.sh" "$BUILD/deb/second")
}

same() {
    local deb
    for deb in "$BUILD"/deb/*.deb; do
        cmp "$deb" "$BUILD/deb/second/${deb##*/}" || return 1
    done
    rm -rf "$BUILD/deb/second"
    echo "two builds, the same files"
}

# unpack: the packages and what is in them, where the root's programs see them.
unpack() {
    local deb
    rm -rf "$CHECK"
    mkdir -p "$CHECK/root"
    cp "$DEBS"/*.deb "$CHECK/"
    for deb in "$DEBS"/*.deb; do dpkg-deb -x "$deb" "$CHECK/root"; done
}

# Nothing at all, down to what it only suspects.
lintian_clean() {
    local said
    said=$(in_root sh -c "lintian --allow-root --display-info --tag-display-limit 0 ${CHECK#"$ROOT"}/*.deb" 2>&1 || true)
    [ -z "$said" ] || { echo "$said"; return 1; }
    echo "lintian $(in_root lintian --print-version) has nothing to say"
}

field() { dpkg-deb -f "$BUILD"/deb/"$1"_*.deb "$2"; }

# The order in which 20_linux_xen lists them; the first one is what an entry without
# a version boots.
listed_last() {
    local ours
    ours=$(dpkg-deb -c "$BUILD"/deb/xen-hypervisor-*.deb | sed -n 's,.* \./\(boot/xen.*\.gz\)$,/\1,p')
    [ -n "$ours" ] || { echo "no hypervisor in /boot"; return 1; }
    [ "$(printf '%s 2\n' "$ours" /boot/xen-4.20-amd64.gz /boot/xen-4.20-amd64.efi | sort -V -r | tail -n 1)" = "$ours 2" ] ||
        { echo "$ours is not the last one"; return 1; }
    echo "$ours comes after the distribution's"
}

beside_the_distribution() {
    local on
    on=$(field xen-hypervisor-4.20-groups-amd64 Depends)
    case ", $on," in
    *", xen-hypervisor-4.20-amd64, xen-utils-4.20,"*) echo "$on" ;;
    *) echo "depends on $on"; return 1 ;;
    esac
}

# plan SUITE: what apt would do on an empty system of that release.
plan() {
    apt_apart "deb-$1-$FOR" "$FOR" "$1"
    apt-get "${APT_OPTS[@]}" -s install "$DEBS"/*.deb 2>&1
}

fits_trixie() {
    plan trixie | grep '^Inst xen-' | sed 's/^Inst //; s/ .*//' | tr '\n' ' '
    plan trixie | grep -q "^Conf xen-hypervisor-4.20-groups-$FOR"
}

refused_by_bookworm() {
    local said
    ! said=$(plan bookworm) || { echo "apt would install it on Debian 12"; return 1; }
    echo "$said" | grep -o 'Depends: xen-[^ ]*4.20.*' | head -n 1
}

# GRUB starts it as multiboot2, on a PC and under UEFI.
boots() {
    in_root sh -c '
        set -e
        gunzip -c /check/root/boot/xen-4.20~groups-amd64.gz >/check/xen
        readelf -h /check/xen | grep -q "Entry point"
        od -An -tx4 -N 32768 -v /check/xen | tr -s " " "\n" | grep -qx e85250d6
        grep -qx CONFIG_IOMMU_GROUPS=y /check/root/boot/xen-4.20~groups-amd64.config
        strings /check/xen | grep -q "EFI RAM map"'
    echo "multiboot2, with EFI"
}

# As Debian's there: an image of Linux' kind that UEFI starts too; and a tool for it.
boots_arm64() {
    local xen=$CHECK/root/boot/xen-4.20~groups-arm64
    [ "$(od -An -c -N 2 "$xen" | tr -d ' ')" = MZ ] || { echo "no EFI program"; return 1; }
    [ "$(od -An -c -j 56 -N 4 "$xen" | tr -d ' ')" = ARMd ] || { echo "no arm64 image"; return 1; }
    grep -qx CONFIG_IOMMU_GROUPS=y "$xen.config" || { echo "without groups"; return 1; }
    in_root readelf -h "${CHECK#"$ROOT"}/root/usr/sbin/xen-iommu" | grep -q 'Machine: *AArch64' ||
        { echo "xen-iommu is for another machine"; return 1; }
    echo "an arm64 image with EFI"
}

tool_runs() {
    in_root sh -c '
        cd /check/root/usr && ldd sbin/xen-iommu | grep "not found" && exit 1
        sbin/xen-iommu --version && sbin/xen-iommu check --help >/dev/null 2>&1 || [ $? = 2 ]'
}

for_arm64() { FOR=arm64 DEBS=$BUILD/deb/arm64 CHECK=$ROOT/check-arm64 "$@"; }

files_of() {
    local path
    for path in "$@"; do
        [ -s "$ROOT/check/root/$path" ] || { echo "no $path"; return 1; }
    done
    echo "$# files"
}

main() {
    if [ "$(id -u)" != 0 ]; then
        echo "  SKIP deb  only root can make and enter a root of Debian 13"
        echo "0 passed, 0 failed"
        return
    fi
    "$TOP/tools/setup/deb.sh"
    check second-build second_build
    check reproducible same
    unpack
    check lintian lintian_clean
    check listed-last listed_last
    check depends beside_the_distribution
    check fits-trixie fits_trixie
    check refused-by-bookworm refused_by_bookworm
    check boots boots
    check tool-runs tool_runs
    check completion in_root sh -c 'cd /check/root/usr/share && zsh -n zsh/vendor-completions/_xen-iommu &&
        fish --no-execute fish/vendor_completions.d/xen-iommu.fish && bash -n bash-completion/completions/xen-iommu'
    check alerts in_root promtool check rules /check/root/usr/share/xen-iommu/alerts.yml
    check dashboard python3 -m json.tool "$ROOT/check/root/usr/share/xen-iommu/grafana.json" /dev/null
    check files files_of usr/sbin/xen-groups-try usr/lib/xen-iommu/machine-came-up \
        usr/share/man/man8/xen-iommu.8.gz usr/share/man/man8/xen-groups-try.8.gz \
        usr/lib/systemd/system/xen-iommu-metrics.service usr/lib/systemd/system/xen-iommu-metrics.timer \
        usr/lib/systemd/system/xen-groups-try.service \
        usr/share/xen-hypervisor-4.20-groups-amd64/build-id
    check arm64-builds env FOR=arm64 "$TOP/tools/setup/deb.sh"
    check arm64-unpacks for_arm64 unpack
    check arm64-lintian for_arm64 lintian_clean
    check arm64-fits-trixie for_arm64 fits_trixie
    check arm64-boots for_arm64 boots_arm64
    rm -rf "$ROOT/check" "$ROOT/check-arm64"
    mkdir -p "$BUILD/report"
    printf '%s\n' "${report[@]}" | python3 -c '
import json, sys
rows = [line.rstrip("\n").split("|", 2) for line in sys.stdin]
json.dump({"results": [{"name": r[1], "verdict": r[0], "text": r[2]} for r in rows]}, sys.stdout, indent=1)
' >"$BUILD/report/deb.json"
    python3 "$TOP/tools/testbed/rings.py" deb
    echo "$passed passed, $failed failed"
    exit $((failed > 0))
}

main
