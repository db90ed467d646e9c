/* SPDX-License-Identifier: GPL-2.0-only */
/* The shims: registers, clock, interrupts, log, PCI, parameters, sets. */
#include "test.h"

#include <asm/io.h>
#include <asm/msi.h>
#include <xen/delay.h>
#include <xen/irq.h>
#include <xen/param.h>
#include <xen/rangeset.h>
#include <xen/tasklet.h>
#include <xen/timer.h>

#include <iommu-groups/driver.h>

/* ---- registers, clock, deferred work ---- */

static uint64_t regs[4];

static uint64_t reg_read(void *arg, unsigned int off, unsigned int size)
{
    return size == 8 ? regs[off / 8] : (uint32_t)(regs[off / 8] >> 8 * (off & 4));
}

static void reg_write(void *arg, unsigned int off, unsigned int size,
                      uint64_t val)
{
    if ( size == 8 )
        regs[off / 8] = val;
    else
        memcpy((char *)regs + off, &val, size);
}

static const struct host_mmio_ops reg_ops = { reg_read, reg_write };

static void test_mmio(void **state)
{
    void __iomem *va;

    host_mmio_register(0xfed90000, sizeof(regs), &reg_ops, NULL);
    va = ioremap(0xfed90000, 0x1000);
    assert_non_null(va);
    writeq(0x1122334455667788, va + 8);
    assert_int_equal(readl(va + 12), 0x11223344);
    writel(1, va + 12);
    assert_int_equal(readq(va + 8), 0x155667788);
    /* Nothing answers behind the registers. */
    assert_int_equal(readl(va + 0x100), UINT32_MAX);
    assert_fatal("misaligned", (void)readl(va + 2));
    assert_int_equal(host_mmio_mapped(), 1);
    iounmap(va);
    assert_fatal("unmapped", (void)readl(va));
    assert_fatal("no such mapping", iounmap(va));
}

static void test_clock(void **state)
{
    s_time_t start = NOW();

    while ( NOW() - start < SECONDS(1) )
        cpu_relax();
    assert_true(host_waits() > 100);
    start = NOW();
    udelay(500);
    assert_true(NOW() - start >= MICROSECS(500));
}

static unsigned int ran;

static void run_it(void *arg)
{
    ran++;
}

static void test_deferred(void **state)
{
    struct tasklet t;
    struct timer timer;

    tasklet_init(&t, run_it, NULL);
    tasklet_schedule(&t);
    tasklet_schedule(&t);
    assert_int_equal(ran, 0);
    assert_int_equal(host_tasklets_run(), 1);
    assert_int_equal(ran, 1);
    tasklet_kill(&t);
    tasklet_schedule(&t);
    assert_int_equal(host_tasklets_run(), 0);

    init_timer(&timer, run_it, NULL, 0);
    set_timer(&timer, NOW() + MILLISECS(1));
    assert_int_equal(host_timers_run(), 0);
    host_time_advance(MILLISECS(1));
    assert_int_equal(host_timers_run(), 1);
}

static int irqs;

static void on_irq(int irq, void *dev_id)
{
    assert_true(in_irq());
    assert_false(local_irq_is_enabled());
    irqs++;
}

static void test_irq(void **state)
{
    int irq = create_irq(NUMA_NO_NODE, false);

    assert_true(irq >= 16);
    assert_int_equal(request_irq(irq, 0, on_irq, "test", NULL), 0);
    assert_int_equal(host_vector_raise(irq_to_desc(irq)->arch.vector), 0);
    assert_int_equal(irqs, 1);
    release_irq(irq, NULL);
    destroy_irq(irq);
    assert_int_equal(host_irqs_in_use(), 0);
}

/* ---- log ---- */

static void test_printk(void **state)
{
    pci_sbdf_t sbdf = PCI_SBDF(0x12, 0x34, 0x1f, 7);
    struct domain *d = host_domain_create(3, 0);
    char buf[8];

    printk(XENLOG_ERR "%pp of %pd, %pd: %#lx %5u|%-4d|%s|%.2s|%*d|%c%%\n",
           &sbdf, d, dom_io, 0xabcUL, 7, -1, "str", "xyz", 3, 5, 'c');
    assert_string_equal(host_log_text(), "<0>0012:34:1f.7 of d3, d[IO]: "
                                         "0xabc     7|-1  |str|xy|  5|c%\n");
    assert_int_equal(host_log_lines(XENLOG_ERR), 1);
    assert_int_equal(host_log_lines(XENLOG_INFO), 0);
    assert_int_equal(snprintf(buf, sizeof(buf), "%u", 1234567890), 10);
    assert_string_equal(buf, "1234567");
    assert_int_equal(scnprintf(buf, sizeof(buf), "%u", 1234567890), 7);
    printk("%016"PRIx64" %hhx %ld\n", (uint64_t)0xff, 0x101, -5L);
    assert_log("00000000000000ff 1 -5\n");
    host_domain_destroy(d);
}

/* ---- PCI ---- */

