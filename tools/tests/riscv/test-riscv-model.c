/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The model of the RISC-V IOMMU by itself: what the driver's tests rely on.
 * Structures are laid out by hand, from the specification.
 */
#include "test.h"

#include <xen/mm.h>
#include <xen/vmap.h>

#include "models/riscv-model.h"

#define BIT_(n)     (1ULL << (n))
#define FCTL        0x08
#define DDTP        0x10
#define CQB         0x18
#define CQH         0x20
#define CQT         0x24
#define FQB         0x28
#define FQH         0x30
#define FQT         0x34
#define CQCSR       0x48
#define FQCSR       0x4c
#define IPSR        0x54
#define ICVEC       0x2f8
#define MSI(n)      (0x300 + 16 * (n))

#define IOTINVAL_GVMA  (1 | BIT_(7))
#define IOFENCE        2ULL
#define IODIR          3ULL
#define GV             BIT_(33)
#define DV             BIT_(33)
#define AV             BIT_(10)

static struct rvm *m;
static uint64_t *cq, *fq, *ddt, *root, *leaf;
static uint32_t tail;

static void *page(unsigned int order)
{
    void *p = alloc_xenheap_pages(order, 0);

    assert_non_null(p);
    memset(p, 0, PAGE_SIZE << order);

    return p;
}

/*
 * A queue of 256 commands, one of 4 faults, a directory of one level; both
 * queues interrupt if @ie.
 */
static void up_with(const struct rvm_cfg *cfg, uint32_t ie)
{
    host_reset();
    m = rvm_create(cfg);
    cq = page(0);
    fq = page(0);
    ddt = page(0);
    root = page(2);
    leaf = page(0);
    tail = 0;

    /* What is pending out of reset would keep others from being told of. */
    rvm_write(m, IPSR, 0xf, 4);
    rvm_write(m, CQB, virt_to_maddr(cq) >> 2 | 7, 8);
    rvm_write(m, CQT, 0, 4);
    rvm_write(m, CQCSR, 1 | ie, 4);
    rvm_write(m, FQB, virt_to_maddr(fq) >> 2 | 1, 8);
    rvm_write(m, FQH, 0, 4);
    rvm_write(m, FQCSR, 1 | ie, 4);
    rvm_write(m, DDTP, virt_to_maddr(ddt) >> 2 | RVM_1LVL, 8);
}

static void up(const struct rvm_cfg *cfg)
{
    up_with(cfg, 0);
}

static void down(void)
{
    if ( rvm_violations(m) )
        fail_msg("%s", rvm_last_violation(m));
    rvm_destroy(m);
    free_xenheap_page(cq);
    free_xenheap_page(fq);
    free_xenheap_page(ddt);
    free_xenheap_pages(root, 2);
    free_xenheap_page(leaf);
    assert_int_equal(host_leak_report(5), 0);
}

static void command(uint64_t lo, uint64_t hi)
{
    cq[2 * tail] = lo;
    cq[2 * tail + 1] = hi;
    tail = (tail + 1) % 256;
    rvm_write(m, CQT, tail, 4);
}

static void fence(void)
{
    command(IOFENCE, 0);
}

/* Device 5, Sv39x4, address 0x40000000 + 0x200000 * 3 + 0x5000. */
#define IOVA 0x40605000UL

static void map(uint64_t pte)
{
    uint64_t *mid = &leaf[0];

    /* One page serves as both lower tables. */
    root[1] = virt_to_maddr(leaf) >> 2 | 1;
    mid[3] = virt_to_maddr(leaf) >> 2 | 1;
    leaf[5] = pte;
    ddt[5 * 4 + 1] = 8ULL << 60 | 77ULL << 44 | virt_to_maddr(root) >> 12;
    ddt[5 * 4] = 1;
}

/* U, A, D, R, W */
#define PTE(mfn) ((uint64_t)(mfn) << 10 | 0xd7)

static unsigned int dma(uint64_t *ma)
{
    return rvm_translate(m, 5, IOVA | 0x123, RVM_WRITE, ma);
}

static void test_walk(void **state)
{
    uint64_t ma;

    up(&rvm_default);
    assert_int_equal(dma(&ma), 258);
    map(PTE(0x1234));
    assert_int_equal(dma(&ma), 0);
    assert_int_equal(ma, 0x1234123);
    assert_int_equal(rvm_translate(m, 5, IOVA + 0x1000, RVM_READ, &ma), 21);
    assert_int_equal(rvm_translate(m, 5, IOVA, RVM_EXEC, &ma), 20);
    assert_int_equal(rvm_translate(m, 5, 1UL << 41, RVM_READ, &ma), 21);
    assert_int_equal(rvm_translate(m, 6, IOVA, RVM_READ, &ma), 258);
    assert_int_equal(rvm_translate(m, 128, IOVA, RVM_READ, &ma), 260);
    down();
}

