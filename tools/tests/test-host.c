/* SPDX-License-Identifier: GPL-2.0-only */
/* The shims themselves: what they are there to notice, they notice. */
#include "test.h"
#include "sweep.h"

#include <pthread.h>

#include <asm/io.h>
#include <xen/delay.h>
#include <xen/irq.h>
#include <xen/iommu.h>
#include <xen/keyhandler.h>
#include <xen/list.h>
#include <xen/param.h>
#include <xen/rangeset.h>
#include <xen/tasklet.h>
#include <xen/timer.h>
#include <xen/xmalloc.h>
#include <asm/msi.h>

/* ---- locks ---- */

static DEFINE_SPINLOCK(outer);
static DEFINE_SPINLOCK(inner);

static void lock_inverted(void)
{
    spin_lock(&inner);
    spin_lock(&outer);
}

static void test_lock_order(void **state)
{
    spinlock_t group, table, other;

    spin_lock_init(&group);
    spin_lock_init(&table);
    spin_lock_init(&other);
    lock_class_set(&group, LOCK_GROUP);
    lock_class_set(&table, LOCK_TABLE);
    lock_class_set(&other, LOCK_GROUP);
    lock_class_set(&outer, LOCK_GROUP);
    lock_class_set(&inner, LOCK_UNIT);

    spin_lock(&group);
    spin_lock(&table);
    spin_unlock(&table);
    spin_unlock(&group);

    assert_fatal("&outer (group->lock)", lock_inverted());
    assert_non_null(strstr(host_fatal_text(), "&inner (unit->lock) is held"));
    /* The catch released what was taken. */
    assert_false(spin_is_locked(&inner));

    /* Two of one class cannot be ordered. */
    spin_lock(&group);
    assert_fatal("lock order", spin_lock(&other));
    /* A trylock cannot deadlock. */
    assert_true(spin_trylock(&other));
    spin_unlock(&other);
    spin_unlock(&group);

    spin_lock(&table);
    assert_fatal("pcidevs_lock", pcidevs_lock());
    spin_unlock(&table);

    pcidevs_lock();
    pcidevs_lock();
    spin_lock(&group);
    /* Recursion is no acquisition. */
    pcidevs_lock();
    pcidevs_unlock();
    spin_unlock(&group);
    pcidevs_unlock();
    assert_true(pcidevs_locked());
    pcidevs_unlock();
    assert_false(pcidevs_locked());
}

static void test_lock_owner(void **state)
{
    spinlock_t l;

    spin_lock_init(&l);
    assert_fatal("does not hold it", spin_unlock(&l));
    spin_lock(&l);
    assert_true(spin_is_locked(&l));
    assert_fatal("by its holder", spin_lock(&l));
    assert_false(spin_trylock(&l));
    spin_unlock(&l);
}

static void *is_locked(void *arg)
{
    return (void *)(long)spin_is_locked((spinlock_t *)arg);
}

static void test_lock_other_thread(void **state)
{
    spinlock_t l;
    pthread_t t;
    void *rc;

    spin_lock_init(&l);
    spin_lock(&l);
    assert_int_equal(pthread_create(&t, NULL, is_locked, &l), 0);
    pthread_join(t, &rc);
    assert_null(rc);
    spin_unlock(&l);
}

static void test_lock_waits(void **state)
{
    spinlock_t table;

    spin_lock_init(&table);
    lock_class_set(&table, LOCK_TABLE);

    cpu_relax();
    pcidevs_lock();
    assert_fatal("waiting for hardware under pcidevs_lock", cpu_relax());
    assert_fatal("page allocation under pcidevs_lock",
                 (void)alloc_xenheap_page());
    pcidevs_unlock();
    spin_lock(&table);
    assert_fatal("waiting for hardware under table->lock", udelay(1));
    spin_unlock(&table);
}

static void test_lock_irq(void **state)
{
    unsigned long flags;
    spinlock_t l;

    spin_lock_init(&l);
    spin_lock_irqsave(&l, flags);
    assert_false(local_irq_is_enabled());
    assert_fatal("with interrupts off", (void)xmalloc(int));
    spin_unlock_irqrestore(&l, flags);
    assert_true(local_irq_is_enabled());
    assert_fatal("lock irq state", spin_lock(&l));
}

static void test_rwlock(void **state)
{
    struct domain *d = host_domain_create(1, 0);
    spinlock_t group;

    spin_lock_init(&group);
    lock_class_set(&group, LOCK_GROUP);

    read_lock(&d->pci_lock);
    assert_true(rw_is_locked(&d->pci_lock));
    assert_false(rw_is_write_locked(&d->pci_lock));
    assert_fatal("by its holder", write_lock(&d->pci_lock));
    read_unlock(&d->pci_lock);
    write_lock(&d->pci_lock);
    assert_true(rw_is_write_locked(&d->pci_lock));
    write_unlock(&d->pci_lock);

    spin_lock(&group);
    assert_fatal("lock order", read_lock(&d->pci_lock));
    spin_unlock(&group);
    host_domain_destroy(d);
}

/* ---- memory ---- */

static void test_leak(void **state)
{
    struct host_memory before = host_memory_now(), now;
    int *p = xmalloc(int);
    void *pg = alloc_xenheap_pages(2, 0);

    now = host_memory_now();
    assert_int_equal(now.objects, before.objects + 1);
    assert_int_equal(now.bytes, before.bytes + sizeof(int));
    assert_int_equal(now.pages, before.pages + 4);
    assert_int_equal(host_leak_report(0), 2);

    assert_fatal("order 1, freed", free_xenheap_pages(pg, 1));
    XFREE(p);
    assert_null(p);
    free_xenheap_pages(pg, 2);
    assert_fatal("is not such a block", free_xenheap_pages(pg, 2));
    assert_int_equal(host_leak_report(0), 0);
}

