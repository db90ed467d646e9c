# SPDX-License-Identifier: GPL-2.0-only
# Sourced. Guests: each runs a command loop on its console (guest/init).
#
#   guest_create NAME [CONFIG LINE...]      PV unless a line says otherwise
#   probe_create NAME [CONFIG LINE...]      the probe (tools/testbed/probe) in place of
#                                           Linux
#   guest_sh NAME COMMAND                   its output and exit status
#   guest_destroy NAME
#   balloon NAME MIB                        until it has so much memory

GUEST_TIMEOUT=60

# guest_bridge NAME CONFIG LINE...: on Arm a guest that may have devices has its
# host bridge from a partial device tree (scenarios/arm64/pci-host.dts), and the
# wired interrupts that the scenario's variable NAME_IRQS lists.
guest_bridge() {
    local irqs=$1_IRQS
    [ "$BED_ARCH" = arm64 ] || return 0
    case "$*" in
    *passthrough=*|*pci=*) ;;
    *) return 0 ;;
    esac
    echo "device_tree='/guest/pci-host.dtb'"
    [ -z "${!irqs:-}" ] || echo "irqs=[${!irqs}]"
}

# Where libxl writes a node for the bridge as well, Linux takes the other one if
# it cannot claim the last page of libxl's.
guest_extra() {
    [ "$BED_ARCH" = arm64 ] && printf 'reserve=0x1ff00000,0x1000 '
    printf '%s' "${GUEST_EXTRA:-}"
}

# What takes a kernel seconds and shows nothing, as in scenarios/ARCH/00-base.conf.
in_short() {
    [ "$BED_ARCH" != x86 ] || printf '%s ' rodata=off ipv6.disable=1 mitigations=off \
        hardened_usercopy=off randomize_kstack_offset=off
    printf 'cryptomgr.notests init_on_alloc=0 '
    printf 'initcall_blacklist=crypto_kdf108_init,init_encrypted,jent_mod_init '
}

# What the guest runs: GUEST_KIND.
guest_kernel() {
    case $GUEST_KIND in
    probe) printf '%s\n' "memory=32" "kernel='/guest/probe'" ;;
    *) printf '%s\n' "memory=${GUEST_MEM:-192}" \
        "kernel='${GUEST_KERNEL:-/guest/kernel}'" "ramdisk='/guest/initrd'" \
        "extra='console=hvc0 quiet iommu=soft $(in_short) $(guest_extra)'" ;;
    esac
}

guest_config() {
    local name=$1
    shift
    guest_kernel
    printf '%s\n' "name='$name'" "vcpus=1" "on_crash='${GUEST_ON_CRASH:-destroy}'" \
        "on_reboot='restart'" "on_poweroff='destroy'" "$@"
    guest_bridge "$name" "$@"
}

guest_id() { xl domid "$1" 2>/dev/null; }

# Follow the guest's console into a file; commands are written to the same pty.
guest_console() {
    local name=$1 id tty
    id=$(guest_id "$name") || return 1
    wait_for 20 xenstore-exists "/local/domain/$id/console/tty" || return 1
    echo "$id" >"/run/$name.id"
    tty=$(xenstore-read "/local/domain/$id/console/tty")
    [ -c "$tty" ] || return 1
    stty -F "$tty" raw -echo
    ln -sf "$tty" "/run/$name.tty"
    : >"/run/$name.log"
    (cat "$tty" >>"/run/$name.log") >/dev/null 2>&1 &
}

# console_has NAME TEXT: what it showed may hold zero bytes, which read leaves out.
console_has() {
    local text
    IFS= read -r -d $'\004' text <"/run/$1.log"
    [[ $text == *"$2"* ]]
}

guest_ready() { wait_for "${1:-$GUEST_TIMEOUT}" console_has "$2" GUEST-READY; }

guest_create() {
    local name=$1
    guest_config "$@" >"/run/$name.cfg"
    echo "${GUEST_KIND:-linux}" >"/run/$name.kind"
    xl create "/run/$name.cfg" 2>&1 || return 1
    guest_console "$name" || { echo "no console"; return 1; }
    if ! guest_ready "$GUEST_TIMEOUT" "$name"; then
        echo "guest did not come up: $(tail -n 3 "/run/$name.log")"
        return 1
    fi
}

# KIND=linux among the arguments of a scenario: Linux all the same.
probe_is() {
    local GUEST_KIND=${KIND:-probe}
    "$@"
}
probe_create() { probe_is guest_create "$@"; }
probe_config() { probe_is guest_config "$@"; }

# Much cheaper than asking xl.
guest_is_there() {
    local id
    { read -r id <"/run/$1.id"; } 2>/dev/null && xenstore-exists "/local/domain/$id"
}

# guest_answer NAME FD NUMBER: what its console shows up to the end of command NUMBER.
guest_answer() {
    local line='' part end=$((SECONDS + 10 * ${GUEST_SH_TIMEOUT:-$GUEST_TIMEOUT}))
    while [ $SECONDS -lt $end ]; do
        if ! IFS= read -r -u "$2" part; then
            line+=$part
            pause
            continue
        fi
        line+=${part//$'\r'/}
        [[ ! $line =~ GUEST-DONE-$3-([0-9]+) ]] || return "${BASH_REMATCH[1]}"
        printf '%s\n' "$line"
        line=
    done
    echo "guest $1 did not finish"
    return 124
}

guest_sh() {
    local name=$1 n=$RANDOM$RANDOM log rc line
    shift
    guest_is_there "$name" || { echo "there is no guest $name"; return 125; }
    exec {log}<"/run/$name.log"
    while IFS= read -r -u "$log" line; do :; done       # what was before
    # One line: the guest's loop reads lines. The probe takes one command.
    case $(<"/run/$name.kind") in
    probe) printf '%s %s\n' "$n" "$*" ;;
    *) printf '{ %s; } 2>&1; echo GUEST-DONE-%s-$?\n' "${*//$'\n'/; }" "$n" ;;
    esac >"/run/$name.tty"
    guest_answer "$name" "$log" "$n"
    rc=$?
    exec {log}<&-
    return $rc
}

# detach GUEST SBDF: on Arm the guest lets go of the device first, as its host
# bridge has no hot-plug controller that would make it.
detach() {
    if [ "$BED_ARCH" = arm64 ]; then
        guest_sh "$1" release_pci "$(lspci -n -s "$2" | sed 's/.*: \(....\):\(....\).*/\1 \2/')" || return 1
    fi
    xl pci-detach "$1" "$2"
}

balloon() { xl mem-set "$1" "$2" && wait_for 60 has_memory "$1" "$2"; }
has_memory() { [ "$(xl list "$1" | awk 'END { print $3 }')" = "$2" ]; }

guest_gone() { ! guest_id "$1" >/dev/null; }

guest_destroy() {
    xl destroy "$1" 2>&1
    wait_for 30 guest_gone "$1"
}

# The guest's kernel log and console, for the host's records.
guest_dump() {
    local line
    tail -n 40 "/run/$1.log" 2>/dev/null | while read -r line; do say_host LOG "$1: $line"; done
}
