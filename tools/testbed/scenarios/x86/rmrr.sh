# SPDX-License-Identifier: GPL-2.0-only
# A device with a reserved region is given to a guest: it reaches the region, the
# guest's other device does not, and neither does when the first has gone.

edu() { pci_find 1234:11e8 "$1"; }
WITH=$(edu 1) WITHOUT=$(edu 2) SHARE0=$(edu 3) SHARE1=$(edu 4)
WORD=0xffff0    # the first instruction of the firmware

says() { local what=$1 out; shift; out=$("$@" 2>&1); echo "$out"; echo "$out" | grep -qE -- "$what"; }
table_of() { xenhypfs cat "/iommu/groups/$(group_of "$1")/table" | sed 's/.*root \(0x[0-9a-f]*\).*/\1/'; }
differ() { echo "$1 $2"; [ -n "$1" ] && [ -n "$2" ] && [ "$1" != "$2" ]; }

# The second edu that the guest has: the one that was attached last.
last_edu() { guest_sh g1 nth_edu 2 "$@"; }

check regions-accepted log_lacks 'rmrr .*(left out|not memory)'
firmware=$(edu-dma "$WITH" steal $WORD 2>&1 | word_of)
check dom0-reads-firmware differ "$firmware" 5a5a5a5a

for d in "$WITH" "$WITHOUT" "$SHARE0" "$SHARE1"; do check "assignable-${d:5:2}" assignable "$d"; done
check create probe_create g1 "passthrough='enabled'"
# What the first device of a guest makes Xen allocate for good.
check attach-first xl pci-attach g1 "$WITHOUT"
check detach-first detach g1 "$WITHOUT"
before=$(heap_pages)
check attach-with xl pci-attach g1 "$WITH"
check own-page guest_sh g1 edu roundtrip
equal reads-region "$(guest_sh g1 edu steal $WORD | word_of)" "$firmware" "the word"
check attach-without xl pci-attach g1 "$WITHOUT"
check tables differ "$(table_of "$WITH")" "$(table_of "$WITHOUT")"
check other-own-page last_edu roundtrip
log_mark >/dev/null
check other-is-refused differ "$(last_edu steal $WORD | word_of)" "$firmware"
check other-is-reported fault_logged g1 "$WITHOUT" $((WORD))
check dump-region says 'mfn 0xff' xen-iommu dump "$WITH" 0xff
check dump-other says 'not mapped' xen-iommu dump "$WITHOUT" 0xff

# Without the device the region has gone, whoever takes its place.
check detach-without detach g1 "$WITHOUT"
check detach-with detach g1 "$WITH"
check heap-after heap_back_to "$before"
log_mark >/dev/null
check attach-again xl pci-attach g1 "$WITHOUT"
check nothing-is-left differ "$(guest_sh g1 edu steal $WORD | word_of)" "$firmware"

# The same frame for two devices that are not one group, of which dom0 has one.
check sharer-is-dom0s unassignable "$SHARE1"
log_mark >/dev/null
refuse shared-strict xl pci-attach g1 "$SHARE0,rdm_policy=strict"
check shared-says-who log_has "$SHARE0 requires a reserved region that $SHARE1 \(d0\) requires too: not assigned"
check shared-explained explained "$SHARE0" g1 "$SHARE1 .*rdm_policy=relaxed"
log_mark >/dev/null
check shared-relaxed xl pci-attach g1 "$SHARE0,rdm_policy=relaxed"
check shared-warns log_has "$SHARE1 \(d0\) requires too: they can use it"

# One guest may have all of them, strict as it is.
check detach-shared detach g1 "$SHARE0"
check sharer-assignable assignable "$SHARE1"
check shared-one-guest xl pci-attach g1 "$SHARE0,rdm_policy=strict"
check shared-same-guest xl pci-attach g1 "$SHARE1,rdm_policy=strict"

# A table of its own by policy.
group=$(group_of "$WITHOUT")
check detach-for-policy detach g1 "$WITHOUT"
check policy xenhypfs write "/iommu/groups/$group/tables" private
check attach-private xl pci-attach g1 "$WITHOUT"
check private-own-page guest_sh g1 edu roundtrip
check private-table differ "$(table_of "$WITHOUT")" "$(table_of "$SHARE0")"
check destroy guest_destroy g1
check dom0-again unassignable "$WITH"
equal dom0-reads-again "$(edu-dma "$WITH" steal $WORD 2>&1 | word_of)" "$firmware" "the word"
guest_dump g1
