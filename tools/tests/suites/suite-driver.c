/* SPDX-License-Identifier: GPL-2.0-only */
#include "rig.h"

#include <xen/err.h>

void suite_driver_attach(const struct rig *rig)
{
    unsigned int v;

    for ( v = 0; v < rig->nr_variants; v++ )
    {
        struct iommu_dev *dev;
        struct s2_table *a, *b;
        struct s2_domain *sa, *sb, *id;
        uint64_t pa, pb, pc, ma;
        unsigned int changed = 0;

        rig->up(v);
        dev = rig->dev_add(0, 3, 0x0500);
        assert_int_not_equal(rig->translate(dev->id, 0x5000, &ma), 0);

        a = rig->table_new(dev);
        b = rig->table_new(dev);
        pa = rig->map_page(a, 5);
        pb = rig->map_page(b, 5);
        sa = rig->domain_new(dev, a);
        sb = rig->domain_new(dev, b);
        assert_int_equal(s2_table_flush(a), 0);

        assert_int_equal(together_move(dev, sa), 0);
        assert_int_equal(rig->translate(dev->id, 0x5123, &ma), 0);
        assert_int_equal(ma, pa + 0x123);
        assert_int_equal(rig->translate(0x0500, 0x5000, &ma), 0);

        /* What was not present becomes present, and the other way round. */
        assert_int_not_equal(rig->translate(dev->id, 0x6000, &ma), 0);
        pc = rig->map_page(a, 6);
        assert_int_equal(s2_table_flush(a), 0);
        assert_int_equal(rig->translate(dev->id, 0x6000, &ma), 0);
        assert_int_equal(ma, pc);
        assert_int_equal(s2_table_unmap(a, 6, 1, &changed), 0);
        assert_int_equal(s2_table_flush(a), 0);
        assert_int_not_equal(rig->translate(dev->id, 0x6000, &ma), 0);

        /* From one domain to another, nothing stale. */
        assert_int_equal(together_move(dev, sb), 0);
        assert_int_equal(rig->translate(dev->id, 0x5000, &ma), 0);
        assert_int_equal(ma, pb);

        id = rig->dev->domain_alloc(dev, S2_IDENTITY, NULL);
        assert_int_equal(!IS_ERR(id), rig->identity);
        if ( rig->identity )
        {
            assert_int_equal(together_move(dev, id), 0);
            assert_int_equal(rig->translate(dev->id, pa, &ma), 0);
            assert_int_equal(ma, pa);
        }

        together_move(dev, NULL);
        assert_int_not_equal(rig->translate(dev->id, 0x5000, &ma), 0);
        assert_int_not_equal(rig->translate(0x0500, 0x5000, &ma), 0);

        s2_domain_free(sa);
        s2_domain_free(sb);
        rig->dev_del(dev);
        rig->table_free(a);
        rig->table_free(b);
        rig->down();
    }
}

void suite_driver_shared_alias(const struct rig *rig)
{
    struct iommu_dev *one, *two;
    struct s2_table *t;
    struct s2_domain *s2;
    uint64_t ma;

    rig->up(0);
    one = rig->dev_add(5, 1, 0x0500);
    two = rig->dev_add(5, 2, 0x0500);
    t = rig->table_new(one);
    rig->map_page(t, 1);
    s2 = rig->domain_new(one, t);
    assert_int_equal(together_move(one, s2), 0);
    assert_int_equal(together_move(two, s2), 0);
    together_move(one, NULL);
    assert_int_not_equal(rig->translate(one->id, 0x1000, &ma), 0);
    assert_int_equal(rig->translate(two->id, 0x1000, &ma), 0);
    assert_int_equal(rig->translate(0x0500, 0x1000, &ma), 0);
    together_move(two, NULL);
    assert_int_not_equal(rig->translate(0x0500, 0x1000, &ma), 0);
    s2_domain_free(s2);
    rig->dev_del(one);
    rig->dev_del(two);
    rig->table_free(t);
    rig->down();
}