static void test_pci(void **state)
{
    pci_sbdf_t sbdf = PCI_SBDF(0, 1, 2, 0);
    struct pci_dev *pdev;
    uint8_t cfg[4096] = {
        [PCI_VENDOR_ID] = 0x86, 0x80,
        [PCI_STATUS] = PCI_STATUS_CAP_LIST,
        [PCI_CLASS_DEVICE] = 0x00, 0x02,
        [PCI_CAPABILITY_LIST] = 0x40,
        [0x40] = PCI_CAP_ID_PM, 0x50,
        [0x50] = PCI_CAP_ID_EXP, 0x40,          /* a loop */
        [0x100] = 0x01, 0x00, 0x01, 0x11,       /* AER, next 0x110 */
        [0x110] = 0x0d, 0x00, 0x01, 0x00,       /* ACS */
    };

    assert_false(pci_device_detect(0, 1, 2, 0));
    host_pci_add(sbdf, cfg, sizeof(cfg));
    assert_true(pci_device_detect(0, 1, 2, 0));
    assert_int_equal(pci_find_cap_offset(sbdf, PCI_CAP_ID_EXP), 0x50);
    assert_int_equal(pci_find_cap_offset(sbdf, PCI_CAP_ID_MSI), 0);
    assert_int_equal(iommu_pci_ext_cap(sbdf, 0, PCI_EXT_CAP_ID_ACS), 0x110);
    assert_int_equal(iommu_pci_ext_cap(sbdf, 0, PCI_EXT_CAP_ID_ATS), 0);

    pci_conf_write16(sbdf, PCI_COMMAND, 6);
    assert_int_equal(pci_conf_read8(sbdf, PCI_COMMAND), 6);
    assert_fatal("PCI: read", pci_conf_read32(sbdf, 2));

    pdev = host_pdev_add(sbdf);
    assert_int_equal(pdev->type, DEV_TYPE_PCIe_ENDPOINT);
    pcidevs_lock();
    assert_ptr_equal(pci_get_pdev(NULL, sbdf), pdev);
    pcidevs_unlock();
    assert_fatal("ASSERT", pci_get_pdev(NULL, sbdf));
    host_pdev_del(pdev);
}

/* ---- the rest ---- */

static bool flag;
static unsigned int number;
boolean_param("test-flag", flag);
integer_param("test-number", number);

static int parse_word(const char *s)
{
    return parse_boolean("word", s, NULL) >= 0 ? 0 : -EINVAL;
}
custom_param("test-word", parse_word);

static void test_param(void **state)
{
    assert_int_equal(host_param_set("test-flag", "on"), 0);
    assert_true(flag);
    assert_int_equal(host_param_set("test-number", "0x10"), 0);
    assert_int_equal(number, 16);
    assert_int_equal(host_param_set("test-number", "x"), -EINVAL);
    assert_int_equal(host_param_set("test-word", "no-word"), 0);
    assert_int_equal(host_param_set("test-word", "other"), -EINVAL);
    assert_int_equal(host_param_set("test-none", ""), -ENOENT);
    assert_int_equal(parse_boolean("a", "a=off", NULL), 0);
    assert_int_equal(parse_boolean("a", "no-a", NULL), 0);
    assert_int_equal(parse_boolean("a", "a=maybe", NULL), -2);
    assert_int_equal(parse_boolean("a", "ab", NULL), -1);
}

static void test_rangeset(void **state)
{
    struct rangeset *r = rangeset_new(NULL, "test", 0);

    assert_int_equal(rangeset_add_range(r, 10, 19), 0);
    assert_int_equal(rangeset_add_range(r, 30, 39), 0);
    assert_int_equal(rangeset_add_range(r, 20, 29), 0);
    assert_true(rangeset_contains_range(r, 10, 39));
    assert_int_equal(rangeset_remove_range(r, 15, 16), 0);
    assert_false(rangeset_contains_range(r, 10, 39));
    assert_true(rangeset_contains_range(r, 17, 39));
    assert_true(rangeset_overlaps_range(r, 0, 10));
    assert_false(rangeset_overlaps_range(r, 15, 16));
    rangeset_destroy(r);
}

static void test_bits(void **state)
{
    DECLARE_BITMAP(map, 130) = { 0 };
    unsigned int seen = 0;

    __set_bit(3, map);
    set_bit(128, map);
    assert_int_equal(find_first_bit(map, 130), 3);
    assert_int_equal(find_next_bit(map, 130, 4), 128);
    assert_int_equal(find_next_bit(map, 130, 129), 130);
    assert_int_equal(find_first_zero_bit(map, 130), 0);
    assert_true(test_and_clear_bit(128, map));
    assert_false(test_bit(128, map));
    assert_int_equal(bitmap_weight(map, 130), 1);
    assert_int_equal(fls(0), 0);
    assert_int_equal(ffs(0x10), 5);
    assert_int_equal(flsl(1UL << 40), 41);
    assert_int_equal(get_order_from_bytes(4097), 1);
    assert_int_equal(get_order_from_pages(1), 0);
    for_each_set_bit ( i, 0x81u )
        seen += i;
    assert_int_equal(seen, 7);
}

static void test_preempt(void **state)
{
    assert_false(hypercall_preempt_check());
    host_preempt_every(2);
    assert_false(hypercall_preempt_check());
    assert_true(hypercall_preempt_check());
}

static void test_panic(void **state)
{
    assert_fatal("panic: no IOMMU 7", panic("no IOMMU %d\n", 7));
    assert_fatal("ASSERT: 1 == 2", ASSERT(1 == 2));
    assert_fatal("BUG", BUG_ON(true));
}

#define T(name) cmocka_unit_test_setup_teardown(name, test_reset, test_no_leak)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_mmio), T(test_clock), T(test_deferred), T(test_irq),
        T(test_printk), T(test_pci), T(test_param), T(test_rangeset),
        T(test_bits), T(test_preempt), T(test_panic),
    };

    return cmocka_run_group_tests_name("host-api", tests, NULL, NULL);
}
