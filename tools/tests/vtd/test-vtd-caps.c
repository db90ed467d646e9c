/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machines with the registers of real ones, one test each: the driver comes up,
 * each group gets a table that uses what its own unit can do, DMA arrives up to
 * the width and not beyond, nothing is stale, interrupts are remapped where all
 * units can.  The numbers are those of data/caps/vtd.tsv, or of the file that
 * $VTD_CAPS names.
 */
#include "caps-machine.h"

#include <errno.h>

#include <iommu-groups/ir.h>
#include <iommu-groups/private-table.h>

#include "vtd/intremap.h"

enum {
    FAULT_ROOT = 1, FAULT_CONTEXT = 2, FAULT_ADDRESS = 4, FAULT_WRITE = 5,
    FAULT_IR_ABSENT = 0x22, FAULT_IR_SOURCE = 0x26,
};

#define GSTS     0x1c
#define GSTS_IRE (1U << 25)

#define LOW      0x1234UL
#define GIG      (1UL << 18)
#define ADDR(f)  ((uint64_t)(f) << PAGE_SHIFT)

/* Would the registers reach into the next unit's? */
static bool collides(const struct cm_unit *cu)
{
    unsigned int end = cu->cfg.fro + 16 * cu->cfg.nfr;
    const struct cm_unit *other;

    if ( cu->cfg.ver >> 4 < 6 )
        end = max(end, cu->cfg.iro + 16);

    for ( other = cm.unit; other < cm.unit + cm.m->nr; other++ )
        if ( other->model && other->cfg.base > cu->cfg.base &&
             other->cfg.base - cu->cfg.base < end )
            return true;

    return false;
}

/* Those that can be used come up, and no other; how many? */
static unsigned int bring_up(void)
{
    const struct cm_unit *cu;
    unsigned int nr = 0, i;

    for ( i = 0; i < cm.m->nr; i++ )
        if ( cm.unit[i].model && cm_usable(&cm.unit[i].cfg) &&
             !collides(&cm.unit[i]) )
            nr++;

    assert_int_equal(cm_bring_up(), nr ? 0 : -EOPNOTSUPP);
    for_each_cm_unit ( cu )
        nr--;
    assert_int_equal(nr, 0);
    for_each_cm_unit ( cu )
        nr++;

    return nr;
}

/* No unit is worse off for those beside it. */
static void check_table(const struct cm_unit *cu)
{
    const struct pt_config *cfg = &cm_dev(cu)->attached->table->pt.cfg;

    assert_int_equal(cfg->in_bits, cm_width(&cu->cfg));
    assert_int_equal(cfg->coherent, cu->cfg.coherent);
    assert_int_equal(cfg->snoop, cu->cfg.sc);
    assert_int_equal(!!(cfg->leaf_orders & PT_LEAF_2M), cu->cfg.page_2m);
    assert_int_equal(!!(cfg->leaf_orders & PT_LEAF_1G),
                     cu->cfg.page_2m && cu->cfg.page_1g);
}

static void arrives(const struct cm_unit *cu, uint64_t addr, uint64_t want)
{
    uint64_t maddr;

    assert_int_equal(cm_dma(cu, addr, &maddr), 0);
    assert_int_equal(maddr, want);
}

static void faults(const struct cm_unit *cu, uint64_t addr, unsigned int reason)
{
    uint64_t maddr;

    assert_int_equal(cm_dma(cu, addr, &maddr), reason);
}

/* The last page of @cu's width, as all units see it. */
static void check_top(const struct cm_unit *cu, struct domain *d)
{
    uint64_t end = 1ULL << cm_width(&cu->cfg), top = end - PAGE_SIZE, page;
    const struct cm_unit *other;

    page = cm_page(d, top >> PAGE_SHIFT);
    arrives(cu, top, page);
    arrives(cu, end - 1, page + PAGE_SIZE - 1);
    faults(cu, end, FAULT_ADDRESS);
    faults(cu, ~0ULL << 12, FAULT_ADDRESS);

    for_each_cm_unit ( other )
        if ( cm_width(&other->cfg) < cm_width(&cu->cfg) )
            faults(other, top, FAULT_ADDRESS);
        else
            arrives(other, top, page);

    cm_unmap(d, top >> PAGE_SHIFT, 1);
    for_each_cm_unit ( other )
        if ( cm_width(&other->cfg) >= cm_width(&cu->cfg) )
            faults(other, top, FAULT_WRITE);
}

