# SPDX-License-Identifier: GPL-2.0-only
# Sourced by the shell that `make shell` opens: what a newcomer plays with.
. /bed/variables
. /bed/guests.sh
[ ! -e /usr/share/bash-completion/bash_completion ] || . /usr/share/bash-completion/bash_completion
[ ! -e /bed/xen-iommu.bash ] || . /bed/xen-iommu.bash
PS1='dom0:\w# '

# The image has no man; the host has made text of the page.
man() {
    case "$*" in
    xen-iommu|'8 xen-iommu') more /bed/xen-iommu.8.txt ;;
    *) echo "there is a page for xen-iommu only" >&2; return 1 ;;
    esac
}

# The first function of VENDOR:DEVICE.
function_of() { lspci -Dn -d "$1" | sed -n '1s/ .*//p'; }

# play.cfg is a guest with a shell on its console, which may have devices.
play_config() {
    GUEST_EXTRA="${GUEST_EXTRA:-} bed.play" guest_config play 'passthrough="enabled"'
}

greet() {
    local edu nic
    edu=$(function_of 1234:11e8)
    nic=$(lspci -Dn -d ::0200 | sed -n '1s/ .*//p')
    cat <<END

dom0 of the IOMMU groups test bed: patched Xen in QEMU, an edu device (a DMA
engine) at ${edu:-nowhere}, a NIC at ${nic:-nowhere}.  Five commands to try:

  xen-iommu list                       units, groups, who has what
  xl create /root/play.cfg             a guest; \`xl console play', Ctrl-] leaves it
  xen-iommu explain $edu play  what stands in the way of giving it away
  xen-iommu attach $edu play   gives it, with its whole group
  xen-iommu faults                     what the IOMMU has refused

\`xen-iommu detach $edu play' takes it back, \`man xen-iommu' says the rest,
Tab completes.  Ctrl-A X ends QEMU.

END
}

[ -e /root/play.cfg ] || { mkdir -p /root; play_config >/root/play.cfg; }
