# SPDX-License-Identifier: GPL-2.0-only
# A guest's device writes interrupt messages of its own choice. Interrupt
# remapping must reject them and Xen report them.
#
# On VT-d only messages in remappable format are forged: QEMU's unit lets those in the
# old format through whatever GSTS.CFIS says, where hardware refuses them. And
# QEMU does not say which device wrote a message by DMA: it reports ffff.
#
# QEMU's AMD-Vi looks them up as the IO-APIC's, and raises no event: it says by
# itself that it refused one, once.

EDU=$(pci_find 1234:11e8)

# VT-d: address bits 19:5 are the entry's number, bit 4 the format, bit 3 a sub-handle
# that is added to the number: entries that nobody made. AMD-Vi: data bits 10:0.
forge() {
    local address
    if [ "$MACHINE" = amd ]; then
        guest_sh g1 edu poke 0xfee00000 0xf0 4
        return
    fi
    for address in 0xfeefffb0 0xfee80010 0xfeefffb8; do
        guest_sh g1 edu poke $address 0x1 4 || return 1
    done
}

check assignable assignable "$EDU"
check create probe_create g1 "passthrough='enabled'"
check attach xl pci-attach g1 "$EDU"
check works guest_sh g1 edu roundtrip
log_mark >/dev/null
check forge forge
if [ "$MACHINE" = amd ]; then
    check reported host qemu-says 'failed to remap interrupt from devid'
else
    check reported log_has 'interrupt request .*refused|INTR-REMAP.*[Ff]ault|INTR-REMAP: Request device'
fi
check no-stray-vector log_lacks 'No irq handler for vector'
check still-works guest_sh g1 edu roundtrip
check destroy guest_destroy g1
