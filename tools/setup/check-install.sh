#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# check-install.sh [RELEASE...]: what a newcomer does. In a minimal root of each
# Debian release, with make and git and nothing else of what this needs, a clone of
# this tree's last commit runs `make run` as root, in a folder of its own.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/apt.sh"
. "$(dirname "$0")/chroot.sh"

RELEASES="bookworm trixie"
SEEDS=make,git,ca-certificates
passed=0 failed=0
report=()

verdict() {
    if [ "$1" = PASS ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    report+=("$1|$2|$3|$4")
    echo "  $1 install/$2  $3"
}

make_root() {
    local release=$1 root=$2 base=$3
    install_root "$release" "$root" "$base" "$SEEDS"
    mkdir -p "$root/root/empty"
    # Whoever owns this tree: it is only read.
    HOME=$BUILD/install git clone -q "file://$TOP" "$root/root/empty/clone"
}

# check RELEASE: one verdict.
check() {
    local release=$1 base=$2 root=$BUILD/install/$1 log=$BUILD/logs/setup/install-$1.log t0=$SECONDS last rc=0
    say INSTALL "a fresh $release, and \`make run\` in it (log ${log#"$TOP"/})"
    if ! "$0" --make-root "$release" "$root" "$base" >"$log" 2>&1; then
        verdict FAIL "$release" "no root of it could be made: $(tail -n 1 "$log")" 0
        return
    fi
    unshare --mount --pid --fork --kill-child "$0" --enter "$root" "$base" \
        make --no-print-directory -C /root/empty/clone run </dev/null >>"$log" 2>&1 || rc=$?
    last=$(tail -n 1 "$log")
    if [ $rc = 0 ] && [[ $last =~ ^[1-9][0-9]*\ passed,\ 0\ failed$ ]]; then
        verdict PASS "$release" "make run: $last, $((SECONDS - t0)) s" $((SECONDS - t0))
        rm -rf --one-file-system "$root"
    else
        verdict FAIL "$release" "make run, exit $rc: $last" $((SECONDS - t0))
    fi
}

write_report() {
    mkdir -p "$BUILD/report"
    printf '%s\n' "${report[@]}" | python3 -c '
import json, sys
rows = [l.rstrip("\n").split("|", 3) for l in sys.stdin]
parts = [{"name": r[1], "seconds": float(r[3]),
          "cases": [{"name": "make-run", "verdict": r[0], "text": r[2]}]} for r in rows]
json.dump({"parts": parts}, sys.stdout, indent=1)
' >"$BUILD/report/install.json"
    python3 "$TOP/tools/testbed/rings.py" install
}

main() {
    local release mirror base
    if [ "$(id -u)" != 0 ]; then
        echo "  SKIP install  only root can make and enter roots of other releases"
        echo "0 passed, 0 failed"
        return
    fi
    "$TOP/tools/setup/packages.sh" roots
    [ -z "$(git -C "$TOP" status --porcelain 2>/dev/null)" ] ||
        say NOTE "the last commit is tried, without what is not committed"
    mkdir -p "$BUILD/install" "$BUILD/logs/setup"
    printf '[safe]\n\tdirectory = *\n' >"$BUILD/install/.gitconfig"
    mirror=$(find_mirror)
    base=$(mirror_bases "$mirror" | head -n 1)
    [ $# -gt 0 ] || set -- $RELEASES
    for release; do
        check "$release" "$base"
    done
    write_report
    echo "$passed passed, $failed failed"
    exit $((failed > 0))
}

# Each a process of its own: the one fails at its first error, the other has namespaces.
case ${1:-} in
--make-root) make_root "${@:2}" ;;
--enter)     enter "${@:2}" ;;
*)           main "$@" ;;
esac