/* Nothing is forgotten but by the right command, and a fence behind it. */
static void test_caches(void **state)
{
    static const struct {
        uint64_t lo, hi;
        bool leaf, dir;             /* forgets PTEs, contexts */
    } cases[] = {
        { IOTINVAL_GVMA, 0, true },
        { IOTINVAL_GVMA | GV | 77ULL << 44, 0, true },
        { IOTINVAL_GVMA | GV | 78ULL << 44, 0 },
        { IOTINVAL_GVMA | GV | AV | 77ULL << 44, IOVA >> 2, true },
        { IOTINVAL_GVMA | GV | AV | 77ULL << 44, (IOVA + 4096) >> 2 },
        { 1 | GV | 77ULL << 44, 0 },
        { IODIR, 0, false, true },
        { IODIR | DV | 5ULL << 40, 0, false, true },
        { IODIR | DV | 6ULL << 40, 0 },
    };
    unsigned int i;
    uint64_t ma;

    for ( i = 0; i < ARRAY_SIZE(cases); i++ )
    {
        up(&rvm_default);
        map(PTE(0x1234));
        assert_int_equal(dma(&ma), 0);
        leaf[5] = PTE(0x5678);
        assert_int_equal(dma(&ma), 0);
        assert_int_equal(ma >> 12, 0x1234);
        command(cases[i].lo, cases[i].hi);
        assert_int_equal(dma(&ma), 0);
        assert_int_equal(ma >> 12, 0x1234);
        fence();
        assert_int_equal(dma(&ma), 0);
        assert_int_equal(ma >> 12, cases[i].leaf ? 0x5678 : 0x1234);

        /* The context: not valid from now on. */
        ddt[5 * 4] = 0;
        assert_int_equal(dma(&ma), 0);
        command(cases[i].lo, cases[i].hi);
        fence();
        assert_int_equal(dma(&ma), cases[i].dir ? 258 : 0);
        down();
    }
}

/* Tables are remembered, too, and a command for a page does not forget them. */
static void test_table_cache(void **state)
{
    uint64_t *other, ma;

    up(&rvm_default);
    map(PTE(0x1234));
    assert_int_equal(dma(&ma), 0);
    other = page(0);
    other[3] = virt_to_maddr(other) >> 2 | 1;
    other[5] = PTE(0x5678);
    root[1] = virt_to_maddr(other) >> 2 | 1;
    command(IOTINVAL_GVMA | GV | AV | 77ULL << 44, IOVA >> 2);
    fence();
    assert_int_equal(dma(&ma), 0);
    assert_int_equal(ma >> 12, 0x1234);
    command(IOTINVAL_GVMA | GV | 77ULL << 44, 0);
    fence();
    assert_int_equal(dma(&ma), 0);
    assert_int_equal(ma >> 12, 0x5678);
    free_xenheap_page(other);
    down();
}

static void test_illegal(void **state)
{
    uint64_t ma;

    up(&rvm_default);
    map(PTE(0x1234));
    assert_int_equal(dma(&ma), 0);
    leaf[5] = 0;
    command(IOTINVAL_GVMA, 0);
    command(5, 0);
    fence();
    assert_int_equal(rvm_read(m, CQCSR, 4), 0x10401);
    assert_int_equal(rvm_read(m, CQH, 4), 1);
    /* As long as it stays, so does the error. */
    rvm_write(m, CQCSR, 0x401, 4);
    assert_int_equal(rvm_read(m, CQCSR, 4), 0x10401);
    cq[2] = IOFENCE;
    rvm_write(m, CQCSR, 0x401, 4);
    assert_int_equal(rvm_read(m, CQCSR, 4), 0x10001);
    assert_int_equal(rvm_read(m, CQH, 4), 3);
    /* What came before was lost. */
    assert_int_equal(dma(&ma), 0);
    command(IOTINVAL_GVMA, 0);
    fence();
    assert_int_equal(dma(&ma), 23);
    assert_true(rvm_violations(m));
    rvm_forgive(m);
    down();
}

static void test_fence_stores(void **state)
{
    uint32_t *status;

    up(&rvm_default);
    status = page(0);
    command(IOFENCE | AV | 0x1234ULL << 32, virt_to_maddr(status + 3) >> 2);
    assert_int_equal(status[3], 0x1234);
    /* Where there is no memory, the queue stops. */
    command(IOFENCE | AV | 1ULL << 32, 0x100);
    assert_int_equal(rvm_read(m, CQCSR, 4), 0x10101);
    assert_int_equal(rvm_read(m, CQH, 4), 1);
    free_xenheap_page(status);
    down();
}

