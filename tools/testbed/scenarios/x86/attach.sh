# SPDX-License-Identifier: GPL-2.0-only
# `xen-iommu attach' and `detach' through the stock xl: the device that was meant,
# and where a step fails, every member back where it was.

EDU=($(lspci -Dn -d 1234:11e8 | cut -d ' ' -f 1))
X=${EDU[2]} Y=${EDU[3]}             # alone, below two ports of one device
E=${EDU[10]} N=$(pci_find 1b36:0010)    # an edu and a disk: one group
P=${EDU[11]} Q=${EDU[12]}           # two edu: one group
SMBUS=0000:00:1f.3                  # requires the memory that the disk requires
SYS=/sys/bus/pci

there()     { [ -e "$SYS/devices/$1" ]; }
driver_of() { basename "$(readlink "$SYS/devices/$1/driver")"; }

# The disk is dom0's with all that belongs to it, and so is its neighbour.
all_back() {
    local d
    for d in "$E" "$N"; do
        owner_is "$d" d0 || return 1
        xl pci-assignable-list | grep "${d#0000:}" && return 1
        grep "$d" $SYS/drivers/pciback/slots && return 1
    done
    [ -z "$(xl pci-list g1 | grep -E "${E#0000:}|${N#0000:}")" ] || return 1
    echo "driver $(driver_of "$N")"
    [ "$(driver_of "$N")" = nvme ] && disk_io "$N" 1 && edu-dma "$E" roundtrip
}

# A port leads to the other's bus: what a card more does at the next boot. The
# functions below are gone meanwhile.
PORT0=0000:00:06.0 PORT1=0000:00:06.1
bus_of() { setpci -s "$1" SECONDARY_BUS; }
swap() {
    local b0 b1 d
    b0=$(bus_of $PORT0) b1=$(bus_of $PORT1)
    for d in "$X" "$Y"; do echo 1 >"$SYS/devices/$d/remove" || return 1; done
    setpci -s $PORT0 "SECONDARY_BUS=$b1" "SUBORDINATE_BUS=$b1" &&
        setpci -s $PORT1 "SECONDARY_BUS=$b0" "SUBORDINATE_BUS=$b0" || return 1
    for d in $PORT0 $PORT1; do echo 1 >"$SYS/devices/$d/remove" || return 1; done
    echo 1 >$SYS/rescan
    for d in "$X" "$Y"; do wait_for 20 there "$d" || return 1; done
    echo "bus $(bus_of $PORT0) and $(bus_of $PORT1), were $b0 and $b1"
    [ "$(bus_of $PORT0)$(bus_of $PORT1)" = "$b1$b0" ]
}

# not_meant REGEX SBDF ID: refused, and nothing has changed.
not_meant() {
    answers 1 "$1" xen-iommu attach "$2" g1 --match "$3" && owner_is "$2" d0 &&
        ! attached g1 "$2"
}

check disk disk_io "$N" 1
check create probe_create g1 "passthrough='enabled'"
check create-other probe_create g2 "passthrough='enabled'"

# By what it is.
WHERE=1234:11e8:1100@00:06.0/00.0
check match xen-iommu attach "$X" g1 --match $WHERE
check match-has owner_is "$X" "d$(guest_id g1)"
check match-works guest_sh g1 edu roundtrip
check match-detach-wrong answers 1 'has renumbered' xen-iommu detach "$X" g1 --match 1234:11e9
check match-still owner_is "$X" "d$(guest_id g1)"
check match-detach xen-iommu detach "$X" g1 --match $WHERE
check match-back unassignable "$X"
check match-other-kind not_meant "is 1234:11e8:1100@00:06.0/00.0 and not 1b36:0010: the machine has renumbered" "$X" 1b36:0010
check match-other-subsystem not_meant 'and not 1234:11e8:1101' "$X" 1234:11e8:1101@00:06.0/00.0
check match-not-unique not_meant "1234:11e8 is not the only one, .* is another: 1234:11e8:1100@00:06.0/00.0 says which" "$X" 1234:11e8
check match-group answers 1 'about a device' xen-iommu attach "$(group_of "$X")" g1 --match $WHERE
exits match-nonsense 2 xen-iommu attach "$X" g1 --match edu

# The same numbers name other devices now.
check renumber swap
check renumber-refused not_meant "is 1234:11e8:1100@00:06.1/00.0 and not $WHERE: the machine has renumbered" "$X" $WHERE
check renumber-right xen-iommu attach "$Y" g1 --match $WHERE
check renumber-works guest_sh g1 edu roundtrip
check renumber-detach xen-iommu detach "$Y" g1 --match $WHERE
check renumber-unassignable unassignable "$Y"
check renumber-back swap
check renumber-apart apart "$X" "$Y"
check renumber-proved proved

# Another guest has a member: nothing is begun.
G=$(group_of "$E")
check theirs-assignable xen-iommu assignable "$E"
check theirs xl pci-attach g2 "$E"
check theirs-refused answers 1 "$E, in the same group, belongs to domain $(guest_id g2)" xen-iommu attach "$G" g1
check theirs-still owner_is "$E" "d$(guest_id g2)"
check theirs-rest owner_is "$N" quarantine
check theirs-works guest_sh g2 edu roundtrip
check theirs-detach detach g2 "$E"
for d in "$E" "$N"; do check "theirs-back-$d" unassignable "$d"; done
check theirs-all-back all_back

# The driver of a member is fixed (`driverctl set-override'): dom0 lets go of the
# disk, and pciback does not get it.
echo nvme >"$SYS/devices/$N/driver_override"
check fixed answers 5 "$N cannot be made assignable: putting all back" xen-iommu attach "$G" g1
check fixed-all-back all_back
check fixed-assignable answers 5 "$N cannot be made assignable: putting all back" xen-iommu assignable "$E"
check fixed-assignable-all-back all_back
echo >"$SYS/devices/$N/driver_override"

# Xen refuses the second, when the guest has the first.
log_mark >/dev/null
check refused answers 5 "$N cannot be attached: taking all back" xen-iommu attach "$G" g1
check refused-log log_has "$N requires a reserved region that $SMBUS \(d0\) requires too: not assigned"
check refused-all-back all_back
check refused-proved proved

# The domain dies before the second.
mkdir -p /run/dies
cat >/run/dies/xl <<'END'
#!/bin/sh
xl=$(PATH=${PATH#*:} command -v xl)
case "$*" in "pci-attach "*"$LAST") "$xl" destroy "$2" ;; esac
exec "$xl" "$@"
END
chmod +x /run/dies/xl
dies() { LAST=$Q PATH=/run/dies:$PATH xen-iommu attach "$(group_of "$P")" g1; }
check dies answers 5 "$Q cannot be attached: taking all back" dies
check dies-gone wait_for 30 guest_gone g1
check dies-first owner_is "$P" d0
check dies-second owner_is "$Q" d0
for d in "$P" "$Q"; do check "dies-works-$d" edu-dma "$d" roundtrip; done

# And without a failure: all of it, and back.
check whole xen-iommu attach "$(group_of "$P")" g2
check whole-works guest_sh g2 each_edu 2 roundtrip
check whole-detach xen-iommu detach "$(group_of "$P")" g2
for d in "$P" "$Q"; do check "whole-parked-$d" owner_is "$d" quarantine; done
for d in "$P" "$Q"; do check "whole-back-$d" unassignable "$d"; done
check destroy guest_destroy g2
