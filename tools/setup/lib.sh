# SPDX-License-Identifier: GPL-2.0-only
# Sourced by every set-up script: paths, messages, stamps.

set -euo pipefail
export LC_ALL=C
export PATH=$PATH:/usr/sbin:/sbin       # depmod and others, which a user's PATH lacks
set -E
# What failed without a message of its own is named; 3 means that die() spoke.
trap '[ $? = 3 ] || echo "set-up: ${BASH_SOURCE[0]##*/}:$LINENO failed: $BASH_COMMAND" >&2' ERR

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${BUILD:-$TOP/build}
STAMPS=$BUILD/stamps
CACHE=${XDG_CACHE_HOME:-${HOME:-$BUILD}/.cache}/xen-iommu-groups

say()  { printf '  %-8s %s\n' "$1" "${*:2}"; }
die()  { printf 'set-up: %s\n' "$*" >&2; exit 3; }

writable() { mkdir -p "$1" 2>/dev/null && [ -w "$1" ]; }
writable "$STAMPS" ||
    die "$BUILD cannot be written to (made by another user?): remove it, or give BUILD=DIR"
writable "$CACHE" || CACHE=$BUILD/cache

# Run a noisy command; its output goes to a log that is shown if it fails.
#   logged NAME COMMAND...
logged() {
    local name=$1 log=$BUILD/logs/setup/$1.log
    shift
    mkdir -p "${log%/*}"
    if ! "$@" >"$log" 2>&1; then
        grep -m 20 -E 'error:|undefined reference|No rule|\*\*\*' "$log" >&2 || tail -n 25 "$log" >&2
        die "$name failed; the whole log: ${log#"$TOP"/}"
    fi
}

# Serialise set-up steps: two makes in one tree must not fetch the same thing.
#   with_lock NAME COMMAND...
with_lock() {
    local name=$1
    shift
    (
        flock -w 1500 9 || die "another set-up holds build/stamps/$name.lock since 25 minutes"
        "$@"
    ) 9>"$STAMPS/$name.lock"
}
