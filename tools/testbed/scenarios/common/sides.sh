# SPDX-License-Identifier: GPL-2.0-only
# Pairs of devices that hardware cannot keep apart, and one pair that it can; then
# what is refused for other reasons. On stock Xen the same commands run, and where
# it accepts what is refused here, its accepting is checked (docs/side-by-side.md).

EDU=($(lspci -Dn -d 1234:11e8 | cut -d ' ' -f 1))
NOTHING=0000:7e:1f.7

if [ -n "$BED_STOCK" ]; then ours=; else ours=yes; fi

# our NAME COMMAND...: a check that stock Xen has no answer to.
our() { [ -z "$ours" ] || check "$@"; }

# Half of a group: what the toolstack is told, what the log and xen-iommu say.
half() {
    log_mark >/dev/null
    refuse "$1-half" xl pci-attach g1 "$2"
    check "$1-half-log" log_has "$2 cannot be given to .*: $3 belongs to"
    check "$1-half-explained" explained "$2" g1 "xl pci-assignable-add $3"
}

# The guest with the other half has it, or both have their half.
two_guests() {
    if [ -z "$ours" ] || [ "$1" = acs ]; then
        check "$1-two-guests" xl pci-attach g2 "$3"
        check "$1-other-works" guest_sh g2 edu roundtrip
        return
    fi
    log_mark >/dev/null
    refuse "$1-two-guests" xl pci-attach g2 "$3"
    check "$1-two-guests-errno" log_has "assign $3 failed \\(-16\\)"
    check "$1-two-guests-log" log_has "$3 cannot be given to .*: $2 belongs to"
    check "$1-two-guests-explained" explained "$3" g2 "xl pci-detach $(guest_id g1) $2"
}

# Sets page to the bus address of one that is not g1's: g2's; on Arm, where a
# guest's bus addresses are its own, dom0's. Not for a $(...): it would wait for
# the page's holder.
foreign_page() {
    case $BED_ARCH in
    arm64) hold_page >/dev/null; page=$(held_page) ;;
    *) page=$(guest_sh g2 hold_page | sed -n 's/^PAGE \(0x[0-9a-f]*\).*/\1/p') ;;
    esac
}

# A word of g2's memory through the device of g1, which shares its requester ID
# with the one of g2. Stock Xen has let g2's translation replace g1's: the read
# succeeds, and the word is g1's as soon as its own translation is back.
attack() {
    local page
    foreign_page
    log_mark >/dev/null
    if [ -n "$ours" ]; then
        exits attack-reads-nothing 1 guest_sh g1 edu steal "$page"
        # QEMU's AMD-Vi says 0 for every address.
        [ "$MACHINE" != amd ] || page=0
        check attack-logged log_has "DMA read .*address $page refused"
    else
        check attack-load guest_sh g1 edu load "$page"
        check attack-unnoticed log_lacks 'DMA Read'
        check attack-detach detach g1 "$1"
        check attack-attach xl pci-attach g1 "$1"
        check attack-has-the-word guest_sh g1 edu fetch
    fi
}

pair() {
    local name=$1 a=$2 b=$3
    check "$name-assignable" assignable "$a"
    if [ -z "$ours" ] || [ "$name" = acs ]; then
        [ -z "$ours" ] || check "$name-apart" apart "$a" "$b"
        check "$name-half" xl pci-attach g1 "$a"
        check "$name-assignable-rest" assignable "$b"
    else
        check "$name-one-group" one_group "$a" "$b"
        half "$name" "$a" "$b"
        check "$name-assignable-whole" xen-iommu assignable "$a"
        check "$name-explained-yes" answers 0 "$a can be given" xen-iommu explain "$a" g1
        check "$name-attach" xl pci-attach g1 "$a"
    fi
    two_guests "$name" "$a" "$b"
    [ "$name" != bridge ] || attack "$a"
    ! attached g2 "$b" || check "$name-detach-other" detach g2 "$b"
    check "$name-attach-rest" xl pci-attach g1 "$b"
    check "$name-whole" guest_sh g1 each_edu 2 roundtrip
    our "$name-hypfs" hypfs_agrees
    our "$name-records" records_agree
    our "$name-picture" picture_agrees "$b" g1
    check "$name-detach" detach g1 "$a"
    check "$name-detach-rest" detach g1 "$b"
    check "$name-back" unassignable "$a"
    check "$name-back-rest" unassignable "$b"
    check "$name-dom0" edu-dma "$b" roundtrip
    [ -z "$ours" ] || [ "$name" != bridge ] || by_one_command "$a" "$b"
}

