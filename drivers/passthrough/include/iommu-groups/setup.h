/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Boot: between the shared glue (setup.c, params.c, map.c) and an
 * architecture's.  What the rest of Xen calls is declared in <xen/iommu.h>.
 */
#ifndef IOMMU_GROUPS_SETUP_H
#define IOMMU_GROUPS_SETUP_H

#include <xen/percpu.h>
#include <xen/types.h>

#include <iommu-groups/group.h>

struct domain;

/* Values of iommu_quarantine. */
#define IOMMU_QUARANTINE_NONE    0
#define IOMMU_QUARANTINE_BASIC   1
#define IOMMU_QUARANTINE_SCRATCH 2

/* Set by the options "dom0-iommu=none" and "iommu=crash-disable". */
extern bool iommu_hwdom_none;
extern bool iommu_crash_disable;

/*
 * The architecture's share of boot.  No lock held.
 *
 * arch_iommu_setup(): PCI functions were scanned; brings all units up, DMA
 * blocked, and registers them.  -ENODEV: there are none; other values: they
 * cannot be used, one message was printed, and DMA is not translated.
 *
 * arch_iommu_late_setup(): devs and groups exist; what needs them, interrupt
 * remapping among it.
 *
 * arch_iommu_hwdom_ready(): the hardware domain's groups are attached; units
 * translate from now on, if they did not yet, and @d has no access to their
 * registers.
 */
int arch_iommu_setup(void);
void arch_iommu_late_setup(void);
void arch_iommu_hwdom_ready(struct domain *d);

/*
 * Units translate from now on, where they do not yet: what is not attached is
 * blocked.  Firmware may be using devices until the hardware domain has them,
 * so this waits for that, unless a self-test needs it earlier.
 */
void arch_iommu_translate(void);

/*
 * Keeps RAM that Xen registered for a device out of the memory map.  False: it
 * is not RAM, one message was printed.
 */
bool arch_iommu_reserve_ram(unsigned long start, unsigned long nr,
                            const char *name);

/*
 * Boot only, dom_io: @owner's tables, which were just made, lead to one page
 * of zeroes everywhere.  They stay for ever.  -ENOMEM.
 */
int iommu_scratch_fill(struct s2_space *space);

/*
 * A parked group whose devices read the scratch page is not in use, but must be
 * blocked before its members can join another group, which takes waiting.
 *
 * _ask(): group locked.  False: it is not attached to that page; else the
 * caller gives up with -ERESTART, and whoever comes to know of that, with no
 * lock held, calls _leave() before it tries again and _return() in the end.
 */
bool iommu_scratch_ask(struct iommu_group *group);
void iommu_scratch_leave(void);
void iommu_scratch_return(void);

/* Claims all devices for the hardware domain and attaches their groups. */
void iommu_groups_hwdom_devices(struct domain *d);

/*
 * The architecture's own record of a domain's tables (what tboot measures).
 * Called when they were created, and with @owner NULL before they go.
 */
void arch_iommu_domain_tables(struct domain *d,
                              const struct s2_space *space);

/* Units and groups with their devices, to the console. */
void iommu_groups_list(void);

/* Key 'o': the same, and the tables of all domains. */
void cf_check iommu_groups_dump(unsigned char key);

#endif /* IOMMU_GROUPS_SETUP_H */
