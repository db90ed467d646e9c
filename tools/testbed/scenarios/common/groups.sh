# SPDX-License-Identifier: GPL-2.0-only
# Which devices are one group, what that means for assigning them, and that an
# administrator can see both.

# edu N, in the order of the configuration (by bus number).
edu() { pci_find 1234:11e8 "$1"; }
PAIR0=$(edu 1) PAIR1=$(edu 2) APART=$(edu 3) NOACS=$(edu 4)
BRIDGE0=$(edu 5) BRIDGE1=$(edu 6) SWITCH0=$(edu 7) SWITCH1=$(edu 8)

group_of() { xen-iommu explain "$1" --json | sed -n 's/.*"group": \([0-9]*\).*/\1/p'; }
one_group() { [ -n "$(group_of "$1")" ] && [ "$(group_of "$1")" = "$(group_of "$2")" ]; }
apart() { [ -n "$(group_of "$1")" ] && ! one_group "$1" "$2"; }
above() { basename "$(dirname "$(readlink -f "/sys/bus/pci/devices/$1")")"; }
says() { local what=$1 out; shift; out=$("$@" 2>&1); echo "$out"; echo "$out" | grep -qE -- "$what"; }

check hypfs-tree says translate xenhypfs tree
check hypfs-devices says "$PAIR0" xenhypfs cat "/iommu/groups/$(group_of "$PAIR0")/devices"
check list says "Unit 0" xen-iommu list
check list-json says '"units"' xen-iommu list --json
check metrics says 'xen_iommu_unit_up.* 1' xen-iommu metrics
check multifunction one_group "$PAIR0" "$PAIR1"
check behind-bridge one_group "$BRIDGE0" "$BRIDGE1"
check behind-switch one_group "$SWITCH0" "$SWITCH1"
check port-without-acs one_group "$NOACS" "$(above "$NOACS")"
check port-with-acs apart "$APART" "$(above "$APART")"
check different-ports apart "$APART" "$NOACS"
check why-multifunction says 'functions of one device' xen-iommu explain "$PAIR1"
check why-bridge says 'requester ID' xen-iommu explain "$BRIDGE1"
check why-switch says 'no effective ACS at port' xen-iommu explain "$SWITCH1"
check dom0-owns says "xl pci-assignable-add $PAIR1" xen-iommu explain "$PAIR0"
exits explain-says-no 1 xen-iommu explain "$PAIR0"
exits no-such-device 1 xen-iommu explain 0000:7e:00.0

check guests guest_create g1 "passthrough='enabled'"
check guest2 guest_create g2 "passthrough='enabled'"

# Half of a group.
check assignable-half assignable "$PAIR0"
log_mark >/dev/null
refuse half xl pci-attach g1 "$PAIR0"
check half-says-why log_has "$PAIR1 belongs to"
check half-explained says "$PAIR1 belongs to dom0" xen-iommu explain "$PAIR0" g1
check back unassignable "$PAIR0"

for pair in "pair $PAIR0 $PAIR1" "bridge $BRIDGE0 $BRIDGE1" "switch $SWITCH0 $SWITCH1"; do
    set -- $pair
    check "$1-assignable" xen-iommu assignable "$2"
    exits "$1-explain-yes" 0 xen-iommu explain "$2" g1
    check "$1-attach" xl pci-attach g1 "$2"
    log_mark >/dev/null
    refuse "$1-other-guest" xl pci-attach g2 "$3"
    check "$1-names-device" log_has "$2 belongs to"
    check "$1-explained" says "xl pci-detach .* $2" xen-iommu explain "$3" g2
    check "$1-attach-rest" xl pci-attach g1 "$3"
    check "$1-translated" says 'mfn|not mapped' xen-iommu dump "$3" 10
    check "$1-detach" xl pci-detach g1 "$2"
    check "$1-detach-rest" xl pci-detach g1 "$3"
    check "$1-back" unassignable "$2"
    check "$1-back-rest" unassignable "$3"
done

check faults xen-iommu faults
check list-at-the-end says 'owner d0' xen-iommu list
for g in g1 g2; do check "destroy-$g" guest_destroy $g; done
