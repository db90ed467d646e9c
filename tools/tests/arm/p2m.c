/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A p2m: entries with types, and a stage 2 that has what they say, which the
 * CPU would walk and the SMMUs do.
 */
#include "arm-fixture.h"

#include <iommu-groups/borrow.h>

#define MAX_ENTRIES 4096
#define NO_MFN (~0ULL)

struct entry {
    uint64_t gfn, mfn;
    p2m_type_t t;
};

struct map {
    struct pt pt;
    struct pt_gather gather;
    unsigned int nr;
    struct entry e[MAX_ENTRIES];
};

unsigned int p2m_ipa_bits;
static unsigned int fail_at;

static struct map *map_of(const struct domain *d)
{
    return d->arch.p2m.host;
}

void arm_p2m_init(struct domain *d)
{
    struct map *m = calloc(1, sizeof(*m));
    struct pt_config cfg;

    assert_non_null(m);
    assert_true(arch_iommu_borrow(d, &cfg));
    assert_int_equal(pt_init(&m->pt, &cfg), 0);
    pt_gather_init(&m->gather);
    rwlock_init(&d->arch.p2m.lock);
    d->arch.p2m.domain = d;
    d->arch.p2m.host = m;
    d->arch.p2m.root = maddr_to_page(pt_root(&m->pt));
}

void arm_p2m_free(struct domain *d)
{
    struct map *m = map_of(d);

    if ( !m )
        return;
    pt_gather_release(&m->gather);
    while ( pt_destroy(&m->pt, ~0UL) == -ERESTART )
        continue;
    free(m);
    d->arch.p2m.host = NULL;
    d->arch.p2m.root = NULL;
}

void arm_p2m_fail(unsigned int nth)
{
    fail_at = nth;
}

unsigned int arm_p2m_entries(const struct domain *d)
{
    return map_of(d)->nr;
}

static struct entry *find(const struct domain *d, uint64_t gfn)
{
    struct map *m = map_of(d);
    unsigned int i;

    for ( i = 0; i < m->nr; i++ )
        if ( m->e[i].gfn == gfn )
            return &m->e[i];

    return NULL;
}

/* DDI 0487: what the CPU, and so the SMMU, may do with a page of the type. */
static unsigned int rights(p2m_type_t t)
{
    switch ( t )
    {
    case p2m_ram_ro:
    case p2m_map_foreign_ro:
    case p2m_grant_map_ro:
    case p2m_iommu_map_ro:
        return PT_PROT_R;

    default:
        return PT_PROT_R | PT_PROT_W;
    }
}

/* An entry that is there is not replaced at once (DDI 0487 J.a, D8.14). */
static int break_one(struct domain *d, const struct entry *e)
{
    struct map *m = map_of(d);
    int rc = pt_unmap(&m->pt, e->gfn, 1, &m->gather);

    if ( rc )
        return rc;

    iommu_groups_p2m_broken(d, _gfn(e->gfn), 0);
    if ( arm_stubs.at_break )
        arm_stubs.at_break(d, e->gfn);

    return 0;
}

/* p2m.c's end of a change: write-locked. */
static int set_one(struct domain *d, uint64_t gfn, uint64_t mfn, p2m_type_t t)
{
    struct map *m = map_of(d);
    struct entry *e = find(d, gfn);
    int rc;

    if ( fail_at && !--fail_at )
        return -ENOMEM;

    rc = e && mfn != NO_MFN && (e->mfn != mfn || e->t != t) ? break_one(d, e)
                                                           : 0;
    if ( rc )
        return rc;

    rc = mfn == NO_MFN ? pt_unmap(&m->pt, gfn, 1, &m->gather)
                       : pt_map(&m->pt, gfn, mfn, 1, rights(t), &m->gather);
    if ( rc )
        return rc;

    if ( mfn == NO_MFN && e )
        *e = m->e[--m->nr];
    else if ( mfn != NO_MFN )
    {
        if ( !e )
            e = &m->e[m->nr++];
        ASSERT(m->nr <= MAX_ENTRIES);
        *e = (struct entry){ gfn, mfn, t };
    }

    iommu_groups_p2m_changed(d, _gfn(gfn), 0,
                             mfn == NO_MFN ? INVALID_MFN : _mfn(mfn), t);
    rc = iommu_iotlb_flush(d, _dfn(gfn), 1, IOMMU_FLUSHF_modified);
    if ( pt_gather_broken(&m->gather) )
        pt_make(&m->pt, &m->gather);
    pt_gather_release(&m->gather);

    return rc;
}

