# SPDX-License-Identifier: GPL-2.0-only
# `xen-iommu prove' on a machine where all is well, and then with one thing
# changed behind Xen's back: an entry of a page table, an entry of a unit's
# context table, a port's ACS.

edu() { pci_find 1234:11e8 "$1"; }
A=$(edu 1) B=$(edu 2)
UNIT=0xfed90000
WRITABLE=0xfffffffffffff000

word_at()  { host physmem "$1" 8; }
root_of()  { xenhypfs cat /iommu/proof/tables/all | sed -n "s/^$1 \(0x[0-9a-f]*\) .*/\1/p" | head -n 1; }
disproved() { answers 1 "^WRONG $1" xen-iommu prove; }

# changed ADDRESS VALUE REGEX: prove says so, and no more when it is put back.
changed() {
    local was now
    was=$(word_at "$1") || { echo "$was"; return 1; }
    host physmem "$1" 8 "$2" || return 1
    now=$(disproved "$3")
    local rc=$?
    echo "$now"
    host physmem "$1" 8 "$was" && proved >/dev/null && return $rc
}

# The guest's second half terabyte: the first of dom0's.
leak() {
    local guest dom0
    guest=$(root_of "$(guest_id g1)") dom0=$(root_of 0)
    [ $(($(word_at $((guest + 8))))) = 0 ] || { echo "something is there"; return 1; }
    changed $((guest + 8)) "$(word_at $((dom0)))" "d$(guest_id g1): frames .* (d0|nobody|xen|mmio)"
}

# VT-d rev 4.1, 9.1 and 9.3: the root table's entry of the bus, the context table's
# of the function.
context_of() {
    local bus=$((16#${1:5:2})) devfn=$(((16#${1:8:2} << 3) | ${1:11:1})) root
    root=$(($(word_at $((UNIT + 0x20))) & WRITABLE))
    echo $((($(word_at $((root + bus * 16))) & WRITABLE) + devfn * 16))
}

# The root is in the entry's upper bits, beside its type and present bit.
wrong_table() {
    local at lo
    at=$(context_of "$A")
    lo=$(word_at "$at")
    changed "$at" $(($(root_of 0) | (lo & 0xfff))) "$A: ID [0-9a-f]+ leads to a table of d0"
}

# An entry where nothing was: a function that nobody knows.
stranger() {
    local at=$(($(context_of "$A") + 16))
    changed "$at" "$(word_at "$(context_of "$A")")" 'vtd0: IDs .* are not blocked'
}

# Xen's groups rest on the port's ACS; dom0 can write it.
acs_of() { setpci -s "$1" ECAP_ACS+6.w; }
clear_acs() {
    local port was rc
    port=$(basename "$(dirname "$(readlink -f "/sys/bus/pci/devices/$A")")")
    was=$(acs_of "$port")
    setpci -s "$port" ECAP_ACS+6.w=0
    disproved "$port acs 0x[0-9a-f]+ 0"
    rc=$?
    setpci -s "$port" "ECAP_ACS+6.w=$was"
    return $rc
}

check assignable-a assignable "$A"
check assignable-b assignable "$B"
check proved-parked proved
check create probe_create g1 "passthrough='enabled'"
check create-other probe_create g2 "passthrough='enabled'"
check attach-a xl pci-attach g1 "$A"
check attach-b xl pci-attach g2 "$B"
check proved proved
check leaked-mapping leak
check wrong-table wrong_table
check unknown-requester stranger
check acs-cleared clear_acs
check proved-again proved
check still-works guest_sh g1 edu roundtrip
check destroy guest_destroy g1
check destroy-other guest_destroy g2
check proved-after proved