/* What is mapped, replaced, split and unmapped is so for all at once. */
static void check_changes(struct domain *d)
{
    uint64_t page = cm_page(d, LOW), data;
    const uint64_t hole = 0x777, frames = 3 * GIG;
    const struct cm_unit *cu;

    for_each_cm_unit ( cu )
    {
        data = 0x1122334455667788 + cu->sbdf.bdf;
        assert_int_equal(vtd_model_dma(cu->model, cu->sbdf.bdf,
                                       ADDR(LOW) + 8, sizeof(data), true,
                                       &data), 0);
        assert_int_equal(((uint64_t *)maddr_to_virt(page))[1], data);
    }

    page = cm_page(d, LOW);
    for_each_cm_unit ( cu )
        arrives(cu, ADDR(LOW), page);

    /* As large as leaves get, where the narrowest units have it too. */
    cm_map(d, 0, frames, GIG);
    for_each_cm_unit ( cu )
    {
        arrives(cu, ADDR(LOW), ADDR(frames + LOW));
        arrives(cu, ADDR(hole), ADDR(frames + hole));
    }

    cm_unmap(d, hole, 1);
    for_each_cm_unit ( cu )
    {
        faults(cu, ADDR(hole), FAULT_WRITE);
        arrives(cu, ADDR(hole + 1), ADDR(frames + hole + 1));
    }

    cm_unmap(d, 0, GIG);
    for_each_cm_unit ( cu )
    {
        faults(cu, ADDR(LOW), FAULT_WRITE);
        faults(cu, ADDR(hole + 1), FAULT_WRITE);
    }
}

static void check_domain(struct domain *d)
{
    const struct cm_unit *cu;

    for_each_cm_unit ( cu )
    {
        assert_int_equal(cm_give(cu, d), 0);
        check_table(cu);
    }

    check_changes(d);
    for_each_cm_unit ( cu )
        check_top(cu, d);

    for_each_cm_unit ( cu )
    {
        uint64_t maddr;
        unsigned int reason;

        assert_int_equal(cm_give(cu, dom_io), 0);
        reason = cm_dma(cu, ADDR(LOW), &maddr);
        assert_true(reason == FAULT_ROOT || reason == FAULT_CONTEXT);
    }
}

static void check_messages(const struct cm_unit *cu, bool eim)
{
    struct iommu_unit *unit = &cu->u->unit;
    struct iommu_ir_source src = { .sid = cu->sbdf.bdf };
    struct iommu_ir_irq irq = { .vector = 0x41, .dest = eim ? 0x12345 : 0x12 };
    struct vtd_model_irq got;
    struct iommu_ir_msi msg;
    int index = unit->ir->alloc(unit, &src, 1);

    assert_true(index >= 0);
    for ( ; irq.vector < 0x44; irq.vector++ )
    {
        assert_int_equal(unit->ir->update(unit, index, &src, &irq), 0);
        unit->ir->msi(index, 0, &msg);
        assert_int_equal(vtd_model_msi(cu->model, src.sid, msg.address,
                                       msg.data, &got), 0);
        assert_true(got.remapped);
        assert_int_equal(got.vector, irq.vector);
        assert_int_equal(got.dest, irq.dest);
    }
    assert_int_equal(vtd_model_msi(cu->model, src.sid ^ 8, msg.address,
                                   msg.data, &got), FAULT_IR_SOURCE);
    unit->ir->free(unit, index, 1);
    assert_int_equal(vtd_model_msi(cu->model, src.sid, msg.address, msg.data,
                                   &got), FAULT_IR_ABSENT);
}

