/* SPDX-License-Identifier: GPL-2.0-only */
/* Xen's domains, as far as the layer looks at them. */
#include <xen/lib.h>
#include <xen/sched.h>
#include <xsm/xsm.h>

#include <iommu-groups/pt.h>

#include "host.h"
#include "internal.h"

static struct domain io = { .domain_id = DOMID_IO,
                            .pdev_list = LIST_HEAD_INIT(io.pdev_list),
                            .refcnt = ATOMIC_INIT(1) };
static struct domain xen = { .domain_id = DOMID_XEN,
                             .pdev_list = LIST_HEAD_INIT(xen.pdev_list),
                             .refcnt = ATOMIC_INIT(1) };
struct domain *dom_io = &io, *dom_xen = &xen;
struct domain *hardware_domain, *domain_list;

static DEFINE_SPINLOCK(domlist_lock);
static __thread struct vcpu this_vcpu;

extern bool iommu_hwdom_none;

/* Weak: a test that links params.c or the x86 code gets theirs. */
bool __weak iommu_enable = true, __weak iommu_enabled = true;
bool __weak force_iommu, __weak iommu_verbose, __weak iommu_debug;
bool __weak iommu_snoop = true, __weak iommu_qinval = true;
bool __weak iommu_igfx = true, __weak iommu_superpages = true;
bool __weak iommu_hwdom_strict, __weak iommu_hwdom_passthrough;
bool __weak iommu_hwdom_inclusive, __weak iommu_hap_pt_share;
bool __weak iommu_non_coherent, __weak untrusted_msi, __weak iommu_intpost;
bool __weak iommu_crash_disable, __weak iommu_hwdom_none;
int8_t __weak iommu_hwdom_reserved = -1;
uint8_t __weak iommu_quarantine = 1;
unsigned int __weak iommu_dev_iotlb_timeout = 1000;
enum iommu_intremap __weak iommu_intremap = iommu_intremap_full;
rcu_read_lock_t domlist_read_lock;
int host_xsm_rc;
unsigned int host_xsm_asked, host_xsm_groups_asked, host_xsm_policy_asked;
uint32_t host_xsm_sbdf;
const char *host_xsm_path;

struct vcpu *host_current(void)
{
    return &this_vcpu;
}

void host_current_set(struct domain *d)
{
    this_vcpu.domain = d;
}

struct domain *host_domain_create(domid_t id, unsigned int options)
{
    struct domain *d = xzalloc(struct domain), **pd;

    if ( !d )
        return NULL;

    d->domain_id = id;
    d->options = options;
    d->iommu.node = NUMA_NO_NODE;
    atomic_set(&d->refcnt, 1);
    INIT_LIST_HEAD(&d->pdev_list);
    INIT_PAGE_LIST_HEAD(&d->page_list);
    rspin_lock_init(&d->domain_lock);
    rspin_lock_init(&d->page_alloc_lock);
    spin_lock_init(&d->shutdown_lock);
    rwlock_init(&d->pci_lock);
    lock_class_set(&d->pci_lock, LOCK_DOMAIN_PCI);

    spin_lock(&domlist_lock);
    for ( pd = &domain_list; *pd && (*pd)->domain_id < id;
          pd = &(*pd)->next_in_list )
        continue;
    d->next_in_list = *pd;
    *pd = d;
    spin_unlock(&domlist_lock);

    return d;
}

void host_domain_destroy(struct domain *d)
{
    struct domain **pd;

    spin_lock(&domlist_lock);
    for ( pd = &domain_list; *pd && *pd != d; pd = &(*pd)->next_in_list )
        continue;
    if ( *pd )
        *pd = d->next_in_list;
    spin_unlock(&domlist_lock);

    if ( hardware_domain == d )
        hardware_domain = NULL;
    put_domain(d);
}

void host_hwdom_set(struct domain *d)
{
    hardware_domain = d;
    if ( d )
        d->is_privileged = true;
}

bool get_domain(struct domain *d)
{
    return atomic_add_unless(&d->refcnt, 1, 0) != 0;
}

void put_domain(struct domain *d)
{
    if ( atomic_dec_and_test(&d->refcnt) )
        xfree(d);
}

struct domain *rcu_lock_domain_by_id(domid_t dom)
{
    struct domain *d;

