/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See amd-ir-unit.h.  What the unit driver has as well is weak: tests of that
 * one have its own.
 */
#include "amd-ir-unit.h"

#include <xen/mm.h>

#include <iommu-arch.h>

#include "models/amd-regs.h"

#define DEVTAB_ORDER    9
#define RING_SLOTS      256
#define CAPS            (EFR_GA | EFR_XT)

struct aiu aiu;

/* What hardware is given. */
static uint64_t *cmds, *done, serial;
static unsigned int tail;
static bool on, added;

/* What firmware says. */
static struct amd_ivhd_entry entries[] = {
    { .first = 0, .last = 0xffff, .rank = AMD_IVHD_ALL },
    { .first = AIU_ALL_PASS, .last = AIU_ALL_PASS, .rank = AMD_IVHD_SELECT,
      .dte = 0xd7 },
    { .first = AIU_NMI_PASS, .last = AIU_NMI_PASS, .rank = AMD_IVHD_SELECT,
      .dte = IVHD_DTE_NMI_PASS },
};
static struct amd_ivhd_special specials[] = {
    { IVHD_SPECIAL_IOAPIC, 2, AIU_ALL_PASS },
    { IVHD_SPECIAL_HPET, 0, AIU_ALL_PASS },
};
static struct amd_ivhd ivhd = {
    .nr_entries = ARRAY_SIZE(entries), .entry = entries,
    .nr_specials = ARRAY_SIZE(specials), .special = specials,
};
static const struct amd_ivrs ivrs = { .nr_ivhd = 1, .ivhd = &ivhd };

static void clean(const void *p, size_t size)
{
    if ( !aiu.u.coherent )
        iommu_arch_cache_clean(p, size);
}

static void put(uint64_t lo, uint64_t hi)
{
    cmds[tail * 2] = lo;
    cmds[tail * 2 + 1] = hi;
    clean(cmds + tail * 2, 16);
    tail = (tail + 1) % RING_SLOTS;
}

static void go(void)
{
    amd_model_write(aiu.model, R_CMD_TAIL, tail * 16, 8);
}

static int wait(void)
{
    unsigned int i;

    put((uint64_t)CMD_COMPLETION_WAIT << 60 | virt_to_maddr(done) | 1,
        ++serial);
    go();
    for ( i = 0; i < 100; i++ )
    {
        if ( *done == serial )
            return 0;
        iommu_arch_delay_us(1000);
    }
    iommu_unit_fail(&aiu.unit, "a command");

    return -EIO;
}

struct amd_ir_unit *__weak amd_ir_unit_of(struct iommu_unit *unit)
{
    return &aiu.u;
}

bool __weak amd_ir_unit_is_on(const struct amd_ir_unit *u)
{
    return on;
}

void __weak amd_ir_unit_post(struct amd_ir_unit *u, const struct amd_ir_cmd *cmd,
                      unsigned int nr)
{
    for ( ; nr; nr--, cmd++ )
        put(cmd->lo, cmd->hi);
    go();
}

int __weak amd_ir_unit_run(struct amd_ir_unit *u, const struct amd_ir_cmd *cmd,
                    unsigned int nr)
{
    assert_in_range(nr, 1, 16);
    if ( aiu.unit.failed )
        return -EIO;

    for ( ; nr; nr--, cmd++ )
        put(cmd->lo, cmd->hi);

    return wait();
}

int __weak amd_ir_unit_flush_all(struct amd_ir_unit *u)
{
    struct amd_ir_cmd cmd = { .lo = (uint64_t)CMD_INV_ALL << 60 };

    return amd_ir_unit_run(u, &cmd, 1);
}

int __weak amd_ir_unit_start(struct amd_ir_unit *u)
{
    struct amd_model *m = aiu.model;

    if ( on )
        return 0;

    tail = 0;
    amd_model_write(m, R_DEVTAB, virt_to_maddr(u->devtab) | 0x1ff, 8);
    amd_model_write(m, R_CMDBUF, virt_to_maddr(cmds) | 8ULL << 56, 8);
    amd_model_write(m, R_CMD_TAIL, 0, 8);
    amd_model_write(m, R_CMD_HEAD, 0, 8);
    amd_model_write(m, R_CONTROL, C_IOMMU_EN | C_CMD_EN |
                    (u->coherent ? C_COHERENT : 0) |
                    (u->ga ? C_GA_EN : 0) | (u->xt ? C_XT_EN : 0), 8);
    on = true;
    if ( !amd_ir_unit_flush_all(u) )
        return 0;
    on = false;
    amd_model_write(m, R_CONTROL, 0, 8);

    return -EIO;
}

static void turn_off(void)
{
    amd_model_write(aiu.model, R_CONTROL, 0, 8);
    on = false;
}

