/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupt remapping as Xen's x86 code knows it: IO-APIC redirection entries,
 * MSI messages, HPET comparators and x2APIC.  Each source is handed to the unit
 * that its interrupt requests pass.
 *
 * Two formats meet here.  What the rest of Xen writes follows the CPU: 32-bit
 * destinations once it runs in x2APIC mode, 8-bit ones before.  What the entry
 * of a unit holds follows that unit, which may well do 8-bit destinations while
 * the CPU is in x2APIC mode.  struct iommu_ir_irq stands between the two.
 */

#include <xen/errno.h>
#include <xen/init.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/xmalloc.h>

#include <asm/apic.h>
#include <asm/io_apic.h>
#include <asm/msi.h>

#include <iommu-groups/compat.h>
#include <iommu-groups/driver.h>
#include <iommu-groups/pci-rules.h>

#include "intremap.h"

/* One IO-APIC: pin N uses entry base + N of the unit. */
struct ir_ioapic {
    struct iommu_unit *unit;
    struct iommu_ir_source src;
    unsigned int base;
};

static struct ir_ioapic *__read_mostly ir_ioapics; /* (c), nr_ioapics of them */

/* Where the rules for groups know the function, with all its aliases. */
static bool source_by_rules(const struct pci_dev *pdev,
                            struct iommu_ir_source *src)
{
    const struct pci_func *func = pdev->iommu ? pdev->iommu->func : NULL;
    uint32_t msi = func ? read_atomic(&func->msi) : 0;

    if ( !(msi & PCI_MSI_KNOWN) )
        return false;

    src->sid = MASK_EXTR(msi, PCI_MSI_ID);
    src->bus_range = msi & PCI_MSI_BUSES;
    src->ignore_fn = MASK_EXTR(msi, PCI_MSI_ANY_FN);

    return true;
}

int iommu_ir_pci_source(const struct pci_dev *pdev, struct iommu_ir_source *src)
{
    uint8_t bus = pdev->bus, devfn = pdev->devfn, secbus = 0;

    *src = (struct iommu_ir_source){};
    if ( source_by_rules(pdev, src) )
        return 0;

    switch ( find_upstream_bridge(pdev->seg, &bus, &devfn, &secbus) )
    {
    case 0:
        src->sid = pdev->sbdf.bdf;
        /* A stride of 1, 2 or 4 leaves three, two or one bits to phantoms. */
        if ( pdev->phantom_stride )
            src->ignore_fn = 8 - pdev->phantom_stride;
        return 0;

    case 1:
        if ( pdev_type(pdev->seg, bus, devfn) == DEV_TYPE_PCIe2PCI_BRIDGE )
        {
            /*
             * The bridge sends as (secondary bus, 0); a PCI-X one may leave
             * the device's own ID in place.
             */
            src->sid = (secbus << 8) | pdev->bus;
            src->bus_range = true;
        }
        else
            src->sid = PCI_BDF(bus, devfn);
        return 0;

    default:
        printk(XENLOG_ERR
               "IOMMU: %pp: bridges above it form a loop, no MSI for it\n",
               &pdev->sbdf);
        return -ENODEV;
    }
}

/* What an IO-APIC redirection entry, as Xen writes it, asks for. */
static struct iommu_ir_irq irq_of_rte(struct IO_APIC_route_entry rte)
{
    return (struct iommu_ir_irq){
        .dest = x2apic_enabled ? rte.dest.dest32
                               : rte.dest.logical.logical_dest,
        .vector = rte.vector,
        .mode = rte.delivery_mode,
        .logical = rte.dest_mode,
        .level = rte.trigger,
    };
}

static struct iommu_ir_irq irq_of_msi(const struct msi_msg *msg)
{
    return (struct iommu_ir_irq){
        .dest = x2apic_enabled ? msg->dest32
                               : MASK_EXTR(msg->address_lo,
                                           MSI_ADDR_DEST_ID_MASK),
        .vector = MASK_EXTR(msg->data, MSI_DATA_VECTOR_MASK),
        .mode = MASK_EXTR(msg->data, MSI_DATA_DELIVERY_MODE_MASK),
        .logical = msg->address_lo & MSI_ADDR_DESTMODE_MASK,
        .level = msg->data & MSI_DATA_TRIGGER_MASK,
    };
}