void suite_driver_ats(const struct rig *rig)
{
    struct iommu_dev *dev, *other;
    struct s2_table *t;
    struct s2_domain *s2;
    unsigned int prot, changed = 0;
    uint8_t byte = 1;
    uint64_t ma;

    rig->up(0);
    dev = rig->dev_add(1, 1, 0);
    other = rig->dev_add(1, 2, 0);
    t = rig->table_new(dev);
    rig->map_page(t, 1);
    s2 = rig->domain_new(dev, t);
    assert_int_equal(together_move(dev, s2), 0);
    assert_int_equal(together_move(other, s2), 0);
    assert_true(dev->ats && other->ats);
    assert_true(pci_conf_read16(dev->sbdf, 0x106) & 0x8000);

    assert_int_equal(rig->ats_request(dev->id, 0x1000, &prot), 0);
    assert_int_equal(prot, 3);
    assert_int_equal(rig->ats_dma(dev->id, 0x1000, &byte, true), 0);
    assert_int_equal(s2_table_unmap(t, 1, 1, &changed), 0);
    assert_int_equal(s2_table_flush(t), 0);
    assert_int_equal(rig->ats_dma(dev->id, 0x1000, &byte, true), RIG_UR);

    /* One of the two stops answering. */
    rig->map_page(t, 2);
    assert_int_equal(s2_table_flush(t), 0);
    rig->ats_dead(dev->id, true);
    assert_int_equal(s2_table_unmap(t, 2, 1, &changed), 0);
    assert_int_equal(s2_table_flush(t), 0);
    assert_log("did not confirm");
    assert_true(dev->pdev->broken);
    assert_false(other->pdev->broken);
    assert_false(dev->unit->failed);
    assert_false(pci_conf_read16(dev->sbdf, 0x106) & 0x8000);
    assert_true(pci_conf_read16(other->sbdf, 0x106) & 0x8000);
    rig->map_page(t, 3);
    assert_int_equal(s2_table_flush(t), 0);
    assert_int_not_equal(rig->translate(dev->id, 0x3000, &ma), 0);
    assert_int_equal(rig->translate(other->id, 0x3000, &ma), 0);

    together_move(dev, NULL);
    together_move(other, NULL);
    assert_false(pci_conf_read16(other->sbdf, 0x106) & 0x8000);
    s2_domain_free(s2);
    rig->dev_del(dev);
    rig->dev_del(other);
    rig->table_free(t);
    rig->down();
}

void suite_driver_ats_move(const struct rig *rig)
{
    struct iommu_dev *dev;
    struct s2_table *a, *b;
    struct s2_domain *sa, *sb;
    unsigned int prot;
    uint8_t byte = 0;

    rig->up(0);
    dev = rig->dev_add(1, 1, 0);
    a = rig->table_new(dev);
    b = rig->table_new(dev);
    rig->map_page(a, 1);
    sa = rig->domain_new(dev, a);
    sb = rig->domain_new(dev, b);
    assert_int_equal(together_move(dev, sa), 0);
    assert_int_equal(rig->ats_request(dev->id, 0x1000, &prot), 0);
    assert_int_equal(together_move(dev, sb), 0);
    assert_int_equal(rig->ats_dma(dev->id, 0x1000, &byte, true), RIG_UR);
    together_move(dev, NULL);
    s2_domain_free(sa);
    s2_domain_free(sb);
    rig->dev_del(dev);
    rig->table_free(a);
    rig->table_free(b);
    rig->down();
}

static unsigned int writes_left;
static const struct rig *dying_rig;
static uint16_t dying;

static void on_write(void *arg)
{
    if ( writes_left && !--writes_left )
        dying_rig->ats_dead(dying, true);
}

struct s2_domain *suite_tlbs_up(const struct rig *rig, struct iommu_dev *dev[3],
                                struct s2_table **table)
{
    struct s2_domain *s2;
    unsigned int i, prot;

