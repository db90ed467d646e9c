/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Units that are not as after a reset: left on by firmware or by the kernel
 * before, with its own tables, rings and events.
 */
#include "amd-fixture.h"

#include <xen/pci.h>
#include <xen/pci_regs.h>

#include "models/amd-regs.h"

/* Tables of firmware's that block one device and pass all others. */
static uint64_t *old_table, *old_cmds, *old_log;
static char wrong[100];
static unsigned int looks;

static uint64_t rd(unsigned int reg)
{
    return amd_model_read(am_model[0], reg, 8);
}

static void wr(unsigned int reg, uint64_t val)
{
    amd_model_write(am_model[0], reg, val, 8);
}

/* What firmware blocked is never passed, whatever the driver is at. */
static void look(void *arg)
{
    looks++;
    if ( !amd_model_translate(am_model[0], 0x0018, 0x5000, true, NULL) &&
         !wrong[0] )
        snprintf(wrong, sizeof(wrong), "passes after %u register writes",
                 looks);
}

static void leave_on(uint64_t control)
{
    old_table = alloc_xenheap_pages(9, 0);
    old_cmds = alloc_xenheap_page();
    old_log = alloc_xenheap_page();
    assert_true(old_table && old_cmds && old_log);
    memset(old_table, 0, 2 << 20);
    old_table[0x18 * 4] = DTE_V;

    wr(R_DEVTAB, virt_to_maddr(old_table) | 511);
    wr(R_CMDBUF, virt_to_maddr(old_cmds) | 8ULL << 56);
    wr(R_EVTLOG, virt_to_maddr(old_log) | 8ULL << 56);
    wr(R_CMD_HEAD, 0x40);
    wr(R_CMD_TAIL, 0x40);
    wr(R_EVT_HEAD, 0x80);
    wr(R_EVT_TAIL, 0x80);
    wr(R_CONTROL, C_IOMMU_EN | C_EVT_LOG_EN | C_CMD_EN | C_COHERENT | control);
    /* All of it is cached, and there is an event that nobody looked at. */
    assert_int_equal(amd_model_translate(am_model[0], 0x0020, 0x5000, true,
                                         NULL), 0);
    assert_int_not_equal(amd_model_translate(am_model[0], 0x0018, 0x5000, true,
                                             NULL), 0);
}

static void gone(void)
{
    free_xenheap_pages(old_table, 9);
    free_xenheap_page(old_cmds);
    free_xenheap_page(old_log);
}

static void test_left_on(void **state)
{
    struct iommu_dev *dev;
    uint64_t ma;

    am_machine(&amd_model_default, 1);
    leave_on(C_GA_EN);                  /* the format that we want, too */
    wrong[0] = looks = 0;
    host_on_mmio_write(look, NULL);
    am_machine_bring_up();
    host_on_mmio_write(NULL, NULL);
    if ( wrong[0] )
        fail_msg("%s", wrong);
    assert_true(looks > 5);

    /* Nothing of the old table is in use, memory or caches. */
    gone();
    dev = am_dev(0, 4, 0);
    assert_int_not_equal(am_reach(dev, 0x5000, &ma), 0);
    assert_int_not_equal(rd(R_DEVTAB) & BASE_MASK, virt_to_maddr(old_table));
    assert_int_equal(rd(R_STATUS) & (S_CMD_RUN | S_EVT_RUN),
                     S_CMD_RUN | S_EVT_RUN);
    am_dev_del(dev);
    am_machine_down();
}

/* A range that firmware let devices reach past the tables is none any more. */
static void test_exclusion(void **state)
{
    am_machine(&amd_model_default, 1);
    wr(R_EXCL_BASE, 0x100000 | 3);
    wr(R_EXCL_LIMIT, 0x1ff000);
    am_machine_bring_up();
    assert_int_equal(rd(R_EXCL_BASE), 0);
    assert_int_equal(rd(R_EXCL_LIMIT), 0);
    am_machine_down();
}

/* The message that firmware had the unit send, and how many of them. */
static void test_old_message(void **state)
{
    const pci_sbdf_t sbdf = PCI_SBDF(0, 0, 0, AM_BDF0);
    struct amd_model_cfg cfg = amd_model_default;
    unsigned int pos;

    cfg.efr &= ~(1ULL << 2);            /* XTSup */
    am_machine(&cfg, 1);
    pos = pci_find_cap_offset(sbdf, PCI_CAP_ID_MSI);
    assert_int_not_equal(pos, 0);
    pci_conf_write32(sbdf, pos + PCI_MSI_ADDRESS_HI, 0x12345678);
    pci_conf_write16(sbdf, pos + PCI_MSI_FLAGS, 0x30);
    am_machine_bring_up();
    assert_int_equal(pci_conf_read32(sbdf, pos + PCI_MSI_ADDRESS_HI), 0);
    assert_int_equal(pci_conf_read16(sbdf, pos + PCI_MSI_FLAGS) &
                     (PCI_MSI_FLAGS_QSIZE | PCI_MSI_FLAGS_ENABLE),
                     PCI_MSI_FLAGS_ENABLE);
    am_machine_down();
}

/* Tables of another format: the unit has to be off while they change. */
static void test_other_format(void **state)
{
    struct iommu_dev *dev;
    uint64_t ma;

    am_machine(&amd_model_default, 1);
    leave_on(1ULL << 34);               /* two parts */
    amd_model_forgive(am_model[0]);
    am_machine_bring_up();
    gone();
    assert_int_equal(C_SEG_EN(rd(R_CONTROL)), 0);
    dev = am_dev(0, 4, 0);
    assert_int_not_equal(am_reach(dev, 0x5000, &ma), 0);
    am_dev_del(dev);
    am_machine_down();
}

/* A log that overflowed, and an interrupt that was never served. */
static void test_old_overflow(void **state)
{
    struct iommu_dev *dev;
    unsigned int i;
    uint64_t ma;

    am_machine(&amd_model_default, 1);
    leave_on(0);
    for ( i = 0; i < 300; i++ )
        amd_model_translate(am_model[0], 0x0018, i << 12, true, NULL);
    assert_true(rd(R_STATUS) & S_EVT_OVERFLOW);
    am_machine_bring_up();
    gone();
    assert_int_equal(rd(R_STATUS) & (S_EVT_OVERFLOW | S_EVT_RUN), S_EVT_RUN);
    dev = am_dev(0, 3, 0);
    assert_int_not_equal(am_reach(dev, 0x5000, &ma), 0);
    am_dev_del(dev);
    am_machine_down();
}

/* A unit that is dead is left alone, in time; one that is gone as well. */
static void test_dead(void **state)
{
    unsigned int is_gone;

    for ( is_gone = 0; is_gone < 2; is_gone++ )
    {
        s_time_t start;

        am_machine(&amd_model_default, 2);
        amd_model_die(am_model[1], is_gone);
        start = NOW();
        am_machine_bring_up();
        assert_true(NOW() - start < SECONDS(5));
        assert_null(am_unit(1));
        assert_non_null(am_unit(0));
        assert_log("is not used");
        assert_int_equal(host_log_lines(XENLOG_ERR), 0);
        amd_model_revive(am_model[1]);
        am_machine_down();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_left_on),
        cmocka_unit_test(test_exclusion),
        cmocka_unit_test(test_old_message),
        cmocka_unit_test(test_other_format),
        cmocka_unit_test(test_old_overflow),
        cmocka_unit_test(test_dead),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
