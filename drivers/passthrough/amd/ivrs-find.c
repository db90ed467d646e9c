/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which unit, memory block or source belongs to a requester ID.
 *
 * Units' ranges overlap in tables of real machines: a bridge's alias range lies
 * in the range, up to the last bus, of another unit.  The unit that names fewer
 * IDs is believed, and neither of two that name as many.
 */

#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/xmalloc.h>

#include "ivrs.h"

/* What one unit says of an ID. */
struct said {
    bool named;
    uint8_t rank;
    uint16_t alias;
    uint8_t dte;
    bool no_ats;
};

/* @first to @last begin or end inside of the run [id, *run]. */
static void cut_run(uint16_t id, uint16_t *run, uint16_t first, uint16_t last)
{
    if ( id < first )
        *run = min_t(uint16_t, *run, first - 1);
    else if ( id <= last )
        *run = min(*run, last);
}

static void listen(const struct amd_ivhd *ivhd, uint16_t id, uint16_t *run,
                   struct said *said)
{
    unsigned int i;

    *said = (struct said){ .alias = id };

    for ( i = 0; i < ivhd->nr_entries; i++ )
    {
        const struct amd_ivhd_entry *e = &ivhd->entry[i];

        cut_run(id, run, e->first, e->last);
        if ( id < e->first || id > e->last )
            continue;

        said->named = true;
        said->rank = e->rank;
        if ( e->special )
            said->dte |= e->dte;
        else
        {
            said->alias = e->has_alias ? e->alias : id;
            said->dte = e->dte;
            said->no_ats = e->no_ats;
        }
    }
}

static void take(struct amd_found *found, struct amd_ivhd *ivhd,
                 const struct said *said)
{
    *found = (struct amd_found){
        .claim = AMD_CLAIM_ONE, .ivhd = ivhd, .alias = said->alias,
        .dte = said->dte, .no_ats = said->no_ats,
    };
}

/*
 * The only usable unit of the segment, if there is one and something about the
 * segment could not be read: then what nobody names may well be its.
 */
static struct amd_ivhd *only_unit(const struct amd_ivrs *ivrs, uint16_t seg)
{
    struct amd_ivhd *only = NULL;
    bool lacking = ivrs->units_missing;
    unsigned int i, nr = 0;

    for ( i = 0; i < ivrs->nr_ivhd; i++ )
    {
        if ( ivrs->ivhd[i].segment != seg )
            continue;
        lacking |= ivrs->ivhd[i].partial;
        if ( !ivrs->ivhd[i].lost )
        {
            only = &ivrs->ivhd[i];
            nr++;
        }
    }

    return lacking && nr == 1 ? only : NULL;
}

void amd_ivrs_find(const struct amd_ivrs *ivrs, uint16_t seg, uint16_t id,
                   uint16_t *last, struct amd_found *found)
{
    uint16_t run = last ? *last : id;
    bool own = false;
    uint8_t rank = 0;
    unsigned int i;

    *found = (struct amd_found){ .claim = AMD_CLAIM_NONE, .alias = id };

    for ( i = 0; i < ivrs->nr_ivhd; i++ )
    {
        struct amd_ivhd *ivhd = &ivrs->ivhd[i];
        struct said said;

        if ( ivhd->segment != seg )
            continue;

        cut_run(id, &run, ivhd->devid, ivhd->devid);
        own |= id == ivhd->devid;
        listen(ivhd, id, &run, &said);

        if ( !said.named || (found->ivhd && said.rank < rank) )
            continue;
        if ( found->ivhd && said.rank == rank )
        {
            found->claim = AMD_CLAIM_TWO;
            found->other = ivhd;
            continue;
        }
        rank = said.rank;
        take(found, ivhd, &said);
    }

    if ( last )
        *last = run;

    /* A unit does not translate itself. */
    if ( own )
        *found = (struct amd_found){ .claim = AMD_CLAIM_NONE, .alias = id };
    else if ( found->claim == AMD_CLAIM_ONE && ivrs->units_missing &&
              rank != AMD_IVHD_SELECT )
        found->claim = AMD_CLAIM_DOUBTFUL;
    else if ( found->claim == AMD_CLAIM_NONE )
    {
        found->ivhd = only_unit(ivrs, seg);
        if ( found->ivhd )
            found->claim = AMD_CLAIM_DOUBTFUL;
    }
}

static bool named(const struct amd_found *found)
{
    return found->claim == AMD_CLAIM_ONE || found->claim == AMD_CLAIM_TWO;
}

void amd_ivrs_find_pdev(const struct amd_ivrs *ivrs, const struct pci_dev *pdev,
                        struct amd_found *found)
{
    struct amd_found listed;
    pci_sbdf_t sbdf = pdev->sbdf;

    amd_ivrs_find(ivrs, sbdf.seg, sbdf.bdf, NULL, found);
    if ( named(found) || !(pdev->info.is_virtfn || pdev->info.is_extfn) )
        return;

    if ( pdev->info.is_virtfn )
    {
        sbdf.bus = pdev->info.physfn.bus;
        sbdf.devfn = pdev->info.physfn.devfn;
    }
    else
        sbdf.devfn = 0;

    amd_ivrs_find(ivrs, sbdf.seg, sbdf.bdf, NULL, &listed);
    if ( !named(&listed) )
        return;

    *found = listed;
    if ( found->alias == sbdf.bdf )
        found->alias = pdev->sbdf.bdf;
}

struct amd_ivhd *amd_ivrs_find_special(const struct amd_ivrs *ivrs,
                                       uint8_t variety, uint8_t handle,
                                       uint16_t *source)
{
    unsigned int i, j;

    for ( i = 0; i < ivrs->nr_ivhd; i++ )
        for ( j = 0; j < ivrs->ivhd[i].nr_specials; j++ )
        {
            const struct amd_ivhd_special *s = &ivrs->ivhd[i].special[j];

            if ( s->variety == variety && s->handle == handle )
            {
                *source = s->source;
                return &ivrs->ivhd[i];
            }
        }

    return NULL;
}

static void __init drop(struct amd_ivhd *ivhd, uint8_t variety, uint8_t handle,
                        uint16_t seg, uint16_t source)
{
    unsigned int i, kept = 0;

    for ( i = 0; i < ivhd->nr_specials; i++ )
    {
        const struct amd_ivhd_special *s = &ivhd->special[i];

        if ( s->variety != variety ||
             (s->handle != handle &&
              (ivhd->segment != seg || s->source != source)) )
            ivhd->special[kept++] = *s;
    }

    ivhd->nr_specials = kept;
}

int __init amd_ivrs_override(struct amd_ivrs *ivrs, uint8_t variety,
                             uint8_t handle, uint16_t seg, uint16_t source)
{
    struct amd_ivhd_special *special;
    struct amd_found found;
    unsigned int i;

    amd_ivrs_find(ivrs, seg, source, NULL, &found);
    if ( !found.ivhd )
        return -ENODEV;

    special = xrealloc_array(found.ivhd->special, found.ivhd->nr_specials + 1);
    if ( !special )
        return -ENOMEM;
    found.ivhd->special = special;

    for ( i = 0; i < ivrs->nr_ivhd; i++ )
        drop(&ivrs->ivhd[i], variety, handle, seg, source);

    special[found.ivhd->nr_specials++] = (struct amd_ivhd_special){
        .variety = variety, .handle = handle, .source = source,
    };

    return 0;
}
