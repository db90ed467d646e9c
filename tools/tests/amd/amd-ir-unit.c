/* SPDX-License-Identifier: GPL-2.0-only */
/* See amd-ir-unit.h. */
#include "amd-ir-unit.h"

#include <xen/mm.h>

#include <iommu-groups/x86.h>

#include "ivrs-build.h"

/* §3.4.1, EFR. */
#define HAS_XT  (1ULL << 2)
#define HAS_IA  (1ULL << 6)
#define HAS_GA  (1ULL << 7)

static bool added;

struct amd_unit *aiu(void)
{
    return &amd_units[0];
}

static void build(struct ivrs_buf *t, uint64_t efr)
{
    unsigned int i;

    iv_begin(t, IV_INFO);
    iv_unit(t, 0x11, 0, AM_BDF0, AM_BASE0, efr);
    iv_range(t, 0x0008, 0xffff);
    iv_dev4(t, 0x02, AIU_NMI_PASS, IVHD_DTE_NMI_PASS);
    iv_dev4(t, 0x02, AIU_ALL_PASS, 0);
    for ( i = 0; i < 8; i++ )
        if ( 0xc7 >> i & 1 )
            iv_dev4(t, 0x02, AIU_PASS(i), 1 << i);
    iv_dev4(t, 0x02, AIU_LAST, 0xc7);
    iv_special(t, IV_IOAPIC, 2, AIU_ALL_PASS, 0xd7);
    iv_special(t, IV_HPET, 0, AIU_ALL_PASS, 0xd7);
    iv_close(t);
    iv_end(t);
}

static void start(unsigned int variant)
{
    struct amd_model_cfg cfg = amd_model_default;
    static struct ivrs_buf t;
    struct amd_unit *u;

    cfg.efr |= HAS_GA | HAS_XT;
    cfg.efr &= ~((variant & 1 ? HAS_GA : 0) | (variant & 4 ? HAS_XT : 0) |
                 (variant & AIU_NO_IA ? HAS_IA : 0));
    am_machine(&cfg, 1);
    build(&t, cfg.efr);
    host_acpi_clear();
    host_acpi_set(t.b);
    assert_int_equal(amd_x86.detect(), 0);

    u = aiu();
    /* As after bring-up: failures of the unit are told to the core. */
    u->up = true;
    u->unit.drv = &amd_driver;
    added = false;
    if ( variant & 2 )
    {
        u->coherent = u->ir.coherent = false;
        amd_clean(u, u->devtab, 65536 * 32);
    }
}

static void stop(void)
{
    system_state = SYS_STATE_boot;
    am_machine_down();
}

static struct iommu_unit *unit(void)
{
    return &aiu()->unit;
}

void aiu_attach(const struct iommu_ids *ids)
{
    struct iommu_id_iter it;

    for_each_iommu_id ( it, ids )
    {
        struct amd_cmd cmd = amd_cmd_devtab(it.id);

        assert_int_equal(amd_invalidate(aiu(), &cmd, 1), 0);
    }
}

/* With the function that the suite knows. */
static int enable(bool eim)
{
    struct iommu_id_range range = { IR_SID, IR_SID };
    struct iommu_ids ids = { .range = &range, .nr = 1, .nr_ids = 1 };
    struct amd_cmd cmd = amd_cmd_devtab(IR_SID);
    int rc = amd_ir_enable(aiu_ir(), eim);

    if ( rc || added )
        return rc;

    added = true;
    assert_int_equal(amd_ir_add(aiu_ir(), &ids), 0);
    rc = amd_invalidate(aiu(), &cmd, 1);
    if ( rc )
        amd_ir_disable(aiu_ir());

    return rc;
}

static void disable(void)
{
    amd_ir_disable(aiu_ir());
}

static void suspend(void)
{
    assert_int_equal(amd_unit_ops.suspend(unit()), 0);
    amd_model_reset(am_model[0]);
}

static int resume(void)
{
    amd_unit_ops.resume(unit());

    return unit()->failed ? -EIO : 0;
}

static unsigned int send(uint16_t sid, uint32_t addr, uint32_t data,
                         struct ir_got *got)
{
    struct amd_model_irq irq = {};
    unsigned int rc = amd_model_msi(am_model[0], sid, addr, data, &irq);

    *got = (struct ir_got){
        .remapped = irq.remapped,
        .irq = { .dest = irq.dest, .vector = irq.vector,
                 .mode = irq.delivery_mode, .logical = irq.logical },
    };

    return rc;
}

static unsigned long nr_invalidations(void)
{
    return amd_model_count(am_model[0], AMD_COUNT_INTR);
}

/* §2.2.2: the device table entry says where the table is. */
static const void *entry(unsigned int index)
{
    uint64_t word = amd_dte(aiu(), index >> 9)[2];

    return maddr_to_virt(word & DTE_INT_TAB_ROOT) + (index & 0x1ff) * 16;
}

static void fail_nth(unsigned int nth, unsigned int how)
{
    amd_model_fail_nth(am_model[0], nth, AMD_MODEL_STALL + how);
}

static bool failed(void)
{
    return amd_model_failed(am_model[0]);
}

static void die(bool gone)
{
    amd_model_die(am_model[0], gone);
}

static void revive(void)
{
    amd_model_revive(am_model[0]);
}

const struct ir_rig amd_ir_rig = {
    .nr_variants = AIU_NR_VARIANTS,
    .eim = true,
    .nr_entries = 512,
    .start = start,
    .stop = stop,
    .unit = unit,
    .enable = enable,
    .disable = disable,
    .suspend = suspend,
    .resume = resume,
    .send = send,
    .nr_invalidations = nr_invalidations,
    .entry = entry,
    .entry_size = 16,
    .nr_ways = AMD_MODEL_DIE - AMD_MODEL_STALL + 1,
    .fail_nth = fail_nth,
    .failed = failed,
    .die = die,
    .revive = revive,
};