static void test_failing(void **state)
{
    void *a, *b;

    host_fail_nth(2);
    a = xmalloc(int);
    assert_non_null(a);
    assert_false(host_fail_reached());
    assert_null(alloc_xenheap_page());
    assert_true(host_fail_reached());
    b = xzalloc_array(int, 4);
    assert_non_null(b);
    xfree(a);
    xfree(b);

    host_fail_from(1);
    assert_null(xmalloc(int));
    assert_null(ioremap(0x1000, 4));
    host_fail_nth(0);
}

static void test_model_access(void **state)
{
    uint64_t *page = alloc_xenheap_page(), val = 0;
    paddr_t ma = virt_to_maddr(page);

    assert_true(ma > UINT32_MAX);
    assert_ptr_equal(maddr_to_virt(ma), page);
    assert_ptr_equal(page_to_virt(virt_to_page(page)), page);
    assert_int_equal(page_to_maddr(virt_to_page(page)), ma);

    page[1] = 42;
    assert_true(host_mem_read64(ma + 8, &val));
    assert_int_equal(val, 42);
    val = 43;
    assert_true(host_mem_write(ma + 8, &val, 8));
    assert_int_equal(page[1], 43);
    assert_false(host_mem_read64(0x1000, &val));
    assert_fatal("outside of memory", (void)maddr_to_virt(0x1000));

    free_xenheap_page(page);
    assert_false(host_mem_valid(ma, 8));
    assert_fatal("reads a freed page", host_mem_read64(ma, &val));
    assert_fatal("writes a freed page", host_mem_write(ma, &val, 8));
}

static void test_page_in_use(void **state)
{
    void *page = alloc_xenheap_page();

    pt_page_count(virt_to_page(page)) = 1;
    assert_fatal("has type_info", free_xenheap_page(page));
    pt_page_count(virt_to_page(page)) = 0;
    free_xenheap_page(page);
}

static void test_page_list(void **state)
{
    PAGE_LIST_HEAD(list);
    struct page_info *pg[3], *p;
    unsigned int i = 0;

    for ( i = 0; i < 3; i++ )
        pg[i] = alloc_domheap_page(NULL, 0);
    page_list_add_tail(pg[1], &list);
    page_list_add_tail(pg[2], &list);
    page_list_add(pg[0], &list);

    i = 0;
    page_list_for_each ( p, &list )
        assert_ptr_equal(p, pg[i++]);
    assert_int_equal(i, 3);

    page_list_del(pg[1], &list);
    assert_ptr_equal(page_list_next(pg[0], &list), pg[2]);
    assert_ptr_equal(page_list_remove_head(&list), pg[0]);
    assert_ptr_equal(page_list_remove_head(&list), pg[2]);
    assert_true(page_list_empty(&list));
    for ( i = 0; i < 3; i++ )
        free_domheap_page(pg[i]);
}

static unsigned int cleaned;

static void on_clean(void *arg, uint64_t ma, size_t size)
{
    assert_int_equal(ma & 63, 0);
    cleaned += size;
}

static void test_cache_clean(void **state)
{
    uint8_t *page = alloc_xenheap_page();

    host_on_cache_clean(on_clean, NULL);
    iommu_arch_cache_clean(page + 60, 8);
    assert_int_equal(cleaned, 128);
    assert_int_equal(host_cache_lines_cleaned(), 2);
    assert_int_equal(host_cache_cleans(), 1);
    free_xenheap_page(page);
}

/* ---- a sweep that should complain, and one that should not ---- */

static void *kept;
static bool leaky;

static int two_allocations(void *arg)
{
    void *a = xmalloc(int), *b;

    if ( !a )
        return -ENOMEM;
    b = alloc_xenheap_page();
    if ( !b )
    {
        if ( !leaky )
            xfree(a);
        else
            kept = a;
        return -ENOMEM;
    }
    free_xenheap_page(b);
    xfree(a);

    return 0;
}

static void nothing_to_check(void *arg, int rc, bool reached)
{
    assert_int_equal(!!rc, reached);
}

static void test_sweep(void **state)
{
    static const struct sweep sweep = {
        .name = "two allocations",
        .run = two_allocations,
        .check = nothing_to_check,
    };
    struct host_memory before, after;

    leaky = false;
    assert_int_equal(sweep_allocations(&sweep, NULL), 2);
    assert_int_equal(sweep_allocations_from(&sweep, NULL), 2);

    /* What sweep_run() compares would have shown the leak. */
    leaky = true;
    before = host_memory_now();
    host_fail_nth(2);
    assert_int_equal(two_allocations(NULL), -ENOMEM);
    host_fail_nth(0);
    after = host_memory_now();
    assert_int_not_equal(before.objects, after.objects);
    xfree(kept);
}

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
    assert_int_equal(pci_find_ext_capability(sbdf, PCI_EXT_CAP_ID_ACS), 0x110);
    assert_int_equal(pci_find_ext_capability(sbdf, PCI_EXT_CAP_ID_ATS), 0);

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
        T(test_lock_order), T(test_lock_owner), T(test_lock_other_thread),
        T(test_lock_waits), T(test_lock_irq), T(test_rwlock),
        T(test_leak), T(test_failing), T(test_model_access),
        T(test_page_in_use), T(test_page_list), T(test_cache_clean),
        T(test_sweep), T(test_mmio), T(test_clock), T(test_deferred),
        T(test_irq), T(test_printk), T(test_pci), T(test_param),
        T(test_rangeset), T(test_bits), T(test_preempt), T(test_panic),
    };

    return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