/* All units or none, for 8 and for 32-bit destinations. */
static void check_remapping(void)
{
    bool ir = true, eim = true;
    const struct cm_unit *cu;

    for_each_cm_unit ( cu )
    {
        ir &= cu->cfg.qi && cu->cfg.ir;
        eim &= ir && cu->cfg.eim;
    }

    assert_int_equal(vtd_ir_driver.supported(false), ir);
    assert_int_equal(vtd_ir_driver.supported(true), eim);

    /* At boot, one that cannot takes the others back. */
    system_state = SYS_STATE_boot;
    if ( !eim )
        assert_int_equal(vtd_ir_driver.enable(true), -EOPNOTSUPP);
    assert_int_equal(vtd_ir_driver.enable(eim), ir ? 0 : -EOPNOTSUPP);
    system_state = SYS_STATE_active;

    for_each_cm_unit ( cu )
        if ( ir )
            check_messages(cu, eim);
        else
            assert_false(vtd_model_read(cu->model, GSTS, 4) & GSTS_IRE);
}

static void run(const struct caps_machine *m)
{
    if ( m->bad )
        print_message("%s: %u lines cannot be read\n", m->name, m->bad);
    if ( !cm_prepare(m) )
        print_message("%s: no unit to be tried\n", m->name);
    else if ( bring_up() )
    {
        cm_populate();
        check_domain(cm.hwdom);
        check_domain(cm.guest);
        check_remapping();
        check_domain(cm.guest);
    }
    cm_down();
}

static void test_machine(void **state)
{
    run(*state);
}

/* ---- machines that nobody has reported ---- */

static struct caps_machine made_of(const struct caps_unit *a,
                                   const struct caps_unit *b)
{
    struct caps_machine m = { .name = "made", .nr = b ? 2 : 1 };

    m.unit[0] = *a;
    m.unit[0].base = 0xfed80000;
    m.unit[0].include_all = !b;
    if ( b )
    {
        m.unit[1] = *b;
        m.unit[1].base = 0xfed90000;
        m.unit[1].include_all = true;
    }

    return m;
}

#define UNIT(v, c, e) { .known = true, .ver = v, .cap = c, .ecap = e }

#define CLIENT_CAP  0xd2008c40660462
#define CLIENT_ECAP 0xf050da
#define FIELD(val, hi, lo) \
    (((uint64_t)(val) & (~0ULL >> (63 - ((hi) - (lo))))) << (lo))
#define CLEAR(reg, hi, lo) ((reg) & ~FIELD(~0ULL, hi, lo))

static const struct caps_unit odd_units[] = {
    /* The last fault record that FRO can name, and 256 from there on. */
    UNIT(0x10, CLEAR(CLEAR(CLIENT_CAP, 33, 24), 47, 40) |
               FIELD(1023, 33, 24) | FIELD(255, 47, 40), CLIENT_ECAP),
    /* IOTLB registers on the fourth page. */
    UNIT(0x10, CLIENT_CAP, CLEAR(CLIENT_ECAP, 17, 8) | FIELD(1023, 17, 8)),
    /* Without a queue these are what is used. */
    UNIT(0x10, CLIENT_CAP, (CLEAR(CLIENT_ECAP, 17, 8) | FIELD(1022, 17, 8)) &
                           ~2ULL),
    /* A reserved number of domain IDs. */
    UNIT(0x10, CLIENT_CAP | 7, CLIENT_ECAP),
    /* Few of them. */
    UNIT(0x10, CLIENT_CAP & ~7ULL, CLIENT_ECAP),
    /* 5 levels only; 3 and 5; 3, 4 and 5; bits of future depths. */
    UNIT(0x60, CLEAR(CLEAR(CLIENT_CAP, 12, 8), 21, 16) | FIELD(8, 12, 8) |
               FIELD(56, 21, 16), 0x3fef9ea6f0efdf),
    UNIT(0x60, CLEAR(CLEAR(CLIENT_CAP, 12, 8), 21, 16) | FIELD(10, 12, 8) |
               FIELD(47, 21, 16), CLIENT_ECAP),
    UNIT(0x70, CLEAR(CLEAR(CLIENT_CAP, 12, 8), 21, 16) | FIELD(0x1f, 12, 8) |
               FIELD(63, 21, 16), ~0ULL << 41 | CLIENT_ECAP),
    /* 30 bits; write buffer, not coherent, caching mode, nothing else. */
    UNIT(0x10, CLEAR(CLIENT_CAP, 21, 16) | FIELD(29, 21, 16), CLIENT_ECAP),
    UNIT(0x10, CLEAR(CLEAR(CLIENT_CAP, 39, 39), 37, 34) | 0x90, 0xf000),
    /* 1 GiB without 2 MiB. */
    UNIT(0x10, CLEAR(CLIENT_CAP, 37, 34) | FIELD(2, 37, 34), CLIENT_ECAP),
    /* No protected regions; no interrupt index mask. */
    UNIT(0x10, CLIENT_CAP & ~0x60ULL, CLEAR(CLIENT_ECAP, 23, 20)),
};

