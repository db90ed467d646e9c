/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The SMMUv3 model by itself, programmed by hand from IHI 0070: what it keeps
 * until it is told to forget it, how its queues stop and go on, and that it
 * notices what no driver may do.
 */
#include "test.h"

#include <xen/mm.h>

#include "models/smmu-model.h"

#define BASE  0x09050000UL
#define QBITS 4
#define SID   0x105

static struct smmu_model *m;
static uint64_t *l1, *l2, *cmdq, *evtq, *root, *mid, *leaf;
static unsigned int prod, nr_irqs[2];

static void wr(unsigned int off, uint64_t val, unsigned int size)
{
    smmu_model_write(m, off, val, size);
}

static uint32_t rd(unsigned int off)
{
    return smmu_model_read(m, off, 4);
}

static void *page(unsigned int order)
{
    void *p = alloc_xenheap_pages(order, 0);

    assert_non_null(p);
    memset(p, 0, PAGE_SIZE << order);

    return p;
}

static void irq(void *arg, enum smmu_model_irq which, uint64_t addr,
                uint32_t data)
{
    nr_irqs[which]++;
}

static void ste(uint64_t w0, unsigned int vmid, unsigned int sl0,
                unsigned int t0sz)
{
    uint64_t *e = &l2[(SID & 255) * 8];

    e[1] = 1ULL << 44;
    e[2] = vmid | (uint64_t)t0sz << 32 | (uint64_t)sl0 << 38 | 4ULL << 48 |
           1ULL << 51 | 1ULL << 58;
    e[3] = virt_to_maddr(root);
    e[0] = w0;
}

/* 39 bits: three levels; S2 translation is Config 6. */
#define S2 (1 | 6 << 1)

static uint64_t leaf_entry(uint64_t maddr)
{
    return maddr | 3 | 0xf << 2 | 3 << 6 | 3 << 8 | 1 << 10;
}

static void up_cfg(const struct smmu_model_cfg *c)
{
    struct smmu_model_cfg cfg = *c;

    host_reset();
    memset(nr_irqs, 0, sizeof(nr_irqs));
    prod = 0;
    cfg.base = BASE;
    m = smmu_model_create(&cfg);
    smmu_model_on_irq(m, irq, NULL);
    l1 = page(0);
    l2 = page(2);
    cmdq = page(0);
    evtq = page(0);
    root = page(0);
    mid = page(0);
    leaf = page(0);
    l1[SID >> 8] = virt_to_maddr(l2) | 9;
    ste(S2, 7, 1, 25);
    root[0] = virt_to_maddr(mid) | 3;
    mid[0] = virt_to_maddr(leaf) | 3;
    leaf[5] = leaf_entry(0x123000);

    wr(0x28, 0xd75, 4);
    wr(0x2c, 6, 4);
    wr(0x80, virt_to_maddr(l1), 8);
    wr(0x88, 1 << 16 | 8 << 6 | 16, 4);
    wr(0x90, virt_to_maddr(cmdq) | QBITS, 8);
    wr(0x98, 0, 4);
    wr(0x9c, 0, 4);
    wr(0xa0, virt_to_maddr(evtq) | QBITS, 8);
    wr(0x100a8, 0, 4);
    wr(0x100ac, 0, 4);
    wr(0x68, 0, 8);
    wr(0xb0, 0, 8);
    wr(0x50, 5, 4);
    wr(0x20, 0xc, 4);
    wr(0x20, 0xd, 4);
}

static void up(void)
{
    up_cfg(&smmu_model_default);
}

static void down(unsigned int violations)
{
    if ( smmu_model_violations(m) != violations )
        fail_msg("%u violations, not %u: %s", smmu_model_violations(m),
                 violations, smmu_model_last_violation(m));
    smmu_model_destroy(m);
    free_xenheap_page(l1);
    free_xenheap_pages(l2, 2);
    free_xenheap_page(cmdq);
    free_xenheap_page(evtq);
    free_xenheap_page(root);
    free_xenheap_page(mid);
    free_xenheap_page(leaf);
}

static void cmd(uint64_t w0, uint64_t w1)
{
    unsigned int pos = prod & ((1 << QBITS) - 1);

    cmdq[pos * 2] = w0;
    cmdq[pos * 2 + 1] = w1;
    prod = (prod + 1) & ((2 << QBITS) - 1);
    wr(0x98, prod, 4);
}

static unsigned int go(uint64_t addr, uint64_t *maddr)
{
    return smmu_model_dma(m, SID, addr, true, maddr);
}

