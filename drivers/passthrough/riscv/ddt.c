/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device directory, RISC-V IOMMU 1.0, §2.1.
 *
 * The unit reads a context's words in any order (§2.1.2), at any time, so it
 * may join old words to new ones.  Two of them ever change.  tc says whether
 * the context is valid.  iohgatp of one that is not valid has a reserved mode:
 * a reader who joins it to a valid tc finds a misconfigured context, which is
 * refused like one that is not valid.  0 would be worse than any table: it
 * lets everything pass.
 */

#include <xen/lib.h>
#include <xen/mm.h>

#include <iommu-groups/firmware.h>

#include "rviommu.h"

/* More IDs of one reserved region than any device has. */
#define MAX_BUSY 4096

#define NOT_VALID IOHGATP_MODE(IOHGATP_RESERVED)

static bool extended(const struct rv_unit *u)
{
    return u->cap & CAP_MSI_FLAT;
}

static unsigned int leaf_bits(const struct rv_unit *u)
{
    return extended(u) ? RV_DDI0_EXT_BITS : RV_DDI0_BASE_BITS;
}

static unsigned int context_size(const struct rv_unit *u)
{
    return extended(u) ? RV_DC_EXT_SIZE : RV_DC_BASE_SIZE;
}

static struct rv_dc *context_at(const struct rv_unit *u, void *leaf,
                                unsigned int i)
{
    return leaf + i * context_size(u);
}

static void leaf_fill(const struct rv_unit *u, void *leaf)
{
    unsigned int i;

    for ( i = 0; i < 1u << leaf_bits(u); i++ )
        write_atomic(&context_at(u, leaf, i)->iohgatp, NOT_VALID);
}

/* @level 0: a leaf table. */
static void *table_alloc(const struct rv_unit *u, unsigned int level)
{
    void *table = alloc_xenheap_page();

    if ( !table )
        return NULL;

    clear_page(table);
    if ( !level )
        leaf_fill(u, table);

    return table;
}

int rv_ddt_alloc(struct rv_unit *u)
{
    BUILD_BUG_ON(sizeof(struct rv_dc) != RV_DC_EXT_SIZE);
    BUILD_BUG_ON(offsetof(struct rv_dc, msiptp) != RV_DC_BASE_SIZE);
    BUILD_BUG_ON(RV_DC_EXT_SIZE << RV_DDI0_EXT_BITS != PAGE_SIZE);
    BUILD_BUG_ON(RV_DC_BASE_SIZE << RV_DDI0_BASE_BITS != PAGE_SIZE);

    /* Nothing is valid in a page of zeroes, whatever table it is. */
    u->root = table_alloc(u, 1);

    return u->root ? 0 : -ENOMEM;
}

void rv_ddt_settle(struct rv_unit *u)
{
    if ( u->levels == 1 )
        leaf_fill(u, u->root);
}

static void table_free(uint64_t *table, unsigned int level)
{
    unsigned int i;

    if ( !table )
        return;

    for ( i = 0; level && i < 1u << RV_DIR_BITS; i++ )
        if ( table[i] & DDTE_V )
            table_free(maddr_to_virt(RV_PPN_ADDR(table[i])), level - 1);

    free_xenheap_page(table);
}

void rv_ddt_free(struct rv_unit *u)
{
    table_free(u->root, u->levels ? u->levels - 1 : 0);
    u->root = NULL;
    free_xenheap_pages(u->nothing, RV_GSTAGE_ORDER);
    u->nothing = NULL;
}

bool rv_ddt_holds(const struct rv_unit *u, uint32_t did)
{
    unsigned int bits = leaf_bits(u) + RV_DIR_BITS * (u->levels - 1);

    /* §2.1: 24 bits are the most there are. */
    return !(did >> min(bits, 24U));
}

/* The entry of a table at @level (0: a leaf table) that leads to @did. */
static unsigned int index_of(const struct rv_unit *u, uint32_t did,
                             unsigned int level)
{
    if ( !level )
        return did & ((1u << leaf_bits(u)) - 1);

    return (did >> (leaf_bits(u) + RV_DIR_BITS * (level - 1))) &
           ((1u << RV_DIR_BITS) - 1);
}

