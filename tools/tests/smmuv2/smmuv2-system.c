/* SPDX-License-Identifier: GPL-2.0-only */
#include "smmuv2-system.h"

#include <iommu-groups/firmware.h>

#include "smmuv2-fixture.h"

static unsigned int irqs_before;

/* Requester IDs are stream IDs; who serves whom is vm-system.h's. */
static int map(uint16_t seg, uint16_t rid, uint32_t *unit, uint32_t *id)
{
    bool second = rid == DEV_B.bdf || rid == DEV_PORT.bdf || rid >> 8 == 1;

    *unit = v2_desc(second).phandle;
    *id = rid;

    return 0;
}

static int resolve(struct iommu_dev *dev)
{
    return iommu_firmware_map(dev, map);
}

static const struct iommu_firmware firmware = {
    .name = "test", .resolve = resolve,
};

static int bring_up(void)
{
    unsigned int i;
    int rc = 0;

    iommu_firmware = &firmware;
    for ( i = 0; !rc && i < 2; i++ )
    {
        struct smmuv2_desc desc = v2_desc(i);

        rc = smmuv2_add(&desc);
    }

    return rc;
}

static void enable(void)
{
}

static void driver_down(void)
{
    iommu_firmware = NULL;
    v2_forget();
}

static unsigned int translate(unsigned int unit, uint16_t bdf, uint64_t addr,
                              bool write, uint64_t *maddr)
{
    unsigned int rc = smmuv2_model_dma(v2_model[unit], bdf, addr, write, maddr);

    vm.nr_events += v2_irqs - irqs_before;
    irqs_before = v2_irqs;

    return rc;
}

static enum vm_end end(unsigned int code)
{
    if ( !code )
        return VM_REACHED;
    if ( code & SMMUV2_GLOBAL )
        return VM_BLOCKED;
    if ( code == (SMMUV2_BANK | 2) || code == (SMMUV2_BANK | 8) )
        return VM_ABSENT;

    return VM_BAD;
}

static unsigned int dma(unsigned int unit, uint16_t bdf, uint64_t addr,
                        size_t len, bool write, void *buf)
{
    uint64_t maddr;
    unsigned int rc = translate(unit, bdf, addr, write, &maddr);

    if ( !rc )
        assert_true(write ? host_mem_write(maddr, buf, len)
                          : host_mem_read(maddr, buf, len));

    return rc;
}

static void reset(unsigned int unit)
{
    smmuv2_model_reset(v2_model[unit]);
}

static void die(unsigned int unit, bool gone)
{
    smmuv2_model_die(v2_model[unit], gone);
}

static void revive(unsigned int unit)
{
    if ( v2_model[unit] )
        smmuv2_model_revive(v2_model[unit]);
}

/* Both at once, with what else the fixture made. */
static void destroy(unsigned int unit)
{
    if ( unit )
        v2_machine_off();
}

static void fail_nth(unsigned int unit, unsigned int nth, unsigned int how)
{
    smmuv2_model_fail_nth(v2_model[unit], nth, how);
}

static bool failed(unsigned int unit)
{
    return smmuv2_model_failed(v2_model[unit]);
}

static unsigned long count(unsigned int unit, enum vm_count what)
{
    return smmuv2_model_count(v2_model[unit], what == VM_PAGES
                                              ? SMMUV2_COUNT_PAGES
                                              : SMMUV2_COUNT_SYNCS);
}

static const char *violation(unsigned int unit)
{
    return smmuv2_model_violations(v2_model[unit])
           ? smmuv2_model_last_violation(v2_model[unit]) : NULL;
}

static void forgive(unsigned int unit)
{
    smmuv2_model_forgive(v2_model[unit]);
}

static uint32_t cr0(unsigned int unit)
{
    return smmuv2_model_read(v2_model[unit], 0, 4);
}

static bool is_on(unsigned int unit)
{
    return (cr0(unit) & 0x405) == 0x404;
}

static bool is_off(unsigned int unit)
{
    return cr0(unit) & 1;
}

static const struct vm_ops vm_ops = {
    .bring_up = bring_up,
    .enable = enable,
    .driver_down = driver_down,
    .translate = translate,
    .end = end,
    .dma = dma,
    .reset = reset,
    .die = die,
    .revive = revive,
    .destroy = destroy,
    .fail_nth = fail_nth,
    .failed = failed,
    .count = count,
    .violation = violation,
    .forgive = forgive,
    .is_on = is_on,
    .is_off = is_off,
};

void v2s_prepare_two(const struct smmuv2_model_cfg *unit0,
                     const struct smmuv2_model_cfg *unit1)
{
    static struct vm_ops ops;

    ops = vm_ops;
    vm_reset(&ops);
    v2_second = unit1;
    v2_machine_in(unit0, 2);
    v2_second = NULL;
    ops.base1 = v2_desc(1).base;
    irqs_before = 0;
}

void v2s_prepare(const struct smmuv2_model_cfg *cfg)
{
    v2s_prepare_two(cfg, cfg);
}
