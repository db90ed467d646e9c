/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupt remapping.
 *
 * A unit that remaps interrupts has a table of entries.  An interrupt source
 * (a pin of an IO-APIC, an HPET comparator, an MSI of a PCI function) does not
 * send a vector and a destination, but the index of an entry; the unit checks
 * who sent it and delivers what the entry says.
 *
 * There is no machine-wide vtable: every source is looked up and served by the
 * unit that its requests pass, through that unit's iommu_ir_ops.
 *
 * Upper half of this header: what a driver provides.  Lower half: what the
 * glue calls.  What the rest of Xen calls is declared in <xen/iommu.h> and
 * <asm/iommu.h>.
 */
#ifndef IOMMU_GROUPS_IR_H
#define IOMMU_GROUPS_IR_H

#include <xen/list.h>
#include <xen/pci.h>
#include <xen/types.h>

struct domain;
struct iommu_unit;

/* Who may use an entry.  Verification cannot be turned off. */
struct iommu_ir_source {
    /* Requester ID; with bus_range, first bus << 8 | last bus. */
    uint16_t sid;
    /* Any function of the buses may send it: behind a PCIe-to-PCI bridge. */
    bool bus_range;
    /* Low bits of the function number that may differ: 0, 4, 6 or 7. */
    uint8_t ignore_fn;
};

/* What is delivered. */
struct iommu_ir_irq {
    uint32_t dest;         /* APIC ID, or logical destination */
    uint8_t vector;
    uint8_t mode;          /* delivery mode as in an IO-APIC entry [10:8] */
    bool logical;          /* destination mode */
    bool level;            /* trigger mode */
};

/* What the source is programmed with; address [63:32] is 0. */
struct iommu_ir_msi {
    uint32_t address;
    uint32_t data;
};

/*
 * One unit's interrupt remapping.  Entries have one user each, who serialises
 * its calls; the hooks serialise what users share.  All hooks may be called
 * with interrupts off and other spin locks held, and wait for hardware with a
 * bound.
 */
struct iommu_ir_ops {
    /*
     * Mandatory.  @nr contiguous entries for @src, aligned to the next power of
     * two, all of them not present.  Index of the first one; the others follow.
     * An index is the unit's own: where each source has a table, it says which
     * one as well, since what Xen knows of a source may change while it has
     * entries.
     * -ENOSPC: the table is full (one message was printed); -EINVAL: @nr is 0
     * or larger than what one source can have; -ENODEV: remapping is off, or
     * the unit does not have @src; -ENOMEM.
     */
    int (*alloc)(struct iommu_unit *unit, const struct iommu_ir_source *src,
                 unsigned int nr);

    /*
     * Mandatory.  Makes entries not present and, once the unit has confirmed
     * that it has forgotten them, available again.  Where it does not answer,
     * they are never used again.
     */
    void (*free)(struct iommu_unit *unit, unsigned int index, unsigned int nr);

    /*
     * Mandatory.  The unit sees the old entry or the new one, and on success
     * only the new one.
     * @src may be another one than at allocation, or match more.
     * -ERANGE: the unit cannot address irq->dest, nothing changed; -EINVAL:
     * no such entry was allocated; -EIO: the unit does not answer.
     */
    int (*update)(struct iommu_unit *unit, unsigned int index,
                  const struct iommu_ir_source *src,
                  const struct iommu_ir_irq *irq);

    /*
     * Mandatory.  What update() was told, but for the trigger mode of a pin,
     * which its redirection entry has.  -ENOENT: not present; -EINVAL: not
     * allocated.
     */
    int (*read)(struct iommu_unit *unit, unsigned int index,
                struct iommu_ir_irq *irq);

    /* Mandatory.  The message of entry @index + @sub. */
    void (*msi)(unsigned int index, unsigned int sub, struct iommu_ir_msi *msg);

    /*
     * Mandatory.  The IO-APIC redirection entry that refers to entry @index;
     * mask, polarity, trigger and status bits are those of @rte.  Its vector
     * field is what an EOI is matched with, so it may hold part of the index:
     * Xen's IO-APIC code remembers what was written.
     */
    uint64_t (*rte)(unsigned int index, uint64_t rte);

    /*
     * Mandatory.  Does this redirection entry refer to a remapping entry?  True
     * for all where the format does not tell; read() has the answer then.
     */
    bool (*is_remapped)(uint64_t rte);
};

/*
 * A driver whose units can remap interrupts.  It is registered as soon as
 * firmware tables were read, long before its units translate DMA, because
 * x2APIC has to be decided on before interrupts are set up.
 */
struct iommu_ir_driver {
    struct list_head list;
    const char *name;

    /*
     * Mandatory.  Boot.  Can every unit remap interrupts, with 32-bit
     * destinations if @eim?  Maps registers when that has not happened yet.
     */
    bool (*supported)(bool eim);

    /*
     * Mandatory.  Boot, resume.  Starts remapping on all units, with 32-bit
     * destinations if @eim, with the entries of before after a suspend; sets
     * up what it needs (register mapping, command queue) where that has not
     * happened.  IO-APIC pins are masked.  All units or none; at resume, all
     * that can.
     * -ENXIO: firmware asks not to use x2APIC; -EOPNOTSUPP; -ENOMEM; -EIO.
     */
    int (*enable)(bool eim);

    /* Mandatory.  Interrupts are delivered unchecked after this. */
    void (*disable)(void);

    /*
     * Mandatory.  The unit that remaps the source, and the requester ID that
     * the source uses.  NULL: none does.
     */
    struct iommu_unit *(*ioapic)(unsigned int id, uint16_t *sid);
    struct iommu_unit *(*hpet)(unsigned int id, uint16_t *sid);
    struct iommu_unit *(*pci)(const struct pci_dev *pdev);

    /*
     * Optional.  Boot, resume.  CPUs came up: the units' own interrupts go to
     * the ones that are near.
     */
    void (*adjust_irq_affinities)(void);
};

/* Boot only, once a driver's firmware table was accepted. */
void iommu_ir_driver_register(struct iommu_ir_driver *drv);

/*
 * Boot only; after the drivers' own set-up, before IO-APIC pins get their
 * interrupts.  Turns interrupt remapping on unless x2APIC set-up has done so,
 * with pins masked meanwhile, and sets iommu_intremap to what was reached:
 * off, restricted (8-bit destinations) or full.  One line says which, and why
 * not.  Called with iommu_intremap off it does nothing.
 * -EOPNOTSUPP, -ENOMEM, -EIO: it is off.
 */
int iommu_ir_setup(void);

/*
 * Boot only: will iommu_ir_setup() ask for 32-bit destinations?  For drivers
 * whose units cannot change that while they are on.
 */
bool iommu_ir_wants_eim(void);

/*
 * Boot error path, before Xen has set interrupts up: remapping, which x2APIC
 * set-up may have turned on, is off on all units, iommu_intremap says so, and
 * IO-APIC pins are as they were, in the format that needs no unit.  To be
 * called before a unit's tables and queue go.
 */
void iommu_ir_shutdown(void);

/*
 * A device is about to be given to @d.  Without interrupt remapping a PV
 * guest's device can raise any vector; Xen's entry points are told to cope.
 */
void iommu_ir_note_owner(const struct domain *d);

/*
 * What the unit must expect as requester of @pdev's MSIs.
 * -ENODEV: the bridges above @pdev make no sense.
 */
int iommu_ir_pci_source(const struct pci_dev *pdev,
                        struct iommu_ir_source *src);

#endif /* IOMMU_GROUPS_IR_H */