static int leaf_of(struct rv_unit *u, uint32_t did)
{
    unsigned int level = u->levels - 1;
    uint64_t *table = u->root;

    for ( ; level; level-- )
    {
        uint64_t *entry = &table[index_of(u, did, level)];

        if ( !(read_atomic(entry) & DDTE_V) )
        {
            void *next = table_alloc(u, level - 1);
            unsigned long flags;

            if ( !next )
                return -ENOMEM;

            spin_lock_irqsave(&u->unit.lock, flags);
            if ( !(*entry & DDTE_V) )
            {
                /* The empty table is in memory before hardware finds it. */
                smp_wmb();
                write_atomic(entry, RV_PPN(virt_to_maddr(next)) | DDTE_V);
                next = NULL;
            }
            spin_unlock_irqrestore(&u->unit.lock, flags);

            free_xenheap_page(next);
        }

        table = maddr_to_virt(RV_PPN_ADDR(read_atomic(entry)));
    }

    return 0;
}

int rv_ddt_tables(struct rv_unit *u, uint32_t first, uint32_t last)
{
    uint32_t leaf;
    int rc = 0;

    for ( leaf = first >> leaf_bits(u); !rc && leaf <= last >> leaf_bits(u);
          leaf++ )
        rc = leaf_of(u, leaf << leaf_bits(u));

    return rc;
}

/* NULL where there is no leaf table: so for IDs up to *@last. */
static struct rv_dc *context_up_to(const struct rv_unit *u, uint32_t did,
                                   uint32_t *last)
{
    unsigned int level = u->levels - 1;
    uint64_t *table = u->root;

    for ( ; level; level-- )
    {
        uint64_t entry = read_atomic(&table[index_of(u, did, level)]);

        if ( !(entry & DDTE_V) )
        {
            *last = did | ((1u << (leaf_bits(u) + RV_DIR_BITS * (level - 1)))
                           - 1);
            return NULL;
        }
        table = maddr_to_virt(RV_PPN_ADDR(entry));
    }

    *last = did;

    return context_at(u, table, index_of(u, did, 0));
}

/* NULL where there is no leaf table. */
static struct rv_dc *context_of(const struct rv_unit *u, uint32_t did)
{
    uint32_t last;

    return context_up_to(u, did, &last);
}

void rv_ddt_set(struct rv_unit *u, uint32_t did, uint64_t iohgatp)
{
    struct rv_dc *dc = context_of(u, did);

    ASSERT(dc && !(dc->tc & TC_V));

    write_atomic(&dc->iohgatp, iohgatp);
    smp_wmb();
    write_atomic(&dc->tc, TC_V);
}

bool rv_ddt_clear(struct rv_unit *u, uint32_t did, uint64_t *iohgatp)
{
    struct rv_dc *dc = context_of(u, did);

    if ( !dc || !(dc->tc & TC_V) )
        return false;

    *iohgatp = dc->iohgatp;
    write_atomic(&dc->tc, 0);
    smp_wmb();
    write_atomic(&dc->iohgatp, NOT_VALID);

    return true;
}

static int cf_check keep_range(uint32_t first, uint32_t last, void *arg)
{
    const struct s2_domain identity = { .type = S2_IDENTITY };
    struct rv_unit *u = arg;
    unsigned long flags;
    uint32_t did;
    uint64_t was;

    if ( !rv_ddt_holds(u, last) || last - first >= MAX_BUSY )
    {
        printk(XENLOG_WARNING
               "RISC-V IOMMU: %s: devices %#x to %#x have reserved memory, and are too many: blocked\n",
               u->desc.where, first, last);
        return 0;
    }

    if ( rv_ddt_tables(u, first, last) )
        return -ENOMEM;

    u->unit.busy = true;
    for ( did = first; did <= last; did++ )
    {
        spin_lock_irqsave(&u->unit.lock, flags);
        rv_ddt_clear(u, did, &was);
        rv_ddt_set(u, did, rv_iohgatp(&identity));
        spin_unlock_irqrestore(&u->unit.lock, flags);
    }

    return 0;
}

