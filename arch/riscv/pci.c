/* SPDX-License-Identifier: GPL-2.0-only */
/* Configuration space of the host bridges that were found: PCIe 6.0, 7.2.2. */
#include <xen/err.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/list.h>
#include <xen/pci.h>
#include <xen/sizes.h>
#include <xen/xmalloc.h>

#include <iommu-arch.h>
#include <iommu-groups/dt.h>

#include "riscv.h"

#define MAX_BUSES 256

struct host_bridge {
    struct list_head list;
    const struct iommu_dt_bridge *dt;
    paddr_t base;
    uint8_t *bus[MAX_BUSES];       /* NULL: not open */
};

static LIST_HEAD(host_bridges);    /* constant after boot */

static struct host_bridge *find(uint16_t seg, uint8_t bus)
{
    struct host_bridge *h;

    list_for_each_entry ( h, &host_bridges, list )
        if ( h->dt->seg == seg && bus >= h->dt->first_bus &&
             bus <= h->dt->last_bus )
            return h;

    return NULL;
}

int cf_check riscv_pci_bus_open(uint16_t seg, uint8_t bus)
{
    struct host_bridge *h = find(seg, bus);

    if ( !h )
        return -ENODEV;
    if ( h->bus[bus] )
        return 0;

    h->bus[bus] = arch_iommu_map_regs(
        h->base + MB(1) * (bus - h->dt->first_bus), MB(1));

    return h->bus[bus] ? 0 : -ENOMEM;
}

int riscv_pci_bridge_add(const struct iommu_dt_bridge *b,
                         const struct iommu_dt_ecam *e)
{
    struct host_bridge *h = xzalloc(struct host_bridge);

    if ( !h )
        return -ENOMEM;

    h->dt = b;
    h->base = e->base;
    list_add_tail(&h->list, &host_bridges);

    return riscv_pci_bus_open(b->seg, b->first_bus);
}

/* NULL: there is nothing, or the access is none that PCI knows. */
static volatile void *address(pci_sbdf_t sbdf, unsigned int reg,
                              unsigned int len)
{
    const struct host_bridge *h = find(sbdf.seg, sbdf.bus);

    if ( !h || !h->bus[sbdf.bus] || reg >= 4096 || (reg & (len - 1)) )
        return NULL;

    return h->bus[sbdf.bus] + (sbdf.devfn << 12) + reg;
}

uint8_t pci_conf_read8(pci_sbdf_t sbdf, unsigned int reg)
{
    volatile void *at = address(sbdf, reg, 1);

    return at ? readb(at) : 0xff;
}

uint16_t pci_conf_read16(pci_sbdf_t sbdf, unsigned int reg)
{
    volatile void *at = address(sbdf, reg, 2);

    return at ? readw(at) : 0xffff;
}

uint32_t pci_conf_read32(pci_sbdf_t sbdf, unsigned int reg)
{
    volatile void *at = address(sbdf, reg, 4);

    return at ? readl(at) : ~0u;
}

void pci_conf_write8(pci_sbdf_t sbdf, unsigned int reg, uint8_t data)
{
    volatile void *at = address(sbdf, reg, 1);

    if ( at )
        writeb(data, at);
}

void pci_conf_write16(pci_sbdf_t sbdf, unsigned int reg, uint16_t data)
{
    volatile void *at = address(sbdf, reg, 2);

    if ( at )
        writew(data, at);
}

void pci_conf_write32(pci_sbdf_t sbdf, unsigned int reg, uint32_t data)
{
    volatile void *at = address(sbdf, reg, 4);

    if ( at )
        writel(data, at);
}

void arch_pci_init_pdev(struct pci_dev *pdev)
{
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
