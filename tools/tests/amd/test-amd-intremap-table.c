/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose interrupts are whose: tables of requesters that share IDs, come and
 * go; and what passes without an entry.
 */

#include "amd-ir-unit.h"

#define A       0x0400
#define B       0x0408
#define C       0x0410
#define X       0x0500          /* an alias */

/* Kinds that are not remapped, data [10:8]. */
#define NMI     (4u << 8)
#define INIT    (5u << 8)
#define EXTINT  (7u << 8)

#define IDS(name, ...) \
    struct iommu_id_range name##_r[] = { __VA_ARGS__ }; \
    struct iommu_ids name = ids_of(name##_r, ARRAY_SIZE(name##_r))

static struct iommu_ids ids_of(struct iommu_id_range *r, unsigned int nr)
{
    struct iommu_ids ids = { .range = r, .nr = nr };

    while ( nr-- )
        ids.nr_ids += r[nr].last - r[nr].first + 1;

    return ids;
}

static void begin(void)
{
    amd_ir_rig.start(0);
    assert_int_equal(amd_ir_rig.enable(true), 0);
}

static void add(const struct iommu_ids *ids)
{
    assert_int_equal(amd_ir_add(aiu_ir(), ids), 0);
    aiu_attach(ids);
}

/* An entry of @sid's that delivers @vector. */
static int entry(uint16_t sid, uint8_t vector)
{
    const struct iommu_ir_source src = { .sid = sid };
    struct iommu_ir_irq irq = { .vector = vector, .dest = 3 };
    int index = amd_ir_ops.alloc(&aiu()->unit, &src, 1);

    assert_true(index >= 0);
    assert_int_equal(amd_ir_ops.update(&aiu()->unit, index, &src, &irq), 0);

    return index;
}

static unsigned int vector_of(uint16_t sid, unsigned int index)
{
    struct ir_got got = {};

    return suite_ir_fire(&amd_ir_rig, sid, index, 0, &got) ? 0 : got.irq.vector;
}

static void give_up(unsigned int index)
{
    amd_ir_ops.free(&aiu()->unit, index, 1);
}

/* Requesters have entries of their own, by the same numbers. */
static void test_apart(void **state)
{
    IDS(a, { A, A });
    IDS(b, { B, B });
    int ia, ib;

    begin();
    add(&a);
    add(&b);
    ia = entry(A, 0x41);
    ib = entry(B, 0x42);
    assert_int_equal(vector_of(A, ia), 0x41);
    assert_int_equal(vector_of(B, ib), 0x42);
    /* What B sends for A's entry is its own. */
    assert_int_equal(vector_of(B, ia), 0x42);
    give_up(ib);
    assert_int_equal(vector_of(B, ia), 0);
    assert_int_equal(vector_of(C, ia), 0);
    assert_int_equal(vector_of(A, ia), 0x41);
    amd_ir_rig.stop();
}

/* All IDs of a device, and devices that share one, have one table. */
static void test_shared(void **state)
{
    IDS(a, { A, A }, { X, X });
    IDS(b, { B, B }, { X, X });
    int ia, ib;

    begin();
    add(&a);
    add(&b);
    ia = entry(A, 0x41);
    ib = entry(B, 0x42);
    assert_int_equal(vector_of(X, ia), 0x41);
    assert_int_equal(vector_of(X, ib), 0x42);
    assert_int_equal(vector_of(A, ia), 0x41);

    give_up(ia);
    amd_ir_remove(aiu_ir(), &a);
    assert_int_equal(vector_of(A, ib), 0);
    assert_int_equal(vector_of(X, ib), 0x42);
    assert_int_equal(vector_of(B, ib), 0x42);

    give_up(ib);
    amd_ir_remove(aiu_ir(), &b);
    assert_int_equal(vector_of(X, ib), 0);
    amd_ir_rig.stop();
}

/* One that would bring two tables together has none. */
static void test_conflict(void **state)
{
    IDS(a, { A, A });
    IDS(b, { B, B });
    IDS(both, { A, A }, { B, C });
    int ia;

    begin();
    add(&a);
    add(&b);
    ia = entry(A, 0x41);
    host_log_clear();
    assert_int_equal(amd_ir_add(aiu_ir(), &both), -EBUSY);
    assert_int_equal(host_log_lines(XENLOG_ERR), 1);
    assert_int_equal(vector_of(A, ia), 0x41);
    assert_int_equal(vector_of(B, ia), 0);
    assert_int_equal(vector_of(C, ia), 0);

    amd_ir_remove(aiu_ir(), &b);
    assert_int_equal(amd_ir_add(aiu_ir(), &both), 0);
    aiu_attach(&both);
    assert_int_equal(vector_of(C, ia), 0x41);
    amd_ir_rig.stop();
}

/* Devices that come and go do not take more memory; nothing of them stays. */
static void test_reuse(void **state)
{
    struct host_memory before;
    unsigned int i;
    int index = 0;

    begin();
    for ( i = 0; i < 20; i++ )
    {
        uint16_t id = A + (i % 5) * 8;
        IDS(dev, { id, id });

        if ( i == 5 )
            before = host_memory_now();
        add(&dev);
        index = entry(id, 0x40 + i);
        assert_int_equal(vector_of(id, index), 0x40 + i);
        give_up(index);
        amd_ir_remove(aiu_ir(), &dev);
        assert_int_equal(vector_of(id, index), 0);
    }
    assert_int_equal(host_memory_now().pages, before.pages);
    assert_int_equal(host_memory_now().objects, before.objects);
    amd_ir_rig.stop();
}

/* The entry of one that left, which is still there, is no one else's. */
static void test_left_entry(void **state)
{
    IDS(a, { A, A });
    IDS(b, { B, B });
    int ia, ib;

    begin();
    add(&a);
    ia = entry(A, 0x41);
    amd_ir_remove(aiu_ir(), &a);
    add(&b);
    ib = entry(B, 0x42);
    assert_int_equal(vector_of(B, ib), 0x42);
    assert_int_equal(vector_of(A, ib), 0);
    assert_int_not_equal(vector_of(B, ia), 0x41);
    give_up(ib);
    assert_int_equal(vector_of(B, ia), 0);
    amd_ir_rig.stop();
}

static void test_no_memory(void **state)
{
    IDS(a, { A, A }, { 0x2000, 0x2100 });
    unsigned int n;
    int rc = -ENOMEM, index;

    for ( n = 1; rc; n++ )
    {
        begin();
        host_fail_nth(n);
        rc = amd_ir_add(aiu_ir(), &a);
        host_fail_nth(0);
        assert_true(!rc || rc == -ENOMEM);
        if ( rc )
        {
            aiu_attach(&a);
            assert_int_equal(vector_of(A, 0), 0);
            assert_int_equal(vector_of(0x2000, 0), 0);
            assert_int_equal(amd_ir_add(aiu_ir(), &a), 0);
        }
        aiu_attach(&a);
        index = entry(A, 0x41);
        assert_int_equal(vector_of(0x2100, index), 0x41);
        amd_ir_rig.stop();
    }
    /* Buses 4, 20, 21; a table; its entries; a list of two ranges. */
    assert_true(n > 8);
}

/* A bridge that sends with any ID of a bus: the command goes to all. */
static void test_whole_bus(void **state)
{
    const struct iommu_ir_source src = { .sid = 0x2021, .bus_range = true };
    struct iommu_ir_irq irq = { .vector = 0x51, .dest = 3 };
    IDS(a, { 0x2000, 0x2010 }, { 0x2100, 0x21ff });
    struct iommu_id_iter it;
    int index;

    begin();
    add(&a);
    index = amd_ir_ops.alloc(&aiu()->unit, &src, 1);
    assert_true(index >= 0);
    assert_int_equal(amd_ir_ops.update(&aiu()->unit, index, &src, &irq), 0);
    for_each_iommu_id ( it, &a )
        assert_int_equal(vector_of(it.id, index), 0x51);
    irq.vector = 0x52;
    assert_int_equal(amd_ir_ops.update(&aiu()->unit, index, &src, &irq), 0);
    for_each_iommu_id ( it, &a )
        assert_int_equal(vector_of(it.id, index), 0x52);
    amd_ir_rig.stop();
}

static void test_unknown(void **state)
{
    const struct iommu_ir_source src = { .sid = 0x9000 };
    struct iommu_ir_irq irq;

    begin();
    assert_int_equal(amd_ir_ops.alloc(&aiu()->unit, &src, 1), -ENODEV);
    assert_int_equal(amd_ir_ops.read(&aiu()->unit, 0x9000 * 512, &irq), -EINVAL);
    amd_ir_rig.stop();
}

static bool passes(uint16_t sid, uint32_t kind)
{
    struct ir_got got = {};

    return !amd_ir_rig.send(sid, 0xfee01000, kind | 0x21, &got) && !got.remapped;
}

/* NMI, INIT and ExtINT of those alone that firmware names. */
static void test_pass(void **state)
{
    IDS(a, { A, A });
    IDS(nmi, { AIU_NMI_PASS, AIU_NMI_PASS });

    begin();
    add(&a);
    assert_true(passes(AIU_ALL_PASS, NMI));
    assert_true(passes(AIU_ALL_PASS, INIT));
    assert_true(passes(AIU_ALL_PASS, EXTINT));
    assert_true(passes(AIU_NMI_PASS, NMI));
    assert_false(passes(AIU_NMI_PASS, INIT));
    assert_false(passes(AIU_NMI_PASS, EXTINT));
    assert_false(passes(A, NMI));
    assert_false(passes(C, INIT));
    assert_false(passes(C, EXTINT));
    /* What would be remapped is not let pass by these. */
    assert_false(passes(AIU_NMI_PASS, 0));

    add(&nmi);
    assert_true(passes(AIU_NMI_PASS, NMI));
    amd_ir_remove(aiu_ir(), &nmi);
    assert_true(passes(AIU_NMI_PASS, NMI));
    assert_false(passes(AIU_NMI_PASS, INIT));
    amd_ir_rig.stop();
}

/* §2.2.2.1: each has a bit of its own in the entry; the last ID has one, too. */
static void test_pass_bits(void **state)
{
    static const unsigned int at[8] = { 56, 57, 58, 0, 0, 0, 62, 63 };
    const uint64_t all = 7ULL << 56 | 3ULL << 62;
    unsigned int i;

    begin();
    for ( i = 0; i < 8; i++ )
        if ( at[i] )
            assert_int_equal(aiu_ir()->devtab[AIU_PASS(i) * 4 + 2] & all,
                             1ULL << at[i]);
    assert_int_equal(aiu_ir()->devtab[AIU_LAST * 4 + 2] & all, all);
    assert_int_equal(aiu_ir()->devtab[AIU_LAST * 4 + 2] & 1, 1);
    assert_int_equal(aiu_ir()->devtab[(AIU_LAST - 1) * 4 + 2] & all, 0);
    assert_true(passes(AIU_LAST, NMI));
    assert_false(passes(AIU_LAST, 0));
    amd_ir_rig.stop();
}

/* A pin's entry keeps what the pin needs, and has the index. */
static void test_rte(void **state)
{
    IDS(a, { A, A });
    uint64_t rte = 0x05000000000fe9a1, new;
    unsigned int kind;
    int index;

    begin();
    add(&a);
    index = entry(A, 0x41);
    index = entry(A, 0x42);
    assert_false(amd_ir_ops.is_remapped(rte));
    new = amd_ir_ops.rte(index, rte);
    assert_true(amd_ir_ops.is_remapped(new));
    /* status, polarity, IRR, trigger, mask; the index; no destination */
    assert_int_equal(new, 0x1e001);
    assert_int_equal(vector_of(A, index), 0x42);

    for ( kind = 2; kind < 8; kind++ )
    {
        rte = (rte & ~0x700ULL) | kind << 8;
        assert_int_equal(amd_ir_ops.rte(index, rte), rte);
        assert_false(amd_ir_ops.is_remapped(rte));
    }
    amd_ir_rig.stop();
}

/* A pin that changes to a kind that is not remapped has no entry left. */
static void test_kind_changes(void **state)
{
    struct iommu_ir_irq irq = { .vector = 0x41, .dest = 3, .mode = 4 }, back;
    const struct iommu_ir_source src = { .sid = A };
    IDS(a, { A, A });
    int index;

    begin();
    add(&a);
    index = entry(A, 0x41);
    assert_int_equal(amd_ir_ops.update(&aiu()->unit, index, &src, &irq), 0);
    assert_int_equal(amd_ir_ops.read(&aiu()->unit, index, &back), -ENOENT);
    assert_int_equal(vector_of(A, index), 0);
    amd_ir_rig.stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_apart),
        cmocka_unit_test(test_shared),
        cmocka_unit_test(test_conflict),
        cmocka_unit_test(test_reuse),
        cmocka_unit_test(test_left_entry),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_whole_bus),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_pass),
        cmocka_unit_test(test_pass_bits),
        cmocka_unit_test(test_rte),
        cmocka_unit_test(test_kind_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
