# SPDX-License-Identifier: GPL-2.0-only
# Sourced. What xen-iommu and hypfs say.

# answers CODE REGEX COMMAND...: it exits with this code and says this.
answers() {
    local code=$1 what=$2 out rc
    shift 2
    out=$("$@" 2>&1)
    rc=$?
    echo "$out"
    [ $rc = "$code" ] || { echo "exit $rc, not $code"; return 1; }
    echo "$out" | grep -qE -- "$what" || { echo "no /$what/"; return 1; }
}

# valid SCHEMA COMMAND...: its JSON is one of tools/xen-iommu/schema/SCHEMA.json.
valid() {
    local schema=$1
    shift
    host validate "$schema" "$("$@" | tr -d '\n')"
}

# explained SBDF DOMAIN REGEX: it cannot be given to the guest, xen-iommu says so
# and why, and its JSON holds to the schema.
explained() {
    answers 1 "$3" xen-iommu explain "$1" "$2" && valid explain xen-iommu explain "$1" "$2" --json
}

# proved: no device reaches what is not its owner's, says who walks the hardware's
# tables. Stock Xen has nothing to ask.
proved() {
    if [ -n "$BED_STOCK" ]; then echo "stock Xen: not asked"; return; fi
    answers 0 '^PROVED' xen-iommu prove
}

group_of()  { xen-iommu explain "$1" --json | sed -n 's/.*"group": \([0-9]*\).*/\1/p'; }
one_group() { [ -n "$(group_of "$1")" ] && [ "$(group_of "$1")" = "$(group_of "$2")" ]; }
apart()     { [ -n "$(group_of "$1")" ] && ! one_group "$1" "$2"; }

# owner_is SBDF|PATH OWNER: as Xen sees it; "" for a device that it does not know.
owner_of() { xen-iommu list | sed -n "s|^  $1 .* owner \([^ ]*\) .*|\1|p"; }
owner_is() {
    local owner
    owner=$(owner_of "$1")
    echo "$1 is ${owner:-nobody}'s"
    [ "$owner" = "$2" ]
}

# units_apart: less the IOMMUs that are functions themselves (class 08 06), which
# nothing translates.
units_apart() {
    local name class
    while read -r name; do
        read -r class <"/sys/bus/pci/devices/$name/class"
        [[ $class = 0x0806* ]] || echo "$name"
    done
}

# hypfs_agrees: every function that dom0 sees is in exactly one group, and the
# groups hold nothing else.
hypfs_agrees() {
    xen-iommu list | sed -n 's/^  \([0-9a-f:.]*\) .*/\1/p' | sort >/run/hypfs.devices
    ls /sys/bus/pci/devices | sort | units_apart >/run/dom0.devices
    diff /run/dom0.devices /run/hypfs.devices || return 1
    echo "$(wc -l </run/dom0.devices) functions in $(xenhypfs ls /iommu/groups | wc -l) groups"
}