static void start(unsigned int variant)
{
    struct amd_model_cfg cfg = amd_model_default;
    unsigned int i;

    host_reset();
    cfg.efr |= CAPS;
    cfg.efr &= ~((variant & 1 ? EFR_GA : 0) | (variant & 4 ? EFR_XT : 0));

    memset(&aiu, 0, sizeof(aiu));
    on = added = false;
    serial = 0;
    aiu.model = amd_model_create(&cfg);
    aiu.unit.ir = &amd_ir_ops;
    spin_lock_init(&aiu.unit.lock);
    aiu.u = (struct amd_ir_unit){
        .unit = &aiu.unit, .ivrs = &ivrs, .ivhd = &ivhd, .efr = cfg.efr,
        .node = NUMA_NO_NODE, .coherent = !(variant & 2),
        .devtab = alloc_xenheap_pages(DEVTAB_ORDER, 0),
    };
    cmds = alloc_xenheap_page();
    done = alloc_xenheap_page();
    *done = 0;

    /* DMA of all is blocked. */
    memset(aiu.u.devtab, 0, PAGE_SIZE << DEVTAB_ORDER);
    for ( i = 0; i <= UINT16_MAX; i++ )
        aiu.u.devtab[i * 4] = DTE_V;
    clean(aiu.u.devtab, PAGE_SIZE << DEVTAB_ORDER);
}

static void stop(void)
{
    if ( amd_model_violations(aiu.model) )
        fail_msg("%s", amd_model_last_violation(aiu.model));

    amd_ir_disable(&aiu.u);
    turn_off();
    amd_ir_free(&aiu.u);
    amd_model_destroy(aiu.model);
    free_xenheap_pages(aiu.u.devtab, DEVTAB_ORDER);
    free_xenheap_page(cmds);
    free_xenheap_page(done);
    assert_int_equal(host_leak_report(5), 0);
}

void aiu_attach(const struct iommu_ids *ids)
{
    struct iommu_id_iter it;

    for_each_iommu_id ( it, ids )
    {
        struct amd_ir_cmd cmd = {
            .lo = (uint64_t)CMD_INV_DEVTAB << 60 | it.id
        };

        assert_int_equal(amd_ir_unit_run(&aiu.u, &cmd, 1), 0);
    }
}

static struct iommu_unit *unit(void)
{
    return &aiu.unit;
}

/* With the function that the suite knows. */
static int enable(bool eim)
{
    struct iommu_id_range range = { IR_SID, IR_SID };
    struct iommu_ids ids = { .range = &range, .nr = 1, .nr_ids = 1 };
    struct amd_ir_cmd cmd = { .lo = (uint64_t)CMD_INV_DEVTAB << 60 | IR_SID };
    int rc = amd_ir_enable(&aiu.u, eim);

    if ( rc || added )
        return rc;

    added = true;
    assert_int_equal(amd_ir_add(&aiu.u, &ids), 0);
    rc = amd_ir_unit_run(&aiu.u, &cmd, 1);
    if ( rc )
        amd_ir_disable(&aiu.u);

    return rc;
}

static void disable(void)
{
    amd_ir_disable(&aiu.u);
}

static void suspend(void)
{
    amd_ir_suspend(&aiu.u);
    turn_off();
    amd_model_reset(aiu.model);
}

static int resume(void)
{
    int rc = amd_ir_unit_start(&aiu.u);

    if ( !rc )
        amd_ir_resume(&aiu.u);

    return rc;
}

static unsigned int send(uint16_t sid, uint32_t addr, uint32_t data,
                         struct ir_got *got)
{
    struct amd_model_irq irq = {};
    unsigned int rc = amd_model_msi(aiu.model, sid, addr, data, &irq);

    *got = (struct ir_got){
        .remapped = irq.remapped,
        .irq = { .dest = irq.dest, .vector = irq.vector,
                 .mode = irq.delivery_mode, .logical = irq.logical },
    };

    return rc;
}

static unsigned long nr_invalidations(void)
{
    return amd_model_count(aiu.model, AMD_COUNT_INTR);
}

/* §2.2.2: the device table entry says where the table is. */
static const void *entry(unsigned int index)
{
    uint64_t word = aiu.u.devtab[(index >> 9) * 4 + 2];

    return maddr_to_virt(DTE_INTROOT(word)) + (index & 0x1ff) * 16;
}

static void fail_nth(unsigned int nth, unsigned int how)
{
    amd_model_fail_nth(aiu.model, nth, AMD_MODEL_STALL + how);
}

static bool failed(void)
{
    return amd_model_failed(aiu.model);
}

static void die(bool gone)
{
    amd_model_die(aiu.model, gone);
}

static void revive(void)
{
    amd_model_revive(aiu.model);
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
