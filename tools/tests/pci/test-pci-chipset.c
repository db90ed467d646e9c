/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In the hypervisor: ports whose isolation depends on the chipset's registers,
 * at boot, after a suspend and where something else wrote them; and functions
 * that do not answer.
 */
#include "pci-plug.h"

#include <iommu-groups/pci.h>

#define RCBA 0xfed1c000U

/* The page of Intel's chipset registers that BSPR and UPDCR are on. */
static struct {
    uint32_t bspr, updcr, stuck;
    unsigned int stores;
} chipset;

static uint64_t chipset_read(void *arg, unsigned int off, unsigned int size)
{
    assert_int_equal(size, 4);

    return off == 0x014 ? chipset.updcr : off == 0x104 ? chipset.bspr : 0;
}

static void chipset_write(void *arg, unsigned int off, unsigned int size,
                          uint64_t val)
{
    assert_int_equal(size, 4);
    assert_int_equal(off, 0x014);
    chipset.updcr = val | chipset.stuck;
    chipset.stores++;
}

static const struct host_mmio_ops chipset_ops = {
    .read = chipset_read, .write = chipset_write,
};

static uint8_t *lpc, *port, *port2;

static int chipset_up(void **state)
{
    chipset.bspr = chipset.stuck = chipset.stores = 0;
    chipset.updcr = 0x3f;
    if ( machine_up(state) )
        return -1;
    host_mmio_register(RCBA + 0x1000, PAGE_SIZE, &chipset_ops, NULL);

    return 0;
}

static int chipset_down(void **state)
{
    assert_int_equal(host_mmio_mapped(), 0);
    host_mmio_unregister(RCBA + 0x1000);

    return down(state);
}

/* Root ports of the Ivy Bridge years, and what is below them. */
static void list_ports(void)
{
    static const struct fn fns[] = {
        { "1:00:1c.0", RP, .id = 0x1e108086, .sec = 1, .multi = true },
        { "1:00:1c.1", RP, .id = 0x1e128086, .sec = 2, .multi = true },
        { "1:00:1f.0", CONV, .id = 0x1e578086 },
        { "1:01:00.0", EP }, { "1:02:00.0", EP },
    };

    lpc = list_fn(&fns[2]);
    put32(lpc + 0xf0, RCBA | 1);
    port = list_fn(&fns[0]);
    port2 = list_fn(&fns[1]);
    list_fn(&fns[3]);
    list_fn(&fns[4]);
}

static int add(struct pci_dev *pdev, void *arg)
{
    return iommu_groups_pci_add(pdev);
}

static void scan(void)
{
    pcidevs_lock();
    iommu_pci_scan(add);
    pcidevs_unlock();
}

static bool apart(void)
{
    return !together("1:00:1c.0", "1:00:1c.1") &&
           !together("1:00:1c.0", "1:01:00.0") &&
           !together("1:01:00.0", "1:02:00.0") &&
           !together("1:00:1c.1", "1:02:00.0");
}

static bool port_checks(const uint8_t *cfg)
{
    return cfg[0xdb] & 4;
}

static void test_boot(void **state)
{
    list_ports();
    scan();
    assert_int_equal(chipset.updcr, 0);
    assert_true(port_checks(port) && port_checks(port2));
    assert_true(apart());
    assert_log("the registers that 0001:00:1c.0 and its neighbours need");
    assert_no_log("the registers that 0001:00:1c.1");
}

/* What did not take does not count, and is said once. */
static void test_stuck(void **state)
{
    chipset.stuck = 0x20;
    list_ports();
    scan();
    assert_false(apart());
    assert_true(together("1:01:00.0", "1:02:00.0"));
    assert_log("the registers that 0001:00:1c.0 needs to isolate cannot be set");
    assert_no_log("the registers that 0001:00:1c.1");
}

/* A base address that points at memory: nothing is written there. */
static void test_base_is_memory(void **state)
{
    struct page_info *pg = alloc_domheap_pages(NULL, 2, 0);
    uint8_t *cfg;

    assert_non_null(pg);
    list_ports();
    cfg = lpc;
    put32(cfg + 0xf0, (page_to_maddr(pg) & 0xffffc000U) | 1);
    if ( page_to_maddr(pg) >> 32 )
        put32(cfg + 0xf0, 0);
    scan();
    assert_false(apart());
    assert_int_equal(chipset.stores, 0);
    free_domheap_pages(pg, 2);
}

static void test_resume(void **state)
{
    list_ports();
    scan();
    assert_true(apart());

    chipset.updcr = 0x3f;
    port[0xdb] = port2[0xdb] = 0;
    iommu_resume();
    assert_int_equal(chipset.updcr, 0);
    assert_true(port_checks(port) && port_checks(port2));
    assert_int_equal(assign("1:01:00.0", machine.guest), 0);
    assert_true(apart());
}

