/* SPDX-License-Identifier: GPL-2.0-only */
#include "amd-system.h"

#include <iommu-groups/x86.h>

#include "ivrs-build.h"
#include "models/amd-regs.h"

void amd_tear_down_all(void);
extern bool amd_host_snp;

/* Besides the event's code: it is the entry that blocks. */
#define AS_BLOCKED      0x1000

as_ivrs_fn *as_ivrs;
static uint64_t efr[2];

struct amd_model *as_model(pci_sbdf_t sbdf)
{
    return vm.amd[vm_index(sbdf)];
}

static void build_ivrs(struct ivrs_buf *t)
{
    iv_begin(t, IV_INFO);
    iv_unit(t, 0x11, 0, AS_BDF1, AS_BASE1, efr[1]);
    iv_dev4(t, 0x02, 0x0028, 0);
    iv_dev4(t, 0x02, 0x00e0, 0);
    iv_range(t, 0x0100, 0x01ff);
    iv_close(t);
    iv_unit(t, 0x11, 0, AS_BDF0, AS_BASE0, efr[0]);
    iv_range(t, 0x0008, 0x00ff);
    iv_range(t, 0x0200, 0xffff);
    iv_special(t, IV_IOAPIC, 1, 0x00a0, 0);
    iv_close(t);
    iv_end(t);
}

/* The unit's own message reaches its handler, once the CPU takes interrupts. */
static int pending = -1;

static void deliver(void)
{
    int vector = __atomic_exchange_n(&pending, -1, __ATOMIC_ACQ_REL);

    if ( vector >= 0 )
        assert_int_equal(host_vector_raise(vector), 0);
}

static void irq(void *arg, const struct amd_model_irq *irq)
{
    vm.nr_events++;
    __atomic_store_n(&pending, irq->vector, __ATOMIC_RELEASE);
    if ( local_irq_is_enabled() )
        deliver();
}

/* What acpi_iommu_init() and arch_iommu_setup() do. */
static int bring_up(void)
{
    static struct ivrs_buf t;

    vm.own_tables = as_ivrs;
    (as_ivrs ?: build_ivrs)(&t);
    host_acpi_set(t.b);

    return amd_x86.detect() ?: amd_x86.setup();
}

static void enable(void)
{
    amd_x86.translate();
}

static void driver_down(void)
{
    if ( !vm.boot_failed )
        amd_tear_down_all();
    INIT_LIST_HEAD(&iommu_units);
    INIT_LIST_HEAD(&iommu_drivers);
}

static unsigned int translate(unsigned int unit, uint16_t bdf, uint64_t addr,
                              bool write, uint64_t *maddr)
{
    struct amd_model_page page = { .maddr = ~0ULL };
    unsigned int rc = amd_model_translate(vm.amd[unit], bdf, addr, write,
                                          &page);

    deliver();
    *maddr = page.maddr;

    return rc && page.blocked ? rc | AS_BLOCKED : rc;
}

static enum vm_end end(unsigned int code)
{
    switch ( code )
    {
    case 0:
        return VM_REACHED;
    case EV_PAGE_FAULT:
        return VM_ABSENT;
    case EV_PAGE_FAULT | AS_BLOCKED:
        return VM_BLOCKED;
    }

    return VM_BAD;
}

static unsigned int dma(unsigned int unit, uint16_t bdf, uint64_t addr,
                        size_t len, bool write, void *buf)
{
    return amd_model_dma(vm.amd[unit], bdf, addr, len, write, buf);
}

static unsigned int ats_request(unsigned int unit, uint16_t bdf, uint64_t addr,
                                unsigned int *prot)
{
    return amd_model_ats_request(vm.amd[unit], bdf, addr, prot);
}

static unsigned int ats_dma(unsigned int unit, uint16_t bdf, uint64_t addr,
                            size_t len, bool write, void *buf)
{
    return amd_model_ats_dma(vm.amd[unit], bdf, addr, len, write, buf);
}

static void ats_dead(unsigned int unit, uint16_t bdf, bool dead)
{
    amd_model_ats_dead(vm.amd[unit], bdf, dead);
}

static void reset(unsigned int unit)
{
    amd_model_reset(vm.amd[unit]);
}

static void die(unsigned int unit, bool gone)
{
    amd_model_die(vm.amd[unit], gone);
}

static void revive(unsigned int unit)
{
    amd_model_revive(vm.amd[unit]);
}

static void destroy(unsigned int unit)
{
    amd_model_destroy(vm.amd[unit]);
}

static void fail_nth(unsigned int unit, unsigned int nth, unsigned int how)
{
    amd_model_fail_nth(vm.amd[unit], nth, how);
}

static bool failed(unsigned int unit)
{
    return amd_model_failed(vm.amd[unit]);
}

static unsigned long count(unsigned int unit, enum vm_count what)
{
    static const enum amd_model_count counts[] = {
        [VM_PAGES] = AMD_COUNT_PAGES,
        [VM_WAITS] = AMD_COUNT_WAIT,
    };

    return amd_model_count(vm.amd[unit], counts[what]);
}

static const char *violation(unsigned int unit)
{
    struct amd_model *m = vm.amd[unit];

    return amd_model_violations(m) ? amd_model_last_violation(m) : NULL;
}

static void forgive(unsigned int unit)
{
    amd_model_forgive(vm.amd[unit]);
}

#define ALL_ON  (C_IOMMU_EN | C_CMD_EN | C_EVT_LOG_EN)

static bool is_on(unsigned int unit)
{
    uint64_t control = amd_model_read(vm.amd[unit], R_CONTROL, 8);
    uint64_t status = amd_model_read(vm.amd[unit], R_STATUS, 8);

    return (control & (ALL_ON | C_EVT_INT_EN)) == (ALL_ON | C_EVT_INT_EN) &&
           (status & (S_CMD_RUN | S_EVT_RUN)) == (S_CMD_RUN | S_EVT_RUN);
}

static bool is_off(unsigned int unit)
{
    return !(amd_model_read(vm.amd[unit], R_CONTROL, 8) & ALL_ON);
}

static const struct vm_ops amd_vm_ops = {
    .base1 = AS_BASE1,
    .bring_up = bring_up,
    .enable = enable,
    .driver_down = driver_down,
    .translate = translate,
    .end = end,
    .dma = dma,
    .ats_request = ats_request,
    .ats_dma = ats_dma,
    .ats_dead = ats_dead,
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

void as_prepare_two(const struct amd_model_cfg *unit0,
                    const struct amd_model_cfg *unit1)
{
    unsigned int i;

    vm_reset(&amd_vm_ops);
    pending = -1;
    amd_host_snp = unit0->snp;
    for ( i = 0; i < 2; i++ )
    {
        struct amd_model_cfg own = i ? *unit1 : *unit0;

        own.base = i ? AS_BASE1 : AS_BASE0;
        own.bdf = i ? AS_BDF1 : AS_BDF0;
        efr[i] = own.no_efr ? 0 : own.efr;
        vm.amd[i] = amd_model_create(&own);
        amd_model_on_irq(vm.amd[i], irq, NULL);
    }
}

void as_prepare(const struct amd_model_cfg *cfg)
{
    as_prepare_two(cfg, cfg);
}

int as_try(const struct amd_model_cfg *cfg)
{
    as_prepare(cfg);

    return vm_bring_up();
}

void as_up(const struct amd_model_cfg *cfg)
{
    as_prepare(cfg);
    vm_continue();
}
