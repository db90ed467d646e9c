/* SPDX-License-Identifier: GPL-2.0-only */
/* XEN_SYSCTL_iommu_groups, laid out as in Xen's public header sysctl.h. */
#ifndef ASK_GROUPS_H
#define ASK_GROUPS_H

#include <stdint.h>

#define GROUPS_VERSION 1
#define GROUPS_END     0xffffffffU
#define NO_SBDF        0xffffffffU

enum groups_what { WHAT_GROUPS, WHAT_DEVICES, WHAT_NAME };

struct group_record
{
    uint32_t id, nr_devices, flags;
    uint16_t owner;
    uint8_t domain, policy;
};

struct device_record
{
    uint32_t sbdf, unit, flags;
    uint16_t owner;
    uint8_t domain, why;
    uint32_t with, at, pad;
    uint64_t faults;
};

struct groups_op
{
    uint16_t version, what;
    uint32_t group, first, nr, generation, pad;
    uint64_t buffer;
};

/* 0, or -1 and errno; @op is as Xen left it. */
int xen_groups(struct groups_op *op);

/* All groups and their devices, a line each, in the words of hypfs. */
int groups_print(void);

#endif /* ASK_GROUPS_H */
