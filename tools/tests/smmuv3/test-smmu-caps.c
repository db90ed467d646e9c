/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SMMUv3 as kernels on real machines print them: data/smmu/caps.tsv, or the
 * file named by $SMMU_CAPS.  Each comes up on the model with these address
 * sizes, features and queues, and DMA at the top of the width arrives and
 * beyond it does not; one without a second stage is said to be of no use and is
 * left as it was.
 */
#include "smmu-fixture.h"

#include <stdio.h>
#include <string.h>

/* The features' bits, as Linux prints them. */
#define F_TWO_LEVEL   (1u << 0)
#define F_LITTLE      (1u << 2)
#define F_ATS         (1u << 5)
#define F_MSI         (1u << 7)
#define F_COHERENT    (1u << 8)
#define F_STAGE2      (1u << 10)
#define F_STALLS      (1u << 11)
#define F_HYP         (1u << 12)
#define F_STALL_FORCE (1u << 13)
#define F_RANGE_INV   (1u << 15)
#define F_BTM         (1u << 16)
#define F_BBML2       (1u << 24)

#define MAX_UNITS 512

static struct seen {
    unsigned int oas, cmdq, evtq;   /* bits; 0: not printed */
    uint32_t features;
} seen[MAX_UNITS];
static unsigned int nr_seen;

static unsigned int log2_of(const char *text)
{
    unsigned long n = strtoul(text, NULL, 10);

    return n ? 63 - __builtin_clzl(n) : 0;
}

static int read_file(void **state)
{
    const char *dir = getenv("TEST_DATA"), *name = getenv("SMMU_CAPS");
    char path[512], line[256];
    FILE *f;

    snprintf(path, sizeof(path), "%s/smmu/caps.tsv", dir ? dir : "data");
    f = fopen(name ? name : path, "r");
    assert_non_null(f);
    while ( nr_seen < MAX_UNITS && fgets(line, sizeof(line), f) )
    {
        char col[7][24] = {};
        struct seen *s = &seen[nr_seen];

        if ( sscanf(line, "%23s %23s %23s %23s %23s %23s %23s", col[0], col[1],
                    col[2], col[3], col[4], col[5], col[6]) < 5 ||
             !strcmp(col[0], "ias") )
            continue;
        s->oas = strtoul(col[1], NULL, 10);
        /* What was not printed is what most have. */
        s->features = col[2][0] == '-' ? 0x1fef : strtoul(col[2], NULL, 16);
        s->cmdq = log2_of(col[3]);
        s->evtq = log2_of(col[4]);
        nr_seen++;
    }
    fclose(f);
    assert_true(nr_seen >= 20);

    return 0;
}

static unsigned int oas_code(unsigned int bits)
{
    static const uint8_t codes[] = { 32, 36, 40, 42, 44, 48, 52 };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(codes); i++ )
        if ( codes[i] == bits )
            return i;

    /* Not printed. */
    return 5;
}

/* @more: what is not printed, in all combinations. */
static struct smmu_model_cfg machine_of(const struct seen *s, unsigned int more)
{
    struct smmu_model_cfg cfg = smmu_model_default;
    uint32_t f = s->features;

    cfg.oas = oas_code(s->oas);
    cfg.cmdq_bits = s->cmdq ?: 8;
    cfg.eventq_bits = s->evtq ?: 7;
    cfg.two_level = f & F_TWO_LEVEL;
    cfg.sid_bits = more & 1 ? 8 : cfg.two_level ? 20 : 14;
    cfg.vmid16 = more & 2;
    cfg.page0_only = more & 4;
    cfg.ats = f & F_ATS;
    cfg.msi = f & F_MSI;
    cfg.coherent = f & F_COHERENT;
    cfg.s2p = f & F_STAGE2;
    cfg.hyp = f & F_HYP;
    cfg.btm = f & F_BTM;
    cfg.ril = f & F_RANGE_INV;
    cfg.bbml = f & F_BBML2 ? 2 : 0;
    cfg.stall_model = f & F_STALL_FORCE ? 2 : f & F_STALLS ? 0 : 1;

    return cfg;
}

static bool usable(const struct seen *s)
{
    return (s->features & F_STAGE2) && (s->features & F_LITTLE) &&
           !(s->features & F_STALL_FORCE);
}

static void try_dma(const struct smmu_model_cfg *cfg, unsigned int bits)
{
    struct iommu_dev *dev = sm_dev(0, 0x10, 0x90);
    struct s2_table *table = sm_table();
    uint64_t top = (1ULL << bits) - PAGE_SIZE, maddr, a, b;
    struct s2_domain *s2;

    assert_int_equal(table->pt.cfg.in_bits, bits);
    assert_int_equal(table->pt.cfg.levels, bits > 43 ? 4 : 3);
    a = sm_map(table, 0);
    b = sm_map(table, top >> PAGE_SHIFT);
    s2 = sm_domain(dev, table);
    assert_int_not_equal(sm_reach(dev, 0, true, &maddr), 0);
    assert_int_equal(sm_attach(s2, dev), 0);
    assert_int_equal(sm_reach(dev, 0x123, true, &maddr), 0);
    assert_int_equal(maddr, a + 0x123);
    assert_int_equal(sm_reach(dev, top + 0xff8, false, &maddr), 0);
    assert_int_equal(maddr, b + 0xff8);
    assert_int_equal(smmu_model_dma(sm_model[0], 0x90, top, true, &maddr), 0);
    assert_int_equal(sm_reach(dev, top - 1, true, &maddr), EV_TRANSLATION);
    assert_int_not_equal(sm_reach(dev, top + PAGE_SIZE, true, &maddr), 0);
    assert_int_not_equal(sm_reach(dev, 1ULL << 52, true, &maddr), 0);
    sm_settle();

    /* More commands than the shortest queue holds. */
    assert_int_equal(sm_unmap(table, 0, 1), 0);
    assert_int_equal(sm_unmap(table, (top >> PAGE_SHIFT) - 600, 601), 0);
    assert_int_equal(sm_reach(dev, top, true, &maddr), EV_TRANSLATION);
    sm_block(dev);
    assert_int_equal(sm_reach(dev, 0, true, &maddr), SMMU_MODEL_ABORT);
    sm_domain_free(s2);
    sm_table_free(table);
    sm_dev_del(dev);
}

