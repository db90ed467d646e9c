/* SPDX-License-Identifier: GPL-2.0-only */
/* The device table of the AMD-Vi model, and the cache of it (§2.2.2). */

#include "amd-int.h"

/* §2.2.2.3: the top bits of a device ID choose one of up to eight tables. */
static bool locate(const struct amd_model *m, uint16_t devid, uint64_t *at)
{
    unsigned int bits = C_SEG_EN(m->control);
    uint64_t reg = m->devtab[devid >> (16 - bits)];
    uint64_t offset = (uint64_t)(devid & (0xffffU >> bits)) * 32;

    *at = (reg & BASE_MASK) + offset;

    return offset < (BITS(reg, 8, 0) + 1) << 12;
}

static unsigned int max_mode(const struct amd_model *m)
{
    return m->cfg.no_efr ? 4 : 4 + EFR_HATS(m->cfg.efr);
}

/* What hardware refuses with ILLEGAL_DEV_TABLE_ENTRY: *rz as the event has. */
static bool legal(const struct amd_model *m, const uint64_t w[4], bool *rz)
{
    unsigned int mode = DTE_MODE(w[0]);

    *rz = true;
    if ( (w[2] & DTE_IV) &&
         ((w[2] & DTE_RSVD2) || DTE_INTCTL(w[2]) == 3 || (w[2] & BIT64(6)) ||
          DTE_INTLEN(w[2]) > 11) )
        return false;

    if ( !(w[0] & DTE_V) )
        return !m->cfg.snp;
    if ( (w[0] & DTE_RSVD0) || (w[1] & DTE_RSVD1) || w[3] ||
         DTE_IOCTL(w[1]) == 3 || ((w[1] & DTE_I) && !m->cfg.iotlb) )
        return false;

    *rz = false;

    return !(w[0] & DTE_TV) ||
           (mode <= max_mode(m) && (mode || !m->cfg.snp));
}

static bool translates(const struct dte *d)
{
    return (d->w[0] & DTE_V) && (d->w[0] & DTE_TV) && DTE_MODE(d->w[0]);
}

/* What is not seen by hardware, but wrong. */
static void check(struct amd_model *m, const struct dte *d)
{
    const uint64_t root = MASK(51, 9);
    unsigned int i;

    if ( m->cfg.erratum63 && (d->w[0] & DTE_V) && DTE_SYSMGT(d->w[1]) == 1 &&
         !(d->w[0] & PTE_IW) )
        amdm_violation(m, "erratum 63: SysMgt without IW for %04x", d->devid);

    /* §2.2.2: one domain ID, one table. */
    for ( i = 0; translates(d) && !m->failed && !m->dead && i < m->dte.nr; i++ )
    {
        const struct dte *o = amdm_cache_get(&m->dte, struct dte, i);

        if ( translates(o) && DTE_DOMAIN(o->w[1]) == DTE_DOMAIN(d->w[1]) &&
             ((o->w[0] ^ d->w[0]) & root) )
            amdm_violation(m, "domain %#x of %04x and %04x has two tables",
                           (unsigned int)DTE_DOMAIN(d->w[1]), d->devid,
                           o->devid);
    }
}

static const struct dte *find(const struct amd_model *m, uint16_t devid)
{
    unsigned int i;

    for ( i = 0; i < m->dte.nr; i++ )
    {
        const struct dte *d = amdm_cache_get(&m->dte, struct dte, i);

        if ( d->devid == devid )
            return d;
    }

    return NULL;
}

unsigned int amdm_dte(struct amd_model *m, uint16_t devid, struct dte *d,
                      uint64_t lo, uint64_t addr)
{
    const struct dte *cached = find(m, devid);
    uint64_t at;
    bool rz;

    if ( cached )
        *d = *cached;
    else
    {
        memset(d, 0, sizeof(*d));
        d->devid = devid;
        if ( !locate(m, devid, &at) )
        {
            amdm_event(m, EV_CODE(EV_ILLEGAL_DTE) | devid | lo, addr);
            return EV_ILLEGAL_DTE;
        }
        if ( !amdm_mem_walk(m, at, d->w, sizeof(d->w)) )
        {
            amdm_event(m, EV_CODE(EV_DEVTAB_HW) | devid | lo |
                          EV_HW_MASTER_ABORT, at);
            return EV_DEVTAB_HW;
        }
        amdm_walk_point(m);
        check(m, d);
        *(struct dte *)amdm_cache_add(&m->dte) = *d;
    }

    if ( legal(m, d->w, &rz) )
        return 0;
    amdm_event(m, EV_CODE(EV_ILLEGAL_DTE) | devid | lo | (rz ? EV_RZ : 0), addr);

    return EV_ILLEGAL_DTE;
}
