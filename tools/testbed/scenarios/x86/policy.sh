# SPDX-License-Identifier: GPL-2.0-only
# A policy for one group: with `warn' half of it is given away though another domain
# has the rest, and both halves go on with DMA of their own; the machine's other
# groups stay whole. What is written wrong changes nothing.

EDU=($(lspci -Dn -d 1234:11e8 | cut -d ' ' -f 1))
A=${EDU[0]} B=${EDU[1]}             # two functions of one device
C=${EDU[4]} D=${EDU[5]}             # below ports without ACS
SAME0=${EDU[6]} SAME1=${EDU[7]}     # with one requester ID
BOOT0=${EDU[11]} BOOT1=${EDU[12]}   # as A and B; Xen's command line says warn
LATE=0000:0d:00.0                   # named there as well, and not there yet

policy_file() { echo "/iommu/groups/$(group_of "$1")/policy"; }
policy_of()   { xenhypfs cat "$(policy_file "$1")"; }
set_policy()  { xenhypfs write "$(policy_file "$1")" "$2"; }
state_of()    { xenhypfs cat "/iommu/groups/$(group_of "$1")/state"; }
there()       { [ -e "/sys/bus/pci/devices/$1" ]; }
says_not()    { local what=$1; shift; "$@" | grep -E -- "$what" && return 1; return 0; }

# listed SBDF REGEX: what `xen-iommu list' has behind its group.
listed() { answers 0 "^Group $(group_of "$1"): .*$2" xen-iommu list; }

# bad_word FILE WORD ERROR: refused with it, and the policy is as it was.
bad_word() {
    local was
    was=$(xenhypfs cat "$1") || return 1
    answers 3 "could not write: $3" xenhypfs write "$1" "$2" || return 1
    echo "still $was"
    [ "$(xenhypfs cat "$1")" = "$was" ]
}

# Of one group, and of the machine.
bad_words() {
    local f word
    for f in "$(policy_file "$A")" /iommu/policy; do
        for word in '' maybe Warn ' warn' 'warn ' warn, strict,warn warnings; do
            bad_word "$f" "$word" 'Invalid argument' || { echo "$f: '$word'"; return 1; }
        done
        bad_word "$f" 'warn or not to warn' 'No space left on device' || return 1
    done
    bad_word /iommu/policy machine 'Invalid argument' &&
        answers 3 'No such file' xenhypfs write /iommu/groups/99999/policy warn
}

# anew SBDF...: dom0 forgets the functions, and finds them again.
anew() {
    local d
    for d in "$@"; do echo 1 >"/sys/bus/pci/devices/$d/remove" || return 1; done
    echo 1 >/sys/bus/pci/rescan
    for d in "$@"; do wait_for 20 there "$d" || return 1; done
}

# The whole refused, and why; REST has the other half.
refused() {
    log_mark >/dev/null
    refuse "$1" xl pci-attach "$2" "$3"
    check "$1-log" log_has "$3 cannot be given to d$(guest_id "$2"): $4 belongs to $5"
}

# The guest's own page, and none of the other guest's.
own_alone() {
    local page
    check "$1-own-page" guest_sh g1 edu roundtrip
    check "$1-other-own-page" guest_sh g2 edu roundtrip
    page=$(guest_sh g2 hold_page | sed -n 's/^PAGE \(0x[0-9a-f]*\).*/\1/p')
    log_mark >/dev/null
    exits "$1-not-the-other" 1 guest_sh g1 edu steal "$page"
    check "$1-not-the-other-log" log_has "DMA read .*address $page refused"
}

check bad-words bad_words
check create probe_create g1 "passthrough='enabled'"
check create-other probe_create g2 "passthrough='enabled'"
for d in "$A" "$C" "$SAME0"; do check "assignable-$d" assignable "$d"; done
equal default "$(policy_of "$A")" machine "the group's policy"

# Strict. What explain says would do is done.
refused strict g1 "$A" "$B" d0
check strict-explained explained "$A" g1 "xenhypfs write $(policy_file "$A") warn +\(at boot: iommu=warn:$A\)"
check same-id-no-exception says_not 'narrowest' xen-iommu explain "$SAME0" g1
exception=$(xen-iommu explain "$A" g1 | sed -n 's/^ *\(xenhypfs write .* warn\) .*/\1/p')
equal exception-command "$exception" "xenhypfs write $(policy_file "$A") warn" "the command"
log_mark >/dev/null
check exception $exception
check exception-log log_has "IOMMU group $(group_of "$A"): policy warn: .* may reach each other's memory"
check exception-listed listed "$A" "policy warn: parts of it may reach each other's memory"
check exception-others says_not ', policy' sh -c "xen-iommu list | grep '^Group $(group_of "$C"):'"
check exception-explained answers 0 "$A can be given .*" xen-iommu explain "$A" g1
check exception-risk answers 0 "$B belongs to dom0" xen-iommu explain "$A" g1
check exception-json valid explain xen-iommu explain "$A" g1 --json
check exception-list-json valid list xen-iommu list --json

