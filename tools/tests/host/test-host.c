/* SPDX-License-Identifier: GPL-2.0-only */
/* Locks, memory, sweeps: what they are there to notice, they notice. */
#include "test.h"
#include "sweep.h"

#include <pthread.h>

#include <xen/delay.h>
#include <xen/xmalloc.h>

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
    arch_iommu_cache_clean(page + 60, 8);
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

#define T(name) cmocka_unit_test_setup_teardown(name, test_reset, test_no_leak)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_lock_order), T(test_lock_owner), T(test_lock_other_thread),
        T(test_lock_waits), T(test_lock_irq), T(test_rwlock),
        T(test_leak), T(test_failing), T(test_model_access),
        T(test_page_in_use), T(test_page_list), T(test_cache_clean),
        T(test_sweep),
    };

    return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
