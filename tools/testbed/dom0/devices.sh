# SPDX-License-Identifier: GPL-2.0-only
# Sourced. Real I/O through real drivers, in dom0, and pages to attack.

# block_io DEVICE MB: write random data past the page cache, read it back, compare.
block_io() {
    local dev=$1 mb=${2:-4} wrote got
    [ -b "$dev" ] || { echo "no block device $dev"; return 1; }
    head -c $((mb << 20)) /dev/urandom >/dev/shm/out || return 1
    wrote=$(sha256sum </dev/shm/out)
    dd if=/dev/shm/out of="$dev" bs=1M oflag=direct status=none || return 1
    dd if="$dev" of=/dev/shm/in bs=1M count="$mb" iflag=direct status=none || return 1
    got=$(sha256sum </dev/shm/in)
    rm -f /dev/shm/out /dev/shm/in
    [ "$wrote" = "$got" ] || { echo "$dev: read ${got%% *}, wrote ${wrote%% *}"; return 1; }
    echo "$dev: ${mb} MB written and read, sha256 ${got:0:16}"
}

# The network interface, or block device, that belongs to a PCI function,
# or to another device that Linux names.
netdev_of()   { ls "/sys/bus/pci/devices/$1/"{,virtio*/}net 2>/dev/null | grep -v : | grep -m 1 .; }
blockdev_of() {
    local d name
    for d in /sys/block/*; do
        case $(readlink -f "$d") in */"$1"/*) ;; *) continue ;; esac
        # Below an NVMe function are paths without a node (nvme0c0n1); the disk
        # that they lead to (nvme0n1) is a virtual device.
        name=$(echo "${d##*/}" | sed 's/^\(nvme[0-9]*\)c[0-9]*n/\1n/')
        [ -b "/dev/$name" ] && echo "/dev/$name" && return
    done
    return 1
}

# disk_io DEVICE [MB]: block_io on the disk of a device, which may still come up.
disk_io() {
    wait_for 30 blockdev_of "$1" || { echo "no disk on '$1'"; return 1; }
    block_io "$(blockdev_of "$1")" "${2:-4}"
}

# net_io SBDF SHA256: bring the interface up, fetch a file over TFTP.
net_io() {
    local dev got
    wait_for 10 netdev_of "$1"
    dev=$(netdev_of "$1")
    [ -n "$dev" ] || { echo "no network interface on $1"; return 1; }
    ip link set "$dev" up && ip addr replace 10.0.2.15/24 dev "$dev" || return 1
    wait_for 15 grep -q 1 "/sys/class/net/$dev/carrier"
    busybox ping -c 2 -w 60 10.0.2.2 >/run/ping.log 2>&1 || { echo "$dev: no ping"; tail -n 2 /run/ping.log; return 1; }
    rm -f /dev/shm/fetched
    timeout 300 busybox tftp -g -b 1468 -l /dev/shm/fetched -r payload 10.0.2.2 >/run/tftp.log 2>&1 ||
        { tail -n 1 /run/tftp.log; return 1; }
    got=$(sha256sum </dev/shm/fetched)
    ip addr flush dev "$dev"
    ip link set "$dev" down
    [ "${got%% *}" = "$2" ] || { echo "$dev: payload is ${got%% *}"; return 1; }
    echo "$dev: ping, $(stat -c %s /dev/shm/fetched) bytes by TFTP, sha256 ${got:0:16}"
}

# hold_page: a page of dom0 with known content; held_page prints its bus address.
# On Arm a guest's bus addresses are its own, from 1 GiB on: the page is beyond
# what guests here have.
hold_page() {
    local first=0
    [ "$BED_ARCH" != arm64 ] || first=0x50000000
    rm -f /run/hold.*
    mkfifo /run/hold.in
    (edu-dma hold $first 0<>/run/hold.in >/run/hold.out 2>&1; echo $? >/run/hold.rc) >/dev/null 2>&1 &
    wait_for 30 grep -q PAGE /run/hold.out || { cat /run/hold.out; return 1; }
    cat /run/hold.out
}

held_page() { sed -n 's/^PAGE \(0x[0-9a-f]*\).*/\1/p' /run/hold.out; }

# held_page_unchanged: end it; 0 if nothing was written to the page.
held_page_unchanged() {
    echo >/run/hold.in
    wait_for 30 test -s /run/hold.rc || { echo "no answer from the page's holder"; return 1; }
    tail -n 1 /run/hold.out
    return "$(cat /run/hold.rc)"
}

# reads_dom0 SBDF: dom0 drives an edu device by hand, whoever owns it. Exit 0: it
# read a page of dom0 and wrote it to another; 1: nothing arrived; one word each.
reads_dom0() {
    local rc
    hold_page || return 2
    edu-dma "$1" load "$(held_page)" && edu-dma "$1" fetch
    rc=$?
    held_page_unchanged || return 2
    return $rc
}

# quarantined NAME SBDF: nothing passes, and Xen reports it for nobody's device;
# an SMMUv3, and QEMU's AMD-Vi, tell nobody of what they abort.
quarantined() {
    log_mark >/dev/null
    exits "$1" 1 reads_dom0 "$2"
    case $BED_ARCH$MACHINE$BED_STOCK in
    *1) ;;
    arm64|x86amd) check "$1-blocked" answers 0 '^blocked' xenhypfs cat "/iommu/groups/$(group_of "$2")/state" ;;
    *) check "$1-logged" log_has "DMA read of $2 .*d\[IO\].*refused" ;;
    esac
}

# What an administrator does to a device of dom0, and back.
# stays_stopped SBDF: memory is decoded, as COMMAND is told, and nothing mastered.
stays_stopped() {
    setpci -s "$1" COMMAND=0006 || return 1
    echo "COMMAND $(setpci -s "$1" COMMAND)"
    [ "$((0x$(setpci -s "$1" COMMAND) & 6))" = 2 ]
}

assignable()   { xl pci-assignable-add "$1" 2>&1; }
unassignable() { xl pci-assignable-remove -r "$1" 2>&1; }

# The word that `edu-dma steal` read, if it read one at all.
word_of() { sed -n 's/^the device holds \([0-9a-f]*\).*/\1/p'; }

# attached GUEST SBDF: xl lists the device for that guest.
attached() { xl pci-list "$1" | grep -q "${2#0000:}"; }

# fault_logged GUEST SBDF ADDRESS: since the mark Xen reported this device's fault
# at this page; QEMU's AMD-Vi says 0 for every address. Ours names the guest too;
# stock Xen cannot.
fault_logged() {
    local what line
    what="${2#0000:}.*(0x)?0*$(printf '%x' $(($3 >> 12)))[0-9a-f]{3}\\b"
    [ "$MACHINE" != amd ] || what="(IO_PAGE_FAULT: |DMA (read|write) of )$2 "
    line=$(log_has "$what") || { echo "$line"; return 1; }
    echo "$line"
    [ -n "$BED_STOCK" ] && return 0
    printf '%s' "$line" | grep -qE "\\bd\\[?$(guest_id "$1")\\b" || { echo "does not name guest d$(guest_id "$1")"; return 1; }
}