#define CFGI     (0x03 | (uint64_t)SID << 32)
#define TLBI(v)  (0x28 | (uint64_t)(v) << 32)
#define IPA(v)   (0x2a | (uint64_t)(v) << 32)
#define SYNC     0x46

static void test_translate(void **state)
{
    uint64_t maddr = 0;

    up();
    assert_int_equal(go(0x5678, &maddr), 0);
    assert_int_equal(maddr, 0x123678);
    assert_int_equal(go(0x6000, &maddr), 0x10);
    assert_int_equal(go(1ULL << 39, &maddr), 0x10);
    assert_int_equal(smmu_model_dma(m, 0x305, 0, true, &maddr), 0x02);
    assert_int_equal(smmu_model_dma(m, 0x10000, 0, true, &maddr), 0x02);
    assert_int_equal(evtq[0], 0x10 | (uint64_t)SID << 32);
    assert_int_equal(evtq[2], 0x6000);
    assert_int_equal(evtq[1] >> 35 & 1, 0);
    assert_int_equal(rd(0x100a8), 4);
    assert_int_equal(nr_irqs[SMMU_IRQ_EVENTQ], 1);
    down(0);
}

static void test_stale_config(void **state)
{
    uint64_t maddr;

    up();
    assert_int_equal(go(0x5000, &maddr), 0);
    ste(1, 7, 1, 25);
    assert_int_equal(go(0x5000, &maddr), 0);
    cmd(0x03 | (uint64_t)(SID + 1) << 32, 1);
    assert_int_equal(go(0x5000, &maddr), 0);
    cmd(CFGI, 1);
    assert_int_equal(go(0x5000, &maddr), SMMU_MODEL_ABORT);

    /* Level 1 descriptors stay for a leaf invalidation. */
    l1[SID >> 8] = 0;
    cmd(CFGI, 1);
    assert_int_equal(go(0x5000, &maddr), SMMU_MODEL_ABORT);
    cmd(CFGI, 0);
    assert_int_equal(go(0x5000, &maddr), 0x02);
    l1[SID >> 8] = virt_to_maddr(l2) | 9;
    assert_int_equal(go(0x5000, &maddr), 0x02);
    cmd(0x04, 31);
    assert_int_equal(go(0x5000, &maddr), SMMU_MODEL_ABORT);
    down(0);
}

static void test_stale_tlb(void **state)
{
    uint64_t maddr;

    up();
    assert_int_equal(go(0x5000, &maddr), 0);
    leaf[5] = 0;
    assert_int_equal(go(0x5000, &maddr), 0);
    /* Another VMID, another page, a range that ends before. */
    cmd(TLBI(8), 0);
    cmd(IPA(7), 0x4000);
    cmd(IPA(7) | 1 << 12, 0x3000 | 1 << 10);
    assert_int_equal(go(0x5000, &maddr), 0);
    cmd(IPA(7) | 1 << 12, 0x4000 | 1 << 10);
    assert_int_equal(go(0x5000, &maddr), 0x10);

    /* What is not valid is not kept; pointers to tables are. */
    leaf[5] = leaf_entry(0x456000);
    assert_int_equal(go(0x5000, &maddr), 0);
    mid[0] = 0;
    leaf[6] = leaf_entry(0x789000);
    assert_int_equal(go(0x6000, &maddr), 0);
    cmd(IPA(7), 0x6000 | 1);
    assert_int_equal(go(0x6000, &maddr), 0);
    cmd(IPA(7), 0x6000);
    assert_int_equal(go(0x6000, &maddr), 0x10);
    down(0);
}

/* §3.21.1.1: a block where pages are cached. */
static void test_no_break(void **state)
{
    uint64_t maddr, block = leaf_entry(0x40000000) & ~2ULL;
    unsigned int bbml;

    for ( bbml = 0; bbml <= 2; bbml += 2 )
    {
        struct smmu_model_cfg cfg = smmu_model_default;

        cfg.bbml = bbml;
        up_cfg(&cfg);
        leaf[5] = leaf_entry(0x40005000);
        assert_int_equal(go(0x5000, &maddr), 0);
        mid[0] = block;
        cmd(IPA(7), 0x7000);
        assert_int_equal(go(0x7000, &maddr), 0);
        down(!bbml);
    }

    /* Properly: nothing, flush, the block. */
    up();
    assert_int_equal(go(0x5000, &maddr), 0);
    mid[0] = 0;
    cmd(TLBI(7), 0);
    mid[0] = block;
    assert_int_equal(go(0x7000, &maddr), 0);
    down(0);
}

