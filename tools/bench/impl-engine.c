/* SPDX-License-Identifier: GPL-2.0-only */
/* The project's own engine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <iommu-groups/pt.h>

#include "bench.h"

static const struct {
    const char *name;
    const struct pt_format *fmt;
    uint8_t levels, in_bits, out_bits;
} formats[] = {
    { "vtd-4", &pt_vtd, 4, 48, 46 },
    { "vtd-5", &pt_vtd, 5, 57, 52 },
    { "amd-4", &pt_amd, 4, 48, 52 },
    { "amd-5", &pt_amd, 5, 57, 52 },
    { "amd-6", &pt_amd, 6, 64, 52 },
    { "arm-s2", &pt_arm_s2, 4, 48, 48 },
    { "sv39x4", &pt_sv39x4, 3, 41, 56 },
    { "sv48x4", &pt_sv48x4, 4, 50, 56 },
};

const char *const bench_formats[] = {
    "vtd-4", "vtd-5", "amd-4", "amd-5", "amd-6", "arm-s2", "sv39x4", "sv48x4",
};
const unsigned int bench_nr_formats = ARRAY_SIZE(bench_formats);

struct engine {
    struct pt pt;
    struct pt_gather gather;
};

static noinline void die(long rc, const char *what)
{
    fprintf(stderr, "%s: %ld\n", what, rc);
    exit(1);
}

static void check(long rc, const char *what)
{
    if ( rc )
        die(rc, what);
}

static void *engine_init(const struct bench_config *cfg)
{
    struct engine *e = calloc(1, sizeof(*e));
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(formats); i++ )
        if ( !strcmp(formats[i].name, cfg->format) )
            break;
    check(!e || i == ARRAY_SIZE(formats), "no such format");

    check(pt_init(&e->pt, &(struct pt_config){
                      .fmt = formats[i].fmt,
                      .levels = formats[i].levels,
                      .in_bits = formats[i].in_bits,
                      .out_bits = formats[i].out_bits,
                      .leaf_orders = (cfg->superpages_2m ? PT_LEAF_2M : 0) |
                                     (cfg->superpages_1g ? PT_LEAF_1G : 0),
                      .coherent = cfg->coherent,
                      .bbml2 = true,
                      .node = NUMA_NO_NODE,
                  }), "pt_init");
    pt_gather_init(&e->gather);

    return e;
}

static void engine_map_range(void *pt, uint64_t dfn, uint64_t mfn,
                             unsigned long nr)
{
    struct engine *e = pt;

    check(pt_map(&e->pt, dfn, mfn, nr, PT_PROT_R | PT_PROT_W, &e->gather),
          "pt_map");
}

static void engine_done(void *pt)
{
    struct engine *e = pt;

    pt_gather_release(&e->gather);
}

static void engine_unmap_range(void *pt, uint64_t dfn, unsigned long nr)
{
    struct engine *e = pt;

    check(pt_unmap(&e->pt, dfn, nr, &e->gather), "pt_unmap");
    pt_gather_release(&e->gather);
}

static uint64_t engine_lookup(void *pt, uint64_t dfn)
{
    struct engine *e = pt;
    struct pt_leaf leaf;

    /* 0 if there is nothing: the row checks its sum. */
    return pt_lookup(&e->pt, dfn, &leaf) ? 0 : leaf.mfn;
}

static void engine_destroy(void *pt)
{
    struct engine *e = pt;

    pt_gather_release(&e->gather);
    check(pt_destroy(&e->pt, ~0UL), "pt_destroy");
    free(e);
}

static const struct pt_impl engine = {
    .name = "engine",
    .init = engine_init,
    .map_range = engine_map_range,
    .done = engine_done,
    .unmap_range = engine_unmap_range,
    .lookup = engine_lookup,
    .destroy = engine_destroy,
};

const struct pt_impl *const bench_impls[] = { &engine };
const unsigned int bench_nr_impls = ARRAY_SIZE(bench_impls);
