/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_SCHED_H
#define HOST_XEN_SCHED_H

#include <xen/domain.h>
#include <xen/iommu.h>
#include <xen/mm.h>
#include <xen/pci.h>
#include <xen/preempt.h>
#include <xen/rcupdate.h>
#include <xen/rwlock.h>
#include <xen/smp.h>
#include <xen/spinlock.h>
#include <asm/atomic.h>
#include <asm/processor.h>
#include <public/domctl.h>
#include <public/xen.h>

struct vcpu;
struct rangeset;

/* The p2m's own, and a test's. */
struct p2m_domain {
    rwlock_t lock;
    struct page_info *root;
    struct domain *domain;
    void *host;
};

struct arch_domain {
    struct p2m_domain p2m;
    void *efi_acpi_table;
    paddr_t efi_acpi_gpa;
    paddr_t efi_acpi_len;
    bool mem_paging, mem_sharing, pod_active, global_logdirty, log_dirty;
};

struct domain {
    domid_t domain_id;
    unsigned int max_vcpus;
    struct vcpu **vcpu;
    rspinlock_t domain_lock;
    rspinlock_t page_alloc_lock;
    struct page_list_head page_list;
    unsigned int tot_pages;
    struct domain *next_in_list;
    unsigned int options;
    enum { DOMDYING_alive, DOMDYING_dying, DOMDYING_dead } is_dying;
    struct list_head pdev_list;
    rwlock_t pci_lock;
    struct domain_iommu iommu;
    struct arch_domain arch;
    bool direct_mapped;
    bool is_privileged;
    bool creation_finished;
    struct rangeset *iomem_caps;
    struct rangeset *irq_caps;
    spinlock_t shutdown_lock;
    bool is_shutting_down;
    bool is_shut_down;
    unsigned int shutdown_code;
    atomic_t refcnt;
    nodeid_t host_node;
    unsigned int host_crashes;          /* domain_crash() calls */
};

struct vcpu {
    int vcpu_id;
    struct domain *domain;
};

extern struct domain *hardware_domain;
extern struct domain *domain_list;
extern rcu_read_lock_t domlist_read_lock;

/* The vCPU whose hypercall a test thread plays (host_current_set()). */
struct vcpu *host_current(void);
#define current host_current()

#define for_each_domain(d) \
    for ( (d) = domain_list; (d); (d) = (d)->next_in_list )
#define is_hardware_domain(d) ((d) == hardware_domain)
#define is_control_domain(d) ((d)->is_privileged)
#define is_system_domain(d) ((d)->domain_id >= DOMID_FIRST_RESERVED)
#define is_idle_domain(d) ((d)->domain_id == DOMID_IDLE)
#define is_hvm_domain(d) (!!((d)->options & XEN_DOMCTL_CDF_hvm))
#define is_pv_domain(d) (!is_hvm_domain(d))
#define paging_mode_translate(d) is_hvm_domain(d)
#define hap_enabled(d) (!!((d)->options & XEN_DOMCTL_CDF_hap))
#define is_iommu_enabled(d) (!!((d)->options & XEN_DOMCTL_CDF_iommu))
#define domain_tot_pages(d) ((d)->tot_pages)

void host_domain_crash(struct domain *d, const char *site);
#define domain_crash(d, args...) host_domain_crash(d, HOST_SITE)
void domain_pause(struct domain *d);
void domain_unpause(struct domain *d);

bool get_domain(struct domain *d);
void put_domain(struct domain *d);
#define get_knownalive_domain(d) atomic_inc(&(d)->refcnt)
struct domain *rcu_lock_domain_by_id(domid_t dom);
struct domain *get_domain_by_id(domid_t dom);
#define rcu_lock_domain(d) (d)
#define rcu_unlock_domain(d) ((void)(d))

#endif
