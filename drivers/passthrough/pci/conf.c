/* SPDX-License-Identifier: GPL-2.0-only */
/* This machine's configuration space, and its chipset's registers. */
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>
#include <xen/pfn.h>
#include <xen/vmap.h>

#include <asm/io.h>

#include <iommu-groups/pci-topology.h>

/* No more fit in: a list that is longer has a loop. */
#define MAX_EXT_CAPS ((PCI_CFG_SPACE_EXP_SIZE - PCI_CFG_SPACE_SIZE) / 8)

static uint32_t cf_check read_conf(void *ctx, pci_sbdf_t sbdf,
                                   unsigned int reg, unsigned int bytes)
{
    switch ( bytes )
    {
    case 1:
        return pci_conf_read8(sbdf, reg);
    case 2:
        return pci_conf_read16(sbdf, reg);
    default:
        return pci_conf_read32(sbdf, reg);
    }
}

static void cf_check write_conf(void *ctx, pci_sbdf_t sbdf, unsigned int reg,
                                unsigned int bytes, uint32_t val)
{
    switch ( bytes )
    {
    case 1:
        pci_conf_write8(sbdf, reg, val);
        break;
    case 2:
        pci_conf_write16(sbdf, reg, val);
        break;
    default:
        pci_conf_write32(sbdf, reg, val);
        break;
    }
}

#ifdef CONFIG_X86
/*
 * NULL: no registers there.  Few are asked for, and rarely: none stays mapped.
 * Works with interrupts off too, as the machine resumes on one CPU.
 */
static void __iomem *map_mem(paddr_t addr)
{
    /* A base address that points at memory is not the chipset's. */
    if ( page_is_ram_type(paddr_to_pfn(addr), RAM_TYPE_CONVENTIONAL) )
        return NULL;

    return ioremap(addr, sizeof(uint32_t));
}

static bool cf_check read_mem(void *ctx, paddr_t addr, uint32_t *val)
{
    void __iomem *reg = map_mem(addr);

    if ( !reg )
        return false;

    *val = readl(reg);
    iounmap(reg);

    return true;
}

static void cf_check write_mem(void *ctx, paddr_t addr, uint32_t val)
{
    void __iomem *reg = map_mem(addr);

    if ( !reg )
        return;

    writel(val, reg);
    iounmap(reg);
}
#endif

unsigned int iommu_pci_ext_cap(pci_sbdf_t sbdf, unsigned int after,
                               unsigned int id)
{
    unsigned int pos = after ?: PCI_CFG_SPACE_SIZE, i;

    for ( i = 0; i < MAX_EXT_CAPS && pos >= PCI_CFG_SPACE_SIZE; i++ )
    {
        uint32_t header = pci_conf_read32(sbdf, pos);

        if ( !header || header == ~0u )
            break;
        if ( PCI_EXT_CAP_ID(header) == id && pos != after )
            return pos;
        pos = PCI_EXT_CAP_NEXT(header);
    }

    return 0;
}

const struct pci_cfg iommu_pci_conf = {
    .read = read_conf,
    .write = write_conf,
#ifdef CONFIG_X86
    .read_mem = read_mem,
    .write_mem = write_mem,
#endif
};

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
