# SPDX-License-Identifier: GPL-2.0-only
# About as many functions as QEMU takes: that nothing is lost, and what it takes to
# ask, and to give one away.

EDU=$(pci_find 1234:11e8)
FUNCTIONS=$((PORTS * 9))

# timed NAME COMMAND...: as check; says how long it took instead.
timed() {
    local name=$1 out rc t=${EPOCHREALTIME/./}
    shift
    say_host BEGIN "$name"
    out=$("$@" 2>&1)
    rc=$?
    if [ $rc = 0 ]; then pass "$name" "$(((${EPOCHREALTIME/./} - t) / 1000)) ms"
    else fail "$name" "exit $rc: $out"; fi
}

# A port is a group, and so is what is below it: eight functions without ACS.
all_groups() {
    xen-iommu list | awk -v ports="$PORTS" '
        /^Group/ { members = 0 }
        /^  /    { if ( ++members == 8 ) eights++
                   if ( members > 8 ) more++ }
        END      { print eights + 0 " groups of eight, " more + 0 " members too many"
                   exit eights != ports || more }'
}

equal functions "$(lspci -n -d 1b36: | grep -cE ' (1b36:0011|1b36:000c)')" \
    $((FUNCTIONS + 2)) "functions of the crowd, and two ports"
check hypfs hypfs_agrees
check groups all_groups
check records records_agree
timed list xen-iommu list
timed json xen-iommu list --json
timed tree xenhypfs tree
timed prove xen-iommu prove

check assignable assignable "$EDU"
check create probe_create g1 "pci=['${EDU#0000:}']"
check own-page guest_sh g1 edu roundtrip
timed detach xl pci-detach g1 "$EDU"
timed attach xl pci-attach g1 "$EDU"
check own-page-again guest_sh g1 edu roundtrip
timed destroy guest_destroy g1
check unassignable unassignable "$EDU"
