# SPDX-License-Identifier: GPL-2.0-only
# Devices of the device tree (iommus = <...>): groups by stream ID, dtdev=[...].
# QEMU has no platform device whose DMA goes through its SMMUv3, so what is shown
# is who may have what; that such a device is translated, host tests show.

ALONE=/virtio_mmio@a000000                              # kept for a guest
KEPT=/virtio_mmio@a000200 DOM0S=/virtio_mmio@a000400    # one stream ID; dom0 has one
OWN=/virtio_mmio@a000600                                # dom0's, a disk
TWIN=/virtio_mmio@a000800 OTHER=/virtio_mmio@a000a00    # one stream ID, both kept

table_of() { xenhypfs cat "/iommu/groups/$(group_of "$1")/table"; }
has_pages() { table_of "$1"; table_of "$1" | grep -qE 'pages [1-9]'; }
disk() { disk_io "${1#/virtio_mmio@}.virtio_mmio" 2; }
# For dom0, what is kept for guests is disabled.
disabled() { grep -q disabled "/proc/device-tree$1/status"; }

# refused NAME GUEST PATH REGEX: not created, and a line of Xen's says why.
refused() {
    log_mark >/dev/null
    refuse "$1" guest_create "$2" "dtdev=['$3']"
    check "$1-gone" wait_for 30 guest_gone "$2"
    check "$1-errno" log_has "assign $3 failed \\(-16\\)"
    check "$1-says-why" log_has "$3 cannot be given to d[0-9]*: $4"
}

check dom0-disk disk "$OWN"
check listed answers 0 "$ALONE .*owner quarantine .*blocked" xen-iommu list
check list-json valid list xen-iommu list --json
check records records_agree
check one-group one_group "$KEPT" "$DOM0S"
check twins-one-group one_group "$TWIN" "$OTHER"
check apart apart "$ALONE" "$KEPT"
check own-is-dom0s owner_is "$OWN" d0
check kept-from-dom0 disabled "$ALONE"
refuse not-kept-from-dom0 disabled "$DOM0S"
check in-hypfs answers 0 "^$ALONE smmu0 quarantine blocked .* f001" \
    xenhypfs cat "/iommu/groups/$(group_of "$ALONE")/devices"
check explain-alone answers 0 "$ALONE can be given" xen-iommu explain "$ALONE"
check explain-half answers 1 "$DOM0S belongs to dom0" xen-iommu explain "$KEPT"
check explain-json valid explain xen-iommu explain "$KEPT" --json

check create guest_create g1 "dtdev=['$ALONE','$TWIN']"
check is-the-guests owner_is "$ALONE" "d$(guest_id g1)"
check lent-table answers 0 'pages 0' table_of "$ALONE"
refused half g2 "$KEPT" "$DOM0S belongs to d0"
check half-is-nobodys owner_is "$KEPT" quarantine
refused two-guests g2 "$OTHER" "$TWIN belongs to d$(guest_id g1)"
log_mark >/dev/null
refuse taken guest_create g2 "dtdev=['$ALONE']"
check taken-says-why log_has "$ALONE belongs to d$(guest_id g1)"
log_mark >/dev/null
refuse dom0s guest_create g2 "dtdev=['$OWN']"
check dom0s-says-why log_has "$OWN belongs to d0"
refuse no-such-node guest_create g2 "dtdev=['/none']"
check destroy guest_destroy g1
check returned owner_is "$ALONE" quarantine
check twin-returned owner_is "$TWIN" quarantine

# The whole, and a table of its own.
check private xenhypfs write "/iommu/groups/$(group_of "$ALONE")/tables" private
check create-whole guest_create g3 "dtdev=['$ALONE','$TWIN','$OTHER']"
check whole-is-the-guests owner_is "$OTHER" "d$(guest_id g3)"
check own-table has_pages "$ALONE"
check destroy-whole guest_destroy g3
check whole-returned owner_is "$OTHER" quarantine
check dom0-disk-again disk "$OWN"
