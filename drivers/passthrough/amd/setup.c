/* SPDX-License-Identifier: GPL-2.0-only */
/* Finding the IVRS and bringing all units up. */

#include <xen/init.h>
#include <xen/lib.h>
#include <xen/sched.h>

#include <iommu-groups/ats.h>
#include <iommu-groups/ir.h>
#include <iommu-groups/x86.h>

#include "amd.h"
#include "setup.h"

struct iommu_driver amd_driver = {
    .name = "amd",
    .dev = &amd_dev_ops,
    .tlb = &amd_tlb_ops,
    .unit = &amd_unit_ops,
};

static int __init cf_check amd_detect(void)
{
    int rc = amd_ivrs_detect();

    if ( !rc )
    {
        rc = amd_unit_map_all();
        if ( rc )
            amd_ivrs_forget();
        else
            iommu_ir_driver_register(&amd_ir_driver);
    }

    return rc;
}

static int __init bring_up(struct amd_unit *u)
{
    int rc;

    /* The tables' format stays: it is what late set-up will ask for. */
    if ( !amd_unit_is_on(u) )
        amd_ir_choose(&u->ir, iommu_ir_wants_eim());

    rc = amd_irq_setup(u);
    if ( rc == -EPERM )
    {
        u->unit.polled = true;
        printk(XENLOG_WARNING "AMD-Vi: %s: no interrupt for events: polled\n",
               u->unit.name);
    }
    else if ( rc )
        return rc;

    rc = amd_unit_is_on(u) ? 0 : amd_unit_start(u);
    if ( !rc )
        amd_irq_start(u);

    return rc;
}

static int __init bring_up_all(void)
{
    struct amd_unit *u;
    unsigned int nr = 0;

    amd_event_init();
    iommu_ats_init();

    for_each_amd_unit ( u )
    {
        int rc = bring_up(u);

        /* One that remaps interrupts already cannot be done without. */
        if ( rc == -EIO && !force_iommu && !u->ir.ir )
        {
            amd_irq_free(u);
            amd_unit_lose(u, "it does not answer");
            continue;
        }
        if ( rc )
        {
            printk(XENLOG_ERR
                   "AMD-Vi: unit at %#"PRIpaddr" did not come up (%d)\n",
                   u->unit.base, rc);
            return rc;
        }
        nr++;
    }

    if ( nr )
        return 0;
    printk(XENLOG_ERR "AMD-Vi: not used: there is no unit that can be\n");

    return -EOPNOTSUPP;
}

void cf_check amd_tear_down_all(void)
{
    struct amd_unit *u;

    for_each_amd_unit ( u )
        amd_irq_free(u);
    amd_unit_unmap_all();
    amd_ivrs_forget();
}

/*
 * QEMU's unit, by the subsystem that all of QEMU's own functions have: it has
 * no event for an entry with TV clear, and no address in the others.
 */
static bool __init is_qemu(const struct amd_unit *u)
{
    return pci_conf_read32(u->sbdf, PCI_SUBSYSTEM_VENDOR_ID) == 0x11001af4;
}

/* dom0 may look at a unit's function; what it could write there is Xen's. */
static void __init keep_from_hwdom(const struct amd_unit *u)
{
    int rc = pci_ro_device(u->sbdf.seg, u->sbdf.bus, u->sbdf.devfn);

    if ( rc )
        printk(XENLOG_WARNING
               "AMD-Vi: the hardware domain can write to %pp (%d)\n",
               &u->sbdf, rc);
}

static int __init cf_check amd_setup(void)
{
    struct amd_unit *u;
    int rc;

    if ( !amd_units )
        return -ENODEV;

    rc = bring_up_all();
    if ( rc )
    {
        /* x2APIC set-up may have made units remap interrupts. */
        iommu_ir_shutdown();
        amd_tear_down_all();
        return rc;
    }

    iommu_driver_register(&amd_driver);
    for_each_amd_unit ( u )
    {
        u->unit.flush_on_map = u->cap & CAP_NP_CACHE;
        u->unit.silent_block = u->unit.vague_faults = is_qemu(u);
        iommu_unit_register(&u->unit, &amd_driver);
        u->up = true;
        keep_from_hwdom(u);
    }

    return 0;
}

/* Units translate from the moment on that they are up. */
static void cf_check amd_translate(void)
{
    int rc = hardware_domain ? amd_ivmd_for_hwdom(hardware_domain) : 0;

    if ( rc )
        printk(XENLOG_WARNING
               "AMD-Vi: memory blocks for devices on several buses are not in %pd's table (%d)\n",
               hardware_domain, rc);
}

const struct iommu_x86 amd_x86 = {
    .detect = amd_detect,
    .setup = amd_setup,
    .tear_down = amd_tear_down_all,
    .translate = amd_translate,
    .reserved = amd_get_reserved_device_memory,
};
