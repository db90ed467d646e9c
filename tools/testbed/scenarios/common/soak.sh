# SPDX-License-Identifier: GPL-2.0-only
# MINUTES of what administrators, guests and devices may do, in an order that SEED
# gives. Each step may be refused; what must hold all the time is that Xen lives,
# that no device reaches what is not its owner's (xen-iommu prove), that a page of
# dom0 stays as it is; and in the end that all is dom0's again and the heap is
# back.

MINUTES=${MINUTES:-10} SEED=${SEED:-$RANDOM}
RANDOM=$SEED
GUESTS='s1 s2 s3'
DEVICES=$(lspci -Dn -d 1234:11e8 | sed 's/ .*//')
NIC=$(pci_find 8086:10d3)
DEVICES=$(echo $DEVICES "$NIC")
[ "$BED_ARCH" = x86 ] && PORT=rp0 PLUGGED=edu0 SLOT=${DEVICES%% *}

# A subshell has a RANDOM of its own: what is chosen is in REPLY.
any() { shift $((RANDOM % $#)); REPLY=$1; }
alive() { local g; for g in $GUESTS; do guest_id "$g" >/dev/null && echo "$g"; done; }
a_guest() { local all; all=$(alive); [ -n "$all" ] && any $all; }
a_group() { any $(xenhypfs ls /iommu/groups | sed -n 's/.*[^0-9]\([0-9]*\)$/\1/p'); }
there() { [ -e "/sys/bus/pci/devices/$1" ]; }

# What a step does, and that it may fail.
do_create() {
    local g
    for g in $GUESTS; do
        guest_id "$g" >/dev/null && continue
        any $DEVICES
        case $((RANDOM % 3)) in
        0) guest_create "$g" "passthrough='enabled'" ;;
        1) guest_create "$g" "pci=['${REPLY#0000:}']" ;;
        2) guest_create "$g" ;;
        esac
        return
    done
}
do_destroy() { a_guest && guest_destroy "$REPLY"; }
do_crash()   { a_guest && echo 'echo c >/proc/sysrq-trigger' >"/run/$REPLY.tty"; }
do_attach()  { local g; a_guest && g=$REPLY && any $DEVICES && xl pci-attach "$g" "$REPLY"; }
do_detach()  { local g; a_guest && g=$REPLY && any $DEVICES && timeout 60 xl pci-detach "$g" "$REPLY"; }
do_hostile() {
    local g
    a_guest || return
    g=$REPLY
    any churn 'steal 0x1000' 'poke 0x2000 1 64' roundtrip
    GUEST_SH_TIMEOUT=10 guest_sh "$g" "(edu $REPLY >/dev/null 2>&1) & true"
}
do_read()    { xenhypfs tree >/dev/null; xen-iommu list --json >/dev/null; xen-iommu metrics >/dev/null; xen-iommu faults >/dev/null; }
do_policy()  { any strict warn nonsense ''; xenhypfs write /iommu/policy "$REPLY"; }
do_tables()  { local g; a_group; g=$REPLY; any private shared ''; xenhypfs write "/iommu/groups/$g/tables" "$REPLY"; }
do_mend()    { a_group; xenhypfs write "/iommu/groups/$REPLY/state" mend; }
do_explain() { local d; any $DEVICES; d=$REPLY; a_guest; xen-iommu explain "$d" "$REPLY"; }
do_back()    { any $DEVICES; xl pci-assignable-remove -r "$REPLY"; xl pci-assignable-add "$REPLY"; }
do_plug() {
    [ "$BED_ARCH" = x86 ] || return
    if there "$SLOT"; then
        host qmp device_del "id=$PLUGGED" && host wait-event DEVICE_DELETED 60 "device=$PLUGGED"
    else
        host qmp device_add driver=edu "bus=$PORT" "id=$PLUGGED" dma_mask=0xffffffffffffffff &&
            wait_for 20 there "$SLOT"
    fi
    wait_for 5 there "$SLOT" && xl pci-assignable-add "$SLOT"
}

STEPS='create create create destroy crash attach attach attach detach detach hostile hostile
       read policy tables mend explain back plug prove'

sane() { xl info >/dev/null && proved; }

# One step; what it said is kept in case that afterwards something is wrong.
step() {
    local what=$1 said rc
    if [ "$what" = prove ]; then
        sane
        return
    fi
    # In the foreground: the host's answers come by a terminal. More time than a guest
    # gets for coming up on a busy host.
    said=$(timeout --foreground 480 bash -c '. /run/soak.words; RANDOM=$2; do_"$1"; echo "exit $?"; exit 0' - "$what" "$RANDOM" 2>&1)
    rc=$?
    echo "$what: $said" | tail -n 3 >>/run/soak.steps
    [ $rc = 0 ] || { echo "$what did not end: $said"; return 1; }
}

soak() {
    local end=$((SECONDS + MINUTES * 60)) n=0 said what
    while [ $SECONDS -lt $end ]; do
        any $STEPS
        what=$REPLY
        say_host BEGIN "step $n: $what"
        said=$(step "$what") || { echo "seed $SEED, step $n: $said; $(tail -n 5 /run/soak.steps)"; return 1; }
        n=$((n + 1))
    done
    echo "$n steps with seed $SEED"
}

all_back() {
    local d g
    for g in $(alive); do guest_destroy "$g" || return 1; done
    xenhypfs write /iommu/policy strict
    there "$SLOT" || [ "$BED_ARCH" != x86 ] || do_plug
    for d in $DEVICES; do
        xl pci-assignable-remove -r "$d"
        owner_is "$d" d0 || return 1
    done
}

# Steps run in shells of their own, each with a seed that comes from this one's.
words() {
    { declare -p GUESTS DEVICES NIC PORT PLUGGED SLOT BED_ARCH BED_STOCK HOST_SEQ GUEST_TIMEOUT 2>/dev/null
      declare -f; } >/run/soak.words
}

for d in $DEVICES; do check "assignable-${d#0000:}" assignable "$d"; done
check warm-up guest_create s1 "pci=['${NIC#0000:}']"
check warm-up-destroy guest_destroy s1
before=$(heap_pages)
check hold-page hold_page
words
check soak soak
check dom0-page-unchanged held_page_unchanged
check all-back all_back
check proved-in-the-end proved
check heap heap_about "$before"