/* §7.1: stops at what it cannot do, and goes on when that is replaced. */
static void test_queue_error(void **state)
{
    uint64_t maddr;

    up();
    assert_int_equal(go(0x5000, &maddr), 0);
    leaf[5] = 0;
    cmd(0xff, 0);
    cmd(TLBI(7), 0);
    assert_int_equal(rd(0x60) ^ rd(0x64), 1);
    assert_int_equal(rd(0x9c), 1 << 24);
    assert_int_equal(nr_irqs[SMMU_IRQ_GERROR], 1);
    assert_int_equal(go(0x5000, &maddr), 0);
    /* Acknowledged, and still there. */
    wr(0x64, rd(0x60), 4);
    assert_int_equal(rd(0x60) ^ rd(0x64), 1);
    cmdq[0] = SYNC;
    wr(0x64, rd(0x60), 4);
    assert_int_equal(rd(0x60) ^ rd(0x64), 0);
    assert_int_equal(rd(0x9c) & 0xfffff, 2);
    assert_int_equal(go(0x5000, &maddr), 0x10);
    down(2);
}

/* §7.4: full, then flagged once; given back when it has been read. */
static void test_overflow(void **state)
{
    uint64_t maddr;
    unsigned int i;

    up();
    for ( i = 0; i < 20; i++ )
        go(0x6000, &maddr);
    assert_int_equal(rd(0x100a8), 1u << 31 | 16);
    wr(0x100ac, 16, 4);
    go(0x6000, &maddr);
    assert_int_equal(rd(0x100a8), 1u << 31 | 17);
    wr(0x100ac, 1u << 31 | 17, 4);
    assert_int_equal(nr_irqs[SMMU_IRQ_EVENTQ], 2);
    down(0);
}

static void test_violations(void **state)
{
    static const struct {
        unsigned int off;
        uint64_t val;
        unsigned int size;
    } writes[] = {
        { 0x28, 0, 4 },             /* CR1 while on */
        { 0x80, 0x1000, 8 },        /* stream table while on */
        { 0x88, 4, 4 },
        { 0x90, 0x1000, 8 },        /* queues while on */
        { 0xa0, 0x1000, 8 },
        { 0xb0, 0x1000, 8 },        /* interrupts while on */
        { 0x44, 0, 4 },             /* GBPA without UPDATE */
        { 0x98, 17, 4 },            /* more commands than fit */
        { 0x100ac, 3, 4 },          /* events that were not there */
        { 0x64, 1, 4 },             /* no such error */
        { 0x20, 1 << 20, 4 },       /* reserved */
        { 0x28, 0, 8 },             /* too wide */
    };
    static const struct { unsigned int word; uint64_t flip; } stes[] = {
        { 0, 1 },                   /* V */
        { 0, 1 << 1 },              /* stage 1 */
        { 2, 1ULL << 51 },          /* not AArch64 */
        { 2, 1ULL << 46 },          /* another granule */
        { 2, 1ULL << 52 },          /* big-endian */
        { 2, 1ULL << 57 },          /* stall */
        { 2, 1ULL << 58 },          /* faults not recorded */
        { 2, 3ULL << 38 },          /* start level does not fit */
        { 2, 31ULL << 32 },         /* nor does the size */
        { 2, 1ULL << 24 },          /* reserved */
    };
    uint64_t maddr;
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(writes); i++ )
    {
        up();
        wr(writes[i].off, writes[i].val, writes[i].size);
        if ( !smmu_model_violations(m) )
            fail_msg("write %u was not noticed", i);
        smmu_model_forgive(m);
        down(0);
    }

    for ( i = 0; i < ARRAY_SIZE(stes); i++ )
    {
        up();
        l2[(SID & 255) * 8 + stes[i].word] ^= stes[i].flip;
        assert_int_equal(go(0x5000, &maddr), 0x04);
        down(1);
    }

    /* Memory that is not there any more. */
    up();
    free_xenheap_page(leaf);
    assert_int_equal(go(0x5000, &maddr), 0x0b);
    leaf = page(0);
    down(1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_translate),
        cmocka_unit_test(test_stale_config),
        cmocka_unit_test(test_stale_tlb),
        cmocka_unit_test(test_no_break),
        cmocka_unit_test(test_queue_error),
        cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_violations),
    };

    return cmocka_run_group_tests(tests, NULL, test_no_leak);
}
