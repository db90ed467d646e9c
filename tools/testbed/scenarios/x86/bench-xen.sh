# SPDX-License-Identifier: GPL-2.0-only
# Creation and destruction of guests with passthrough=, attach and detach, in
# nanoseconds of the machine; the same beside guests without it (bare); how long
# pcidevs_lock is held for them; and what the unit is asked to do, counted by QEMU.

# Idle time is skipped, so that the host has little time to answer.
HOST_TIMEOUT=7200
EDU=$(pci_find 1234:11e8)

clock() { echo "${EPOCHREALTIME/./}"; }

# measure NAME COMMAND...: reports `N ns`
measure() {
    local name=$1 out rc t
    shift
    say_host BEGIN "$name"
    t=$(clock)
    out=$("$@" 2>&1)
    rc=$?
    t=$((($(clock) - t) * 1000))
    if [ $rc = 0 ]; then pass "$name" "$t ns"; else fail "$name" "exit $rc: $out"; fi
}

# measure_lock NAME COMMAND...: reports `N holds, longest N ns, sum N ns`
measure_lock() {
    local name=$1 out rc n longest sum
    shift
    say_host BEGIN "$name"
    host lock-watch start _pcidevs_lock || { fail "$name" "no watch"; return; }
    out=$("$@" 2>&1)
    rc=$?
    read -r n longest sum <<<"$(host lock-watch stop)"
    if [ $rc = 0 ]; then pass "$name" "$n holds, longest $longest ns, sum $sum ns"
    else fail "$name" "exit $rc: $out"; fi
}

create() {
    GUEST_MEM=$2 guest_config "$1" "passthrough='enabled'" >"/run/$1.cfg"
    xl create -p "/run/$1.cfg"
}
destroy() { xl destroy "$1" && wait_for 30 guest_gone "$1"; }
start() { xl unpause "$1" && guest_console "$1" && guest_ready 120 "$1"; }

measure_times() {
    local size n
    for size in 256 1024; do
        for n in 1 2; do
            measure "create-$size-$n" create g1 $size
            measure "destroy-$size-$n" destroy g1
        done
    done
    create g1 1024
    check start start g1
    for n in 1 2 3; do
        measure "attach-$n" xl pci-attach g1 "$EDU"
        measure "detach-$n" xl pci-detach g1 "$EDU"
    done
    destroy g1
}

# lives KIND MIB ROUND: a guest that never runs, without passthrough= and with it.
lives() {
    local side lines
    for side in bare with; do
        lines=()
        [ "$1" = pv ] || lines=("type='hvm'" "vga='none'" "usb=0")
        [ $side = bare ] || lines+=("passthrough='enabled'")
        GUEST_MEM=$2 GUEST_KERNEL=$([ "$1" = pv ] || echo /guest/vmlinuz) \
            guest_config g1 "${lines[@]}" >/run/g1.cfg
        sleep 10        # Xen scrubs what was freed, or would in the next line
        measure "create-$1-$2-$side-$3" xl create -p /run/g1.cfg
        measure "destroy-$1-$2-$side-$3" destroy g1
    done
}

# works SIDE LINE: a guest that runs gives memory back, and gets it again.
works() {
    GUEST_MEM=1024 guest_config g1 "$2" >/run/g1.cfg
    check "create-$1" xl create -p /run/g1.cfg
    measure "start-pv-1024-$1" start g1
    measure "balloon-down-$1" balloon g1 768
    measure "balloon-up-$1" balloon g1 1024
    destroy g1
}

measure_with() {
    local n kind
    lives pv 4096 1     # while memory is in large pieces
    for n in 1 2; do
        for kind in pv hvm; do
            lives $kind 256 $n
            lives $kind 1024 $n
        done
    done
    works bare ''
    works with "passthrough='enabled'"
}

