/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupt remapping of all AMD-Vi units: all of them or none, which one
 * serves a source, and what intremap.h wants of the unit driver.
 */

#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/sched.h>

#include "amd.h"
#include "setup.h"

static bool cf_check all_supported(bool eim)
{
    struct amd_unit *u;
    bool any = false;

    if ( amd_unit_map_all() )
        return false;

    for_each_amd_unit ( u )
    {
        if ( !amd_ir_usable(&u->ir, eim) )
            return false;
        any = true;
    }

    return any;
}

static void cf_check all_disable(void)
{
    struct amd_unit *u;

    for_each_amd_unit ( u )
        amd_ir_disable(&u->ir);
}

static int cf_check all_enable(bool eim)
{
    bool boot = system_state < SYS_STATE_active;
    struct amd_unit *u;
    int first = 0;

    for_each_amd_unit ( u )
    {
        int rc = amd_ir_enable(&u->ir, eim);

        if ( rc )
        {
            printk(XENLOG_ERR "IOMMU: %s: no interrupt remapping: %d\n",
                   u->unit.name, rc);
            /* After a suspend the other units still have their entries. */
            if ( boot )
            {
                all_disable();
                return rc;
            }
            first = first ?: rc;
        }
    }

    return first;
}

static struct iommu_unit *unit_of(const struct amd_ivhd *ivhd)
{
    struct amd_unit *u = amd_unit_of(ivhd);

    return u ? &u->unit : NULL;
}

static struct iommu_unit *cf_check find_ioapic(unsigned int id, uint16_t *sid)
{
    return unit_of(amd_ivrs_find_special(&amd_ivrs, IVHD_SPECIAL_IOAPIC, id,
                                         sid));
}

static struct iommu_unit *cf_check find_hpet(unsigned int id, uint16_t *sid)
{
    return unit_of(amd_ivrs_find_special(&amd_ivrs, IVHD_SPECIAL_HPET, id,
                                         sid));
}

static struct iommu_unit *cf_check find_pci(const struct pci_dev *pdev)
{
    struct amd_found found;

    /* A device in a group has its unit; MSIs exist outside of groups too. */
    if ( pdev->iommu && pdev->iommu->unit )
        return pdev->iommu->unit->drv == &amd_driver ? pdev->iommu->unit : NULL;

    amd_ivrs_find_pdev(&amd_ivrs, pdev, &found);

    return unit_of(found.ivhd);
}

struct iommu_ir_driver amd_ir_driver = {
    .name      = "amd",
    .supported = all_supported,
    .enable    = all_enable,
    .disable   = all_disable,
    .ioapic    = find_ioapic,
    .hpet      = find_hpet,
    .pci       = find_pci,
    .adjust_irq_affinities = amd_adjust_irq_affinities,
};

static struct amd_unit *of_ir(struct amd_ir_unit *ir)
{
    return container_of(ir, struct amd_unit, ir);
}

struct amd_ir_unit *amd_ir_unit_of(struct iommu_unit *unit)
{
    return &to_amd_unit(unit)->ir;
}

int amd_ir_unit_start(struct amd_ir_unit *ir)
{
    return amd_unit_start(of_ir(ir));
}

bool amd_ir_unit_is_on(const struct amd_ir_unit *ir)
{
    return container_of(ir, const struct amd_unit, ir)->is_on;
}

static void to_commands(struct amd_cmd *to, const struct amd_ir_cmd *from,
                        unsigned int nr)
{
    unsigned int i;

    ASSERT(nr <= AMD_BATCH_MAX);
    for ( i = 0; i < nr; i++ )
        to[i] = (struct amd_cmd){ from[i].lo, from[i].hi };
}

int amd_ir_unit_run(struct amd_ir_unit *ir, const struct amd_ir_cmd *from,
                    unsigned int nr)
{
    struct amd_cmd cmd[AMD_BATCH_MAX];

    to_commands(cmd, from, nr);

    return amd_invalidate(of_ir(ir), cmd, nr);
}

void amd_ir_unit_post(struct amd_ir_unit *ir, const struct amd_ir_cmd *from,
                      unsigned int nr)
{
    struct amd_cmd cmd[AMD_BATCH_MAX];

    to_commands(cmd, from, nr);
    amd_queue_post(of_ir(ir), cmd, nr);
}

int amd_ir_unit_flush_all(struct amd_ir_unit *ir)
{
    return amd_invalidate_all(of_ir(ir));
}
