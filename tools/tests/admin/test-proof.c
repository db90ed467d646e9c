/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /iommu/proof: what hardware would do, in answers that are bounded and go on
 * where the last one ended.
 */
#include "group-fixture.h"
#include "pci-build.h"

#include <xen/rangeset.h>

#include <iommu-groups/pci-topology.h>
#include <iommu-groups/private-table.h>
#include "admin/proof.h"
#include <iommu-groups/table.h>

/* The tree has no symbol that would link it. */
#include "admin/hypfs.c"

static char buf[16384];

static const char *ask(const char *fmt, ...)
{
    char path[96];
    va_list args;
    long rc;

    va_start(args, fmt);
    vsnprintf(path, sizeof(path), fmt, args);
    va_end(args);
    rc = host_hypfs_read(path, buf, sizeof(buf));
    if ( rc < 0 )
        fail_msg("%s: %ld", path, rc);

    return buf;
}

static int tree_up(void **state)
{
    static bool done;
    int rc = machine_up(state);

    if ( !rc && !done )
    {
        rc = host_initcalls_run();
        done = true;
    }

    return rc;
}

static uint64_t root_of_group(pci_sbdf_t sbdf)
{
    return s2_table_root(group_of(sbdf)->s2->table);
}

static const char *table(uint64_t dfn)
{
    return ask("/iommu/proof/table/1@%"PRIx64"@%"PRIx64, root_of_group(SINGLE),
               dfn);
}

static void map(uint64_t dfn, uint64_t mfn, unsigned long nr, unsigned int flags)
{
    assert_int_equal(iommu_legacy_map(machine.guest, _dfn(dfn), _mfn(mfn), nr,
                                      flags), 0);
}

/* Pages of the arena, one after the other, that are @d's. */
static struct page_info *pages_of(struct domain *d, unsigned int order)
{
    void *p = alloc_xenheap_pages(order, 0);
    unsigned int i;

    assert_non_null(p);
    for ( i = 0; i < 1U << order; i++ )
        page_set_owner(virt_to_page(p) + i, d);

    return virt_to_page(p);
}

static void free_pages(struct page_info *pg, unsigned int order)
{
    unsigned int i;

    for ( i = 0; i < 1U << order; i++ )
        page_set_owner(pg + i, NULL);
    free_xenheap_pages(page_to_virt(pg), order);
}

#define RW (IOMMUF_readable | IOMMUF_writable)

/* Tables are listed with whose they are, and private ones with their group. */
static void test_tables(void **state)
{
    char want[48];

    assert_int_equal(give(SINGLE, machine.guest), 0);
    snprintf(want, sizeof(want), "1 %#"PRIx64" shared\n",
             root_of_group(SINGLE));
    assert_non_null(strstr(ask("/iommu/proof/tables/all"), want));
    assert_non_null(strstr(buf, "\nend"));
    assert_null(strstr(buf, "\n3 "));          /* without passthrough= */

    assert_int_equal(give(SINGLE, dom_io), 0);
    group_of(SINGLE)->private = true;
    assert_int_equal(iommu_private_get(machine.guest, group_of(SINGLE),
                                       dev_of(SINGLE), NULL, 0), 0);
    assert_int_equal(give(SINGLE, machine.guest), 0);
    snprintf(want, sizeof(want), "1 %#"PRIx64" group %u\n",
             root_of_group(SINGLE), group_of(SINGLE)->id);
    assert_non_null(strstr(ask("/iommu/proof/tables/all"), want));
    iommu_private_put(machine.guest, group_of(SINGLE), dev_of(SINGLE));
}

/* Only the hardware domain's have all memory, unless it is strict. */
static void test_relaxed(void **state)
{
    char line[48];

    dom_iommu(machine.hwdom)->need_sync = false;
    assert_int_equal(sscanf(ask("/iommu/proof/tables/all"), "0 0x%*x %47[a-z ]",
                            line), 1);
    assert_string_equal(line, "shared relaxed");
    assert_null(strstr(buf, "1 0x0"));
    dom_iommu(machine.hwdom)->need_sync = true;
    assert_null(strstr(ask("/iommu/proof/tables/all"), "relaxed"));
}

/* One line for a run, however many leaves it has; holes between. */
static void test_runs(void **state)
{
    assert_int_equal(give(SINGLE, machine.guest), 0);
    assert_string_equal(table(0), "end");

    map(0x10, 0x100010, 0x300, RW);
    map(0x310, 0x200000, 1, IOMMUF_readable);
    map(0x311, 0x200001, 1, RW);
    map(0x400, 0x300000, 0x200, RW);
    assert_string_equal(table(0),
                        "10 300 100010 rw- mmio\n"
                        "310 1 200000 r-- mmio\n"
                        "311 1 200001 rw- mmio\n"
                        "400 200 300000 rw- mmio\n"
                        "end");
    /* From within a run, and beyond all. */
    assert_ptr_equal(strstr(table(0x20), "20 2f0 100020 rw- mmio\n"), buf);
    assert_string_equal(table(0x600), "end");
    assert_string_equal(table(~0ULL >> 12), "end");
}

