/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SMMUv1 and v2 as kernels on real machines print them: data/smmuv2/caps.tsv,
 * or the file named by $SMMUV2_CAPS.  Each comes up on the model with these
 * stages, entries, banks and address sizes: DMA at the top of the width arrives
 * and beyond it does not, as many domains as it has banks are apart, the next
 * one is refused, nothing is stale; one without a second stage is said to be of
 * no use and is left as it was.
 */
#include "smmuv2-fixture.h"

#include <stdio.h>
#include <string.h>

#define MAX_UNITS 512
#define NR_COLS   13

static struct seen {
    unsigned int version;
    bool s1, s2, nested;
    bool coherent, overridden;
    int smrs, banks, s2_only;       /* -1: not printed */
    unsigned int out, in;           /* bits of stage 2; 0: not printed */
    char line[256];
} seen[MAX_UNITS];
static unsigned int nr_seen;

static int number(const char *col)
{
    return col[0] == '-' ? -1 : (int)strtoul(col, NULL, 0);
}

/* Columns are parted by tabs; the last ones have blanks in them. */
static bool parse(char *line, struct seen *s)
{
    char *col[NR_COLS] = {}, *p = line;
    unsigned int n;

    snprintf(s->line, sizeof(s->line), "%s", line);
    for ( n = 0; p && n < NR_COLS; n++ )
        col[n] = strsep(&p, "\t\n");
    if ( n < NR_COLS || strncmp(col[0], "SMMUv", 5) )
        return false;

    s->version = col[0][5] - '0';
    s->s1 = number(col[1]) == 1;
    s->s2 = number(col[2]) == 1;
    s->nested = number(col[3]) == 1;
    s->coherent = strcmp(col[5], "non");
    s->overridden = number(col[6]) == 1;
    s->smrs = number(col[7]);
    s->banks = number(col[8]);
    s->s2_only = number(col[9]);
    s->in = number(col[12]) > 0 ? strtoul(col[12], NULL, 10) : 0;
    if ( strstr(col[12], "-> ") )
        s->out = strtoul(strstr(col[12], "-> ") + 3, NULL, 10);

    return true;
}

static int read_file(void **state)
{
    const char *dir = getenv("TEST_DATA"), *name = getenv("SMMUV2_CAPS");
    char path[512], line[256];
    FILE *f;

    snprintf(path, sizeof(path), "%s/smmuv2/caps.tsv", dir ? dir : "data");
    f = fopen(name ? name : path, "r");
    assert_non_null(f);
    while ( nr_seen < MAX_UNITS && fgets(line, sizeof(line), f) )
        nr_seen += parse(line, &seen[nr_seen]);
    fclose(f);
    assert_true(nr_seen >= 1);

    return 0;
}

static unsigned int code_of(unsigned int bits)
{
    static const uint8_t codes[] = { 32, 36, 40, 42, 44, 48 };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(codes); i++ )
        if ( codes[i] == bits )
            return i;

    /* Not printed; or no more than what the kernel makes of it. */
    return 5;
}

/* @more: what is not printed, in all combinations. */
#define NR_MORE 8

static struct smmuv2_model_cfg machine_of(const struct seen *s,
                                          unsigned int more)
{
    struct smmuv2_model_cfg cfg = smmuv2_model_default;

    cfg.version = s->version;
    cfg.s1 = s->s1;
    cfg.s2 = s->s2;
    cfg.nested = s->nested;
    cfg.coherent = s->coherent;
    cfg.cttw = s->coherent != s->overridden;
    cfg.nr_smrs = s->smrs < 0 ? 16 : s->smrs;
    cfg.indexed = s->smrs < 0 && (more & 1);
    if ( cfg.indexed )
        cfg.sid_bits = 6;
    cfg.nr_banks = s->banks < 0 ? 8 : s->banks;
    cfg.nr_s2_only = s->s2_only < 0 ? 0 : s->s2_only;
    cfg.ias = code_of(s->version == 1 ? 40 : s->in);
    cfg.oas = code_of(s->version == 1 ? 40 : s->out);
    cfg.page64k = more & 2;
    cfg.mmu500 = s->version > 1 && (more & 4);
    cfg.vmid16 = s->version > 1 && !(more & 4);

    return cfg;
}

