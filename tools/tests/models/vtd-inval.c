/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What invalidations remove from the VT-d model's caches (§6.5.1, §6.5.2).
 */

#include "vtd-int.h"

void vtdm_inval_all(struct vtd_model *m)
{
    vtdm_cache_flush(&m->ctx);
    vtdm_cache_flush(&m->tlb);
    vtdm_cache_flush(&m->iec);
}

/* §6.5.2.1: the function mask leaves low bits of the function out. */
void vtdm_inval_context(struct vtd_model *m, unsigned int gran, uint16_t did,
                        uint16_t sid, unsigned int fm)
{
    static const uint16_t masks[] = { 0, 4, 6, 7 };
    unsigned int i;

    /* §6.8: invalidations flush the write buffer as well. */
    vtdm_mem_flushed(m);

    for ( i = m->ctx.nr; i--; )
    {
        const struct ctx_entry *c =
            vtdm_cache_get(&m->ctx, struct ctx_entry, i);

        if ( gran == GRAN_GLOBAL ||
             (c->did == did &&
              (gran == GRAN_DOMAIN || !((c->sid ^ sid) & ~masks[fm]))) )
            vtdm_cache_drop(&m->ctx, i);
    }
}

/*
 * §6.5.2.3.  @ih: only leaves have changed, tables may stay cached.
 */
void vtdm_inval_iotlb(struct vtd_model *m, unsigned int gran, uint16_t did,
                      uint64_t addr, unsigned int am, bool ih)
{
    uint64_t size = 4096ULL << am;
    uint64_t start = addr & ~(size - 1);
    uint64_t last = start + size - 1;
    unsigned int i;

    vtdm_mem_flushed(m);
    if ( gran == GRAN_FINE && start != addr )
        vtdm_violation(m, "%#llx is not aligned to 2^%u pages",
                       (unsigned long long)addr, am);
    if ( gran == GRAN_FINE && !m->cfg.psi )
    {
        vtdm_violation(m, "page-selective invalidation is not supported");
        gran = GRAN_DOMAIN;
    }

    m->count[gran == GRAN_GLOBAL ? VTD_COUNT_IOTLB_GLOBAL :
             gran == GRAN_DOMAIN ? VTD_COUNT_IOTLB_DOMAIN :
                                   VTD_COUNT_IOTLB_PAGE]++;

    for ( i = m->tlb.nr; i--; )
    {
        const struct tlb_entry *e =
            vtdm_cache_get(&m->tlb, struct tlb_entry, i);

        if ( gran == GRAN_GLOBAL ||
             (e->did == did &&
              (gran == GRAN_DOMAIN ||
               (e->start <= last && start <= e->last &&
                (e->leaf || !ih)))) )
            vtdm_cache_drop(&m->tlb, i);
    }
}

void vtdm_drain(struct vtd_model *m, bool dr, bool dw)
{
    if ( dr )
        m->under_way[0] = 0;
    if ( dw )
        m->under_way[1] = 0;
}

/* §6.5.2.7 */
void vtdm_inval_iec(struct vtd_model *m, bool index, uint16_t iidx,
                    unsigned int im)
{
    unsigned int i;

    vtdm_mem_flushed(m);
    for ( i = m->iec.nr; i--; )
    {
        const struct iec_entry *e =
            vtdm_cache_get(&m->iec, struct iec_entry, i);

        if ( !index || !((e->index ^ iidx) >> im) )
            vtdm_cache_drop(&m->iec, i);
    }
}

static bool device_dead(const struct vtd_model *m, uint16_t sid)
{
    unsigned int i;

    for ( i = 0; i < m->dead_devs.nr; i++ )
        if ( *vtdm_cache_get(&m->dead_devs, uint16_t, i) == sid )
            return true;

    return false;
}

/*
 * §6.5.2.5: with S set, the lowest clear bit of the address, from bit 12 on,
 * tells the size: 2^(n + 1) pages for n set bits.
 */
void vtdm_inval_devtlb(struct vtd_model *m, uint16_t sid, uint64_t addr, bool s)
{
    unsigned int i, order = 0;
    uint64_t start, last;

    if ( device_dead(m, sid) )
    {
        for ( i = 0; i < m->nr_dev_timeouts; i++ )
            if ( m->dev_timeouts[i] == sid )
                return;
        if ( i < sizeof(m->dev_timeouts) / sizeof(*m->dev_timeouts) )
            m->dev_timeouts[m->nr_dev_timeouts++] = sid;
        return;
    }

    addr &= ~0xfffULL;
    if ( s )
    {
        while ( 12 + order < 64 && (addr & BIT64(12 + order)) )
            order++;
        order++;
    }

    start = 12 + order >= 64 ? 0 : addr & ~(BIT64(12 + order) - 1);
    last = 12 + order >= 64 ? ~0ULL : start + BIT64(12 + order) - 1;

    for ( i = m->dev.nr; i--; )
    {
        const struct dev_entry *d =
            vtdm_cache_get(&m->dev, struct dev_entry, i);

        if ( d->sid == sid && d->start <= last && start <= d->last )
            vtdm_cache_drop(&m->dev, i);
    }
}

void vtd_model_ats_dead(struct vtd_model *m, uint16_t sid, bool dead)
{
    unsigned int i;

    vtdm_lock(m);
    for ( i = m->dead_devs.nr; i--; )
        if ( *vtdm_cache_get(&m->dead_devs, uint16_t, i) == sid )
            vtdm_cache_drop(&m->dead_devs, i);
    if ( dead )
        *(uint16_t *)vtdm_cache_add(&m->dead_devs) = sid;
    vtdm_unlock(m);
}
