/* SPDX-License-Identifier: GPL-2.0-only */
#include <xen/errno.h>
#include <xen/grant_table.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/pfn.h>
#include <xen/rangeset.h>

#include "x86-xen.h"

struct e820map e820;
struct rangeset *mmio_ro_ranges;
unsigned long x86_xen_first, x86_xen_last, x86_mmio_chunk, x86_mmio_fail;
unsigned long x86_granted;
struct x86_query x86_query;
unsigned int x86_identity_fail, x86_identity_flag;
int x86_xen_rc;

void x86_reset(void)
{
    e820.nr_map = 0;
    x86_xen_first = 1;
    x86_xen_last = x86_mmio_chunk = x86_mmio_fail = 0;
    x86_identity_fail = x86_identity_flag = 0;
    x86_xen_rc = x86_granted = 0;
}

void x86_e820(unsigned long first, unsigned long last, uint32_t type)
{
    e820.map[e820.nr_map].addr = (uint64_t)first << PAGE_SHIFT;
    e820.map[e820.nr_map].size = (uint64_t)(last - first + 1) << PAGE_SHIFT;
    e820.map[e820.nr_map++].type = type;
}

/* Of one byte; 0: nothing is there. */
static uint32_t type_at(uint64_t addr)
{
    unsigned int i;

    for ( i = 0; i < e820.nr_map; i++ )
        if ( addr >= e820.map[i].addr &&
             addr - e820.map[i].addr < e820.map[i].size )
            return e820.map[i].type;

    return 0;
}

bool e820_all_mapped(uint64_t start, uint64_t end, unsigned int type)
{
    for ( ; start < end; start += PAGE_SIZE )
        if ( type_at(start) != type )
            return false;

    return true;
}

int e820_add_range(uint64_t start, uint64_t end, uint32_t type)
{
    if ( e820.nr_map == ARRAY_SIZE(e820.map) || type_at(start) )
        return 0;
    x86_e820(PFN_DOWN(start), PFN_DOWN(end) - 1, type);

    return 1;
}

/* Frames become reserved, by an entry that is found first. */
int reserve_e820_ram(struct e820map *map, uint64_t start, uint64_t end)
{
    unsigned int nr = map->nr_map;

    ASSERT(map == &e820 && nr < ARRAY_SIZE(map->map));
    if ( !e820_all_mapped(start, end, E820_RAM) )
        return 0;
    memmove(&map->map[1], &map->map[0], nr * sizeof(map->map[0]));
    map->nr_map = 0;
    x86_e820(PFN_DOWN(start), PFN_DOWN(end) - 1, E820_RESERVED);
    map->nr_map = nr + 1;

    return 1;
}

unsigned int page_get_ram_type(mfn_t mfn)
{
    switch ( type_at(mfn_to_maddr(mfn)) )
    {
    case E820_RAM:      return RAM_TYPE_CONVENTIONAL;
    case E820_RESERVED: return RAM_TYPE_RESERVED;
    case E820_UNUSABLE: return RAM_TYPE_UNUSABLE;
    case E820_ACPI:
    case E820_NVS:      return RAM_TYPE_ACPI;
    }

    return RAM_TYPE_UNKNOWN;
}

int remove_xen_ranges(struct rangeset *r)
{
    if ( x86_xen_rc || x86_xen_first > x86_xen_last )
        return x86_xen_rc;

    return rangeset_remove_range(r, x86_xen_first, x86_xen_last);
}

/* As physmap.c does for a PV domain; for the test also for others. */
int set_identity_p2m_entry(struct domain *d, unsigned long gfn,
                           p2m_access_t p2ma, unsigned int flag)
{
    ASSERT(p2ma != p2m_access_n);
    x86_identity_flag = flag;
    if ( x86_identity_fail && !--x86_identity_fail )
        return -ENOMEM;

    return iommu_legacy_map(d, _dfn(gfn), _mfn(gfn), 1,
                            (p2ma & p2m_access_r ? IOMMUF_readable : 0) |
                            (p2ma & p2m_access_w ? IOMMUF_writable : 0));
}

int clear_identity_p2m_entry(struct domain *d, unsigned long gfn)
{
    return iommu_legacy_unmap(d, _dfn(gfn), 1);
}

int map_mmio_regions(struct domain *d, gfn_t gfn, unsigned long nr, mfn_t mfn)
{
    unsigned long n = x86_mmio_chunk ? min(nr, x86_mmio_chunk) : nr;
    int rc;

    ASSERT(gfn_x(gfn) == mfn_x(mfn));
    if ( x86_mmio_fail >= gfn_x(gfn) && x86_mmio_fail < gfn_x(gfn) + n )
        return -ENOMEM;
    rc = iommu_legacy_map(d, _dfn(gfn_x(gfn)), mfn, n,
                          IOMMUF_readable | IOMMUF_writable);

    return rc ?: n < nr ? (int)n : 0;
}

bool gnttab_maps_frame(const struct domain *d, mfn_t mfn)
{
    return x86_granted && mfn_x(mfn) == x86_granted;
}

mfn_t get_gfn_query_unlocked(struct domain *d, unsigned long gfn,
                             p2m_type_t *t)
{
    *t = x86_query.t;

    return _mfn(x86_query.mfn);
}

#define COUNT_MASK 0xffffUL

bool get_page(struct page_info *page, const struct domain *d)
{
    if ( !(page->count_info & COUNT_MASK) || page_get_owner(page) != d )
        return false;
    page->count_info++;

    return true;
}

/* With the hook that Xen's has. */
void put_page(struct page_info *page)
{
    struct domain *d = page_get_owner(page);
    int rc = 0;

    ASSERT(page->count_info & COUNT_MASK);
    if ( --page->count_info & COUNT_MASK )
        return;

    if ( is_pv_domain(d) )
        rc = iommu_legacy_unmap(d, _dfn(mfn_x(page_to_mfn(page))), 1);
    if ( !rc && !iommu_groups_release(page) )
        free_domheap_page(page);
}

/* guest_remove_page(), of a page at its own frame number. */
int x86_remove_page(struct domain *d, struct page_info *page)
{
    bool *dont_flush = &this_cpu(iommu_dont_flush_iotlb), before = *dont_flush;
    int rc = 0;

    ASSERT(get_page(page, d));
    *dont_flush = iommu_groups_release_hold(page);
    if ( is_hvm_domain(d) )
        rc = iommu_legacy_unmap(d, _dfn(mfn_x(page_to_mfn(page))), 1);
    *dont_flush = before;
    if ( !rc )
        put_page(page);         /* put_page_alloc_ref() */
    put_page(page);

    return rc;
}
