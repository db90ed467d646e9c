/* SPDX-License-Identifier: GPL-2.0-only */
/* What each command makes the AMD-Vi model forget (§2.4). */

#include "amd-int.h"

/* §2.4.2: not the pages of the entry's domain. */
void amdm_inval_dte(struct amd_model *m, uint16_t devid)
{
    unsigned int i;

    for ( i = m->dte.nr; i--; )
        if ( amdm_cache_get(&m->dte, struct dte, i)->devid == devid )
            amdm_cache_drop(&m->dte, i);
}

/*
 * §2.4.3: with S set the lowest clear bit of the address, from bit 12 on, tells
 * the size: 2^(n + 1) pages for n set bits.
 */
static void range(uint64_t addr, bool s, uint64_t *start, uint64_t *last)
{
    unsigned int shift = 12;

    addr &= ~0xfffULL;
    if ( s )
    {
        while ( shift < 63 && (addr & BIT64(shift)) )
            shift++;
        shift++;
    }

    *start = shift > 63 ? 0 : addr & ~(BIT64(shift) - 1);
    *last = shift > 63 ? ~0ULL : *start + (BIT64(shift) - 1);
}

/* Without PDE directories stay, and so does their absence. */
void amdm_inval_pages(struct amd_model *m, uint16_t domain, uint64_t addr,
                      bool s, bool pde)
{
    uint64_t start, last;
    unsigned int i;

    range(addr, s, &start, &last);
    if ( !start && last >= MASK(62, 0) )
        m->count[AMD_COUNT_WHOLE]++;

    for ( i = m->tlb.nr; i--; )
    {
        const struct tlb_entry *e =
            amdm_cache_get(&m->tlb, struct tlb_entry, i);

        if ( e->domain == domain && e->start <= last && start <= e->last &&
             (e->leaf || pde) )
            amdm_cache_drop(&m->tlb, i);
    }
}

static bool device_dead(const struct amd_model *m, uint16_t devid)
{
    unsigned int i;

    for ( i = 0; i < m->dead_devs.nr; i++ )
        if ( *amdm_cache_get(&m->dead_devs, uint16_t, i) == devid )
            return true;

    return false;
}

/* §2.4.4 */
bool amdm_inval_iotlb(struct amd_model *m, uint16_t devid, uint64_t addr,
                      bool s)
{
    uint64_t start, last;
    unsigned int i;

    if ( device_dead(m, devid) )
        return false;

    range(addr, s, &start, &last);
    for ( i = m->dev.nr; i--; )
    {
        const struct dev_entry *d =
            amdm_cache_get(&m->dev, struct dev_entry, i);

        if ( d->devid == devid && d->start <= last && start <= d->last )
            amdm_cache_drop(&m->dev, i);
    }

    return true;
}

/* §2.4.5 */
void amdm_inval_intr(struct amd_model *m, uint16_t devid)
{
    unsigned int i;

    for ( i = m->irt.nr; i--; )
        if ( amdm_cache_get(&m->irt, struct irt_entry, i)->devid == devid )
            amdm_cache_drop(&m->irt, i);
}

/* §2.4.8: all of the unit's own; devices' TLBs are their own business. */
void amdm_inval_all(struct amd_model *m)
{
    amdm_cache_flush(&m->dte);
    amdm_cache_flush(&m->tlb);
    amdm_cache_flush(&m->irt);
}

void amd_model_ats_dead(struct amd_model *m, uint16_t devid, bool dead)
{
    unsigned int i;

    amdm_lock(m);
    for ( i = m->dead_devs.nr; i--; )
        if ( *amdm_cache_get(&m->dead_devs, uint16_t, i) == devid )
            amdm_cache_drop(&m->dead_devs, i);
    if ( dead )
        *(uint16_t *)amdm_cache_add(&m->dead_devs) = devid;
    amdm_unlock(m);
}