static void test_fault_queue(void **state)
{
    uint64_t ma;
    unsigned int i;

    up(&rvm_default);
    for ( i = 0; i < 5; i++ )
        assert_int_equal(rvm_translate(m, 5, i << 12, RVM_WRITE, &ma), 258);
    assert_int_equal(rvm_read(m, FQT, 4), 3);
    assert_int_equal(rvm_read(m, FQCSR, 4), 0x10201);
    assert_int_equal(fq[4], 258 | 3ULL << 34 | 5ULL << 40);
    assert_int_equal(fq[6], 0x1000);
    /* Room alone does not help. */
    rvm_write(m, FQH, 2, 4);
    rvm_translate(m, 5, 0x9000, RVM_READ, &ma);
    assert_int_equal(rvm_read(m, FQT, 4), 3);
    rvm_write(m, FQCSR, 0x201, 4);
    rvm_translate(m, 5, 0xa000, RVM_READ, &ma);
    assert_int_equal(rvm_read(m, FQT, 4), 0);
    assert_int_equal(fq[12], 258 | 2ULL << 34 | 5ULL << 40);
    down();
}

static void assert_violation(const char *text)
{
    if ( !rvm_violations(m) || !strstr(rvm_last_violation(m), text) )
        fail_msg("not noticed: %s (%s)", text, rvm_last_violation(m));
    rvm_forgive(m);
}

static void test_rules(void **state)
{
    struct rvm_cfg cfg = rvm_default;
    uint64_t ma;

    cfg.busy = 2;
    up(&rvm_default);
    rvm_write(m, DDTP, virt_to_maddr(ddt) >> 2 | RVM_2LVL, 8);
    assert_violation("ddtp from mode 2 to 3");
    rvm_write(m, 0x08, 4, 4);
    assert_violation("fctl changed");
    rvm_write(m, CQB, virt_to_maddr(cq) >> 2 | 7, 8);
    assert_violation("queue base written while");
    rvm_write(m, CQT, 256, 4);
    assert_violation("beyond its queue");
    rvm_read(m, CQT, 8);
    assert_violation("8 byte access");
    rvm_write(m, DDTP, RVM_OFF, 8);
    assert_violation("root changed");
    assert_int_equal(dma(&ma), 256);
    down();

    host_reset();
    m = rvm_create(&cfg);
    rvm_write(m, CQCSR, 1, 4);
    rvm_write(m, CQCSR, 0, 4);
    assert_violation("while it is busy");
    assert_int_equal(rvm_read(m, CQCSR, 4), 0x20000);
    assert_int_equal(rvm_read(m, CQCSR, 4), 0x30001);
    assert_int_equal(rvm_read(m, CQCSR, 4), 0x10001);
    rvm_destroy(m);
}

static void test_freed_page(void **state)
{
    uint64_t *gone, ma;

    up(&rvm_default);
    gone = page(0);
    map(PTE(0x1234));
    root[1] = virt_to_maddr(gone) >> 2 | 1;
    free_xenheap_page(gone);
    assert_int_equal(dma(&ma), 7);
    assert_violation("not allocated");
    down();
}

static void swap(uint64_t *words, unsigned int nr)
{
    while ( nr-- )
        words[nr] = __builtin_bswap64(words[nr]);
}

/* §5.4, BE: the unit's structures, and not what devices move. */
static void test_big_endian(void **state)
{
    struct rvm_cfg cfg = rvm_default;
    uint32_t data = 0x11223344;
    uint64_t ma;

    cfg.be = cfg.be_fixed = true;
    up(&cfg);
    map(PTE(virt_to_maddr(leaf) >> PAGE_SHIFT));
    assert_int_equal(dma(&ma), 258);
    swap(ddt, 512);
    swap(root, 2048);
    swap(leaf, 512);
    command(__builtin_bswap64(IODIR), 0);
    command(__builtin_bswap64(IOTINVAL_GVMA), 0);
    command(__builtin_bswap64(IOFENCE | BIT_(10) | 7ULL << 32),
            __builtin_bswap64((virt_to_maddr(leaf) + 0x800) >> 2));
    assert_int_equal(rvm_read(m, CQCSR, 4) & 0xf00, 0);
    assert_int_equal(__builtin_bswap32(*(uint32_t *)&leaf[0x100]), 7);
    assert_int_equal(dma(&ma), 0);
    assert_int_equal(ma, virt_to_maddr(leaf) + 0x123);
    assert_int_equal(rvm_dma(m, 5, IOVA + 0x900, 4, true, &data), 0);
    assert_int_equal(*(uint32_t *)((char *)leaf + 0x900), 0x11223344);
    assert_int_equal(__builtin_bswap64(fq[0]) & 0xfff, 258);
    down();
}

