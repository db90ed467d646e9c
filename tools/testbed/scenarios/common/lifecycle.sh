# SPDX-License-Identifier: GPL-2.0-only
# The ends of a guest's life with devices attached, quarantine between owners,
# and the way back to dom0.

NIC=$(pci_find 8086:10d3) EDU=$(pci_find 1234:11e8)

BOTH="pci=['${EDU#0000:}','${NIC#0000:}']"

# The list that xl gives must name the device, and nobody may hold it.
is_assignable() { xl pci-assignable-list | grep -q "${1#0000:}"; }

# With LINUX=yes the guest that is destroyed, saved and so on has a stock NIC driver.
first_create() {
    if [ -n "$LINUX" ]; then guest_create "$@"; else probe_create "$@"; fi
}

guest_uses_both() {
    guest_sh "$1" edu roundtrip && { [ -z "$LINUX" ] || guest_sh "$1" ping_through 8086 10d3; }
}

back_in_dom0() {
    unassignable "$NIC" && net_io "$NIC" "$PAYLOAD_SHA"
}

edu_in_dom0() {
    unassignable "$EDU" && reads_dom0 "$EDU"
}

crashed() { guest_gone "$1"; }

# A new domain with the same name: the guest restarted.
restarted() { local id; id=$(guest_id "$1") && [ "$id" != "$2" ]; }

# What devices are doing goes into no image of a guest: whoever asks for one is told
# why not, and the guest goes on. Arm's xl has no such words.
kept_here() {
    log_mark >/dev/null
    refuse migrate xl migrate -s '' g1 'xl migrate-receive'
    if [ -n "$BED_STOCK" ]; then
        check stock-saves xl save -c g1 /dev/null
    else
        check migrate-says-why log_has "IOMMU: .* cannot be migrated while it runs.* what $1 writes"
        refuse save xl save g1 /dev/null
        check save-says-why log_has "IOMMU: .* cannot be saved: what $1 is doing"
    fi
    check devices-after-save guest_uses_both g1
}

check dom0-reads reads_dom0 "$EDU"
check assignable-nic assignable "$NIC"
check assignable-edu assignable "$EDU"
quarantined quarantine "$EDU"

# pci=[...] at creation, then destroyed with both attached.
check create-with-devices first_create g1 "$BOTH"
check devices-at-creation guest_uses_both g1
[ "$BED_ARCH" != x86 ] || kept_here "($EDU|$NIC)"
check destroy guest_destroy g1
check assignable-after-destroy is_assignable "$EDU"
quarantined quarantine-after-destroy "$EDU"

# A crash while DMA is in flight.
check create-for-crash probe_create g2 "$BOTH"
check devices-before-crash guest_sh g2 edu roundtrip
check in-flight guest_sh g2 edu_churn
echo crash >/run/g2.tty
check crash wait_for 40 crashed g2
check assignable-after-crash is_assignable "$EDU"
quarantined quarantine-after-crash "$EDU"

# A reboot: xl creates a new domain and gives it the devices again.
check create-for-reboot probe_create g3 "pci=['${EDU#0000:}']"
old=$(guest_id g3)
echo restart >/run/g3.tty
check reboot wait_for 60 restarted g3 "$old"
check console-after-reboot guest_console g3
check ready-after-reboot guest_ready 60 g3
check device-after-reboot guest_sh g3 edu roundtrip
check destroy-rebooted guest_destroy g3

# Lives cost nothing: the first ones may have filled pools, more must not.
life() { probe_create "$1" "pci=['${EDU#0000:}']" && guest_destroy "$1"; }
before=$(heap_pages)
check life-1 life g5
check life-2 life g6
check heap-after-lives heap_back_to "$before"

# Back to dom0, which drives both again; and once more to a guest.
check nic-back-in-dom0 back_in_dom0
check edu-back-in-dom0 edu_in_dom0
check assignable-once-more assignable "$EDU"
check create-once-more probe_create g4 "pci=['${EDU#0000:}']"
check device-once-more guest_sh g4 edu roundtrip
check shutdown xl shutdown g4
check gone-after-shutdown wait_for 30 guest_gone g4
check assignable-after-shutdown is_assignable "$EDU"
