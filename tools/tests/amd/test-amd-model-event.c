/* SPDX-License-Identifier: GPL-2.0-only */
/* The AMD-Vi model's event log, its own interrupt, its PCI function. */

#include "amd-raw.h"

#include <xen/pci.h>

static struct raw raw, *const r = &raw;
RAW_TEARDOWN

#define SBDF                    PCI_SBDF(0, 0, 0, 2)
#define PAGE_A                  0x40000000ULL

/* §2.5.2: full, one is lost, and logging stops until it is restarted. */
static void test_overflow(void **state)
{
    unsigned int i;
    uint64_t ev[2];

    raw_start(r, &amd_model_default, C_EVT_INT_EN);
    raw_msi(r);
    for ( i = 0; i < 255; i++ )
        raw_read(r, PAGE_A + i * 4096);
    assert_int_equal(rd(r, R_STATUS) & (S_EVT_OVERFLOW | S_EVT_RUN), S_EVT_RUN);
    wr(r, R_STATUS, S_EVT_INT);
    assert_int_equal(r->nr_irqs, 1);
    raw_read(r, PAGE_A);
    assert_int_equal(r->nr_irqs, 2);
    assert_int_equal(rd(r, R_STATUS) & (S_EVT_OVERFLOW | S_EVT_RUN),
                     S_EVT_OVERFLOW);
    for ( i = 0; i < 255; i++ )
    {
        assert_int_equal(raw_event(r, ev), EV_PAGE_FAULT);
        assert_int_equal(ev[1], PAGE_A + i * 4096);
    }
    raw_no_event(r);
    raw_read(r, PAGE_A);
    raw_no_event(r);
    assert_int_equal(amd_model_count(r->m, AMD_COUNT_EVENT), 257);
    wr(r, R_CONTROL, RAW_ON);
    assert_false(rd(r, R_STATUS) & S_EVT_RUN);

    wr(r, R_CONTROL, RAW_ON & ~C_EVT_LOG_EN);
    wr(r, R_CONTROL, RAW_ON);
    raw_violation(r, "overflow");
    wr(r, R_CONTROL, RAW_ON & ~C_EVT_LOG_EN);
    wr(r, R_STATUS, S_EVT_OVERFLOW);
    wr(r, R_CONTROL, RAW_ON);
    raw_read(r, PAGE_A);
    assert_int_equal(raw_event(r, ev), EV_PAGE_FAULT);
    wr(r, R_CONTROL, RAW_ON & ~C_EVT_LOG_EN);
    assert_false(rd(r, R_STATUS) & S_EVT_RUN);
    raw_stop(r);
}

/* By MSI: once until it is cleared. */
static void test_msi(void **state)
{
    raw_start(r, &amd_model_default, 0);
    raw_read(r, PAGE_A);
    assert_int_equal(r->nr_irqs, 0);            /* not enabled */
    wr(r, R_CONTROL, RAW_ON | C_EVT_INT_EN);
    assert_int_equal(r->nr_irqs, 0);            /* nor is MSI */
    wr(r, R_CONTROL, RAW_ON);
    raw_msi(r);
    wr(r, R_CONTROL, RAW_ON | C_EVT_INT_EN);
    assert_int_equal(r->nr_irqs, 1);
    assert_int_equal(amd_model_violations(r->m), 0);
    assert_int_equal(r->irq.vector, 0x41);
    assert_int_equal(r->irq.dest, 3);
    raw_read(r, PAGE_A);
    assert_int_equal(r->nr_irqs, 1);
    wr(r, R_STATUS, S_EVT_INT);
    assert_int_equal(rd(r, R_STATUS) & S_EVT_INT, 0);
    raw_read(r, PAGE_A);
    assert_int_equal(r->nr_irqs, 2);

    /* Erratum 787: what was cleared is not. */
    amd_model_lose_clear(r->m);
    wr(r, R_STATUS, S_EVT_INT);
    raw_read(r, PAGE_A);
    assert_int_equal(r->nr_irqs, 2);
    wr(r, R_STATUS, S_EVT_INT);
    raw_read(r, PAGE_A);
    assert_int_equal(r->nr_irqs, 3);

    /* Somewhere else than an interrupt controller. */
    wr(r, R_STATUS, S_EVT_INT);
    pci_conf_write32(SBDF, MSI_POS + 4, 0x1000);
    raw_read(r, PAGE_A);
    raw_violation(r, "interrupt message");
    raw_stop(r);
}

/* §3.4.10: with all 32 bits of the destination. */
static void test_intcapxt(void **state)
{
    raw_start(r, &amd_model_default, 0);
    wr(r, R_XT_EVENT, 0x1234ULL << 8 | 0x51ULL << 32 | 0xabULL << 56 | 4);
    wr(r, R_CONTROL, 0);
    wr(r, R_CONTROL, RAW_ON | C_EVT_INT_EN | C_GA_EN | C_XT_EN |
                     C_INTCAPXT_EN);
    raw_read(r, PAGE_A);
    assert_int_equal(r->nr_irqs, 1);
    assert_int_equal(r->irq.vector, 0x51);
    assert_int_equal(r->irq.dest, 0xab001234);
    assert_true(r->irq.logical);
    raw_stop(r);
}

