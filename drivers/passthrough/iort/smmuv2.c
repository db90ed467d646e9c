/* SPDX-License-Identifier: GPL-2.0-only */
/* The IORT's nodes of SMMUv1 and v2: Arm DEN0049, E.f, §3.1.1.1. */
#include <xen/errno.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/sizes.h>
#include <xen/xmalloc.h>

#include <iommu-groups/iort.h>

#include "node.h"

/* Offsets in the node. */
#define SMMU_BASE        16
#define SMMU_SPAN        24
#define SMMU_MODEL       32
#define SMMU_FLAGS       36
#define SMMU_GLOBAL      40
#define SMMU_NR_CONTEXT  44
#define SMMU_CONTEXT     48

#define FLAG_COHERENT    (1u << 1)

/* Of an interrupt: its number, and flags. */
#define IRQ_SIZE         8
#define IRQ_EDGE         (1u << 0)

/* The second global one, for faults of configuration, may be missing. */
#define NR_GLOBAL        2
#define MAX_CONTEXT      256

#define MAX_SPAN         MB(64)

static const struct model {
    unsigned int version, quirks;
} models[] __initconst = {
    { 1 }, { 2 }, { 1 }, { 2, SMMUV2_MMU500 }, { 1 }, { 2, SMMUV2_CAVIUM },
};

/* @nr interrupts of the array at @off of @n.  False: it is not inside. */
static bool __init read_irqs(const struct iort_reader *r,
                             const struct iort_node *n, uint32_t off,
                             unsigned int nr, struct iort_irq *irq)
{
    if ( off < IORT_NODE_SIZE || !iort_inside(off, nr, IRQ_SIZE, n->len) )
        return false;

    for ( off += n->off; nr--; off += IRQ_SIZE, irq++ )
    {
        irq->gsiv = iort_le32(r, off);
        irq->edge = iort_le32(r, off + 4) & IRQ_EDGE;
    }

    return true;
}

static int __init read_all_irqs(const struct iort_reader *r,
                                const struct iort_node *n, struct iort_smmu *s)
{
    uint32_t nr = iort_le32(r, n->off + SMMU_NR_CONTEXT);
    struct iort_irq global[NR_GLOBAL];

    if ( nr > MAX_CONTEXT ||
         !read_irqs(r, n, iort_le32(r, n->off + SMMU_GLOBAL), NR_GLOBAL,
                    global) )
        goto bad;

    s->irqs = xzalloc_array(struct iort_irq, NR_GLOBAL + nr);
    if ( !s->irqs )
        return -ENOMEM;

    s->irqs[0] = global[0];
    s->nr_global = 1;
    if ( global[1].gsiv )
        s->irqs[s->nr_global++] = global[1];
    s->nr_irqs = s->nr_global;
    if ( !nr )
        return 0;

    if ( read_irqs(r, n, iort_le32(r, n->off + SMMU_CONTEXT), nr,
                   s->irqs + s->nr_global) )
    {
        s->nr_irqs += nr;
        return 0;
    }

 bad:
    iort_bad(r, n->off, "interrupts outside of their node: they are not used");

    return 0;
}

int __init cf_check iort_read_smmuv2(const struct iort_reader *r,
                                     const struct iort_node *n, void *arg)
{
    struct iommu_iort *iort = arg;
    uint32_t model = iort_le32(r, n->off + SMMU_MODEL);
    uint64_t span = iort_le64(r, n->off + SMMU_SPAN);
    struct iort_smmu *s;
    int rc = iort_append(r, n->off, &iort->smmus, iort->nr_smmus, sizeof(*s),
                         &s);

    if ( rc )
        return rc;

    *s = (struct iort_smmu){
        .offset = n->off,
        .base = iort_le64(r, n->off + SMMU_BASE),
        .size = span,
        .coherent = iort_le32(r, n->off + SMMU_FLAGS) & FLAG_COHERENT,
    };
    snprintf(s->where, sizeof(s->where), "IORT node at %#x", n->off);

    if ( model >= ARRAY_SIZE(models) || span < PAGE_SIZE || span > MAX_SPAN )
    {
        iort_bad(r, n->off, "SMMU of no known model or size: it is not used");
        s->base = 0;
        s->bad = true;
        s->version = 2;
        iort->nr_smmus++;
        return 0;
    }

    s->version = models[model].version;
    s->quirks = models[model].quirks;
    rc = read_all_irqs(r, n, s);
    if ( !rc )
        iort_add_smmu(r, iort, s, PAGE_SIZE);

    return rc;
}

struct smmuv2_desc __init iommu_iort_desc_v2(const struct iort_smmu *smmu)
{
    return (struct smmuv2_desc){
        .base = smmu->base,
        .size = smmu->size,
        .phandle = smmu->bad ? 0 : smmu->offset,
        .version = smmu->version,
        .quirks = smmu->quirks,
        .coherent = smmu->coherent,
        .nr_irqs = smmu->nr_irqs,
        .nr_global = smmu->nr_global,
        .where = smmu->where,
    };
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
