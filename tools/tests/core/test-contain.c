/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The log of faults, in its order and when it is full; refusals that the table
 * would not repeat; and what containment takes from a device, and leaves others.
 */
#include "group-fixture.h"

#include <xen/iommu.h>
#include <xen/pci_regs.h>
#include <xen/tasklet.h>

#include <iommu-groups/contain.h>
#include <iommu-groups/fault.h>

static bool mastering(pci_sbdf_t sbdf)
{
    return pci_conf_read16(sbdf, PCI_COMMAND) & PCI_COMMAND_MASTER;
}

static void set_mastering(pci_sbdf_t sbdf)
{
    pci_conf_write16(sbdf, PCI_COMMAND, PCI_COMMAND_MASTER);
}

/* ---- the log ---- */

#define LOG_SIZE 256

static void fault_at(struct iommu_unit *unit, uint32_t id, uint64_t addr)
{
    const struct iommu_fault f = { .id = id, .addr = addr, .code = 6,
                                   .reason = "not mapped" };

    iommu_fault_report(unit, &f);
}

/* More than it has room for: the newest ones, in their order, all of them. */
static void test_log_wraps(void **state)
{
    unsigned int i, nr = 2 * LOG_SIZE + 44;
    struct iommu_fault_record r;
    struct iommu_fault f;
    uint64_t first, seq;

    for ( i = 0; i < nr; i++ )
        fault_at(&mock_a0.unit, 0x1000 + i, i);

    assert_int_equal(iommu_fault_next(0, &r), 0);
    first = r.seq;
    for ( i = nr - LOG_SIZE; i < nr; i++ )
    {
        seq = first + i - (nr - LOG_SIZE);
        assert_int_equal(iommu_fault_next(seq, &r), 0);
        assert_int_equal(r.seq, seq);
        assert_int_equal(r.fault.id, 0x1000 + i);
        assert_int_equal(r.fault.addr, i);
    }
    assert_int_equal(iommu_fault_next(first + LOG_SIZE, &r), -ENOENT);

    /* Who is one record behind loses that one, and no more. */
    assert_int_equal(iommu_fault_next(first - 1, &r), 0);
    assert_int_equal(r.seq, first);
    fault_at(&mock_a0.unit, 0x900, 0);
    assert_int_equal(iommu_fault_next(first, &r), 0);
    assert_int_equal(r.seq, first + 1);
    assert_int_equal(iommu_fault_next(first + LOG_SIZE, &r), 0);
    assert_int_equal(r.fault.id, 0x900);

    /* By ID: the oldest that is there, and none that was written over. */
    assert_int_equal(iommu_fault_last(&mock_a0.unit, 0x1000 + nr - LOG_SIZE + 1,
                                      &f, &seq), 0);
    assert_int_equal(seq, first + 1);
    assert_int_equal(f.addr, nr - LOG_SIZE + 1);
    assert_int_equal(iommu_fault_last(&mock_a0.unit, 0x1000 + nr - LOG_SIZE,
                                      &f, &seq), -ENOENT);
}

/* Of several faults of one ID the newest, and of its own unit. */
static void test_log_newest(void **state)
{
    struct iommu_fault f;
    uint64_t seq, before;

    fault_at(&mock_a0.unit, 0x900, 1);
    fault_at(&mock_a0.unit, 0x901, 2);
    fault_at(&mock_a0.unit, 0x900, 3);
    assert_int_equal(iommu_fault_last(&mock_a0.unit, 0x901, &f, &before), 0);
    fault_at(&mock_b0.unit, 0x900, 4);
    assert_int_equal(iommu_fault_last(&mock_a0.unit, 0x900, &f, &seq), 0);
    assert_int_equal(f.addr, 3);
    assert_int_equal(seq, before + 1);
    assert_int_equal(iommu_fault_last(&mock_b0.unit, 0x900, &f, &seq), 0);
    assert_int_equal(f.addr, 4);
    assert_int_equal(seq, before + 2);
    assert_int_equal(iommu_fault_last(&mock_b0.unit, 0x901, &f, &seq), -ENOENT);
}

