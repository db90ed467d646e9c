# SPDX-License-Identifier: GPL-2.0-only
# Devices that come and go, owned by a guest or not: no stale owner, no stale
# mapping. What libxl keeps of them is in docs/side-by-side.md.

EDU=$(pci_find 1234:11e8) PF=$(pci_find 8086:10c9)
VF=8086:10ca

our() { [ -n "$BED_STOCK" ] || check "$@"; }
there() { [ -e "/sys/bus/pci/devices/$1" ]; }
gone() { ! there "$1"; }

# unplug ID SBDF, plug BUS ID SBDF
unplug() {
    host qmp device_del "id=$1" && host wait-event DEVICE_DELETED 60 "device=$1" && wait_for 20 gone "$2"
}
plug() {
    host qmp device_add driver=edu "bus=$1" "id=$2" dma_mask=0xffffffffffffffff && wait_for 20 there "$3"
}

# Nobody in Xen knows the device any more: no group, no owner, no translation.
forgotten() {
    owner_is "$1" "" && hypfs_agrees && ! xenhypfs cat "/iommu/translate/$(echo "$1" | tr -d :.)@0"
}

# Still in the list of xl, which cannot know better.
listed() { xl pci-list "$1" | grep "${2#0000:}"; }

our hypfs hypfs_agrees
check assignable assignable "$EDU"
check create probe_create g1 "pci=['${EDU#0000:}']"
check works guest_sh g1 edu roundtrip

# Unplugged while the guest has it. libxl does not notice, and its detach, which
# says that it worked, leaves the entry where it was.
check unplug unplug edu0 "$EDU"
our unplug-forgotten forgotten "$EDU"
check unplug-libxl-keeps-it listed g1 "$EDU"

# Another one in the same place is pciback's at once. For libxl it is still the
# one that this guest has.
check plug plug rp0 edu1 "$EDU"
our plug-hypfs hypfs_agrees
check plug-assignable assignable "$EDU"
quarantined plug-quarantine "$EDU"
refuse plug-attach-same-guest xl pci-attach g1 "$EDU"
check plug-detach xl pci-detach g1 "$EDU"
our plug-quarantined-again owner_is "$EDU" quarantine
check destroy guest_destroy g1

# For the next guest it is as good as new.
check next probe_create g2 "pci=['${EDU#0000:}']"
check next-works guest_sh g2 edu roundtrip

# Virtual functions. While one is pciback's, Linux' igb does not switch them off.
vfs_are() { [ "$(lspci -Dn -d $VF | wc -l)" = "$1" ]; }
vfs() { echo "$1" >"/sys/bus/pci/devices/$PF/sriov_numvfs" && wait_for 20 vfs_are "$1"; }

check vfs vfs 2
VF0=$(pci_find $VF 1) VF1=$(pci_find $VF 2)
our vfs-hypfs hypfs_agrees
our vfs-apart apart "$VF0" "$VF1"
check vf-assignable assignable "$VF0"
check vf-attach xl pci-attach g2 "$VF0"
our vf-owner owner_is "$VF0" "d$(guest_id g2)"
refuse vfs-off-while-assigned vfs 0
our vf-owner-stays owner_is "$VF0" "d$(guest_id g2)"
check vf-detach xl pci-detach g2 "$VF0"
our vf-quarantined owner_is "$VF0" quarantine
check vf-attach-again xl pci-attach g2 "$VF0"
check next-still-works guest_sh g2 edu roundtrip
check destroy-next guest_destroy g2
our vf-after-death owner_is "$VF0" quarantine
check vf-back unassignable "$VF0"
our vf-is-dom0s owner_is "$VF0" d0
check vfs-off vfs 0
our vf-forgotten forgotten "$VF0"

# The physical function takes its virtual ones along.
check vfs-again vfs 2
our vfs-again-hypfs hypfs_agrees
check pf-unplug unplug igb0 "$PF"
our pf-forgotten forgotten "$PF"
our pf-vf-forgotten owner_is "$VF1" ""
check back unassignable "$EDU"
check dom0-reads reads_dom0 "$EDU"
