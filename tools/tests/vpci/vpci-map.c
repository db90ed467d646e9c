/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest's physical memory map: pages, and 2 MiB blocks where all fits. */
#include <string.h>

#include "vpci-fixture.h"

#define NR_GFNS (0x220000000ULL >> PAGE_SHIFT)
#define BLOCK 512UL

static uint32_t *frames;            /* mfn, 0: nothing */
static uint8_t *types;
static unsigned long device_pages;
static unsigned int fail_map, fail_unmap, readers;

static void set(unsigned long gfn, unsigned long mfn, p2m_type_t t)
{
    assert_true(gfn < NR_GFNS);
    if ( !frames )
    {
        frames = calloc(NR_GFNS, sizeof(*frames));
        types = calloc(NR_GFNS, 1);
    }
    device_pages += (t == p2m_mmio_direct_dev) -
                    (types[gfn] == p2m_mmio_direct_dev);
    frames[gfn] = mfn;
    types[gfn] = t;
}

void map_ram(uint64_t gpa, unsigned long mfn)
{
    set(PFN_DOWN(gpa), mfn, mfn ? p2m_ram_rw : p2m_invalid);
}

mfn_t map_at(uint64_t gpa, p2m_type_t *t)
{
    unsigned long gfn = PFN_DOWN(gpa);

    if ( !frames || gfn >= NR_GFNS || types[gfn] == p2m_invalid )
    {
        *t = p2m_invalid;
        return INVALID_MFN;
    }
    *t = types[gfn];

    return _mfn(frames[gfn]);
}

unsigned long map_device_pages(void)
{
    assert_int_equal(readers, 0);

    return device_pages;
}

void map_fail(unsigned int nth_map, unsigned int nth_unmap)
{
    fail_map = nth_map;
    fail_unmap = nth_unmap;
}

struct p2m_domain *p2m_get_hostp2m(struct domain *d)
{
    return NULL;
}

void p2m_read_lock(struct p2m_domain *p2m)
{
    readers++;
}

void p2m_read_unlock(struct p2m_domain *p2m)
{
    assert_true(readers);
    readers--;
}

/* Do the frames of @gfn's block make one entry? */
static bool is_block(unsigned long gfn)
{
    unsigned long first = gfn & ~(BLOCK - 1), i;

    if ( !frames || first + BLOCK > NR_GFNS )
        return true;
    for ( i = 1; i < BLOCK; i++ )
        if ( types[first + i] != types[first] ||
             (types[first] != p2m_invalid &&
              frames[first + i] != frames[first] + i) )
            return false;

    return types[first] == p2m_invalid || !(frames[first] & (BLOCK - 1));
}

mfn_t p2m_get_entry(struct p2m_domain *p2m, gfn_t gfn, p2m_type_t *t,
                    void *access, unsigned int *order, bool *valid)
{
    assert_true(readers);
    *order = is_block(gfn_x(gfn)) ? 9 : 0;

    return map_at(gfn_to_gaddr(gfn), t);
}

int map_mmio_regions(struct domain *d, gfn_t gfn, unsigned long nr, mfn_t mfn)
{
    unsigned long i;

    for ( i = 0; i < nr; i++ )
    {
        if ( fail_map && !--fail_map )
            return -ENOMEM;
        set(gfn_x(gfn) + i, mfn_x(mfn) + i, p2m_mmio_direct_dev);
    }

    return 0;
}

int unmap_mmio_regions(struct domain *d, gfn_t gfn, unsigned long nr, mfn_t mfn)
{
    unsigned long i;

    if ( fail_unmap && !--fail_unmap )
        return -ENOMEM;
    for ( i = 0; i < nr; i++ )
    {
        assert_int_equal(types[gfn_x(gfn) + i], p2m_mmio_direct_dev);
        assert_int_equal(frames[gfn_x(gfn) + i], mfn_x(mfn) + i);
        set(gfn_x(gfn) + i, 0, p2m_invalid);
    }

    return 0;
}