/* ---- what the table lets pass by now ---- */

/* Is a device stopped that such an access is refused again and again? */
static bool is_stopped(uint64_t dfn, bool write)
{
    const struct iommu_fault f = { .id = SINGLE.bdf, .addr = dfn << PAGE_SHIFT,
                                   .reason = "not mapped", .write = write,
                                   .by_table = true };
    bool stopped;
    unsigned int i;

    set_mastering(SINGLE);
    for ( i = 0; i < 3 * PT_FAULT_THRESHOLD && mastering(SINGLE); i++ )
        iommu_fault_report(&mock_a0.unit, &f);
    stopped = !mastering(SINGLE);
    pcidevs_lock();
    iommu_fault_pardon(dev_of(SINGLE));
    pcidevs_unlock();

    return stopped;
}

/* The right that was lacking counts, whatever else is allowed there. */
static void test_rights(void **state)
{
    static const unsigned int flags[] = {
        IOMMUF_readable, IOMMUF_readable | IOMMUF_writable,
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(flags); i++ )
        assert_int_equal(iommu_legacy_map(machine.guest, _dfn(0x300 + 4 * i),
                                          _mfn(0x700), 1, flags[i]), 0);
    assert_int_equal(give(SINGLE, machine.guest), 0);
    for ( i = 0; i < ARRAY_SIZE(flags); i++ )
    {
        uint64_t dfn = 0x300 + 4 * i;

        assert_int_equal(is_stopped(dfn, false), !(flags[i] & IOMMUF_readable));
        assert_int_equal(is_stopped(dfn, true), !(flags[i] & IOMMUF_writable));
        /* Its neighbours are not it. */
        assert_true(is_stopped(dfn - 1, false) && is_stopped(dfn + 1, false));
    }
    assert_int_equal(give(SINGLE, dom_io), 0);
    /* Blocked: no table says anything. */
    assert_true(is_stopped(0x304, false));
}

/* ---- containment ---- */

static void contain(pci_sbdf_t sbdf, const char *why)
{
    struct iommu_group *group = group_of(sbdf);
    struct iommu_dev *dev = dev_of(sbdf);

    iommu_group_lock(group);
    iommu_dev_contain(dev, why);
    iommu_group_unlock(group);
}

/* Its DMA is blocked, and it is no master; nothing else of COMMAND goes. */
static void test_contained(void **state)
{
    const uint16_t cmd = PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY |
                         PCI_COMMAND_INTX_DISABLE;
    struct pci_dev *pdev = dev_of(SINGLE)->pdev;

    assert_int_equal(give(SINGLE, machine.guest), 0);
    pci_conf_write16(SINGLE, PCI_COMMAND, cmd);
    contain(SINGLE, "the first reason");
    assert_null(reaches(SINGLE));
    assert_int_equal(pci_conf_read16(SINGLE, PCI_COMMAND),
                     cmd & ~PCI_COMMAND_MASTER);
    assert_true(pdev->no_master);
    assert_true(group_of(SINGLE)->broken);

    /* Nobody's write makes it one, and the rest of what is written counts. */
    iommu_pci_write_command(pdev, cmd);
    assert_int_equal(pci_conf_read16(SINGLE, PCI_COMMAND),
                     cmd & ~PCI_COMMAND_MASTER);
    assert_int_equal(iommu_groups_pci_command(pdev, cmd),
                     cmd & ~PCI_COMMAND_MASTER);

    /* What broke the group first is what is to be mended. */
    host_log_clear();
    contain(SINGLE, "another reason");
    assert_string_equal(group_of(SINGLE)->broken_why, "the first reason");
    assert_int_equal(host_log_lines(NULL), 0);

    assert_int_equal(iommu_group_mend(group_of(SINGLE)), 0);
    assert_false(group_of(SINGLE)->broken);
    iommu_pci_write_command(pdev, cmd);
    assert_int_equal(pci_conf_read16(SINGLE, PCI_COMMAND), cmd);
}

