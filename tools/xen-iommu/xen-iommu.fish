# SPDX-License-Identifier: GPL-2.0-only
# Completion of xen-iommu for fish.
set -l commands check list explain assignable attach detach faults dump prove metrics groups
complete -c xen-iommu -f
complete -c xen-iommu -n "not __fish_seen_subcommand_from $commands" -a "$commands"
complete -c xen-iommu -n "__fish_seen_subcommand_from explain assignable attach detach dump" \
    -a "(path basename /sys/bus/pci/devices/*)"
complete -c xen-iommu -n "__fish_seen_subcommand_from check list explain faults dump prove groups" -l json
complete -c xen-iommu -n "__fish_seen_subcommand_from faults" -l follow
complete -c xen-iommu -n "__fish_seen_subcommand_from attach" -l hide-rest
complete -c xen-iommu -n "__fish_seen_subcommand_from attach detach" -l match -x
complete -c xen-iommu -n "__fish_seen_subcommand_from check" -l markdown
complete -c xen-iommu -n "__fish_seen_subcommand_from groups" -l enable-acs
for as in dot svg html
    complete -c xen-iommu -n "__fish_seen_subcommand_from groups list" -l $as
end
for file in lspci topology dmar ivrs iort dtb
    complete -c xen-iommu -n "__fish_seen_subcommand_from check groups" -l $file -r -F
end
complete -c xen-iommu -n "__fish_seen_subcommand_from check groups list" -l root -r -F
for file in acpidump verify
    complete -c xen-iommu -n "__fish_seen_subcommand_from check" -l $file -r -F
end
