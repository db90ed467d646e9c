# SPDX-License-Identifier: GPL-2.0-only
# Sourced. The project's sources inside a Xen tree.

# Pairs: directory of the project, directory of the tree.
overlay() {
    echo drivers/passthrough xen/drivers/passthrough/groups
    echo arch/x86 xen/arch/x86/iommu-groups
    echo arch/arm xen/arch/arm/iommu-groups
    echo arch/riscv xen/arch/riscv/iommu-groups
}

# overlay_into TREE: files that did not change keep their times.
overlay_into() {
    local from to
    overlay | while read -r from to; do
        if [ -d "$TOP/$from" ]; then
            mkdir -p "$1/$to"
            rsync -rlpc --delete --exclude='*.o' --exclude='.*' "$TOP/$from/" "$1/$to/"
        else
            rm -rf "${1:?}/$to"
        fi
    done
}
