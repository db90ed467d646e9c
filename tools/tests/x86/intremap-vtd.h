/* SPDX-License-Identifier: GPL-2.0-only */
/* suite-intremap.h on a VT-d unit. */
#ifndef TESTS_INTREMAP_VTD_H
#define TESTS_INTREMAP_VTD_H

#include <xen/mm.h>

#include "intremap-test.h"
#include "suite-intremap.h"

static struct iommu_unit *unit;
static struct vtd_unit *vu;

static inline struct vtd_model_cfg config(unsigned int variant)
{
    struct vtd_model_cfg cfg = vtd_model_default;

    cfg.caching_mode = variant & 1;
    cfg.coherent = !(variant & 2);
    cfg.rwbf = variant & 4;

    return cfg;
}

static inline void start(struct vtd_model_cfg cfg)
{
    machine_start(&(struct machine){
        .nr_units = 1, .flags = DMAR_INTR_REMAP, .cfg = cfg });
    vu = machine_unit(0);
    assert_non_null(vu);
    unit = &vu->unit;
    /* As after bring-up: failures of the unit are told to the core. */
    vu->up = true;
    unit->drv = &vtd_driver;
}

static void rig_start(unsigned int variant)
{
    start(config(variant));
}

static struct iommu_unit *rig_unit(void)
{
    return unit;
}

static int rig_enable(bool eim)
{
    return vtd_ir_enable(vu, eim);
}

static void rig_disable(void)
{
    vtd_ir_disable(vu);
}

static void rig_suspend(void)
{
    vtd_ir_suspend(vu);
    vtd_qi_disable(vu);
    vtd_model_reset(model[0]);
}

static int rig_resume(void)
{
    return vtd_qi_enable(vu) ?: vtd_ir_resume(vu);
}

static unsigned int rig_send(uint16_t sid, uint32_t addr, uint32_t data,
                             struct ir_got *got)
{
    struct vtd_model_irq irq = {};
    unsigned int rc = vtd_model_msi(model[0], sid, addr, data, &irq);

    *got = (struct ir_got){
        .remapped = irq.remapped,
        .irq = { .dest = irq.dest, .vector = irq.vector, .level = irq.level,
                 .mode = irq.delivery_mode, .logical = irq.logical },
    };

    return rc;
}

static unsigned long rig_nr_invalidations(void)
{
    return vtd_model_count(model[0], VTD_COUNT_QI_IEC);
}

/* §11.4.10: the table is where the register says. */
static const void *rig_entry(unsigned int index)
{
    return maddr_to_virt(vtd_model_read(model[0], 0xb8, 8) & ~0xfffULL) +
           index * 16;
}

static void rig_fail_nth(unsigned int nth, unsigned int how)
{
    vtd_model_fail_nth(model[0], nth, VTD_MODEL_DROP + how);
}

static bool rig_failed(void)
{
    return vtd_model_failed(model[0]);
}

static void rig_die(bool gone)
{
    vtd_model_die(model[0], gone);
}

static void rig_revive(void)
{
    vtd_model_revive(model[0]);
}

static const struct ir_rig rig = {
    .nr_variants = 8,
    .eim = true,
    .nr_entries = VTD_IR_ENTRIES,
    .level = true,
    .start = rig_start,
    .stop = machine_stop,
    .unit = rig_unit,
    .enable = rig_enable,
    .disable = rig_disable,
    .suspend = rig_suspend,
    .resume = rig_resume,
    .send = rig_send,
    .nr_invalidations = rig_nr_invalidations,
    .entry = rig_entry,
    .entry_size = 16,
    .nr_ways = VTD_MODEL_DIE - VTD_MODEL_DROP + 1,
    .fail_nth = rig_fail_nth,
    .failed = rig_failed,
    .die = rig_die,
    .revive = rig_revive,
};

#endif /* TESTS_INTREMAP_VTD_H */
