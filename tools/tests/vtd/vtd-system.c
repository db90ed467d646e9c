/* SPDX-License-Identifier: GPL-2.0-only */
#include "vtd-system.h"

#include "vtd/intremap.h"
#include "vtd/vtd.h"
#include "dmar-build.h"

vm_dmar_fn *vm_dmar;

struct vtd_model *vm_model(pci_sbdf_t sbdf)
{
    return vm.model[vm_index(sbdf)];
}

static void build_dmar(struct dmar_buf *d, unsigned int haw)
{
    dmar_begin(d, haw, 1);
    dmar_drhd(d, 0, VM_BASE1, 0, 0);
    dmar_scope(d, 1, 0, 0, 5, 0);
    dmar_scope(d, 2, 0, 0, 0x1c, 0);
    dmar_close(d);
    dmar_drhd(d, 0, VM_BASE0, 1, 0);
    dmar_scope(d, 3, 2, 0, 0x1f, 7);
    dmar_close(d);
    dmar_flagged(d, 2, 0, 0);
    dmar_scope(d, 2, 0, 0, 0x1c, 0);
    dmar_close(d);
    dmar_end(d);
}

/* The unit's own message reaches its handler. */
static void event(void *arg, uint64_t addr, uint32_t data)
{
    vm.nr_events++;
    assert_int_equal(addr >> 20, 0xfee);
    assert_int_equal(host_vector_raise(data & 0xff), 0);
}

/* What acpi_dmar_init() and arch_iommu_setup() do. */
static int bring_up(void)
{
    struct dmar_buf d;

    vm.own_tables = vm_dmar;
    (vm_dmar ?: build_dmar)(&d, vm.haw);

    return vtd_dmar_parse(d.b, d.len, &vtd_dmar) ?: vtd_rmrr_init() ?:
           vtd_unit_map_all() ?: vtd_setup();
}

/* What vtd_setup() made, which is never undone in Xen. */
static void driver_down(void)
{
    unsigned long flags;
    struct vtd_unit *u;

    for_each_vtd_unit ( u )
    {
        if ( vm.boot_failed )
            break;
        iommu_unit_msi_free(&u->msi);
        if ( u->unit.ir )
        {
            vtd_ir_disable(u);
            vtd_ir_free(u);
        }
        spin_lock_irqsave(&u->unit.lock, flags);
        vtd_gcmd_clear(u, GCMD_TE);
        vtd_qi_disable(u);
        spin_unlock_irqrestore(&u->unit.lock, flags);
        vtd_qi_free(u);
        vtd_root_free(u);
        iommu_unit_free_tags(&u->unit);
    }

    INIT_LIST_HEAD(&iommu_units);
    INIT_LIST_HEAD(&iommu_drivers);
    vtd_unit_unmap_all();
    vtd_dmar_free(&vtd_dmar);
}

static unsigned int translate(unsigned int unit, uint16_t bdf, uint64_t addr,
                              bool write, uint64_t *maddr)
{
    return vtd_model_translate(vm.model[unit], bdf, addr, write, maddr);
}

static enum vm_end end(unsigned int code)
{
    switch ( code )
    {
    case 0:
        return VM_REACHED;
    case FAULT_ROOT:
    case FAULT_CONTEXT:
        return VM_BLOCKED;
    case FAULT_READ:
    case FAULT_WRITE:
        return VM_ABSENT;
    }

    return VM_BAD;
}

static unsigned int dma(unsigned int unit, uint16_t bdf, uint64_t addr,
                        size_t len, bool write, void *buf)
{
    return vtd_model_dma(vm.model[unit], bdf, addr, len, write, buf);
}

static unsigned int ats_request(unsigned int unit, uint16_t bdf, uint64_t addr,
                                unsigned int *prot)
{
    return vtd_model_ats_request(vm.model[unit], bdf, addr, prot);
}

static unsigned int ats_dma(unsigned int unit, uint16_t bdf, uint64_t addr,
                            size_t len, bool write, void *buf)
{
    return vtd_model_ats_dma(vm.model[unit], bdf, addr, len, write, buf);
}

static void ats_dead(unsigned int unit, uint16_t bdf, bool dead)
{
    vtd_model_ats_dead(vm.model[unit], bdf, dead);
}

static void reset(unsigned int unit)
{
    vtd_model_reset(vm.model[unit]);
}

static void die(unsigned int unit, bool gone)
{
    vtd_model_die(vm.model[unit], gone);
}

static void revive(unsigned int unit)
{
    vtd_model_revive(vm.model[unit]);
}

static void destroy(unsigned int unit)
{
    vtd_model_destroy(vm.model[unit]);
}

static void fail_nth(unsigned int unit, unsigned int nth, unsigned int how)
{
    vtd_model_fail_nth(vm.model[unit], nth, how);
}

static bool failed(unsigned int unit)
{
    return vtd_model_failed(vm.model[unit]);
}

static unsigned long count(unsigned int unit, enum vm_count what)
{
    static const enum vtd_model_count counts[] = {
        [VM_PAGES] = VTD_COUNT_IOTLB_PAGE,
        [VM_WAITS] = VTD_COUNT_QI_WAIT,
    };

    return vtd_model_count(vm.model[unit], counts[what]);
}

static const char *violation(unsigned int unit)
{
    const struct vtd_model *m = vm.model[unit];

    return vtd_model_violations(m) ? vtd_model_last_violation(m) : NULL;
}

static void forgive(unsigned int unit)
{
    vtd_model_forgive(vm.model[unit]);
}

static bool is_on(unsigned int unit)
{
    return (vtd_model_read(vm.model[unit], VTD_GSTS, 4) & ~GCMD_IRE) ==
           (GCMD_SRTP | GCMD_QIE | GCMD_TE) &&
           !vtd_model_read(vm.model[unit], VTD_FECTL, 4);
}

static bool is_off(unsigned int unit)
{
    return !(vtd_model_read(vm.model[unit], VTD_GSTS, 4) &
             (GCMD_TE | GCMD_QIE | GCMD_IRE));
}

static const struct vm_ops vtd_vm_ops = {
    .base1 = VM_BASE1,
    .bring_up = bring_up,
    .enable = vtd_enable_translation_all,
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

int vm_prepare_two(const struct vtd_model_cfg *unit0,
                   const struct vtd_model_cfg *unit1)
{
    static bool registered;
    unsigned int i;

    vm_reset(&vtd_vm_ops);
    for ( i = 0; i < 2; i++ )
    {
        struct vtd_model_cfg own = i ? *unit1 : *unit0;

        own.base = i ? VM_BASE1 : VM_BASE0;
        vm.model[i] = vtd_model_create(&own);
        vtd_model_on_event(vm.model[i], event, NULL);
    }
    vm.haw = unit0->haw;

    if ( !registered )
        iommu_ir_driver_register(&vtd_ir_driver);
    registered = true;

    return 0;
}

int vm_prepare(const struct vtd_model_cfg *cfg)
{
    return vm_prepare_two(cfg, cfg);
}

int vm_try(const struct vtd_model_cfg *cfg)
{
    return vm_prepare(cfg) ?: vm_bring_up();
}

void vm_up(const struct vtd_model_cfg *cfg)
{
    vm_prepare(cfg);
    vm_continue();
}
