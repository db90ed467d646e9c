# SPDX-License-Identifier: GPL-2.0-only
# What an administrator may get wrong: refused, with a line that says why, and
# nothing has changed afterwards.

NIC=$(pci_find 8086:10d3) EDU=$(pci_find 1234:11e8)

# On Arm: the NIC's line; it will be in slot 1 (pci-host.dts).
g1_IRQS=36

# On stock Xen the refusal is all that can be asked for.
says_why() {
    [ -n "$BED_STOCK" ] && { echo "stock Xen says nothing"; return 0; }
    log_has "$1"
}

check assignable-nic assignable "$NIC"
check assignable-edu assignable "$EDU"
check create-owner guest_create g1 "passthrough='enabled'"
check create-other probe_create g2 "passthrough='enabled'"
check create-without probe_create g3
check attach xl pci-attach g1 "$EDU"

refuse no-such-device xl pci-attach g1 0000:7e:1f.7

log_mark >/dev/null
refuse device-of-another-guest xl pci-attach g2 "$EDU"
refuse not-listed-for-other attached g2 "$EDU"
check owner-keeps-it guest_sh g1 edu roundtrip

log_mark >/dev/null
refuse guest-without-passthrough xl pci-attach g3 "$NIC"
check without-passthrough-says-why says_why "$NIC.*(passthrough|cannot have|EXDEV|no stage-2|not)"

# The device that was refused is still free, and the guest can still have it.
check attach-after-refusal xl pci-attach g1 "$NIC"
check ping-after-refusal guest_sh g1 ping_through 8086 10d3
check detach detach g1 "$NIC"
refuse detach-twice xl pci-detach g1 "$NIC"
for g in g1 g2 g3; do check "destroy-$g" guest_destroy $g; done