/* That cannot be used: alone there is no IOMMU, and beside others no harm. */
static const struct caps_unit bad_units[] = {
    UNIT(0x10, ~0ULL, ~0ULL),
    UNIT(0x00, CLIENT_CAP, CLIENT_ECAP),
    UNIT(0x10, CLEAR(CLIENT_CAP, 12, 8), CLIENT_ECAP),
    UNIT(0x10, CLEAR(CLIENT_CAP, 21, 16) | FIELD(28, 21, 16), CLIENT_ECAP),
    UNIT(0x60, CLIENT_CAP, CLIENT_ECAP & ~2ULL),
};

static const struct caps_unit good = UNIT(0x10, CLIENT_CAP, CLIENT_ECAP);

static void test_odd_units(void **state)
{
    struct caps_machine m;
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(odd_units); i++ )
    {
        m = made_of(&odd_units[i], NULL);
        run(&m);
        m = made_of(&odd_units[i], &good);
        run(&m);
        m = made_of(&good, &odd_units[i]);
        run(&m);
        m = made_of(&odd_units[i], &odd_units[(i + 5) % ARRAY_SIZE(odd_units)]);
        run(&m);
    }
}

static void test_bad_units(void **state)
{
    struct caps_machine m;
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(bad_units); i++ )
    {
        m = made_of(&bad_units[i], NULL);
        run(&m);
        m = made_of(&bad_units[i], &good);
        run(&m);
        m = made_of(&good, &bad_units[i]);
        run(&m);
    }

    /* Registers that reach into the next unit's. */
    m = made_of(&odd_units[0], &good);
    m.unit[0].base = m.unit[1].base - PAGE_SIZE;
    run(&m);
}

/* dom0 in passthrough mode: a unit without it gets a table, the others not. */
static void test_passthrough(void **state)
{
    struct caps_unit weak = good;
    struct caps_machine m;
    const struct cm_unit *cu;
    uint64_t page, addr = 0x7654321000;

    weak.ecap &= ~0x40ULL;
    m = made_of(&good, &weak);
    assert_true(cm_prepare(&m));
    iommu_hwdom_passthrough = true;
    iommu_hwdom_strict = false;
    assert_int_equal(bring_up(), 2);
    assert_true(iommu_hwdom_passthrough);
    assert_log("iommu 1: no passthrough, its devices get a table");
    cm_populate();
    page = cm_page(cm.hwdom, LOW);
    for_each_cm_unit ( cu )
    {
        assert_int_equal(cm_give(cu, cm.hwdom), 0);
        if ( cu == cm.unit )
            arrives(cu, addr, addr);
        else
        {
            faults(cu, addr, FAULT_WRITE);
            arrives(cu, ADDR(LOW), page);
        }
    }
    cm_down();

    /* Nobody has it: the mode is off. */
    m = made_of(&weak, &weak);
    assert_true(cm_prepare(&m));
    iommu_hwdom_passthrough = true;
    assert_int_equal(bring_up(), 2);
    assert_false(iommu_hwdom_passthrough);
    cm_down();
}