/* What is behind a bridge, and is not contained, passes through it. */
static void test_contained_bridge(void **state)
{
    set_mastering(BRIDGE);
    set_mastering(BEHIND0);
    contain(BRIDGE, "of a test");
    assert_true(mastering(BRIDGE));
    assert_true(mastering(BEHIND0));
    assert_true(group_of(BEHIND0)->broken);
    assert_int_equal(iommu_group_mend(group_of(BRIDGE)), 0);

    iommu_unit_fail(&mock_a0.unit, "of a test");
    host_tasklets_run();
    assert_true(mastering(BRIDGE));
    assert_false(mastering(BEHIND0));
    mock_a0.unit.failed = false;
}

/* Of all members that are mended, and of groups of other units that live. */
static void test_mend_all(void **state)
{
    set_mastering(F0);
    set_mastering(F2);
    set_mastering(OTHER);
    assert_int_equal(give(OTHER, machine.guest), 0);
    iommu_unit_fail(&mock_a0.unit, "of a test");
    host_tasklets_run();
    assert_true(dev_of(F0)->pdev->no_master && dev_of(F2)->pdev->no_master);
    assert_true(group_of(F0)->broken);
    assert_true(mastering(OTHER));
    assert_false(group_of(OTHER)->broken);
    assert_ptr_equal(reaches(OTHER), machine.guest);

    mock_a0.unit.failed = false;
    assert_int_equal(iommu_group_mend(group_of(F0)), 0);
    assert_false(group_of(F0)->broken);
    assert_false(dev_of(F0)->pdev->no_master || dev_of(F2)->pdev->no_master);
}

/* What is wrong with a device itself counts, whatever its table allows. */
static void test_not_by_table(void **state)
{
    const struct iommu_fault f = { .id = SINGLE.bdf, .reason = "of a test",
                                   .addr = 0x300UL << PAGE_SHIFT };
    unsigned int i;

    assert_int_equal(iommu_legacy_map(machine.guest, _dfn(0x300), _mfn(0x700),
                                      1, IOMMUF_readable | IOMMUF_writable), 0);
    assert_int_equal(give(SINGLE, machine.guest), 0);
    set_mastering(SINGLE);
    for ( i = 0; i < PT_FAULT_THRESHOLD; i++ )
        iommu_fault_report(&mock_a0.unit, &f);
    assert_false(mastering(SINGLE));
}

/* Ten milliseconds forgive half, and no more. */
static void test_half_forgiven(void **state)
{
    unsigned int i;

    set_mastering(SINGLE);
    for ( i = 0; i < PT_FAULT_THRESHOLD - 2; i++ )
        fault_at(&mock_a0.unit, SINGLE.bdf, 0);
    host_time_advance(MILLISECS(11));
    for ( i = 0; i < PT_FAULT_THRESHOLD / 2; i++ )
        fault_at(&mock_a0.unit, SINGLE.bdf, 0);
    assert_true(mastering(SINGLE));
    fault_at(&mock_a0.unit, SINGLE.bdf, 0);
    assert_false(mastering(SINGLE));
}

/* A group whose devices cannot be attached again stays broken. */
static void test_mend_fails(void **state)
{
    assert_int_equal(give(SINGLE, machine.guest), 0);
    contain(SINGLE, "of a test");
    mock_a.faults.attach = 1;
    mock_a.faults.attach_for_good = true;
    assert_int_equal(iommu_group_mend(group_of(SINGLE)), -EIO);
    mock_a.faults.attach = 0;
    mock_a.faults.attach_for_good = false;
    assert_true(group_of(SINGLE)->broken);
    assert_null(reaches(SINGLE));
    assert_int_equal(iommu_group_mend(group_of(SINGLE)), 0);
    assert_ptr_equal(reaches(SINGLE), machine.guest);
}

