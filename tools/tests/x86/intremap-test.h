/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machines for the interrupt remapping tests: one or two VT-d units, and a
 * DMAR that says who is behind them.
 *
 * Unit 0 remaps HPET 0 (00:1f.0) and all PCI functions that unit 1 does not
 * have; unit 1, where there is one, has 00:05.0.  IO-APIC 2 (00:1f.7) is unit
 * 0's, or unit 1's.
 */
#ifndef TESTS_INTREMAP_TEST_H
#define TESTS_INTREMAP_TEST_H

#include "test.h"

#include <asm/cpufeature.h>

#include <iommu-groups/ir.h>

#include "vtd/intremap.h"
#include "dmar-build.h"
#include "models/vtd-host.h"
#include "models/vtd-model.h"

#define BASE0           0xfed90000UL
#define BASE1           0xfed91000UL

#define SID_IOAPIC      0x00ff
#define SID_HPET        0x00f8

#define DMAR_INTR_REMAP         1
#define DMAR_X2APIC_OPT_OUT     2

struct machine {
    unsigned int nr_units;
    unsigned int flags;             /* of the DMAR */
    bool no_ioapic_scope;
    unsigned int more_ioapics;      /* unit 0's: IDs 3 ..., at 00:1e.0 ... */
    struct vtd_model_cfg cfg;
};

static struct vtd_model *model[2];

/* Builds the machine and lets the driver find it. */
static inline void machine_start(const struct machine *mc)
{
    static struct dmar_buf d;
    static bool registered;
    unsigned int i;

    host_reset();

    dmar_begin(&d, mc->cfg.haw, mc->flags);
    if ( mc->nr_units == 2 )
    {
        dmar_drhd(&d, 0, BASE1, 0, 0);
        dmar_scope(&d, 1, 0, 0, 5, 0);
        if ( !mc->no_ioapic_scope )
            dmar_scope(&d, 3, 2, 0, 0x1f, 7);
        dmar_close(&d);
    }
    dmar_drhd(&d, 0, BASE0, 1, 0);
    dmar_scope(&d, 4, 0, 0, 0x1f, 0);
    if ( mc->nr_units == 1 && !mc->no_ioapic_scope )
        dmar_scope(&d, 3, 2, 0, 0x1f, 7);
    for ( i = 0; i < mc->more_ioapics; i++ )
        dmar_scope(&d, 3, 3 + i, 0, 0x1e, i);
    dmar_close(&d);
    dmar_end(&d);

    for ( i = 0; i < mc->nr_units; i++ )
    {
        struct vtd_model_cfg cfg = mc->cfg;

        cfg.base = i ? BASE1 : BASE0;
        model[i] = vtd_model_create(&cfg);
        assert_non_null(model[i]);
    }

    assert_int_equal(vtd_dmar_parse(d.b, d.len, &vtd_dmar), 0);
    assert_int_equal(vtd_unit_map_all(), 0);

    if ( !registered )
        iommu_ir_driver_register(&vtd_ir_driver);
    registered = true;
}

/* The driver's unit behind model @i. */
static inline struct vtd_unit *machine_unit(unsigned int i)
{
    struct vtd_unit *u;

    for_each_vtd_unit ( u )
        if ( u->drhd->base == (i ? BASE1 : BASE0) )
            return u;

    return NULL;
}

/* Everything given back; asserts that the models saw nothing forbidden. */
static inline void machine_stop(void)
{
    struct vtd_unit *u;
    unsigned int i;

    for ( i = 0; i < 2; i++ )
        if ( model[i] && vtd_model_violations(model[i]) )
            fail_msg("model %u: %s", i, vtd_model_last_violation(model[i]));

    for_each_vtd_unit ( u )
    {
        vtd_ir_disable(u);
        vtd_ir_free(u);
        vtd_qi_disable(u);
        vtd_qi_free(u);
    }
    vtd_unit_unmap_all();
    vtd_dmar_free(&vtd_dmar);

    for ( i = 0; i < 2; i++ )
        if ( model[i] )
            vtd_model_destroy(model[i]);
    model[0] = model[1] = NULL;
    assert_int_equal(host_leak_report(5), 0);
}

/* Fault reasons, §7.1. */
enum {
    FAULT_INDEX = 0x21,
    FAULT_NOT_PRESENT = 0x22,
    FAULT_COMPAT = 0x25,
    FAULT_SOURCE = 0x26,
};

#endif /* TESTS_INTREMAP_TEST_H */