/* Called with ioapic_lock held. */
void iommu_update_ire_from_apic(unsigned int apic, unsigned int pin,
                                uint64_t rte)
{
    const struct ir_ioapic *io;
    struct IO_APIC_route_entry new = { .raw = rte };
    struct iommu_ir_irq irq = irq_of_rte(new);
    int rc;

    if ( !ir_active )
    {
        __ioapic_write_entry(apic, pin, true, new);
        return;
    }

    io = &ir_ioapics[apic];
    rc = io->unit->ir->update(io->unit, io->base + pin, &io->src, &irq);
    if ( rc == -ERANGE )
    {
        /* Stays as it is for reading back, but must not fire. */
        if ( !new.mask )
            printk(XENLOG_ERR
                   "IOMMU: IO-APIC %u pin %u: destination %#x is out of reach for %s, masked\n",
                   IO_APIC_ID(apic), pin, irq.dest, io->unit->name);
        new.mask = 1;
    }
    else
    {
        /*
         * The entry is in memory even where the unit did not confirm it, and
         * the pin always uses the same one: it is right to refer to it.
         */
        if ( rc )
            printk(XENLOG_ERR "IOMMU: IO-APIC %u pin %u: not remapped: %d\n",
                   IO_APIC_ID(apic), pin, rc);
        new.raw = io->unit->ir->rte(io->base + pin, rte);
    }

    __ioapic_write_entry(apic, pin, true, new);
}

/* Called with ioapic_lock held. */
unsigned int iommu_read_apic_from_ire(unsigned int apic, unsigned int reg)
{
    unsigned int pin = (reg - 0x10) / 2;
    const struct ir_ioapic *io;
    struct IO_APIC_route_entry rte;
    struct iommu_ir_irq irq;

    if ( !ir_active )
        return __io_apic_read(apic, reg);

    io = &ir_ioapics[apic];
    rte = __ioapic_read_entry(apic, pin, true);
    if ( io->unit->ir->is_remapped(rte.raw) &&
         !io->unit->ir->read(io->unit, io->base + pin, &irq) )
    {
        struct IO_APIC_route_entry old = {
            .vector = irq.vector,
            .delivery_mode = irq.mode,
            .dest_mode = irq.logical,
            .delivery_status = rte.delivery_status,
            .polarity = rte.polarity,
            .irr = rte.irr,
            .trigger = rte.trigger,
            .mask = rte.mask,
        };

        if ( x2apic_enabled )
            old.dest.dest32 = irq.dest;
        else
            old.dest.logical.logical_dest = irq.dest;
        rte = old;
    }

    return rte.raw >> ((reg & 1) ? 32 : 0);
}

/* Messages of one capability share a block of entries. */
static struct msi_desc *msi_block(struct msi_desc *desc, unsigned int *nr)
{
    *nr = 1;
    if ( desc->msi_attrib.type != PCI_CAP_ID_MSI )
        return desc;

    desc -= desc->msi_attrib.entry_nr;
    *nr = desc->msi.nvec;

    return desc;
}

static int msi_alloc(struct iommu_unit *unit, const struct iommu_ir_source *src,
                     struct msi_desc *block, unsigned int nr)
{
    unsigned int i;
    int index = unit->ir->alloc(unit, src, nr);

    if ( index < 0 )
        return index;

    for ( i = 0; i < nr; i++ )
        block[i].remap_index = index + i;

    return 0;
}

static void msi_free(struct iommu_unit *unit, struct msi_desc *block,
                     unsigned int nr)
{
    unsigned int i;

    if ( block->remap_index < 0 )
        return;

    unit->ir->free(unit, block->remap_index, nr);
    for ( i = 0; i < nr; i++ )
    {
        block[i].remap_index = -1;
        block[i].irte_initialized = false;
    }
}

