/* SPDX-License-Identifier: GPL-2.0-only */
#include "smmuv2-shapes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

#define MAX_SHAPES 512
#define NR_COLS    13

static struct v2_shape shapes[MAX_SHAPES];
static unsigned int nr_shapes, with_s2[MAX_SHAPES], nr_with_s2;

static int number(const char *col)
{
    return col[0] == '-' ? -1 : (int)strtoul(col, NULL, 0);
}

/* Columns are parted by tabs; the last ones have blanks in them. */
static bool parse(char *line, struct v2_shape *s)
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

static void read_file(void)
{
    const char *dir = getenv("TEST_DATA"), *name = getenv("SMMUV2_CAPS");
    char path[512], line[256];
    FILE *f;

    if ( nr_shapes )
        return;

    snprintf(path, sizeof(path), "%s/smmuv2/caps.tsv", dir ? dir : "data");
    f = fopen(name ? name : path, "r");
    assert_non_null(f);
    while ( nr_shapes < MAX_SHAPES && fgets(line, sizeof(line), f) )
    {
        if ( !parse(line, &shapes[nr_shapes]) )
            continue;
        if ( shapes[nr_shapes].s2 )
            with_s2[nr_with_s2++] = nr_shapes;
        nr_shapes++;
    }
    fclose(f);
    assert_true(nr_with_s2 >= 1);
}

unsigned int v2_nr_shapes(bool all)
{
    read_file();

    return all ? nr_shapes : nr_with_s2;
}

const struct v2_shape *v2_shape(unsigned int i, bool all)
{
    assert_true(i < v2_nr_shapes(all));

    return &shapes[all ? i : with_s2[i]];
}

static unsigned int code_of(unsigned int bits)
{
    static const uint8_t codes[] = { 32, 36, 40, 42, 44, 48 };
    unsigned int i;

    for ( i = 0; i < sizeof(codes); i++ )
        if ( codes[i] == bits )
            return i;

    /* Not printed; or no more than what the kernel makes of it. */
    return 5;
}

struct smmuv2_model_cfg v2_shape_cfg(const struct v2_shape *s,
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

struct smmuv2_model_cfg v2_shape_for(unsigned int i, unsigned int banks,
                                     unsigned int smrs)
{
    struct smmuv2_model_cfg cfg = v2_shape_cfg(v2_shape(i, false),
                                               i * 2 % V2_NR_MORE);

    if ( cfg.nr_banks < banks )
    {
        /* Those of stage 2 alone are still as many of all. */
        cfg.nr_s2_only = cfg.nr_s2_only == cfg.nr_banks ? banks
                                                        : cfg.nr_s2_only;
        cfg.nr_banks = banks;
    }
    if ( cfg.nr_smrs < smrs )
        cfg.nr_smrs = smrs;

    return cfg;
}
