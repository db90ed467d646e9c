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

# hypfs_agrees: every function that dom0 sees is in exactly one group, and the
# groups hold nothing else; less the IOMMUs that are functions themselves (class
# 08 06), which nothing translates.
hypfs_agrees() {
    local line name dir class bad=0 groups=0 functions=0
    local -A grouped=()
    while IFS= read -r line; do
        [[ $line != Group* ]] || groups=$((groups + 1))
        [[ $line =~ ^'  '([0-9a-f:.]+)' ' ]] || continue
        name=${BASH_REMATCH[1]}
        [ -z "${grouped[$name]}" ] || { echo "$name is in two groups"; bad=1; }
        grouped[$name]=1
    done < <(xen-iommu list)
    for dir in /sys/bus/pci/devices/*; do
        read -r class <"$dir/class" && [[ $class != 0x0806* ]] || continue
        name=${dir##*/}
        [ -n "${grouped[$name]}" ] || { echo "no group has $name"; bad=1; }
        unset "grouped[$name]"
        functions=$((functions + 1))
    done
    [ ${#grouped[@]} = 0 ] || { echo "dom0 does not see ${!grouped[*]}"; bad=1; }
    echo "$functions functions in $groups groups"
    return $bad
}

# What hypfs and XEN_SYSCTL_iommu_groups say, each as lines "group N OWNER DOMAIN",
# "device N NAME UNIT OWNER DOMAIN FLAGS" and "why N NAME OTHER AT".
groups_of_hypfs() {
    local id
    xen-iommu list | awk '
        /^Unit/  { sub(":", "", $2); unit[$3] = $2 }
        /^Group/ { sub(":", "", $2); id = $2; n = split($0, part, ", ")
                   for (i = 2; i <= n; i++)
                       if (part[i] ~ /^owner /)
                           print "group", id, substr(part[i], 7), part[i - 1] }
        /^  /    { print "device", id, $1, unit[$2], $4, $5, $8 }'
    xenhypfs ls /iommu/groups | while read -r _ _ id; do
        echo "Group $id"
        xenhypfs cat "/iommu/groups/$id/why"
    done | awk '
        /^Group/ { id = $2; next }
        NF       { sub(":$", "", $2)
                   print "why", id, $1, $2, $NF ~ /:[0-9a-f][0-9a-f]\.[0-7]$/ ? $NF : "-" }'
}
groups_of_records() {
    awk '$1 == "group"  { print $1, $2, $3, $4 }
         $1 == "device" { print $1, $2, $3, $4, $5, $6, $8 }
         $1 == "why"    { print $1, $2, $3, $4, $6 }' "$1"
}

# records_agree: what programs are told of groups is what people read in hypfs.
records_agree() {
    ask-xen groups >/run/records || { cat /run/records; return 1; }
    groups_of_records /run/records | sort >/run/records.lines
    groups_of_hypfs | sort >/run/hypfs.lines
    diff /run/hypfs.lines /run/records.lines || return 1
    echo "$(grep -c ^device /run/records) devices, $(grep -c ^why /run/records) reasons"
}

# What list and its picture say, each as lines "group N OWNER" and "device N NAME OWNER".
groups_of_list() {
    xen-iommu list | awk '
        /^Group/ { sub(":", "", $2); id = $2; n = split($0, part, ", ")
                   for (i = 2; i <= n; i++)
                       if (part[i] ~ /^owner /)
                           print "group", id, substr(part[i], 7) }
        /^  /    { print "device", id, $1, $4 }'
}
groups_of_picture() {
    awk -F '"' '
        /^  subgraph/      { id = substr($2, 9) }
        /^  }/             { id = "" }
        id == ""           { next }
        /^    label=/      { split($2, part, /[ :\\]+/); print part[1], part[2], part[3] }
        /^    ".* \[label=/ { n = split($4, part, /\\n/)
                             if (part[n] ~ /^reserved /)
                                 n--
                             sub(/ .*/, "", part[n])
                             print "device", id, $2, part[n] }' "$1"
}

# picture_agrees SBDF GUEST: the picture has the groups, devices and owners of the
# table, and says by name whose this device is.
picture_agrees() {
    xen-iommu list --dot >/run/picture.dot || return 1
    groups_of_picture /run/picture.dot | sort >/run/picture.lines
    groups_of_list | sort >/run/list.lines
    diff /run/list.lines /run/picture.lines || return 1
    grep -q "^    \"$1\" .*\\\\nd$(guest_id "$2") ($2)" /run/picture.dot || { echo "$1 is not $2's there"; return 1; }
    echo "$(grep -c ^group /run/picture.lines) groups, $(grep -c ^device /run/picture.lines) devices"
}

# records_refused: numbers that no tool would give.  What is said, then version,
# what, group, first, nr; where it is served, the number of records and where to
# go on.
records_refused() {
    local want args out
    while read -r want args; do
        out=$(ask-xen groups-raw $args)
        [[ $out = *"${want//_/ }"* ]] || { echo "$args: $out, not $want"; return 1; }
    done <<'EOF'
Operation_not_supported 0 0 0 0 1
Operation_not_supported 2 0 0 0 1
Invalid_argument 1 3 0 0 1
Invalid_argument 1 0 7 0 1
No_such_file 1 1 4294967295 0 1
Bad_address 1 0 0 0 4294967295
No_buffer_space 1 2 0 0 1
0_0 1 0 0 0 0
0_4294967295 1 0 0 4294967295 4294967295
EOF
}