    rig->up(0);
    for ( i = 0; i < 3; i++ )
        dev[i] = rig->dev_add(1, i, 0);
    *table = rig->table_new(dev[0]);
    rig->map_page(*table, 1);
    s2 = rig->domain_new(dev[0], *table);
    for ( i = 0; i < 3; i++ )
    {
        assert_int_equal(rig->dev->attach(s2, dev[i]), 0);
        assert_int_equal(rig->ats_request(dev[i]->id, 0x1000, &prot), 0);
    }

    return s2;
}

void suite_tlbs_down(const struct rig *rig, struct iommu_dev *dev[3],
                     struct s2_domain *s2, struct s2_table *table)
{
    unsigned int i;

    s2_domain_free(s2);
    for ( i = 0; i < 3; i++ )
        rig->dev_del(dev[i]);
    rig->table_free(table);
    rig->down();
}

/* One is silent, and another one is from the @nth write of a register on. */
static bool dies_at(const struct rig *rig, unsigned int nth)
{
    struct iommu_dev *dev[3];
    struct s2_table *table;
    struct s2_domain *s2;
    unsigned int i, changed = 0;
    uint8_t byte = 0;
    uint64_t ma;
    bool reached;

    s2 = suite_tlbs_up(rig, dev, &table);
    rig->ats_dead(dev[0]->id, true);
    dying_rig = rig;
    dying = dev[1]->id;
    writes_left = nth;
    assert_int_equal(s2_table_unmap(table, 1, 1, &changed), 0);
    host_on_mmio_write(on_write, NULL);
    assert_int_equal(s2_table_flush(table), 0);
    host_on_mmio_write(NULL, NULL);
    reached = !writes_left;

    assert_false(dev[0]->unit->failed);
    assert_false(dev[0]->dev_tlb.on);
    assert_true(dev[2]->dev_tlb.on);
    assert_false(dev[2]->pdev->broken);
    assert_true(reached || dev[1]->dev_tlb.on);
    for ( i = 0; i < ARRAY_SIZE(dev); i++ )
    {
        /* What it has in its TLB is no use to one that is cut off. */
        assert_int_not_equal(rig->ats_dma(dev[i]->id, 0x1000, &byte, true), 0);
        assert_int_not_equal(rig->translate(dev[i]->id, 0x1000, &ma), 0);
        rig->ats_dead(dev[i]->id, false);
        rig->dev->block(dev[i]);
    }
    suite_tlbs_down(rig, dev, s2, table);

    return reached;
}

void suite_driver_dies_meanwhile(const struct rig *rig)
{
    unsigned int nth;

    for ( nth = 1; dies_at(rig, nth); nth++ )
        assert_true(nth < 500);
    assert_true(nth > 1);
}

void suite_driver_power(const struct rig *rig)
{
    unsigned int v;

    for ( v = 0; v < rig->nr_variants; v += test_rounds(5, 1) )
    {
        struct iommu_dev *dev;
        struct s2_table *t;
        struct s2_domain *s2;
        uint64_t pa, ma;

        rig->up(v);
        dev = rig->dev_add(0, 3, 0);
        t = rig->table_new(dev);
        pa = rig->map_page(t, 1);
        s2 = rig->domain_new(dev, t);
        assert_int_equal(together_move(dev, s2), 0);

        assert_int_equal(rig->unit->suspend(dev->unit), 0);
        rig->reset();
        rig->unit->resume(dev->unit);
        assert_false(dev->unit->failed);
        assert_true(rig->is_on());
        assert_int_equal(rig->translate(dev->id, 0x1000, &ma), 0);
        assert_int_equal(ma, pa);
        assert_int_not_equal(rig->translate(dev->id, 0x2000, &ma), 0);

        rig->unit->quiesce(dev->unit);
        rig->unit->crash_shutdown(dev->unit);
        assert_true(rig->is_off());

        rig->forgive();
        dev->unit->failed = true;
        together_move(dev, NULL);
        s2_domain_free(s2);
        rig->dev_del(dev);
        rig->table_free(t);
        rig->down();
    }
}
