# SPDX-License-Identifier: GPL-2.0-only
# A group with a table of its own: not the guest's p2m, but a copy of it in the
# format of the page-table engine, which follows when the guest gives memory up.

EDU=$(pci_find 1234:11e8)

group_of() {
    local n
    for n in $(xenhypfs ls /iommu/groups | tr -d ' '); do
        ! xenhypfs cat "/iommu/groups/$n/devices" | grep -q "$1" || echo "$n"
    done
}

table() { xenhypfs cat "/iommu/groups/$GROUP/table"; }
has_pages() { table; table | grep -qE 'pages [1-9]'; }
flushes() { table | sed -n 's/.*flushes \([0-9]*\).*/\1/p'; }

# Memory that the guest gives back leaves the copy too, which takes a flush.
follows() {
    local before
    before=$(flushes)
    xl mem-set g1 "$1"
    wait_for 30 eval "[ \$(flushes) -gt $before ]"
    echo "flushes $before, then $(flushes)"
}

GROUP=$(group_of "${EDU#0000:}")
check assignable assignable "$EDU"
check private xenhypfs write "/iommu/groups/$GROUP/tables" private
check create guest_create g1 "pci=['${EDU#0000:}']"
check table-is-own has_pages
check own-page guest_sh g1 edu roundtrip
log_mark >/dev/null
check hold-page hold_page
exits cannot-read-dom0 1 guest_sh g1 edu steal "$(held_page)"
check fault-recorded fault_logged g1 "$EDU" "$(held_page)"
check follows-the-p2m follows 96
check own-page-still guest_sh g1 edu roundtrip
check destroy guest_destroy g1
check shared xenhypfs write "/iommu/groups/$GROUP/tables" shared