static int set_range(struct domain *d, uint64_t gfn, uint64_t mfn,
                     unsigned long nr, p2m_type_t t)
{
    unsigned long i;
    int rc = 0;

    write_lock(&d->arch.p2m.lock);
    for ( i = 0; !rc && i < nr; i++ )
        rc = set_one(d, gfn + i, mfn == NO_MFN ? mfn : mfn + i, t);
    /* As Xen's loop does: what was done goes again. */
    if ( rc && mfn != NO_MFN )
        for ( i--; i--; )
            assert_int_equal(set_one(d, gfn + i, NO_MFN, p2m_invalid), 0);
    write_unlock(&d->arch.p2m.lock);

    return rc;
}

int arm_p2m_set(struct domain *d, uint64_t gfn, uint64_t mfn, unsigned long nr,
                p2m_type_t t)
{
    return set_range(d, gfn, mfn, nr, t);
}

int arm_p2m_clear(struct domain *d, uint64_t gfn, unsigned long nr)
{
    return set_range(d, gfn, NO_MFN, nr, p2m_invalid);
}

uint64_t arm_p2m_get(struct domain *d, uint64_t gfn, p2m_type_t *t)
{
    const struct entry *e = find(d, gfn);

    if ( t )
        *t = e ? e->t : p2m_invalid;

    return e ? e->mfn : NO_MFN;
}

/* ---- <asm/p2m.h> ---- */

struct p2m_domain *p2m_get_hostp2m(struct domain *d)
{
    return &d->arch.p2m;
}

void p2m_read_lock(struct p2m_domain *p2m)
{
    read_lock(&p2m->lock);
}

void p2m_read_unlock(struct p2m_domain *p2m)
{
    read_unlock(&p2m->lock);
}

void p2m_restrict_ipa_bits(unsigned int ipa_bits)
{
    p2m_ipa_bits = min(p2m_ipa_bits, ipa_bits);
}

mfn_t p2m_get_entry(struct p2m_domain *p2m, gfn_t gfn, p2m_type_t *t,
                    void *access, unsigned int *order, bool *valid)
{
    const struct map *m = p2m->host;
    const struct entry *e = find(p2m->domain, gfn_x(gfn));
    unsigned int i, o = p2m_ipa_bits - PAGE_SHIFT;

    ASSERT(rw_is_locked(&p2m->lock));
    for ( i = 0; i < m->nr; i++ )
        while ( m->e[i].gfn >> o == gfn_x(gfn) >> o && o )
            o--;
    if ( order )
        *order = e ? 0 : o;
    *t = e ? e->t : p2m_invalid;
    if ( valid )
        *valid = e;

    return e ? _mfn(e->mfn) : INVALID_MFN;
}

mfn_t p2m_lookup(struct domain *d, gfn_t gfn, p2m_type_t *t)
{
    p2m_type_t type;
    mfn_t mfn;

    p2m_read_lock(&d->arch.p2m);
    mfn = p2m_get_entry(&d->arch.p2m, gfn, t ?: &type, NULL, NULL, NULL);
    p2m_read_unlock(&d->arch.p2m);

    return mfn;
}

int map_regions_p2mt(struct domain *d, gfn_t gfn, unsigned long nr, mfn_t mfn,
                     p2m_type_t t)
{
    return set_range(d, gfn_x(gfn), mfn_x(mfn), nr, t);
}

int unmap_regions_p2mt(struct domain *d, gfn_t gfn, unsigned long nr,
                       mfn_t mfn)
{
    return set_range(d, gfn_x(gfn), NO_MFN, nr, p2m_invalid);
}

int map_mmio_regions(struct domain *d, gfn_t gfn, unsigned long nr, mfn_t mfn)
{
    return map_regions_p2mt(d, gfn, nr, mfn, p2m_mmio_direct_dev);
}

int guest_physmap_add_entry(struct domain *d, gfn_t gfn, mfn_t mfn,
                            unsigned long order, p2m_type_t t)
{
    return set_range(d, gfn_x(gfn), mfn_x(mfn), 1UL << order, t);
}

int guest_physmap_remove_page(struct domain *d, gfn_t gfn, mfn_t mfn,
                              unsigned int order)
{
    if ( arm_p2m_get(d, gfn_x(gfn), NULL) != mfn_x(mfn) )
        return -EINVAL;

    return set_range(d, gfn_x(gfn), NO_MFN, 1UL << order, p2m_invalid);
}