/* At the top of the width, and beyond; before and after. */
static void try_width(const struct smmuv2_model_cfg *cfg, unsigned int bits)
{
    struct iommu_dev *dev = v2_dev(0, 3, 0);
    uint64_t top = (1ULL << (bits - 12)) - 1, ma;
    struct v2_world w = v2_world(dev);
    unsigned int changed = 0;
    uint64_t page;

    assert_int_equal(w.table->pt.cfg.in_bits, bits);
    assert_int_equal(w.table->pt.cfg.coherent, cfg->coherent);
    page = v2_map(w.table, top);
    assert_int_equal(together_move(dev, w.s2), 0);
    assert_int_equal(v2_reach(3, (top << 12) + 8, &ma), 0);
    assert_int_equal(ma, page + 8);
    assert_int_not_equal(v2_reach(3, (top + 1) << 12, &ma), 0);
    assert_int_not_equal(v2_reach(3, (top - 1) << 12, &ma), 0);
    /* A whole GiB by one entry, and none of it afterwards. */
    assert_int_equal(s2_table_map(w.table, 0x40000, 0x80000, 0x40000,
                                  PT_PROT_R | PT_PROT_W, &changed), 0);
    assert_int_equal(v2_reach(3, 0x7ffff000, &ma), 0);
    assert_int_equal(ma, 0xbffff000);
    assert_int_equal(v2_unmap(w.table, 0x40000, 0x40000), 0);
    assert_int_not_equal(v2_reach(3, 0x7ffff000, &ma), 0);
    assert_int_equal(v2_unmap(w.table, top, 1), 0);
    assert_int_not_equal(v2_reach(3, top << 12, &ma), 0);
    together_move(dev, NULL);
    assert_int_not_equal(v2_reach(3, 0x5000, &ma), 0);
    v2_world_free(&w);
    v2_dev_del(dev);
}

/* A domain for each bank, with a device each, as long as there are entries. */
static void try_all_banks(const struct smmuv2_model_cfg *cfg)
{
    unsigned int nr_slots = cfg->indexed ? 1u << cfg->sid_bits : cfg->nr_smrs;
    unsigned int nr = min(cfg->nr_banks, nr_slots), i, j;
    struct iommu_dev *dev[129];
    struct v2_world w[129];
    uint64_t ma;

    for ( i = 0; i < nr; i++ )
    {
        dev[i] = v2_dev(0, i, 0);
        w[i] = v2_world(dev[i]);
        assert_int_equal(together_move(dev[i], w[i].s2), 0);
    }
    for ( i = 0; i < nr; i++ )
    {
        assert_int_equal(v2_reach(i, 0x5000, &ma), 0);
        assert_int_equal(ma, w[i].page);
    }

    /* One more: too few banks, or entries; the others do not notice. */
    if ( nr == cfg->nr_banks )
    {
        struct s2_table *t = v2_table(dev[0]);

        assert_int_equal(PTR_ERR(smmu2_dev_ops.domain_alloc(dev[0], S2_PAGING,
                                                            t)), -ENOSPC);
        v2_table_free(t);
    }
    if ( nr == nr_slots && !cfg->indexed )
    {
        dev[nr] = v2_dev(0, nr, 0);
        assert_int_equal(together_move(dev[nr], w[0].s2), -ENOSPC);
        v2_dev_del(dev[nr]);
    }

    /* Gone in some other order, and nobody has another's. */
    for ( i = 0; i < nr; i++ )
    {
        j = (i * 7 + 3) % nr;
        if ( nr % 7 == 0 )
            j = i;
        assert_int_equal(v2_reach(j, 0x5000, &ma), 0);
        assert_int_equal(ma, w[j].page);
        together_move(dev[j], NULL);
        assert_int_not_equal(v2_reach(j, 0x5000, &ma), 0);
        v2_world_free(&w[j]);
        v2_dev_del(dev[j]);
    }
}

static void test_units(void **state)
{
    unsigned int i, more, used = 0;

    for ( i = 0; i < nr_seen; i++ )
        for ( more = 0; more < NR_MORE; more++ )
        {
            struct smmuv2_model_cfg cfg = machine_of(&seen[i], more);
            struct smmuv2_desc desc;
            unsigned int bits;
            uint64_t ma;
            int rc;

            print_message("%s", more ? "" : seen[i].line);
            v2_machine(&cfg, 1);
            desc = v2_desc(0);
            rc = smmuv2_add(&desc);
            assert_int_equal(rc, cfg.s2 ? 0 : -EOPNOTSUPP);
            if ( rc )
            {
                assert_log("it has no stage 2");
                assert_int_equal(host_log_lines(XENLOG_ERR), 1);
                assert_int_equal(v2_reach(3, 0x5000, &ma), 0);
                assert_int_equal(ma, 0x5000);
                v2_down();
                continue;
            }

            used++;
            bits = iommu_units_in_bits();
            assert_int_equal(bits, cfg.version == 1 ? 40 : cfg.ias == 2 ||
                                   cfg.oas == 2 ? 40 : 48);
            try_width(&cfg, bits);
            try_all_banks(&cfg);
            v2_down();
        }
    assert_true(used);
}

int main(void)
{
    const struct CMUnitTest tests[] = { V2_TEST(test_units) };

    return cmocka_run_group_tests(tests, read_file, NULL);
}
