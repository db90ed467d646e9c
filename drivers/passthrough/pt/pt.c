/* SPDX-License-Identifier: GPL-2.0-only */
/* Page tables: what does not depend on the format. */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/string.h>

#include "table.h"

int pt_pool_fill(struct pt_pool *pool, unsigned long nr, nodeid_t node)
{
    pool->top = NULL;

    while ( nr-- )
    {
        void **page = alloc_xenheap_pages(0, MEMF_node(node));

        if ( !page )
        {
            while ( pool->top )
                free_xenheap_page(pt_pool_pop(pool));

            return -ENOMEM;
        }

        *page = pool->top;
        pool->top = page;
    }

    return 0;
}

/* 4 KiB always, 1 GiB only beside 2 MiB. */
static uint8_t leaf_orders(const struct pt_config *cfg)
{
    return PT_LEAF_4K | (cfg->leaf_orders & PT_LEAF_2M
                         ? cfg->leaf_orders & (PT_LEAF_2M | PT_LEAF_1G) : 0);
}

bool pt_config_same(const struct pt_config *a, const struct pt_config *b)
{
    return a->fmt == b->fmt && a->levels == b->levels &&
           a->in_bits == b->in_bits && a->out_bits == b->out_bits &&
           leaf_orders(a) == leaf_orders(b) && a->coherent == b->coherent &&
           a->snoop == b->snoop && a->bbml2 == b->bbml2;
}

int pt_init(struct pt *pt, const struct pt_config *cfg)
{
    const struct pt_format *fmt = cfg->fmt;
    unsigned int per_table = PAGE_SHIFT + PT_LEVEL_BITS * cfg->levels;
    unsigned int order = 0;

    /* Whoever finds a leaf table at hand does not look at the width again. */
    if ( !fmt || cfg->levels < fmt->min_levels ||
         cfg->levels > fmt->max_levels ||
         cfg->out_bits <= PAGE_SHIFT || cfg->out_bits > fmt->max_out_bits ||
         cfg->in_bits < PAGE_SHIFT + PT_LEVEL_BITS ||
         cfg->in_bits > min(64u, per_table + fmt->root_bits) )
        return -EINVAL;

    if ( fmt->root_fixed )
        order = fmt->root_bits;
    else if ( cfg->in_bits > per_table )
        order = cfg->in_bits - per_table;

    memset(pt, 0, sizeof(*pt));
    pt->cfg = *cfg;
    pt->cfg.leaf_orders = leaf_orders(cfg);
    pt->dfn_limit = 1ULL << (cfg->in_bits - PAGE_SHIFT);
    pt->last_prot = ~0u;
    pt->mfn_limit = 1ULL << (cfg->out_bits - PAGE_SHIFT);
    pt->root_order = order;
    pt->root_shift = PT_LEVEL_BITS * (cfg->levels - 1);
    pt->tables = 1UL << order;
    pt_forget_leaf(pt);
    INIT_PAGE_LIST_HEAD(&pt->dying);

    pt->root = alloc_xenheap_pages(order, MEMF_node(cfg->node));
    if ( !pt->root )
        return -ENOMEM;

    memset(pt->root, 0, PAGE_SIZE << order);
    pt_page_init(virt_to_page(pt->root), cfg->levels, 0);
    if ( !cfg->coherent )
        arch_iommu_cache_clean(pt->root, PAGE_SIZE << order);

    return 0;
}

paddr_t pt_root(const struct pt *pt)
{
    return virt_to_maddr(pt->root);
}

bool pt_prot_fits(const struct pt *pt, unsigned int prot)
{
    unsigned int need = pt->cfg.fmt->need_prot;

    return (prot & (PT_PROT_R | PT_PROT_W)) && (prot & need) == need;
}

long pt_map(struct pt *pt, uint64_t dfn, uint64_t mfn, unsigned long nr,
            unsigned int prot, struct pt_gather *g)
{
    return pt->cfg.fmt->map(pt, dfn, mfn, nr, prot, g);
}

long pt_unmap(struct pt *pt, uint64_t dfn, unsigned long nr,
              struct pt_gather *g)
{
    return pt->cfg.fmt->unmap(pt, dfn, nr, g);
}

void pt_make(struct pt *pt, struct pt_gather *g)
{
    if ( pt_gather_broken(g) )
        pt->cfg.fmt->make(pt, g);
    g->brk_start = 1;
    g->brk_last = 0;
}

int pt_lookup(const struct pt *pt, uint64_t dfn, struct pt_leaf *leaf)
{
    if ( unlikely(dfn >= pt->dfn_limit) )
        return -ENOENT;

    return pt->cfg.fmt->lookup(pt, dfn, leaf);
}

long pt_destroy(struct pt *pt, unsigned long budget)
{
    const struct pt_format *fmt = pt->cfg.fmt;

    if ( pt->root )
    {
        struct page_info *pg = virt_to_page(pt->root);

        fmt->disband(pt, pt->root, PT_ENTRIES << pt->root_order);
        pt_page_free(pg, pt->root_order);
        pt->root = NULL;
        pt->dfn_limit = 0;
        pt->tables -= 1UL << pt->root_order;
        memset(pt->leaves, 0, sizeof(pt->leaves));
        pt_forget_leaf(pt);
        if ( budget )
            budget--;
    }

    while ( budget && !page_list_empty(&pt->dying) )
    {
        struct page_info *pg = page_list_remove_head(&pt->dying);

        if ( pt_page_level(pg) > 1 )
            fmt->disband(pt, page_to_virt(pg), PT_ENTRIES);
        pt_page_free(pg, 0);
        pt->tables--;
        budget--;
    }

    return page_list_empty(&pt->dying) ? 0 : -ERESTART;
}
