/* SPDX-License-Identifier: GPL-2.0-only */
/* BARs: how large, and where.  PCI 3.0, 6.2.5.1. */
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/pci_regs.h>

#include <iommu-groups/pci-setup.h>

static uint32_t __init size_mask(pci_sbdf_t sbdf, unsigned int reg)
{
    uint32_t old = pci_conf_read32(sbdf, reg), mask;

    pci_conf_write32(sbdf, reg, ~0u);
    mask = pci_conf_read32(sbdf, reg);
    pci_conf_write32(sbdf, reg, old);

    return mask;
}

/* 0: not there, or nonsense.  *@wide: it takes two registers. */
static uint64_t __init bar_size(pci_sbdf_t sbdf, unsigned int reg, bool last,
                                bool *wide)
{
    uint32_t bar = pci_conf_read32(sbdf, reg);
    uint64_t mask;

    *wide = false;

    /* I/O ports are not used: there is no way to reach them. */
    if ( (bar & PCI_BASE_ADDRESS_SPACE) != PCI_BASE_ADDRESS_SPACE_MEMORY )
        return 0;

    mask = size_mask(sbdf, reg) & (uint32_t)PCI_BASE_ADDRESS_MEM_MASK;
    if ( (bar & PCI_BASE_ADDRESS_MEM_TYPE_MASK) ==
         PCI_BASE_ADDRESS_MEM_TYPE_64 )
    {
        if ( last )
            return 0;
        *wide = true;
        mask |= (uint64_t)size_mask(sbdf, reg + 4) << 32;
    }
    else if ( mask )
        mask |= 0xffffffffULL << 32;

    /* Ones from some bit on, and nothing else. */
    return mask && !((~mask + 1) & ~mask) ? ~mask + 1 : 0;
}

static uint64_t __init take(struct pci_setup *s, uint64_t size)
{
    uint64_t at = (s->next + size - 1) & ~(size - 1);

    if ( at < s->next || at >= s->end || size > s->end - at )
        return 0;

    s->next = at + size;

    return at;
}

void __init pci_setup_bars(struct pci_setup *s, pci_sbdf_t sbdf,
                           unsigned int nr)
{
    unsigned int i;
    bool wide;

    for ( i = 0; i < nr; i += 1 + wide )
    {
        unsigned int reg = PCI_BASE_ADDRESS_0 + i * 4;
        uint64_t size = bar_size(sbdf, reg, i + 1 == nr, &wide), at;

        if ( !size )
            continue;

        at = take(s, max(size, (uint64_t)PAGE_SIZE));
        if ( !at )
            printk(XENLOG_WARNING
                   "%pp: no room for BAR %u of %#"PRIx64" bytes\n",
                   &sbdf, i, size);

        pci_conf_write32(sbdf, reg, at);
        if ( wide )
            pci_conf_write32(sbdf, reg + 4, at >> 32);
    }
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
