# SPDX-License-Identifier: GPL-2.0-only
# Words for commands that dom0 sends to a guest.

# all_pci VENDOR DEVICE: the SBDFs of such functions, as the guest sees them.
all_pci() {
    for d in /sys/bus/pci/devices/*; do
        [ "$(cat "$d/vendor" 2>/dev/null)" = "0x$1" ] && [ "$(cat "$d/device")" = "0x$2" ] && echo "${d##*/}"
    done
}

# find_pci VENDOR DEVICE: the first one.
find_pci() { all_pci "$1" "$2" | head -n 1 | grep .; }

# On Arm a device that was attached shows when the bus is scanned.
rescan_pci() { [ "$(uname -m)" != aarch64 ] || echo 1 >/sys/bus/pci/rescan; }
look_for_pci() { find_pci "$1" "$2" || { rescan_pci; find_pci "$1" "$2"; }; }

# release_pci VENDOR DEVICE: no driver, no BAR of such a device is in use. Those
# that the guest keeps come back when it looks for them.
release_pci() {
    local sbdf
    for sbdf in $(all_pci "$1" "$2"); do
        echo 1 >"/sys/bus/pci/devices/$sbdf/remove"
    done
}

seconds() { cut -d . -f 1 /proc/uptime; }

# retry SECONDS COMMAND...: with an allowance for a busy host, but by the clock: a
# guest says what is amiss before dom0 gives up waiting for it.
retry() {
    local end=$(($(seconds) + $1 * 8))
    shift
    while :; do
        "$@" >/dev/null 2>&1 && return 0
        [ "$(seconds)" -lt $end ] || return 1
        sleep 0.2
    done
}

# ping_through VENDOR DEVICE: through the network function with these IDs.
ping_through() {
    local sbdf dev
    retry 15 look_for_pci "$1" "$2" || { echo "no device $1:$2"; return 1; }
    sbdf=$(find_pci "$1" "$2")
    retry 15 ls "/sys/bus/pci/devices/$sbdf/net/" ||
        { echo "no driver on $sbdf: $(dmesg | grep -F "$sbdf" | tail -n 3)"; return 1; }
    dev=$(ls "/sys/bus/pci/devices/$sbdf/net/" | head -n 1)
    ip link set "$dev" up && ip addr add 10.0.2.15/24 dev "$dev"
    retry 15 grep -q 1 "/sys/class/net/$dev/carrier"
    ping -c 3 -w 60 10.0.2.2 | grep -E 'packet|round'
    ping -c 1 -w 30 10.0.2.2 >/dev/null
}

# edu_at SBDF COMMAND...: edu-dma, once the kernel has claimed the device's BARs,
# which it does after a look at every slot of the bus. Exit 2 says that the test
# could not be made.
edu_at() {
    local n rc
    retry 30 grep -q " : $1\$" /proc/iomem || { echo "BAR not claimed:"; cat /proc/iomem; }
    for n in 1 2 3 4 5; do
        edu-dma "$@" >/tmp/edu.out 2>&1
        rc=$?
        [ $rc = 2 ] || break
        sleep 2
    done
    cat /tmp/edu.out
    return $rc
}

# edu COMMAND...: on the first edu device.
edu() {
    retry 15 look_for_pci 1234 11e8 || { echo "no edu device"; return 2; }
    edu_at "$(find_pci 1234 11e8)" "$@"
}

# nth_edu N COMMAND...: on the last one of N.
nth_edu() {
    local n=$1
    shift
    retry 15 look_for_edus "$n" || { echo "edu devices: $(all_pci 1234 11e8)"; return 2; }
    edu_at "$(all_pci 1234 11e8 | tail -n 1)" "$@"
}

# edu_churn: transfers without end, beside what the guest is told next.
edu_churn() {
    edu churn >/dev/null 2>&1 &
    retry 10 pidof edu-dma
}

# Ends of a guest that dom0 does not ask for.
crash() { echo c >/proc/sysrq-trigger; }
restart() { reboot -f; }

# N devices of that kind are there.
edus_are() { [ "$(all_pci 1234 11e8 | wc -l)" = "$1" ]; }
look_for_edus() { edus_are "$1" || { rescan_pci; edus_are "$1"; }; }

