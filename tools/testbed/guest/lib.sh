# SPDX-License-Identifier: GPL-2.0-only
# Words for commands that dom0 sends to a guest.

# find_pci VENDOR DEVICE: the SBDF of the first such function, as the guest sees it.
find_pci() {
    for d in /sys/bus/pci/devices/*; do
        [ "$(cat "$d/vendor" 2>/dev/null)" = "0x$1" ] && [ "$(cat "$d/device")" = "0x$2" ] &&
            { echo "${d##*/}"; return 0; }
    done
    return 1
}

# retry SECONDS COMMAND...: as wait_for in dom0, with the same allowance.
retry() {
    local n=$(($1 * 20))
    shift
    while [ $n -gt 0 ]; do
        "$@" >/dev/null 2>&1 && return 0
        n=$((n - 1))
        sleep 0.2
    done
    return 1
}

# ping_through VENDOR DEVICE: through the network function with these IDs.
ping_through() {
    local sbdf dev
    retry 15 find_pci "$1" "$2" || { echo "no device $1:$2"; return 1; }
    sbdf=$(find_pci "$1" "$2")
    retry 15 ls "/sys/bus/pci/devices/$sbdf/net/" || { echo "no driver on $sbdf"; return 1; }
    dev=$(ls "/sys/bus/pci/devices/$sbdf/net/" | head -n 1)
    ip link set "$dev" up && ip addr add 10.0.2.15/24 dev "$dev"
    retry 15 grep -q 1 "/sys/class/net/$dev/carrier"
    ping -c 3 -w 15 10.0.2.2 | grep -E 'packet|round'
    ping -c 1 -w 5 10.0.2.2 >/dev/null
}

# edu COMMAND...: edu-dma on the first edu device. Exit 2 says that the test could
# not be made, as for a device whose BARs the kernel is still placing.
edu() {
    local sbdf n rc
    retry 15 find_pci 1234 11e8 || { echo "no edu device"; return 2; }
    sbdf=$(find_pci 1234 11e8)
    for n in 1 2 3 4 5; do
        edu-dma "$sbdf" "$@" >/tmp/edu.out 2>&1
        rc=$?
        [ $rc = 2 ] || break
        sleep 2
    done
    cat /tmp/edu.out
    return $rc
}
