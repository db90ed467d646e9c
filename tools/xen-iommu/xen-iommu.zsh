#compdef xen-iommu
# SPDX-License-Identifier: GPL-2.0-only
# Completion of xen-iommu for zsh.

local -a commands devices options
commands=(check list explain assignable attach detach faults dump prove metrics groups --help --version)
devices=(/sys/bus/pci/devices/*(N:t))

if (( CURRENT == 2 )); then
    compadd -a commands
    return
fi

case $words[CURRENT-1] in
--lspci|--topology|--dmar|--ivrs|--iort|--dtb|--acpidump|--verify|--root)
    _files
    return ;;
esac

case $words[2] in
check)   options=(--lspci --topology --dmar --ivrs --iort --dtb --acpidump --root --verify --json --markdown) ;;
groups)  options=(--topology --lspci --dmar --ivrs --iort --dtb --root --enable-acs --json --dot --svg --html) ;;
faults)  options=(--follow --json) ;;
attach)  options=(--hide-rest --match) ;;
detach)  options=(--match) ;;
list)    options=(--root --json --dot --svg --html) ;;
explain|dump|prove) options=(--json) ;;
esac
compadd -a options
case $words[2] in
explain|assignable|attach|detach|dump) compadd -a devices ;;
esac
