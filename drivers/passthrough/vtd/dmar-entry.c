/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The structures of the DMAR that are no units: reserved regions, ATS, affinity
 * and names: VT-d rev 4.1, §8.4 to §8.9.
 */

#include <xen/errno.h>
#include <xen/init.h>
#include <xen/inttypes.h>
#include <xen/mm.h>
#include <xen/string.h>
#include <xen/xmalloc.h>

#include "dmar-parse.h"

/*
 * NULL, or why the region is no memory that a device could reach.  A limit
 * that is the base is an exclusive one of a region without a byte: zeroes, too.
 */
static const char *__init bad_region(const struct vtd_rmrr *rmrr,
                                     unsigned int width)
{
    if ( rmrr->limit <= rmrr->base )
        return "it is empty";
    if ( rmrr->limit >> width )
        return "it is beyond the address width";
    if ( rmrr->limit - rmrr->base >= VTD_RMRR_MAX )
        return "it is larger than any";

    return NULL;
}

/* Devices need every byte of it, so that pages go outwards. */
static void __init round_outwards(const struct dmar_parse *p,
                                  struct vtd_rmrr *rmrr)
{
    paddr_t base = rmrr->base, limit = rmrr->limit;

    rmrr->exclusive = !(limit & (PAGE_SIZE - 1));
    rmrr->base &= PAGE_MASK;
    rmrr->limit |= PAGE_SIZE - 1;

    if ( base != rmrr->base || limit != rmrr->limit )
        dmar_warn(p->out, rmrr->offset,
                  "RMRR [%#"PRIpaddr", %#"PRIpaddr"] is not whole pages: taken as [%#"PRIpaddr", %#"PRIpaddr"]",
                  base, limit, rmrr->base, rmrr->limit);
}

int __init cf_check dmar_parse_rmrr(struct dmar_parse *p, uint32_t off,
                                    uint32_t end)
{
    const struct dmar_rmrr *from = (const void *)(p->table + off);
    struct vtd_rmrr *rmrr = &p->out->rmrr[p->out->nr_rmrr];
    bool lost = false;
    const char *why;
    int rc = dmar_parse_scopes(p, off + sizeof(*from), end, &rmrr->scopes,
                               &lost);

    if ( rc )
        return rc;

    rmrr->offset = off;
    rmrr->segment = from->segment;
    rmrr->base = from->base;
    rmrr->limit = from->limit;

    why = bad_region(rmrr, p->out->width);
    if ( !why && !rmrr->scopes.nr )
        why = "no device can be read that needs it";
    if ( why )
    {
        dmar_warn(p->out, off,
                  "RMRR [%#"PRIpaddr", %#"PRIpaddr"] ignored: %s",
                  rmrr->base, rmrr->limit, why);
        xfree(rmrr->scopes.scope);
        memset(rmrr, 0, sizeof(*rmrr));
        return 0;
    }

    round_outwards(p, rmrr);
    p->out->nr_rmrr++;

    return 0;
}

int __init cf_check dmar_parse_atsr(struct dmar_parse *p, uint32_t off,
                                    uint32_t end)
{
    const struct dmar_atsr *from = (const void *)(p->table + off);
    struct vtd_atsr *atsr = &p->out->atsr[p->out->nr_atsr++];
    bool lost = false;

    atsr->segment = from->segment;
    atsr->all_ports = from->flags & DMAR_ATSR_ALL_PORTS;

    return dmar_parse_scopes(p, off + sizeof(*from), end, &atsr->scopes, &lost);
}

int __init cf_check dmar_parse_rhsa(struct dmar_parse *p, uint32_t off,
                                    uint32_t end)
{
    const struct dmar_rhsa *from = (const void *)(p->table + off);
    struct vtd_rhsa *rhsa = &p->out->rhsa[p->out->nr_rhsa++];

    rhsa->base = from->base;
    rhsa->proximity = from->proximity;

    return 0;
}

int __init cf_check dmar_parse_andd(struct dmar_parse *p, uint32_t off,
                                    uint32_t end)
{
    const struct dmar_andd *from = (const void *)(p->table + off);
    struct vtd_andd *andd = &p->out->andd[p->out->nr_andd];
    const char *name = (const char *)(from + 1);
    uint32_t i, len = end - off - sizeof(*from);

    for ( i = 0; i < len && name[i]; i++ )
    {
        if ( i == VTD_ANDD_NAME_MAX - 1 || name[i] <= ' ' || name[i] > '~' )
            break;
        andd->name[i] = name[i];
    }

    if ( i == len || name[i] || !i )
    {
        dmar_warn(p->out, off, "ANDD without a usable device name ignored");
        memset(andd, 0, sizeof(*andd));
        return 0;
    }

    andd->number = from->number;
    p->out->nr_andd++;

    return 0;
}

int __init cf_check dmar_parse_satc(struct dmar_parse *p, uint32_t off,
                                    uint32_t end)
{
    const struct dmar_satc *from = (const void *)(p->table + off);
    struct vtd_satc *satc = &p->out->satc[p->out->nr_satc++];
    bool lost = false;

    satc->segment = from->segment;
    satc->atc_required = from->flags & DMAR_SATC_ATC_REQUIRED;

    return dmar_parse_scopes(p, off + sizeof(*from), end, &satc->scopes, &lost);
}

int __init cf_check dmar_parse_sidp(struct dmar_parse *p, uint32_t off,
                                    uint32_t end)
{
    const struct dmar_sidp *from = (const void *)(p->table + off);
    struct vtd_sidp *sidp = &p->out->sidp[p->out->nr_sidp++];
    bool lost = false;

    sidp->segment = from->segment;

    return dmar_parse_scopes(p, off + sizeof(*from), end, &sidp->scopes, &lost);
}