# each_edu N COMMAND...: on every edu device, of which there must be N.
each_edu() {
    local sbdf n=$1
    shift
    retry 15 look_for_edus $n || { echo "edu devices: $(all_pci 1234 11e8)"; return 2; }
    for sbdf in $(all_pci 1234 11e8); do edu_at "$sbdf" "$@" || return; done
}

# hold_page: a page with known content; prints its bus address.
hold_page() {
    mkfifo /tmp/hold.in
    edu-dma hold 0<>/tmp/hold.in >/tmp/hold.out 2>&1 &
    retry 10 grep -q PAGE /tmp/hold.out
    cat /tmp/hold.out
}

# grant_page DOM: a page with known content that a domain may map; prints its bus
# address and its reference. The page is granted until the guest ends.
grant_page() {
    mkfifo /tmp/grant.in
    edu-dma grant "$1" 0<>/tmp/grant.in >/tmp/grant.out 2>&1 &
    retry 10 grep -q PAGE /tmp/grant.out
    cat /tmp/grant.out
    grep -q PAGE /tmp/grant.out
}

# disk_io VENDOR DEVICE MB: write random data to the NVMe disk, read it back,
# compare; prints the sum of what is on the disk.
disk_io() {
    local sbdf dev wrote got
    retry 15 look_for_pci "$1" "$2" || { echo "no device $1:$2"; return 1; }
    sbdf=$(find_pci "$1" "$2")
    retry 15 ls "/sys/bus/pci/devices/$sbdf/nvme/"nvme*/nvme*n1 || { echo "no disk on $sbdf"; return 1; }
    # The function has a path (nvme0c0n1) that leads to the disk (nvme0n1).
    dev=/dev/$(basename "/sys/bus/pci/devices/$sbdf/nvme/"nvme*/nvme*n1 | sed 's/c[0-9]*n/n/')
    retry 15 test -b "$dev" || { echo "no block device $dev"; return 1; }
    dd if=/dev/urandom of=/tmp/out bs=1M count="$3" 2>/dev/null
    wrote=$(sha256sum </tmp/out)
    dd if=/tmp/out of="$dev" bs=64k conv=fsync 2>/dev/null || { echo "cannot write $dev"; return 1; }
    echo 3 >/proc/sys/vm/drop_caches
    got=$(dd if="$dev" bs=64k count=$(($3 * 16)) 2>/dev/null | sha256sum)
    rm /tmp/out
    [ "$wrote" = "$got" ] || { echo "$dev: read ${got%% *}, wrote ${wrote%% *}"; return 1; }
    echo "$dev: $3 MB written and read, sha256 ${got%% *}"
}

# keep_bar: a program that keeps the edu device's BAR mapped, whatever becomes
# of the device. bar_gone: it can be reached no more.
keep_bar() {
    rm -f /tmp/keep.*
    mkfifo /tmp/keep.in
    (edu-dma "$(find_pci 1234 11e8)" keep 0<>/tmp/keep.in >/tmp/keep.out 2>&1; echo $? >/tmp/keep.rc) &
    retry 5 grep -q KEPT /tmp/keep.out || { cat /tmp/keep.out; return 2; }
}

bar_gone() {
    echo >/tmp/keep.in
    retry 5 test -s /tmp/keep.rc || { echo "no answer"; return 2; }
    cat /tmp/keep.out
    return "$(cat /tmp/keep.rc)"
}

# config_write SBDF OFFSET BYTES: as printf's octal escapes; one access of its size.
config_write() {
    local size=$((${#3} / 4))
    printf "$3" | dd of="/sys/bus/pci/devices/$1/config" bs=$size seek=$(($2 / size)) conv=notrunc 2>/dev/null
}

# bar_over_ecam: a BAR of the edu device, decoding, is put where the guest's own
# configuration space is, which goes on answering.
bar_over_ecam() {
    local sbdf
    sbdf=$(find_pci 1234 11e8) || { echo "no edu device"; return 1; }
    config_write "$sbdf" 4 '\006\000' && config_write "$sbdf" 16 '\000\000\000\020' || return 1
    hexdump -n 20 -e '4/1 "%02x" " "' "/sys/bus/pci/devices/$sbdf/config"
    [ "$(hexdump -n 4 -e '4/1 "%02x"' "/sys/bus/pci/devices/$sbdf/config")" = 3412e811 ] || return 1
    release_pci 1234 11e8 && look_for_pci 1234 11e8
}