/* A copy for one group is what its own unit can walk, not the copied one's. */
static void test_private(void **state)
{
    struct caps_unit weak = UNIT(0x10, CLEAR(CLEAR(CLIENT_CAP, 37, 34), 21, 16) |
                                       FIELD(35, 21, 16), CLIENT_ECAP & ~0x80);
    struct caps_machine m = made_of(&good, &weak);
    const struct cm_unit *cu = &cm.unit[1];
    struct iommu_group *group;
    struct iommu_dev *dev;
    uint64_t page;
    int rc;

    assert_true(cm_prepare(&m));
    assert_int_equal(bring_up(), 2);
    cm_populate();
    page = cm_page(cm.guest, LOW);
    cm_page(cm.guest, 1UL << (36 - PAGE_SHIFT));

    dev = cm_dev(cu);
    pcidevs_lock();
    group = iommu_group_get(dev);
    pcidevs_unlock();
    iommu_group_lock(group);
    group->private = true;
    iommu_group_unlock(group);
    do {
        rc = iommu_private_get(cm.guest, group, dev, NULL, 0);
    } while ( rc == -ERESTART );
    assert_int_equal(rc, 0);

    assert_int_equal(cm_give(cu, cm.guest), 0);
    assert_ptr_equal(dev->attached->table->d, cm.guest);
    assert_int_equal(s2_space_of(cm.guest)->nr_privates, 1);
    check_table(cu);
    arrives(cu, ADDR(LOW), page);
    faults(cu, 1ULL << 36, FAULT_ADDRESS);
    cm_unmap(cm.guest, LOW, 1);
    faults(cu, ADDR(LOW), FAULT_WRITE);
    page = cm_page(cm.guest, LOW);
    arrives(cu, ADDR(LOW), page);

    assert_int_equal(cm_give(cu, dom_io), 0);
    iommu_private_put(cm.guest, group, dev);
    assert_int_equal(s2_space_of(cm.guest)->nr_privates, 0);
    iommu_group_put(group);
    cm_down();
}

/* iommu=no-qinval, where one of two units has nothing else. */
static void test_no_qinval(void **state)
{
    struct caps_unit newer = good;
    struct caps_machine m;
    const struct cm_unit *cu;

    newer.ver = 0x60;
    m = made_of(&good, &newer);
    assert_true(cm_prepare(&m));
    iommu_qinval = false;
    assert_int_equal(bring_up(), 2);
    assert_log("needs queued invalidation");
    assert_false(vtd_ir_driver.supported(false));
    cm_populate();
    for_each_cm_unit ( cu )
        assert_int_equal(!!vtd_model_count(cu->model, VTD_COUNT_QI_WAIT),
                         cu->cfg.ver == 0x60);
    check_domain(cm.guest);
    cm_down();
}

/* The CPU's side counts the machine: one unit that cannot, and all cannot. */
static void test_snoop(void **state)
{
    struct caps_unit weak = good;
    struct caps_machine m;

    weak.ecap &= ~0x80ULL;
    m = made_of(&weak, &good);
    assert_true(cm_prepare(&m));
    assert_int_equal(bring_up(), 2);
    assert_false(iommu_snoop);
    cm_down();

    /* "iommu=no-snoop" is for all. */
    m = made_of(&good, &good);
    assert_true(cm_prepare(&m));
    iommu_snoop = false;
    assert_int_equal(bring_up(), 2);
    assert_false(cm.unit[0].u->table.snoop);
    cm_down();

    assert_true(cm_prepare(&m));
    assert_int_equal(bring_up(), 2);
    assert_true(iommu_snoop);
    cm_down();
}

/* ---- files ---- */

static FILE *open_file(void)
{
    const char *name = getenv("VTD_CAPS");
    char own[512];
    FILE *f;

    snprintf(own, sizeof(own), "%s/caps/vtd.tsv", getenv("TEST_DATA") ?: "data");
    f = fopen(name ?: own, "r");
    if ( !f )
    {
        print_error("%s: %s\n", name ?: own, strerror(errno));
        exit(2);
    }

    return f;
}

