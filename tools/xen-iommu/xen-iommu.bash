# SPDX-License-Identifier: GPL-2.0-only
# Completion of xen-iommu for bash.

_xen_iommu()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=
    local devices='/sys/bus/pci/devices/*' d

    COMPREPLY=()
    case $prev in
    --lspci|--topology|--dmar|--ivrs|--iort|--dtb|--acpidump|--verify|--root)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return ;;
    esac

    case $COMP_CWORD:${COMP_WORDS[1]} in
    1:*)      words='check list explain assignable attach detach faults dump prove metrics groups --help --version' ;;
    *:list)   words='--root --json --dot --svg --html' ;;
    *:prove)  words=--json ;;
    *:faults) words='--follow --json' ;;
    *:check)  words='--lspci --topology --dmar --ivrs --iort --dtb --acpidump --root --verify --json --markdown' ;;
    *:groups) words='--topology --lspci --dmar --ivrs --iort --dtb --root --enable-acs --json --dot --svg --html' ;;
    *:attach) words='--hide-rest --match' ;;&
    *:detach) words=--match ;;&
    *:explain|*:dump) words=--json ;;&
    *:explain|*:dump|*:assignable|*:attach|*:detach)
        # A device has colons in it, which bash takes for separators.
        if declare -F _get_comp_words_by_ref >/dev/null; then
            _get_comp_words_by_ref -n : cur
        fi
        for d in $devices; do words+=" ${d##*/}"; done ;;
    esac

    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
    if declare -F __ltrim_colon_completions >/dev/null; then
        __ltrim_colon_completions "$cur"
    fi
}
complete -F _xen_iommu xen-iommu
