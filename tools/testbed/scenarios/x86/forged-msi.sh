# SPDX-License-Identifier: GPL-2.0-only
# A guest's device writes interrupt messages of its own choice. Interrupt
# remapping must reject them; dom0 and Xen must not notice more than a report.

EDU=$(pci_find 1234:11e8)

# The vectors that would hurt: Xen's IPIs and the local timer's.
forge() {
    local v
    for v in 0xfb 0xfd 0x31 0xef; do
        guest_sh g1 edu poke 0xfee00000 $v 4 || return 1
    done
    # Remappable format, handle 0x7fff: an entry that nobody made.
    guest_sh g1 edu poke 0xfeefffb0 0x0 4
}

check assignable assignable "$EDU"
check create guest_create g1 "passthrough='enabled'"
check attach xl pci-attach g1 "$EDU"
check works guest_sh g1 edu roundtrip
log_mark >/dev/null
check forge forge
check reported log_has "${EDU#0000:}.*([Ff]ault|[Ii]nterrupt|INTR)|([Ff]ault|INTR).*${EDU#0000:}"
check no-stray-vector log_lacks 'No irq handler for vector'
check still-works guest_sh g1 edu roundtrip
check destroy guest_destroy g1