int rv_ddt_keep_busy(struct rv_unit *u)
{
    if ( !iommu_firmware || !iommu_firmware->busy_ids )
        return 0;

    return iommu_firmware->busy_ids(u->desc.phandle, keep_range, u);
}

bool rv_ddt_again(struct rv_unit *u)
{
    rv_ddt_free(u);
    u->levels = 0;

    return !rv_ddt_alloc(u);
}

int rv_ddt_nothing(struct rv_unit *u)
{
    unsigned long flags;
    void *pages;

    if ( read_atomic(&u->nothing) )
        return 0;

    pages = alloc_xenheap_pages(RV_GSTAGE_ORDER, 0);
    if ( !pages )
        return -ENOMEM;
    memset(pages, 0, PAGE_SIZE << RV_GSTAGE_ORDER);

    spin_lock_irqsave(&u->unit.lock, flags);
    if ( !u->nothing )
    {
        smp_wmb();
        write_atomic(&u->nothing, pages);
        pages = NULL;
    }
    spin_unlock_irqrestore(&u->unit.lock, flags);

    free_xenheap_pages(pages, RV_GSTAGE_ORDER);

    return 0;
}

/*
 * §3.2: no fault below 256 is recorded of a context with DTF, and that there is
 * no context is 258.  So it takes a valid one, of a table that is empty.
 */
bool rv_ddt_silence(struct rv_unit *u, uint32_t did, uint64_t iohgatp)
{
    struct rv_dc *dc = context_of(u, did);

    if ( !dc || (dc->tc & TC_V) )
        return false;

    write_atomic(&dc->iohgatp, iohgatp);
    smp_wmb();
    write_atomic(&dc->tc, TC_V | TC_DTF);

    return true;
}

bool rv_ddt_silent(const struct rv_unit *u, uint32_t did)
{
    const struct rv_dc *dc = context_of(u, did);

    return dc && (dc->tc & TC_DTF);
}

/* Modes of ddtp: §5.10; a context without a table of its own: §2.2. */
int cf_check rv_look(struct iommu_unit *unit, uint32_t did,
                     struct iommu_hw_entry *e)
{
    const struct rv_unit *u = to_rv_unit(unit);
    uint64_t ddtp = rv_readq(u, RV_DDTP);
    unsigned int mode = DDTP_MODE(ddtp);
    const struct rv_dc *dc;

    if ( !u->levels || !rv_ddt_holds(u, did) )
        return -ENOENT;

    *e = (struct iommu_hw_entry){ .last = did };
    if ( mode != DDTP_LEVELS(u->levels) ||
         RV_PPN_ADDR(ddtp) != virt_to_maddr(u->root) )
    {
        while ( rv_ddt_holds(u, e->last + 1) )
            e->last = e->last << 1 | 1;
        e->state = mode == DDTP_OFF ? HW_BLOCKED
                   : mode == DDTP_BARE ? HW_IDENTITY : HW_UNKNOWN;
        return 0;
    }

    dc = context_up_to(u, did, &e->last);
    if ( !dc || !(dc->tc & TC_V) )
        return 0;

    e->tag = IOHGATP_GSCID_OF(dc->iohgatp);
    e->root = IOHGATP_ROOT(dc->iohgatp);
    switch ( IOHGATP_MODE_OF(dc->iohgatp) )
    {
    case IOHGATP_BARE:
        e->state = HW_IDENTITY;
        break;

    case IOHGATP_SV39X4:
    case IOHGATP_SV48X4:
    case IOHGATP_SV57X4:
        /* The table that leads nowhere: rv_ddt_silence(). */
        if ( !u->nothing || e->root != virt_to_maddr(u->nothing) )
            e->state = HW_PAGING;
        break;

    default:
        /* Misconfigured, and so refused. */
        break;
    }

    return 0;
}