/* Errata 732, 733. */
static void test_late(void **state)
{
    uint64_t ev[2];

    raw_start(r, &amd_model_default, 0);
    amd_model_late_events(r->m, true);
    raw_read(r, PAGE_A);
    assert_int_equal(rd(r, R_EVT_TAIL), 16);
    assert_int_equal(r->log[0], 0);
    amd_model_settle(r->m);
    assert_int_equal(raw_event(r, ev), EV_PAGE_FAULT);
    assert_int_equal(ev[1], PAGE_A);
    r->log[0] = 0;
    amd_model_settle(r->m);
    assert_int_equal(r->log[0], 0);
    raw_stop(r);

    /* A log that is no memory. */
    raw_prepare(r, &amd_model_default);
    wr(r, R_EVTLOG, 0x1000 | RING);
    wr(r, R_CONTROL, RAW_ON);
    raw_dte(r, DEV)[0] = DTE_V;
    raw_read(r, PAGE_A);
    raw_violation(r, "no memory");
    raw_stop(r);
}

/* §3.2: what software finds in configuration space. */
static void test_function(void **state)
{
    struct amd_model_cfg cfg = amd_model_default;
    uint32_t cap;

    raw_prepare(r, &cfg);
    assert_int_equal(pci_find_cap_offset(SBDF, 0x0f), CAP_POS);
    assert_int_equal(pci_find_cap_offset(SBDF, 0x05), MSI_POS);
    cap = pci_conf_read32(SBDF, CAP_POS);
    assert_int_equal(BITS(cap, 18, 16), 3);
    assert_true(cap & CAP_IOTLB);
    assert_true(cap & CAP_EFR);
    assert_false(cap & CAP_NP_CACHE);
    assert_int_equal(pci_conf_read32(SBDF, CAP_POS + 4), cfg.base | 1);

    /* The base is locked. */
    pci_conf_write32(SBDF, CAP_POS + 4, 0);
    assert_int_equal(pci_conf_read32(SBDF, CAP_POS + 4), cfg.base | 1);
    pci_conf_write16(SBDF, PCI_COMMAND, 0x406);
    assert_int_equal(pci_conf_read16(SBDF, PCI_COMMAND), 0x406);
    assert_int_equal(pci_conf_read16(SBDF, PCI_STATUS), 0x10);

    /* The same registers by MMIO. */
    raw_msi(r);
    assert_int_equal(amd_model_read(r->m, 0x15c, 4), 0xfee03000);
    amd_model_write(r->m, 0x164, 0x42, 4);
    assert_int_equal(pci_conf_read32(SBDF, MSI_POS + 12), 0x42);

    assert_int_equal(pci_find_next_cap(SBDF, CAP_POS, 0x08), MSI_MAP_POS);
    amd_model_die(r->m, true);
    assert_int_equal(pci_conf_read16(SBDF, PCI_VENDOR_ID), 0xffff);
    pci_conf_write16(SBDF, PCI_COMMAND, 2);
    amd_model_revive(r->m);
    assert_int_equal(pci_conf_read16(SBDF, PCI_COMMAND), 0x406);
    assert_int_equal(pci_conf_read32(SBDF, 0x100), 0);
    pci_conf_write32(SBDF, 0x100, 1);
    raw_stop(r);

    cfg.no_msi = cfg.np_cache = true;
    raw_prepare(r, &cfg);
    assert_int_equal(pci_find_cap_offset(SBDF, 0x05), 0);
    assert_true(pci_conf_read32(SBDF, CAP_POS) & CAP_NP_CACHE);
    raw_stop(r);
}

/* The chipset's windows are open for writing only if asked. */
static void test_windows(void **state)
{
    raw_prepare(r, &amd_model_default);
    amd_model_l2_set(r->m, 0x90, 0x10);
    pci_conf_write32(SBDF, 0xf0, 0x90);
    assert_int_equal(pci_conf_read32(SBDF, 0xf4), 0x10);
    pci_conf_write32(SBDF, 0xf4, 0x14);
    raw_violation(r, "window");
    pci_conf_write32(SBDF, 0xf0, 0x190);
    pci_conf_write32(SBDF, 0xf4, 0x14);
    assert_int_equal(amd_model_l2(r->m, 0x90), 0x14);
    pci_conf_write32(SBDF, 0xf8, 0x80000010);
    pci_conf_write32(SBDF, 0xfc, 0x55);
    pci_conf_write32(SBDF, 0xf8, 0x10);
    assert_int_equal(pci_conf_read32(SBDF, 0xfc), 0x55);
    amd_model_reset(r->m);
    assert_int_equal(amd_model_l2(r->m, 0x90), 0);
    raw_stop(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RAW_TEST(test_overflow),
        RAW_TEST(test_msi),
        RAW_TEST(test_intcapxt),
        RAW_TEST(test_late),
        RAW_TEST(test_function),
        RAW_TEST(test_windows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