/* ACS is lost in a suspend too, and what does not answer is left for later. */
static void test_resume_acs(void **state)
{
    uint8_t *good = ADD("1:00:1d.0", RP, .sec = 3, GOOD);
    uint8_t *asleep = ADD("1:00:1e.0", RP, .sec = 4, GOOD);
    uint8_t saved[4096];

    ADD("1:03:00.0", EP);
    put16(good + 0x106, 0);
    memcpy(saved, asleep, sizeof(saved));
    memset(asleep, 0xff, sizeof(saved));
    iommu_pci_resume();
    assert_int_equal(acs_ctrl(good), ACS_ALL);
    assert_no_log("was changed");
    memcpy(asleep, saved, sizeof(saved));
    assert_true(dev_of(SBDF("1:00:1e.0"))->func->holds);

    /* Gone for good: the groups become one before the next assignment. */
    space_of(&(struct fn){ "1:00:1d.0", RP, .sec = 3 });
    iommu_pci_resume();
    assert_false(together("1:00:1d.0", "1:03:00.0"));
    assert_int_equal(iommu_groups_pci_settle(SBDF("1:03:00.0")), 0);
    assert_true(together("1:00:1d.0", "1:03:00.0"));
}

/* Somebody else wrote them: they are set before a device is assigned. */
static void test_overwritten(void **state)
{
    list_ports();
    scan();
    chipset.updcr = 0x3f;
    port[0xdb] = 0;
    assert_int_equal(assign("1:01:00.0", machine.guest), 0);
    assert_int_equal(chipset.updcr, 0);
    assert_true(port_checks(port));

    /* And if they cannot be, it is not assigned where others are in use. */
    assert_int_equal(domctl(XEN_DOMCTL_deassign_device, "1:01:00.0",
                            machine.guest), 0);
    assert_int_equal(assign("1:02:00.0", machine.guest2), 0);
    chipset.updcr = chipset.stuck = 0x3f;
    assert_int_equal(assign("1:01:00.0", machine.guest), -EBUSY);
    assert_log("the registers that 0001:00:1c.0 needs to isolate cannot be set");
}

/* Nothing that does not answer is assigned, nor what it may lead to. */
static void test_silent(void **state)
{
    ADD("1:01:00.0", EP);
    ADD("1:03:00.0", EP, .vf_of = "1:01:00.0");
    assert_int_equal(assign("1:01:00.0", machine.guest), 0);
    assert_int_equal(domctl(XEN_DOMCTL_deassign_device, "1:01:00.0",
                            machine.guest), 0);

    ADD("1:00:01.0", .silent = true);
    assert_log("0001:00:01.0 does not answer: it is not assigned");
    assert_log("no bridge that answers leads to bus 0001:01");
    assert_true(together("1:00:01.0", "1:01:00.0"));
    host_log_clear();
    assert_int_equal(assign("1:01:00.0", machine.guest), -EBADF);
    assert_log("0001:01:00.0, or a bridge above it, does not answer");
    assert_int_equal(assign("1:00:01.0", machine.guest), -EBADF);
    assert_int_equal(domctl(XEN_DOMCTL_test_assign_device, "1:01:00.0",
                            machine.guest), -EBADF);
    assert_no_log("no bridge that answers");

    /* Quarantine takes it. */
    assert_int_equal(assign("1:01:00.0", dom_io), 0);

    /* It answers, is a port, and leads there. */
    space_of(&(struct fn){ "1:00:01.0", RP, .sec = 1, GOOD });
    assert_int_equal(iommu_groups_pci_settle(SBDF("1:00:01.0")), 0);
    assert_int_equal(assign("1:01:00.0", machine.guest), 0);
}

/* The scan finds nothing where nobody answers: then the bus is an orphan. */
static void test_orphans(void **state)
{
    static const struct fn fns[] = {
        { "1:01:00.0", EP, .multi = true, GOOD_EP },
        { "1:01:00.1", EP, .multi = true, GOOD_EP },
        { "1:80:00.0", RP, .sec = 0x81, GOOD }, { "1:81:00.0", EP },
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(fns); i++ )
        list_fn(&fns[i]);
    scan();
    assert_log("no bridge that answers leads to bus 0001:01");
    assert_no_log("bus 0001:80");
    assert_true(together("1:01:00.0", "1:01:00.1"));
    assert_false(together("1:80:00.0", "1:81:00.0"));
    assert_int_equal(assign("1:01:00.0", machine.guest), -EBADF);
    assert_int_equal(assign("1:81:00.0", machine.guest), 0);
}

/* Bridges that contradict each other, and who is told. */
static void test_contradiction(void **state)
{
    ADD("1:00:1c.0", RP, .sec = 1, GOOD);
    ADD("1:00:1d.0", RP, .sec = 1, GOOD);
    ADD("1:01:00.0", EP);
    assert_log("bus numbers below 0001:00:1c.0 contradict each other");
    assert_log("bus numbers below 0001:00:1d.0 contradict each other");
    assert_true(together("1:00:1c.0", "1:01:00.0"));
    assert_true(together("1:00:1d.0", "1:01:00.0"));
    assert_int_equal(assign("1:01:00.0", machine.guest), -EBADF);
}

#define T(f) cmocka_unit_test_setup_teardown(f, chipset_up, chipset_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_boot), T(test_stuck), T(test_base_is_memory), T(test_resume),
        T(test_resume_acs), T(test_overwritten), T(test_silent),
        T(test_orphans), T(test_contradiction),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