/* Reads all answers from the first on; returns how many there were. */
static unsigned int read_all(uint64_t *frames, unsigned int *most)
{
    uint64_t at = 0, dfn, nr, mfn, covered = 0;
    unsigned int answers = 0;
    const char *line;
    bool more = true;

    *frames = *most = 0;
    while ( more )
    {
        unsigned int lines = 0;

        table(at);
        answers++;
        more = false;
        for ( line = buf; line; line = strchr(line, '\n'),
                                line = line ? line + 1 : NULL )
        {
            uint64_t next;

            if ( sscanf(line, "next %"SCNx64, &next) == 1 )
            {
                assert_true(next > at);
                at = next;
                more = true;
            }
            else if ( sscanf(line, "%"SCNx64" %"SCNx64" %"SCNx64, &dfn, &nr,
                             &mfn) == 3 )
            {
                /* Nothing twice, nothing backwards. */
                assert_true(dfn >= covered);
                covered = dfn + nr;
                *frames += nr;
                lines++;
            }
        }
        *most = max(*most, lines);
        assert_true(answers < 10000);
    }

    return answers;
}

/* An answer is bounded in lines, in look-ups and in frames. */
static void test_bounds(void **state)
{
    uint64_t frames;
    unsigned int i, most;

    assert_int_equal(give(SINGLE, machine.guest), 0);

    /* Runs: at the limit, and one more. */
    for ( i = 0; i < 32; i++ )
        map(0x1000 + 2 * i, 0x100000, 1, RW);
    assert_int_equal(read_all(&frames, &most), 1);
    assert_int_equal(most, 32);
    map(0x2000, 0x100000, 1, RW);
    assert_int_equal(read_all(&frames, &most), 2);
    assert_int_equal(frames, 33);

    /* Frames. */
    map(0x40000, 0x40000, 0x10000, RW);
    read_all(&frames, &most);
    assert_int_equal(frames, 33 + 0x10000);
    assert_true(read_all(&frames, &most) >= 0x10000 / 16384);
    assert_in_range(strlen(table(0x40000)), 1, 4096);
}

/* Whose frames: own ones, another's, nobody's, and registers. */
static void test_whose(void **state)
{
    struct page_info *pg = pages_of(machine.guest, 2);
    unsigned long mfn = mfn_x(page_to_mfn(pg));
    char want[256];

    assert_int_equal(give(SINGLE, machine.guest), 0);
    page_set_owner(pg + 1, machine.guest2);
    page_set_owner(pg + 2, NULL);
    map(8, mfn, 4, RW);
    snprintf(want, sizeof(want), "8 1 %lx rw- d1\n9 1 %lx rw- d2\n"
             "a 1 %lx rw- none\nb 1 %lx rw- d1\nend", mfn, mfn + 1, mfn + 2,
             mfn + 3);
    assert_string_equal(table(0), want);

    host_foreign_why_set("grant");
    assert_non_null(strstr(table(0), " d2 grant\n"));
    assert_null(strstr(buf, " d1 grant"));
    host_foreign_why_set(NULL);

    machine.guest->iomem_caps = rangeset_new(machine.guest, "iomem", 0);
    map(0x20, 0x20, 4, RW);
    assert_int_equal(rangeset_add_range(machine.guest->iomem_caps, 0x21, 0x22),
                     0);
    assert_non_null(strstr(table(0x20), "20 1 20 rw- mmio\n"
                                        "21 2 21 rw- mmio permitted\n"
                                        "23 1 23 rw- mmio\nend"));
    host_foreign_why_set("doorbell");
    assert_non_null(strstr(table(0x20), "20 1 20 rw- mmio doorbell\n"
                                        "21 2 21 rw- mmio permitted\n"
                                        "23 1 23 rw- mmio doorbell\nend"));
    host_foreign_why_set(NULL);

    rangeset_destroy(machine.guest->iomem_caps);
    machine.guest->iomem_caps = NULL;
    assert_int_equal(iommu_legacy_unmap(machine.guest, _dfn(8), 4), 0);
    free_pages(pg, 2);
}

/*
 * A host bridge's window beyond RAM, as dom0 has it on Arm (512 GiB on QEMU's
 * machine): one answer, although no more frames are looked at than in any other.
 */
