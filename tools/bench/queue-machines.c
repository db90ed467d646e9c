/* SPDX-License-Identifier: GPL-2.0-only */
#include "queue.h"

#include "rig.h"
#include "riscv-fixture.h"
#include "smmu-fixture.h"

extern const struct rig vtd_rig, amd_rig;

#define PCI_MACHINE(rig)                                                \
    static void rig##_up(void) { rig.up(0); }                           \
    static void rig##_down(void) { rig.down(); }                        \
    static struct iommu_dev *rig##_dev(unsigned int nr)                 \
    {                                                                   \
        return rig.dev_add(0, 8 + nr, 0);                               \
    }                                                                   \
    static void rig##_del(struct iommu_dev *dev) { rig.dev_del(dev); }  \
    static struct s2_table *rig##_table(struct iommu_dev *dev)          \
    {                                                                   \
        return rig.table_new(dev);                                      \
    }                                                                   \
    static void rig##_table_free(struct s2_table *table)                \
    {                                                                   \
        rig.table_free(table);                                          \
    }                                                                   \
    static struct s2_domain *rig##_domain(struct iommu_dev *dev,        \
                                          struct s2_table *table)       \
    {                                                                   \
        return rig.domain_new(dev, table);                              \
    }

#define PCI_HOOKS(rig)                                                  \
    .up = rig##_up, .down = rig##_down, .dev = rig##_dev,               \
    .dev_del = rig##_del, .table = rig##_table,                         \
    .table_free = rig##_table_free, .domain = rig##_domain

PCI_MACHINE(vtd_rig)
PCI_MACHINE(amd_rig)

static void smmu_up(void)
{
    sm_up(&smmu_model_default, 1);
}

static struct iommu_dev *smmu_dev(unsigned int nr)
{
    return sm_dev(0, 8 + nr, 0);
}

static struct s2_table *smmu_table(struct iommu_dev *dev)
{
    return sm_table();
}

static void riscv_up(void)
{
    rv_machine_up(&rvm_default, NULL);
}

static struct iommu_dev *riscv_dev(unsigned int nr)
{
    return rv_dev_add(0, 8 + nr, 0);
}

const struct queue_machine queue_machines[] = {
    { .name = "VT-d", .tail = 0x88, .step = 16, PCI_HOOKS(vtd_rig) },
    { .name = "AMD-Vi", .tail = 0x2008, .step = 16, PCI_HOOKS(amd_rig) },
    { .name = "SMMUv3", .tail = 0x98, .step = 1, .wraps = true,
      .up = smmu_up, .down = sm_down, .dev = smmu_dev, .dev_del = sm_dev_del,
      .table = smmu_table, .table_free = sm_table_free, .domain = sm_domain },
    { .name = "RISC-V", .tail = 0x24, .step = 1,
      .up = riscv_up, .down = rv_machine_down, .dev = riscv_dev,
      .dev_del = rv_dev_del, .table = rv_table_new, .table_free = rv_table_free,
      .domain = rv_domain_new },
};
const unsigned int nr_queue_machines = ARRAY_SIZE(queue_machines);