static void test_odd_file(void **state)
{
    static char text[] =
        "# comment\r\n\r\n"
        "machine\tunit\tbase\tver\tcap\tecap\tinclude_all\thaw\tseen\r\n"
        "a\t0\tfed90000\t1:0\td2008c40660462\tf050da\t1\t39\t13\r\n"
        "b 0 0 - - - 1 - 1\n"
        "b 1 0xfed91000 7:0 0xD2008C40660462 F050DA 0 - -\n"
        "b 2 fed92000 1:0 d2008c40660462\n"
        "b 3 fed93000 one d2008c40660462 f050da 0 39 1\n"
        "b 4 fed94000 1:0 d2008c4066046x f050da 0 39 1\n"
        "c 0 fed90000 1:0 - f050da - 46";
    struct caps_machine m;
    FILE *f = fmemopen(text, sizeof(text) - 1, "r");

    assert_non_null(f);
    assert_true(caps_next(f, &m));
    assert_string_equal(m.name, "a");
    assert_int_equal(m.nr, 1);
    assert_int_equal(m.haw, 39);
    assert_true(m.unit[0].known && m.unit[0].include_all);
    assert_int_equal(m.unit[0].cap, 0xd2008c40660462);
    run(&m);

    assert_true(caps_next(f, &m));
    assert_string_equal(m.name, "b");
    assert_int_equal(m.nr, 2);
    assert_int_equal(m.bad, 3);
    assert_int_equal(m.haw, 0);
    assert_int_equal(m.unit[0].base, 0);
    assert_int_equal(m.unit[1].ver, 0x70);
    run(&m);

    assert_true(caps_next(f, &m));
    assert_int_equal(m.nr, 1);
    assert_false(m.unit[0].known);
    run(&m);

    assert_false(caps_next(f, &m));
    fclose(f);
}

/* Every kind of unit beside some of the others. */
static void test_pairs(void **state)
{
    static struct caps_unit kinds[512];
    struct caps_machine m;
    unsigned int nr = 0, i, j;
    FILE *f = open_file();

    while ( caps_next(f, &m) )
        for ( i = 0; i < m.nr; i++ )
        {
            const struct caps_unit *u = &m.unit[i];

            for ( j = 0; j < nr; j++ )
                if ( kinds[j].ver == u->ver && kinds[j].cap == u->cap &&
                     kinds[j].ecap == u->ecap )
                    break;
            if ( u->known && j == nr && nr < ARRAY_SIZE(kinds) )
                kinds[nr++] = *u;
        }
    fclose(f);

    for ( i = 0; i < nr; i++ )
        for ( j = 1; j < nr; j += test_rounds(17, 1) )
        {
            m = made_of(&kinds[i], &kinds[(i + j) % nr]);
            run(&m);
        }
}

static int teardown(void **state)
{
    if ( cm.m )
        cm_down();

    return 0;
}

#define TEST(fn) cmocka_unit_test_teardown(fn, teardown)

#define MAX_MACHINES 1000

int main(void)
{
    static const struct CMUnitTest own[] = {
        TEST(test_odd_file),
        TEST(test_odd_units),
        TEST(test_bad_units),
        TEST(test_passthrough),
        TEST(test_private),
        TEST(test_no_qinval),
        TEST(test_snoop),
        TEST(test_pairs),
    };
    static struct CMUnitTest tests[MAX_MACHINES + ARRAY_SIZE(own)];
    static struct caps_machine machines[MAX_MACHINES];
    unsigned int nr = 0, i;
    FILE *f = open_file();

    while ( nr < MAX_MACHINES && caps_next(f, &machines[nr]) )
    {
        tests[nr] = (struct CMUnitTest){
            .name = machines[nr].name, .test_func = test_machine,
            .teardown_func = teardown, .initial_state = &machines[nr],
        };
        nr++;
    }
    fclose(f);
    if ( !nr )
    {
        print_error("no machine in the file\n");
        return 2;
    }

    for ( i = 0; i < ARRAY_SIZE(own); i++ )
        tests[nr++] = own[i];

    return _cmocka_run_group_tests("vtd-caps", tests, nr, NULL, NULL);
}