# A disk and a bridge of dom0's, whose drivers map what a guest grants. Xen's own
# hotplug scripts want a whole system around them.
backends() {
    modprobe -a loop bridge xen-blkback xen-netback &&
        truncate -s 64M /run/disk && losetup /dev/loop0 /run/disk &&
        ip link add xenbr0 type bridge && ip addr add 10.0.0.1/24 dev xenbr0 &&
        ip link set xenbr0 up || return 1
    cat >/run/plug <<'EOF'
#!/bin/bash
[ -z "$vif" ] || ip link set "$vif" master xenbr0 up
case $XENBUS_PATH in
*/vbd/*) xenstore-write "$XENBUS_PATH/physical-device" 7:0 ;;
esac
xenstore-write "$XENBUS_PATH/hotplug-status" connected
EOF
    chmod +x /run/plug
}

# Who listens in dom0 goes away when its input ends, or when the guest has sent all.
listen() {
    busybox nc -l -p 5000 <>/run/never >/run/received &
    sleep 1
}

# 32 MiB each.
to_dom0() {
    guest_sh g1 'dd if=/dev/zero bs=64k count=512 | nc 10.0.0.1 5000' &&
        [ "$(stat -c %s /run/received)" = $((32 << 20)) ]
}
to_disk() { guest_sh g1 'dd if=/dev/zero of=/dev/xvda bs=1M count=32 conv=fsync'; }

BY_GRANTS=("disk=['vdev=xvda,access=w,script=/run/plug,target=/dev/loop0']"
           "vif=['script=/run/plug']")
network() { guest_sh g1 'ip addr add 10.0.0.2/24 dev eth0 && ip link set eth0 up && ping -c 1 10.0.0.1'; }

measure_grants() {
    local side n
    local line=("${BY_GRANTS[@]}")
    check backends backends
    for side in bare with; do
        [ $side = bare ] || line+=("passthrough='enabled'")
        check "create-$side" guest_create g1 "${line[@]}"
        check "net-$side" network
        for n in 1 2; do
            measure "grants-disk-$side-$n" to_disk
            listen
            measure "grants-net-$side-$n" to_dom0
        done
        destroy g1
    done
}

measure_locks() {
    measure_lock lock-create create g1 1024
    check start start g1
    measure_lock lock-attach xl pci-attach g1 "$EDU"
    measure_lock lock-detach xl pci-detach g1 "$EDU"
    check attach xl pci-attach g1 "$EDU"
    measure_lock lock-destroy destroy g1
}

# measure_asked NAME COMMAND...: reports `N commands, N waits`
measure_asked() {
    local name=$1 out
    shift
    host units-asked >/dev/null
    say_host BEGIN "$name"
    if out=$("$@" 2>&1) && out=$(host units-asked); then pass "$name" "$out"
    else fail "$name" "$out"; fi
}

measure_flushes() {
    measure_asked asked-create create g1 1024
    measure_asked asked-start start g1
    measure_asked asked-attach xl pci-attach g1 "$EDU"
    measure_asked asked-dma guest_sh g1 edu roundtrip
    measure_asked asked-balloon-down balloon g1 768
    measure_asked asked-balloon-up balloon g1 1024
    measure_asked asked-detach xl pci-detach g1 "$EDU"
    measure_asked asked-destroy destroy g1
}

# A strict dom0's units are told of each grant that it maps, and a unit in caching
# mode of each page that appears.
measure_strict() {
    check backends backends
    check create guest_create g1 "${BY_GRANTS[@]}" "passthrough='enabled'"
    check net network
    measure_asked asked-disk to_disk
    listen
    measure_asked asked-net to_dom0
    destroy g1
}

if [ "$MEASURE" = flushes ] || [ "$MEASURE" = strict ]; then
    # Nothing at all would be a unit that is not traced.
    asked=$(host units-asked)
    if [ "${asked#0 }" = "$asked" ]; then pass asked-boot "$asked"
    else fail asked-boot "the unit was asked for nothing, or is not traced"; fi
fi
check assignable assignable "$EDU"
measure_$MEASURE
