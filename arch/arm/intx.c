/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The wired interrupts of PCI functions: which line a function has, whose it
 * is, and who gets the lines of host bridges.
 *
 * A function that pulls a line of which its driver knows nothing storms whoever
 * has the line.  So a guest's function may pull one only where the line is the
 * guest's, which also means that functions on one line work for one guest.
 */
#include <xen/device_tree.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>
#include <xen/sched.h>

#include <asm/gic.h>
#include <asm/gic_v3_its.h>
#include <asm/vgic.h>

#include <iommu-groups/driver.h>
#include <iommu-groups/pci-rules.h>

#include "vpci-guest.h"

/* pci/pci-bus.txt of the bindings: PCI's unit address and INTA to INTD. */
#define CHILD_CELLS 4
#define PIN_CELL    3

/*
 * A line that was routed to a running domain cannot be taken from it, so it
 * must not be routed to the hardware domain if a guest is to get it later
 * (irqs=[...]). Guests have nothing but lines, as there is no virtual ITS for
 * them. The hardware domain has messages where there is an ITS; where there is
 * none it needs the lines itself.
 */
bool __init iommu_groups_intx_for_guests(void)
{
    return is_pci_passthrough_enabled() && gicv3_its_host_has_its();
}

/* 0: the parent is not the interrupt controller, or has no such interrupt. */
static unsigned int translate(const struct dt_device_node *parent,
                              const __be32 *spec, unsigned int nr)
{
    struct dt_raw_irq raw = { .controller = parent, .size = nr };
    struct dt_irq irq;
    unsigned int i;

    if ( nr > ARRAY_SIZE(raw.specifier) )
        return 0;
    for ( i = 0; i < nr; i++ )
        raw.specifier[i] = be32_to_cpu(spec[i]);

    return dt_irq_translate(&raw, &irq) ? 0 : irq.irq;
}

/*
 * Devicetree Specification 0.4, 2.4.3: the entry of the bridge's interrupt-map
 * for @pin of the function @bdf of its root bus.  0: none that makes sense.
 */
static unsigned int look_up(const struct dt_device_node *bridge, uint16_t bdf,
                            unsigned int pin)
{
    uint32_t len = 0, mask_len = 0, addr_mask = ~0U, pin_mask = ~0U;
    const __be32 *map = dt_get_property(bridge, "interrupt-map", &len);
    const __be32 *mask = dt_get_property(bridge, "interrupt-map-mask",
                                         &mask_len);
    unsigned int left = map ? len / sizeof(*map) : 0;

    if ( mask && mask_len == CHILD_CELLS * sizeof(*mask) )
    {
        addr_mask = be32_to_cpu(mask[0]);
        pin_mask = be32_to_cpu(mask[PIN_CELL]);
    }

    while ( left > CHILD_CELLS )
    {
        const struct dt_device_node *parent =
            dt_find_node_by_phandle(be32_to_cpu(map[CHILD_CELLS]));
        uint32_t skip = 0, nr;

        if ( !parent ||
             !dt_property_read_u32(parent, "#interrupt-cells", &nr) )
            return 0;
        dt_property_read_u32(parent, "#address-cells", &skip);
        if ( nr > left || skip > left || CHILD_CELLS + 1 + skip + nr > left )
            return 0;

        if ( !((be32_to_cpu(map[0]) ^ ((uint32_t)bdf << 8)) & addr_mask) &&
             !((be32_to_cpu(map[PIN_CELL]) ^ pin) & pin_mask) )
            return translate(parent, map + CHILD_CELLS + 1 + skip, nr);

        map += CHILD_CELLS + 1 + skip + nr;
        left -= CHILD_CELLS + 1 + skip + nr;
    }

    return 0;
}

/* PCI-to-PCI Bridge Architecture 1.2, 9.1: pins turn from bridge to bridge. */
unsigned int vpci_intx_line(const struct pci_dev *pdev)
{
    unsigned int pin = pci_conf_read8(pdev->sbdf, PCI_INTERRUPT_PIN);
    const struct pci_func *func = pdev->iommu ? pdev->iommu->func : NULL;
    const struct dt_device_node *bridge;

    ASSERT(pcidevs_locked());

    if ( !pin || pin > 4 || !func )
        return 0;

    for ( ; func->parent; func = func->parent )
    {
        /* A function with ARI has all eight bits, and device number 0. */
        unsigned int slot = func->sbdf.sbdf == pdev->sbdf.sbdf &&
                            pdev->info.is_extfn ? 0 : func->sbdf.dev;

        pin = (pin - 1 + slot) % 4 + 1;
    }

    bridge = pci_find_host_bridge_node(pdev);

    return bridge ? look_up(bridge, func->sbdf.bdf, pin) : 0;
}

bool vpci_owns_line(struct domain *d, unsigned int line)
{
    return line >= NR_LOCAL_IRQS && line < vgic_num_irqs(d) && d->vcpu &&
           d->vcpu[0] && vgic_get_hw_irq_desc(d, NULL, line);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