static void test_usable(void **state)
{
    unsigned int i, more, nr = 0;

    for ( i = 0; i < nr_seen; i++ )
        for ( more = 0; usable(&seen[i]) && more < 8; more++ )
        {
            struct smmu_model_cfg cfg = machine_of(&seen[i], more);

            sm_up(&cfg, 1);
            assert_int_equal(host_log_lines(XENLOG_ERR), 0);
            try_dma(&cfg, min(seen[i].oas ?: 48, 48U));
            sm_down();
            nr++;
        }
    assert_true(nr >= 80);
}

static void test_unusable(void **state)
{
    unsigned int i, nr = 0;

    for ( i = 0; i < nr_seen; i++ )
    {
        struct smmu_model_cfg cfg = machine_of(&seen[i], 0);
        struct smmuv3_desc desc;
        uint64_t maddr;

        if ( usable(&seen[i]) )
            continue;

        sm_machine(&cfg, 1);
        desc = sm_desc(0);
        assert_int_equal(smmuv3_add(&desc), -EOPNOTSUPP);
        assert_int_equal(host_log_lines(XENLOG_ERR), 1);
        assert_log("what is behind it is not translated and cannot be assigned");
        if ( !(seen[i].features & F_STAGE2) )
            assert_log("it has no stage 2");
        /* As firmware had it, which is what its devices get. */
        assert_int_equal(smmu_model_dma(sm_model[0], 5, 0x1000, true, &maddr),
                         0);
        assert_int_equal(iommu_units_in_bits(), 0);
        sm_down();
        nr++;
    }
    assert_true(nr >= 5);
}

/* One that cannot be used beside one that can: the other one is as good. */
static void test_beside(void **state)
{
    struct smmu_model_cfg cfg = smmu_model_default, weak;
    struct smmuv3_desc desc;
    struct iommu_dev dev = { .name = "/x", .fw_unit = 0x8001 };
    unsigned int i;

    for ( i = 0; i < nr_seen; i++ )
    {
        if ( usable(&seen[i]) )
            continue;
        weak = machine_of(&seen[i], 0);
        sm_second = &weak;
        sm_machine(&cfg, 2);
        sm_second = NULL;
        desc = sm_desc(0);
        assert_int_equal(smmuv3_add(&desc), 0);
        desc = sm_desc(1);
        assert_int_equal(smmuv3_add(&desc), -EOPNOTSUPP);
        pcidevs_lock();
        assert_int_equal(smmu_driver.dev->probe(&dev), -ENODEV);
        pcidevs_unlock();
        try_dma(&cfg, 44);
        sm_down();
    }
}

/* A weak unit beside a strong one: each has the table that it can walk. */
static void test_unlike(void **state)
{
    struct smmu_model_cfg strong = smmu_model_default, weak;
    unsigned int i, unlike = 0;

    strong.oas = 5;
    strong.bbml = 2;
    for ( i = 0; i < nr_seen; i++ )
    {
        struct iommu_dev *dev, *other;
        struct pt_config cfg, theirs;

        if ( !usable(&seen[i]) )
            continue;
        weak = machine_of(&seen[i], 0);
        weak.coherent = false;
        sm_second = &weak;
        sm_up(&strong, 2);
        sm_second = NULL;
        dev = sm_dev(0, 0x10, 0);
        other = sm_dev(1, 0x10, 0);
        assert_int_equal(smmu_driver.dev->table_config(dev, &cfg), 0);
        assert_int_equal(smmu_driver.dev->table_config(other, &theirs), 0);
        assert_int_equal(cfg.in_bits, 48);
        assert_int_equal(cfg.levels, 4);
        assert_true(cfg.coherent && cfg.bbml2);
        assert_int_equal(theirs.in_bits, min(seen[i].oas ?: 48, 48U));
        assert_false(theirs.coherent);
        unlike += theirs.in_bits < 48;
        /* What both have to walk, the CPU's table, is what both can. */
        assert_int_equal(iommu_units_in_bits(), theirs.in_bits);
        assert_false(iommu_units_coherent());
        sm_dev_del(other);
        sm_dev_del(dev);
        try_dma(&strong, 48);
        sm_down();
    }
    assert_true(unlike >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SM_TEST(test_usable),
        SM_TEST(test_unusable),
        SM_TEST(test_beside),
        SM_TEST(test_unlike),
    };

    return cmocka_run_group_tests(tests, read_file, test_no_leak);
}