# A whole group by one command, and half of one with the rest put away.
by_one_command() {
    check by-number xen-iommu attach "$(group_of "$1")" g1
    check by-number-works guest_sh g1 each_edu 2 roundtrip
    check by-number-detach xen-iommu detach "$2" g1
    check by-number-back unassignable "$1"
    check by-number-back-rest unassignable "$2"
    check without-hide-rest answers 1 "$2, .*: --hide-rest" xen-iommu attach "$1" g1
    check hide-rest xen-iommu attach "$1" g1 --hide-rest
    check hide-rest-works guest_sh g1 edu roundtrip
    check hide-rest-nobodys owner_is "$2" quarantine
    check hide-rest-detach xen-iommu detach "$1" g1
    check hide-rest-back unassignable "$1"
    check hide-rest-back-rest unassignable "$2"
}

why() {
    our why-multifunction explained "${EDU[1]}" g1 'functions of one device'
    our why-open explained "${EDU[5]}" g1 'no effective ACS on the way to the root'
    our why-bridge explained "${EDU[7]}" g1 'requester ID'
    our why-switch explained "${EDU[9]}" g1 'no effective ACS at port'
}

# A guest that needs not run.
create_paused() {
    probe_config "$1" >"/run/$1.cfg"
    xl create -p "/run/$1.cfg"
}

# What has nothing to do with groups, and what the tool shows meanwhile.
others() {
    local a=${EDU[2]} b=${EDU[3]}
    check others-assignable assignable "$a"
    check others-assignable-rest assignable "$b"
    check owner-attach xl pci-attach g1 "$a"
    refuse no-such-device xl pci-attach g1 $NOTHING
    our no-such-device-explained explained $NOTHING g1 "there is no device"
    refuse owned xl pci-attach g2 "$a"
    refuse owned-not-listed attached g2 "$a"
    our owned-explained explained "$a" g2 "xl pci-detach $(guest_id g1) $a"
    check owner-keeps-it guest_sh g1 edu roundtrip
    log_mark >/dev/null
    refuse no-passthrough xl pci-attach g3 "$b"
    our no-passthrough-log log_has "$b cannot be given to d$(guest_id g3): .*passthrough="
    our no-passthrough-explained explained "$b" g3 'passthrough="enabled"'
    our no-domain-explained explained "$b" nobody 'no domain nobody'
    check attach-after-refusal xl pci-attach g1 "$b"
    our dump answers 0 'not mapped|mfn' xen-iommu dump "$b" 10
    our dump-json valid dump xen-iommu dump "$b" 10 --json
    our list answers 0 "owner d$(guest_id g1)" xen-iommu list
    our list-json valid list xen-iommu list --json
    our metrics answers 0 "owner=\"d$(guest_id g1)\"" xen-iommu metrics
    our metrics-unit answers 0 'xen_iommu_unit_up.* 1' xen-iommu metrics
    our tree answers 0 translate xenhypfs tree
    check detach detach g1 "$b"
    refuse detach-twice detach g1 "$b"
}

# NAMED: Xen's command line has policies for groups, one of a device that is not there.
if [ -n "$NAMED" ]; then
    our named-warns log_has 'IOMMU group [0-9]+: policy warn: a device that is taken out of it'
    our named-absent log_has "iommu=warn:$NAMED: no such device yet"
fi
[ -n "$ours" ] || check tool answers 4 'no IOMMU groups: it is stock Xen' xen-iommu list
check create probe_create g1 "passthrough='enabled'"
check create-other probe_create g2 "passthrough='enabled'"
[ -n "$PAIRS" ] || check create-without create_paused g3

# Pairs by name, in the order of EDU; args PAIRS=a,b chooses.
at=0
[ -n "$PAIRS" ] || why
for p in multifunction acs open bridge switch; do
    case ,${PAIRS:-$p}, in
    *,$p,*) pair $p "${EDU[$at]}" "${EDU[$((at + 1))]}" ;;
    esac
    at=$((at + 2))
done
our faults answers 0 'read of' xen-iommu faults
our faults-json valid faults sh -c 'xen-iommu faults --json | tail -n 1'
[ -n "$PAIRS" ] || others
for g in $(ls /run/g?.cfg | sed 's#.*/##; s#\.cfg##'); do check "destroy-$g" guest_destroy $g; done
