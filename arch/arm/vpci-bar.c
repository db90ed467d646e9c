/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a guest's BARs may be, and their mapping into its stage 2.
 *
 * The guest chooses the address, so nothing is taken for granted: it may name
 * its own ECAM, its memory, another BAR, or the end of the address space. And
 * it may replace pages of a mapped BAR (XENMEM_populate_physmap), so unmapping
 * looks at each.
 */
#include <xen/iocap.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/pfn.h>
#include <xsm/xsm.h>

#include <asm/p2m.h>

#include <iommu-groups/contain.h>

#include "vpci-guest.h"

uint64_t vpci_bar_after_write(const struct vpci_bar *bar, bool hi, uint32_t val)
{
    unsigned int shift = hi ? 32 : 0;
    uint64_t addr = bar->guest_addr & ~(0xffffffffULL << shift);

    addr |= (uint64_t)val << shift;

    return addr & ~(bar->size - 1);
}

static bool inside(const struct vpci_bar *bar, uint64_t start, uint64_t len)
{
    return bar->size <= len && bar->guest_addr >= start &&
           bar->guest_addr - start <= len - bar->size;
}

bool vpci_bar_in_window(const struct vpci_bar *bar)
{
    return inside(bar, GUEST_VPCI_MEM_ADDR, GUEST_VPCI_MEM_SIZE) ||
           inside(bar, GUEST_VPCI_PREFETCH_MEM_ADDR,
                  GUEST_VPCI_PREFETCH_MEM_SIZE);
}

/* Both are inside a window: no sum overflows. */
static bool overlap(const struct vpci_bar *a, const struct vpci_bar *b)
{
    return a->guest_addr < b->guest_addr + b->size &&
           b->guest_addr < a->guest_addr + a->size;
}

static bool over_another(const struct domain *d, const struct vpci_bar *bar)
{
    const struct pci_dev *pdev;
    unsigned int i;

    for_each_pdev ( d, pdev )
        for ( i = 0; pdev->vpci && i < ARRAY_SIZE(pdev->vpci->header.bars);
              i++ )
        {
            const struct vpci_bar *other = &pdev->vpci->header.bars[i];

            if ( other != bar && other->enabled && overlap(other, bar) )
                return true;
        }

    return false;
}

/* What is at @gfn, and how many frames from it on are of the same entry. */
static mfn_t look_up(struct domain *d, unsigned long gfn, p2m_type_t *t,
                     unsigned long *nr)
{
    struct p2m_domain *p2m = p2m_get_hostp2m(d);
    unsigned int order;
    mfn_t mfn;

    p2m_read_lock(p2m);
    mfn = p2m_get_entry(p2m, _gfn(gfn), t, NULL, &order, NULL);
    p2m_read_unlock(p2m);

    *nr = (1UL << order) - (gfn & ((1UL << order) - 1));

    return mfn;
}

static bool over_memory(struct domain *d, const struct vpci_bar *bar)
{
    unsigned long gfn = PFN_DOWN(bar->guest_addr);
    unsigned long end = gfn + PFN_DOWN(bar->size), nr;
    p2m_type_t t;

    for ( ; gfn < end; gfn += nr )
        if ( !mfn_eq(look_up(d, gfn, &t, &nr), INVALID_MFN) )
            return true;

    return false;
}

static const char *obstacle(struct domain *d, const struct vpci_bar *bar)
{
    unsigned long start = PFN_DOWN(bar->addr);
    unsigned long last = start + PFN_DOWN(bar->size) - 1;

    if ( !vpci_bar_in_window(bar) )
        return "it is outside the host bridge's windows";
    if ( over_another(d, bar) )
        return "it is over another BAR";
    if ( over_memory(d, bar) )
        return "the guest has memory there";
    if ( !iomem_access_permitted(d, start, last) ||
         xsm_iomem_mapping_vpci(XSM_HOOK, d, start, last, true) )
        return "the guest has no permission for its frames";

    return NULL;
}

void vpci_bar_map(const struct pci_dev *pdev, struct vpci_bar *bar)
{
    struct domain *d = pdev->domain;
    const char *why;

    ASSERT(rw_is_write_locked(&d->pci_lock));

    if ( bar->enabled )
        return;

    why = obstacle(d, bar);
    if ( !why )
    {
        bar->enabled = true;
        if ( !map_mmio_regions(d, _gfn(PFN_DOWN(bar->guest_addr)),
                               PFN_DOWN(bar->size),
                               _mfn(PFN_DOWN(bar->addr))) )
            return;

        vpci_bar_unmap(d, bar);
        why = "memory for its stage-2 table lacks";
    }

    if ( iommu_lines_left(&pdev->vpci->said) )
        printk(XENLOG_G_WARNING
               "%pd: %pp: BAR at %#"PRIx64" is not mapped: %s\n",
               d, &pdev->sbdf, bar->guest_addr, why);
}

void vpci_bar_unmap(struct domain *d, struct vpci_bar *bar)
{
    unsigned long start = PFN_DOWN(bar->guest_addr), mfn = PFN_DOWN(bar->addr);
    unsigned long i, nr;
    p2m_type_t t;

    ASSERT(rw_is_write_locked(&d->pci_lock));

    if ( !bar->enabled )
        return;

    for ( i = 0; i < PFN_DOWN(bar->size); i += nr )
    {
        bool ours = mfn_eq(look_up(d, start + i, &t, &nr), _mfn(mfn + i)) &&
                    t == p2m_mmio_direct_dev;

        nr = min(nr, PFN_DOWN(bar->size) - i);
        if ( ours && unmap_mmio_regions(d, _gfn(start + i), nr, _mfn(mfn + i)) )
        {
            printk(XENLOG_G_ERR "%pd: BAR at %#"PRIx64" cannot be unmapped\n",
                   d, bar->guest_addr);
            domain_crash(d);
        }
    }

    bar->enabled = false;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