/* ---- who is not recorded any more ---- */

static uint32_t silent[8];
static unsigned int nr_silent;

static int note_silent(struct iommu_unit *unit, uint32_t id)
{
    assert_true(nr_silent < ARRAY_SIZE(silent));
    silent[nr_silent++] = id;

    return 0;
}

static void test_silenced(void **state)
{
    const struct iommu_unit_ops *own = mock_a.drv.unit;
    struct iommu_unit_ops ops = *own;
    const struct iommu_fault irq = { .id = 0x1234, .reason = "of a test",
                                     .interrupt = true };
    unsigned int i;

    ops.silence = note_silent;
    mock_a.drv.unit = &ops;
    nr_silent = 0;

    /* As units report it: with the segment. */
    contain(SEG1, "of a test");
    assert_int_equal(nr_silent, 1);
    assert_int_equal(silent[0], 1u << 16 | SEG1.bdf);
    /* A unit that failed is told nothing. */
    mock_a0.unit.failed = true;
    contain(SINGLE, "of a test");
    mock_a0.unit.failed = false;
    assert_int_equal(nr_silent, 1);

    /* Somebody unknown: when it is too many, and DMA. */
    for ( i = 0; i < 3 * PT_FAULT_THRESHOLD; i++ )
        iommu_fault_report(&mock_a0.unit, &irq);
    assert_int_equal(nr_silent, 1);
    host_time_advance(SECONDS(1));
    for ( i = 0; i < 10; i++ )
        host_time_advance(SECONDS(1)), fault_at(&mock_a0.unit, 0x1235, 0);
    assert_int_equal(nr_silent, 1);
    for ( i = 0; i < PT_FAULT_THRESHOLD; i++ )
        fault_at(&mock_a0.unit, 0x1235, 0);
    assert_true(nr_silent >= 2);
    assert_int_equal(silent[1], 0x1235);

    mock_a.drv.unit = own;
    assert_int_equal(iommu_group_mend(group_of(SINGLE)), 0);
    assert_int_equal(iommu_group_mend(group_of(SEG1)), 0);
}

/* ---- pauses while a flood is read ---- */

static void work(void *arg)
{
    ++*(unsigned int *)arg;
}

static void test_pauses(void **state)
{
    struct iommu_backoff b = {};
    unsigned int runs = 0, ms;
    struct tasklet t;

    softirq_tasklet_init(&t, work, &runs);
    for ( ms = 1; ms < 4000; ms *= 2 )
    {
        iommu_backoff(&b, &t, true);
        assert_int_equal(b.ms, min(ms, 1000U));
    }
    /* Whoever interrupts meanwhile is heard afterwards. */
    iommu_backoff_kick(&b, &t);
    host_tasklets_run();
    assert_int_equal(runs, 0);
    host_time_advance(MILLISECS(1001));
    host_timers_run();
    host_tasklets_run();
    assert_int_equal(runs, 1);
    iommu_backoff_kick(&b, &t);
    host_tasklets_run();
    assert_int_equal(runs, 2);

    /* When it is over the first pause is short again. */
    iommu_backoff(&b, &t, false);
    iommu_backoff(&b, &t, true);
    assert_int_equal(b.ms, 1);
    iommu_backoff_stop(&b);
    tasklet_kill(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GROUP_TEST(test_log_wraps), GROUP_TEST(test_log_newest),
        GROUP_TEST(test_rights), GROUP_TEST(test_contained),
        GROUP_TEST(test_contained_bridge), GROUP_TEST(test_mend_all),
        GROUP_TEST(test_not_by_table), GROUP_TEST(test_half_forgiven),
        GROUP_TEST(test_mend_fails), GROUP_TEST(test_silenced),
        GROUP_TEST(test_pauses),
    };

    return cmocka_run_group_tests_name("contain", tests, NULL, NULL);
}
