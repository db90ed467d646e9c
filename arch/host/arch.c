/* SPDX-License-Identifier: GPL-2.0-only */
/* An architecture that does as little as one can. All of it is weak. */
#include <xen/bootfdt.h>
#include <xen/delay.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/apic.h>
#include <asm/processor.h>

#include <iommu-groups/driver.h>

#include "host.h"
#include "internal.h"

bool __weak x2apic_enabled;
bool __weak ats_enabled;
struct cpuinfo_x86 __weak boot_cpu_data;
struct membanks host_ram;

int __weak arch_iommu_domain_init(struct domain *d)
{
    return 0;
}

void __weak arch_iommu_domain_destroy(struct domain *d)
{
}

void __weak arch_iommu_check_autotranslated_hwdom(struct domain *d)
{
}

void __weak arch_iommu_hwdom_init(struct domain *d)
{
}

bool __weak arch_iommu_use_permitted(const struct domain *d)
{
    return true;
}

bool __weak arch_iommu_reserve_ram(unsigned long start, unsigned long nr,
                                   const char *name)
{
    return true;
}

bool __weak iommu_unity_region_ok(const char *prefix, mfn_t start, mfn_t end)
{
    return true;
}

int __weak arch_iommu_setup(void)
{
    return -ENODEV;
}

int __weak arch_iommu_late_setup(void)
{
    return 0;
}

void __weak arch_iommu_hwdom_ready(struct domain *d)
{
}

struct s2_space;
void __weak arch_iommu_domain_tables(struct domain *d,
                                     const struct s2_space *space)
{
}

int __weak arch_pci_clean_pirqs(struct domain *d)
{
    return 0;
}

void __weak iommu_ir_note_owner(const struct domain *d)
{
}

int __weak arch_iommu_direct_map(struct domain *d,
                                 const struct iommu_region *region,
                                 bool relaxed)
{
    printk("direct map %pd %lx-%lx\n", d, region->first, region->last);

    return host_fail_now() ? -ENOMEM : 0;
}

void __weak arch_iommu_direct_unmap(struct domain *d, unsigned long first,
                                    unsigned long last)
{
    printk("direct unmap %pd %lx-%lx\n", d, first, last);
}

void setup_hwdom_pci_devices(struct domain *d,
                             int (*handler)(uint8_t devfn,
                                            struct pci_dev *pdev))
{
    struct pci_dev *pdev, *tmp;

    pcidevs_lock();
    list_for_each_entry_safe ( pdev, tmp, &dom_io->pdev_list, domain_list )
    {
        int rc;

        write_lock(&d->pci_lock);
        pdev->domain = d;
        list_move_tail(&pdev->domain_list, &d->pdev_list);
        write_unlock(&d->pci_lock);

        rc = handler(pdev->devfn, pdev);
        if ( rc )
            printk(XENLOG_ERR "setup %pp for d%d failed (%d)\n", &pdev->sbdf,
                   d->domain_id, rc);
    }
    pcidevs_unlock();
}

/* There is no edu device here to run it with. */
void iommu_selftest(void)
{
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