static void test_window(void **state)
{
    uint64_t first = 0x4000000, nr = 0x200000, frames;
    unsigned int most;

    assert_true(first >= max_page);
    assert_int_equal(give(SINGLE, machine.guest), 0);
    map(first, first, nr, RW);
    machine.guest->iomem_caps = rangeset_new(machine.guest, "iomem", 0);
    assert_int_equal(rangeset_add_range(machine.guest->iomem_caps, first,
                                        first + nr - 1), 0);
    assert_int_equal(read_all(&frames, &most), 1);
    assert_int_equal(frames, nr);
    assert_string_equal(table(0),
                        "4000000 200000 4000000 rw- mmio permitted\nend");

    /* Less one page, and from beyond that on. */
    assert_int_equal(rangeset_remove_range(machine.guest->iomem_caps,
                                           0x4100000, 0x4100000), 0);
    assert_string_equal(table(0), "4000000 100000 4000000 rw- mmio permitted\n"
                                  "4100000 1 4100000 rw- mmio\n"
                                  "4100001 fffff 4100001 rw- mmio permitted\n"
                                  "end");
    assert_string_equal(table(0x4100000),
                        "4100000 1 4100000 rw- mmio\n"
                        "4100001 fffff 4100001 rw- mmio permitted\nend");

    rangeset_destroy(machine.guest->iomem_caps);
    machine.guest->iomem_caps = NULL;
    assert_string_equal(table(0), "4000000 200000 4000000 rw- mmio\nend");
    assert_int_equal(iommu_legacy_unmap(machine.guest, _dfn(first), nr), 0);
}

/* IDs that are not blocked, with the root of their table. */
static void test_unit(void **state)
{
    char want[96];

    assert_string_equal(ask("/iommu/proof/unit/%u@0", mock_a1.unit.id),
                        "next 2000");
    assert_int_equal(give(SEG1, machine.guest), 0);
    snprintf(want, sizeof(want), "18 18 paging %#"PRIx64" ",
             root_of_group(SEG1));
    assert_ptr_equal(strstr(ask("/iommu/proof/unit/%u@0", mock_a1.unit.id),
                            want), buf);
    assert_null(strstr(buf, "blocked"));
    /* Past it, and to the end of the IDs. */
    assert_string_equal(ask("/iommu/proof/unit/%u@19", mock_a1.unit.id),
                        "next 2019");
    assert_string_equal(ask("/iommu/proof/unit/%u@fff0", mock_a1.unit.id),
                        "end");
    assert_string_equal(ask("/iommu/proof/unit/%u@10000", mock_a1.unit.id),
                        "end");
}

/* A port whose ACS somebody has changed behind Xen's back. */
static void count_one(const struct pci_func *was, const struct pci_func *now,
                      void *arg)
{
    ++*(unsigned int *)arg;
}

static void test_ports(void **state)
{
    unsigned int altered = 0;
    uint32_t from = 0;

    assert_string_equal(ask("/iommu/proof/ports/0"), "end");
    pci_conf_write8(BRIDGE, PCI_SUBORDINATE_BUS,
                    pci_conf_read8(BRIDGE, PCI_SUBORDINATE_BUS) + 1);
    assert_string_equal(ask("/iommu/proof/ports/0"),
                        "0000:00:1e.0 buses 05-05 05-06\nend");
    assert_string_equal(ask("/iommu/proof/ports/f1"), "end");
    assert_true(iommu_pci_altered(&from, count_one, &altered));
    assert_int_equal(altered, 1);
    pci_conf_write8(BRIDGE, PCI_SUBORDINATE_BUS, 5);
}

/* Names that ask for nothing that is there. */
static void test_nonsense(void **state)
{
    static const char *const names[] = {
        "table/", "table/1", "table/1@", "table/1@0", "table/1@0@",
        "table/1@0@0", "table/1@0@0x", "table/x@0@0", "table/77@0@0",
        "table/99999@0@0", "unit/0", "unit/0@", "unit/0@g", "unit/99@0",
        "unit/0@0 ", "ports/", "ports/g", "ports/123456789", "tables/",
        "tables/some", "table/1@000000000000000000000000000000000000000000@0",
    };
    unsigned int i;
    char path[96];

    for ( i = 0; i < ARRAY_SIZE(names); i++ )
    {
        snprintf(path, sizeof(path), "/iommu/proof/%s", names[i]);
        if ( host_hypfs_read(path, buf, sizeof(buf)) >= 0 &&
             names[i][strlen(names[i]) - 1] != '/' )
            fail_msg("%s: %s", path, buf);
        assert_true(host_hypfs_write(path, "x") < 0);
    }
}

#define P(f) cmocka_unit_test_setup_teardown(f, tree_up, machine_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        P(test_tables), P(test_relaxed), P(test_runs), P(test_bounds),
        P(test_whose), P(test_window), P(test_unit), P(test_ports),
        P(test_nonsense),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