/* §5.4, GXL: what is there for 64 bits is not for 32. */
static void test_gxl(void **state)
{
    struct rvm_cfg cfg = rvm_default;
    uint64_t ma;

    cfg.gxl = cfg.gxl_fixed = true;
    up(&cfg);
    map(PTE(0x1234));
    assert_int_equal(dma(&ma), 259);
    ddt[5 * 4 + 1] = 0;
    command(IODIR, 0);
    fence();
    assert_int_equal(dma(&ma), 0);
    assert_int_equal(ma, IOVA | 0x123);
    down();
}

/* §5.26: messages, masked ones later, and those that do not get through. */
static void test_messages(void **state)
{
    uint64_t ma, to;
    uint32_t *at;

    up_with(&rvm_default, 2);
    at = (uint32_t *)&leaf[256];
    to = virt_to_maddr(at);
    rvm_write(m, ICVEC, 3 << 4, 8);
    rvm_write(m, MSI(3), to, 8);
    rvm_write(m, MSI(3) + 8, 0x55, 4);
    rvm_write(m, MSI(3) + 12, 1, 4);
    assert_int_equal(rvm_read(m, MSI(3), 8), to);
    assert_int_equal(rvm_read(m, MSI(3) + 8, 4), 0x55);
    assert_int_equal(dma(&ma), 258);
    assert_int_equal(*at, 0);
    rvm_write(m, MSI(3) + 12, 0, 4);
    assert_int_equal(*at, 0x55);
    assert_int_equal(rvm_count(m, RVM_COUNT_MSIS), 1);
    assert_int_equal(rvm_count(m, RVM_COUNT_WIRES), 0);

    /* Once for each time that the bit is cleared. */
    *at = 0;
    assert_int_equal(dma(&ma), 258);
    assert_int_equal(*at, 0);
    rvm_write(m, IPSR, 2, 4);
    rvm_write(m, FQH, rvm_read(m, FQT, 4), 4);
    assert_int_equal(dma(&ma), 258);
    assert_int_equal(*at, 0x55);

    /* Nothing is there: that is a fault of its own. */
    rvm_write(m, MSI(3), 0x1000, 8);
    rvm_write(m, IPSR, 2, 4);
    rvm_write(m, FQH, rvm_read(m, FQT, 4), 4);
    assert_int_equal(dma(&ma), 258);
    assert_int_equal(rvm_count(m, RVM_COUNT_MSIS), 2);
    assert_int_equal(fq[4 * ((rvm_read(m, FQT, 4) + 3) % 4)] & 0xfff, 273);
    down();
}

/* One that was never set up goes wherever: no driver may let it. */
static void test_no_message(void **state)
{
    uint64_t ma;

    up_with(&rvm_default, 2);
    rvm_write(m, ICVEC, 0, 8);
    assert_int_equal(dma(&ma), 258);
    assert_int_equal(rvm_violations(m), 1);
    rvm_forgive(m);
    down();
}

/* §3.1.2, §5.15: a fence that interrupts, by wires only. */
static void test_fence_interrupt(void **state)
{
    struct rvm_cfg cfg = rvm_default;

    cfg.igs = 1;
    up_with(&cfg, 2);
    fence();
    assert_int_equal(rvm_read(m, CQCSR, 4) & BIT_(11), 0);
    command(IOFENCE | BIT_(11), 0);
    assert_true(rvm_read(m, CQCSR, 4) & BIT_(11));
    assert_int_equal(rvm_read(m, IPSR, 4) & 1, 1);
    assert_int_equal(rvm_count(m, RVM_COUNT_WIRES), 1);
    /* It does not stop the queue, and it stays until it is cleared. */
    fence();
    assert_int_equal(rvm_read(m, CQH, 4), tail);
    rvm_write(m, IPSR, 1, 4);
    assert_int_equal(rvm_read(m, IPSR, 4) & 1, 1);
    rvm_write(m, CQCSR, 1 | 2 | BIT_(11), 4);
    rvm_write(m, IPSR, 1, 4);
    assert_int_equal(rvm_read(m, CQCSR, 4) & BIT_(11), 0);
    assert_int_equal(rvm_read(m, IPSR, 4) & 1, 0);
    down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walk),
        cmocka_unit_test(test_caches),
        cmocka_unit_test(test_table_cache),
        cmocka_unit_test(test_illegal),
        cmocka_unit_test(test_fence_stores),
        cmocka_unit_test(test_fault_queue),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_freed_page),
        cmocka_unit_test(test_big_endian),
        cmocka_unit_test(test_gxl),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_no_message),
        cmocka_unit_test(test_fence_interrupt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