# And taken back before it is used.
check back-to-strict set_policy "$A" strict
check strict-listed listed "$A" ', policy strict'
refused strict-again g1 "$A" "$B" d0

# Half for a guest, dom0 goes on with the rest.
check warn set_policy "$A" warn
log_mark >/dev/null
check half xl pci-attach g1 "$A"
check half-log log_has "$A is given to d$(guest_id g1) though $B belongs to d0: the two may reach each other's memory"
check half-apart apart "$A" "$B"
check half-parted answers 0 '^attached, parted' state_of "$A"
check half-listed listed "$A" "owner d$(guest_id g1), .*policy warn"
check half-works guest_sh g1 edu roundtrip
check half-rest-works edu-dma "$B" roundtrip
check half-hypfs hypfs_agrees
check half-records records_agree
check half-proved proved

# The other groups stay as strict as they were.
refused other-strict g2 "$C" "$D" d0
check same-id-assignable assignable "$SAME1"
check same-id-warn set_policy "$SAME0" warn
check same-id-attach xl pci-attach g2 "$SAME0"
log_mark >/dev/null
refuse same-id-half xl pci-attach g1 "$SAME1"
check same-id-log log_has "$SAME1 cannot be taken apart from $SAME0: .* shares its requester ID"
check same-id-explained explained "$SAME1" g1 "$SAME0 belongs to domain $(guest_id g2)"
check same-id-detach detach g2 "$SAME0"
check same-id-machine set_policy "$SAME0" machine

# The rest for another guest: each has its own translation.
check rest-assignable assignable "$B"
check rest xl pci-attach g2 "$B"
own_alone two-guests
check two-guests-proved proved

# With the policy back, what is apart stays so until the device comes anew.
check part-strict set_policy "$A" strict
check part-works guest_sh g1 edu roundtrip
check part-detach detach g1 "$A"
check part-again xl pci-attach g1 "$A"
check part-still-parted answers 0 'parted' state_of "$A"
check detach detach g1 "$A"
check detach-rest detach g2 "$B"
check unassignable unassignable "$A"
check unassignable-rest unassignable "$B"
check anew anew "$A" "$B"
check anew-one-group one_group "$A" "$B"
equal anew-policy "$(policy_of "$A")" machine "the group's policy"
check anew-assignable assignable "$A"
refused anew-strict g1 "$A" "$B" d0

# What Xen's command line says of one group.
equal named "$(policy_of "$BOOT0")" warn "the policy of the group that is named"
check named-listed listed "$BOOT0" "policy warn: parts of it may reach"
check named-assignable assignable "$BOOT0"
log_mark >/dev/null
check named-half xl pci-attach g1 "$BOOT0"
check named-log log_has "$BOOT0 is given to d$(guest_id g1) though $BOOT1 belongs to d0"
check named-works guest_sh g1 edu roundtrip
check named-rest-works edu-dma "$BOOT1" roundtrip
check named-detach detach g1 "$BOOT0"
check named-unassignable unassignable "$BOOT0"
check named-taken-back set_policy "$BOOT1" machine
equal named-machine "$(policy_of "$BOOT1")" machine "the policy"
log_mark >/dev/null
check named-anew anew "$BOOT0" "$BOOT1"
check named-anew-one-group one_group "$BOOT0" "$BOOT1"
equal named-anew-policy "$(policy_of "$BOOT0")" warn "the policy of what came anew"
check named-anew-log log_has "IOMMU group $(group_of "$BOOT0"): policy warn"

# A device that comes later than its policy.
late() { host qmp device_add driver=edu bus=rp6 id=late dma_mask=0xffffffffffffffff && wait_for 20 there $LATE; }
leave() { host qmp device_del id=late && host wait-event DEVICE_DELETED 60 device=late && wait_for 20 gone; }
gone() { ! there $LATE; }
check late late
equal late-policy "$(policy_of $LATE)" warn "the policy of what came late"
check late-leaves leave

# For all groups: those that have a policy of their own keep it.
check machine xenhypfs write /iommu/policy warn
check machine-own set_policy "$C" strict
refused machine-own-strict g2 "$C" "$D" d0
check machine-warns set_policy "$C" machine
log_mark >/dev/null
check machine-half xl pci-attach g2 "$C"
check machine-log log_has "$C is given to d$(guest_id g2) though $D belongs to d0"
check machine-works guest_sh g2 edu roundtrip
check machine-strict xenhypfs write /iommu/policy strict
check destroy guest_destroy g1
check destroy-other guest_destroy g2
for d in "$A" "$C" "$SAME0" "$SAME1"; do check "unassignable-$d" unassignable "$d"; done
check last-anew anew "$C" "$D"
check last-one-group one_group "$C" "$D"