    spin_lock(&domlist_lock);
    for ( d = domain_list; d && d->domain_id != dom; d = d->next_in_list )
        continue;
    spin_unlock(&domlist_lock);

    return d;
}

struct domain *get_domain_by_id(domid_t dom)
{
    struct domain *d = rcu_lock_domain_by_id(dom);

    return d && get_domain(d) ? d : NULL;
}

void host_domain_crash(struct domain *d, const char *site)
{
    d->host_crashes++;
    d->is_shutting_down = true;
    printk(XENLOG_ERR "domain_crash called from %s for %pd\n", site, d);
}

void domain_pause(struct domain *d)
{
}

void domain_unpause(struct domain *d)
{
}

static struct {
    uint64_t root;
    unsigned int levels, in_bits;
    const struct pt *pt;
} lent;

void host_borrow_set(uint64_t root, unsigned int levels, unsigned int in_bits)
{
    lent = (typeof(lent)){ root, levels, in_bits };
}

void host_borrow_look(const struct pt *pt)
{
    lent.pt = pt;
}

bool __weak arch_iommu_borrow(const struct domain *d, struct pt_config *cfg)
{
    if ( !lent.levels )
        return false;

    *cfg = (struct pt_config){
        .fmt = &pt_arm_s2,
        .levels = lent.levels,
        .in_bits = lent.in_bits,
        .out_bits = lent.in_bits,
        .leaf_orders = PT_LEAF_4K | PT_LEAF_2M | PT_LEAF_1G,
        .node = NUMA_NO_NODE,
    };

    return true;
}

int __weak arch_iommu_borrowed_map(struct domain *d, uint64_t dfn,
                                   uint64_t mfn, unsigned long nr,
                                   unsigned int prot)
{
    printk("p2m map %pd %"PRIx64" %"PRIx64" %lu %u\n", d, dfn, mfn, nr, prot);

    return host_fail_now() ? -ENOMEM : 0;
}

int __weak arch_iommu_borrowed_unmap(struct domain *d, uint64_t dfn,
                                     unsigned long nr)
{
    printk("p2m unmap %pd %"PRIx64" %lu\n", d, dfn, nr);

    return 0;
}

void __weak arch_iommu_borrowed_lock(struct domain *d)
{
}

void __weak arch_iommu_borrowed_unlock(struct domain *d)
{
}

int __weak arch_iommu_borrowed_lookup(struct domain *d, uint64_t dfn,
                                      struct pt_leaf *leaf)
{
    if ( lent.pt )
        return pt_lookup(lent.pt, dfn, leaf);

    leaf->order = lent.in_bits - PAGE_SHIFT;

    return -ENOENT;
}

static const char *foreign_why;

void host_foreign_why_set(const char *why)
{
    foreign_why = why;
}

const char *__weak arch_iommu_foreign_why(struct domain *d, uint64_t dfn,
                                          uint64_t mfn)
{
    return foreign_why;
}

paddr_t __weak arch_iommu_borrowed_root(const struct domain *d)
{
    return lent.root;
}

void host_domain_reset(void)
{
    host_borrow_set(0, 0, 0);
    host_foreign_why_set(NULL);
    while ( domain_list )
        host_domain_destroy(domain_list);
    hardware_domain = NULL;
    host_current_set(NULL);
    INIT_LIST_HEAD(&dom_io->pdev_list);
    INIT_LIST_HEAD(&dom_xen->pdev_list);
    iommu_enable = iommu_enabled = iommu_snoop = iommu_qinval = true;
    iommu_igfx = iommu_superpages = true;
    force_iommu = iommu_verbose = iommu_debug = iommu_hap_pt_share = false;
    iommu_hwdom_strict = iommu_hwdom_passthrough = false;
    iommu_hwdom_inclusive = iommu_hwdom_none = iommu_crash_disable = false;
    iommu_non_coherent = untrusted_msi = iommu_intpost = false;
    host_xsm_rc = 0;
    host_xsm_asked = host_xsm_groups_asked = host_xsm_policy_asked = 0;
    host_xsm_sbdf = 0;
    host_xsm_path = NULL;
    iommu_hwdom_reserved = -1;
    iommu_quarantine = 1;
    iommu_dev_iotlb_timeout = 1000;
    iommu_intremap = iommu_intremap_full;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
