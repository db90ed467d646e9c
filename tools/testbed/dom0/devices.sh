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

# The network interface, or block device, that belongs to a PCI function.
netdev_of()   { ls "/sys/bus/pci/devices/$1/"{,virtio*/}net 2>/dev/null | grep -v : | grep -m 1 .; }
blockdev_of() {
    local d
    for d in /sys/block/*; do
        case $(readlink -f "$d") in */"$1"/*) echo "/dev/${d##*/}"; return ;; esac
    done
    return 1
}

# net_io SBDF SHA256: bring the interface up, fetch a file over TFTP.
net_io() {
    local dev got
    wait_for 10 netdev_of "$1"
    dev=$(netdev_of "$1")
    [ -n "$dev" ] || { echo "no network interface on $1"; return 1; }
    ip link set "$dev" up && ip addr replace 10.0.2.15/24 dev "$dev" || return 1
    wait_for 10 grep -q 1 "/sys/class/net/$dev/carrier"
    busybox ping -c 2 -w 10 10.0.2.2 >/run/ping.log 2>&1 || { echo "$dev: no ping"; tail -n 2 /run/ping.log; return 1; }
    rm -f /dev/shm/fetched
    timeout 60 busybox tftp -g -b 1468 -l /dev/shm/fetched -r payload 10.0.2.2 2>&1 || return 1
    got=$(sha256sum </dev/shm/fetched)
    ip addr flush dev "$dev"
    ip link set "$dev" down
    [ "${got%% *}" = "$2" ] || { echo "$dev: payload is ${got%% *}"; return 1; }
    echo "$dev: ping, $(stat -c %s /dev/shm/fetched) bytes by TFTP, sha256 ${got:0:16}"
}

# hold_page: a page of dom0 with known content; its bus address in HELD_PAGE.
hold_page() {
    rm -f /run/hold.in
    mkfifo /run/hold.in
    edu-dma hold </run/hold.in >/run/hold.out 2>&1 &
    HOLD_PID=$!
    exec 7>/run/hold.in
    wait_for 10 grep -q PAGE /run/hold.out || return 1
    HELD_PAGE=$(sed -n 's/^PAGE \(0x[0-9a-f]*\).*/\1/p' /run/hold.out)
}

# held_page_unchanged: end it; 0 if nothing was written to the page.
held_page_unchanged() {
    echo >&7
    exec 7>&-
    wait "$HOLD_PID"
    local rc=$?
    tail -n 1 /run/hold.out
    return $rc
}

# release_to_pciback / give_back: what an administrator does, with its output.
assignable()   { xl pci-assignable-add "$1" 2>&1; }
unassignable() { xl pci-assignable-remove -r "$1" 2>&1; }

# attached GUEST SBDF: xl lists the device for that guest.
attached() { xl pci-list "$1" | grep -q "${2#0000:}"; }