/*
 * @desc  message that is set up, moved, or (@msg NULL) given up
 * @msg   in: what is to be delivered; out: what to program the source with
 *
 * desc->irq's lock held, or boot.  COMPAT_MSI_WRITE: @msg is to be written,
 * also where no unit remaps the source; 0: the source has it already; -ERANGE:
 * its unit cannot reach the destination; -ENOSPC, -ENODEV, -EIO.
 */
int iommu_update_ire_from_msi(struct msi_desc *desc, struct msi_msg *msg)
{
    struct iommu_ir_source src;
    struct iommu_unit *unit;
    struct iommu_ir_msi out;
    struct iommu_ir_irq irq;
    struct msi_desc *block;
    unsigned int nr;
    int rc;

    if ( !ir_active )
        return COMPAT_MSI_WRITE;

    unit = desc->dev ? ir_find_pci(desc->dev)
                     : ir_find_hpet(desc->hpet_id, &src);
    block = msi_block(desc, &nr);

    if ( !msg )
    {
        /* The whole block goes with its first message. */
        if ( unit && desc == block )
            msi_free(unit, block, nr);
        return 0;
    }

    irq = irq_of_msi(msg);

    /* Behind no unit: the message goes out as it is. */
    if ( !unit )
        return irq.dest > 0xff ? -ERANGE : COMPAT_MSI_WRITE;

    if ( desc->dev )
    {
        rc = iommu_ir_pci_source(desc->dev, &src);
        if ( rc )
            return rc;
    }

    if ( block->remap_index < 0 )
    {
        rc = msi_alloc(unit, &src, block, nr);
        if ( rc )
            return rc;
    }

    rc = unit->ir->update(unit, desc->remap_index, &src, &irq);
    if ( rc )
        return rc;

    /* It names the entry, and does not change while the source has that. */
    unit->ir->msi(block->remap_index, desc - block, &out);
    msg->address = out.address;
    msg->data = out.data;

    rc = desc->irte_initialized ? 0 : COMPAT_MSI_WRITE;
    desc->irte_initialized = true;

    return rc;
}

/* -ENODEV: firmware names no unit for this HPET. */
int __init iommu_setup_hpet_msi(struct msi_desc *msi)
{
    struct iommu_ir_source src;
    struct iommu_unit *unit;

    msi->remap_index = -1;
    if ( !ir_active )
        return 0;

    unit = ir_find_hpet(msi->hpet_id, &src);

    return unit ? msi_alloc(unit, &src, msi, 1) : -ENODEV;
}

/* Gives back the entries of the first @nr of @ios. */
static void __init release_entries(const struct ir_ioapic *ios, int nr)
{
    while ( nr-- )
        if ( nr_ioapic_entries[nr] )
            ios[nr].unit->ir->free(ios[nr].unit, ios[nr].base,
                                   nr_ioapic_entries[nr]);
}

void __init ir_release_ioapics(void)
{
    release_entries(ir_ioapics, nr_ioapics);
    XFREE(ir_ioapics);
}

int __init ir_setup_ioapics(void)
{
    struct ir_ioapic *ios = xzalloc_array(struct ir_ioapic, nr_ioapics);
    int apic, index = 0;

    if ( !ios )
        return -ENOMEM;

    for ( apic = 0; apic < nr_ioapics; apic++ )
    {
        struct ir_ioapic *io = &ios[apic];

        io->unit = ir_find_ioapic(IO_APIC_ID(apic), &io->src);
        if ( !io->unit )
        {
            index = -ENODEV;
            break;
        }

        if ( !nr_ioapic_entries[apic] )
            continue;

        index = io->unit->ir->alloc(io->unit, &io->src,
                                    nr_ioapic_entries[apic]);
        if ( index < 0 )
            break;
        io->base = index;
    }

    if ( index < 0 )
    {
        release_entries(ios, apic);
        xfree(ios);
        return index;
    }

    ir_ioapics = ios;

    return 0;
}
