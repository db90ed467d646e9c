# SPDX-License-Identifier: GPL-2.0-only
# A group with a table of its own: not the guest's p2m, but a copy of it in the
# format of the page-table engine, which follows when the guest gives memory up.

EDU=$(pci_find 1234:11e8)

table() { xenhypfs cat "/iommu/groups/$GROUP/table"; }
has_pages() { table; table | grep -qE 'pages [1-9]'; }
flushes() { table | sed -n 's/.*flushes \([0-9]*\).*/\1/p'; }

# Frames that the table maps: leaves of 4K, 2M, 1G.
frames() {
    local k m g
    IFS=, read -r k m g <<<"$(table | sed -n 's/.*leaves \([0-9,]*\).*/\1/p')"
    echo $((k + (m << 9) + (g << 18)))
}
fewer_than() { [ "$(frames)" -lt "$1" ]; }

# Memory that the guest gives back leaves the copy too, which takes a flush. On
# Arm `xl mem-set` fails in libxl, so that the balloon is told by hand.
follows() {
    local flushed frames
    flushed=$(flushes) frames=$(frames)
    xenstore-write "/local/domain/$(guest_id g1)/memory/target" $(($1 << 10)) || return 1
    wait_for 30 fewer_than $((frames - 8192)) || { echo "still $(frames) frames of $frames"; return 1; }
    echo "frames $frames, then $(frames); flushes $flushed, then $(flushes)"
    [ "$(flushes)" -gt "$flushed" ]
}

GROUP=$(group_of "$EDU")
check assignable assignable "$EDU"
check private xenhypfs write "/iommu/groups/$GROUP/tables" private
check create guest_create g1 "pci=['${EDU#0000:}']"
check table-is-own has_pages
check own-page guest_sh g1 edu roundtrip
log_mark >/dev/null
check hold-page hold_page
exits cannot-read-dom0 1 guest_sh g1 edu steal "$(held_page)"
check fault-recorded fault_logged g1 "$EDU" "$(held_page)"
check follows-the-p2m follows 144
check own-page-still guest_sh g1 edu roundtrip
check destroy guest_destroy g1
check shared xenhypfs write "/iommu/groups/$GROUP/tables" shared
