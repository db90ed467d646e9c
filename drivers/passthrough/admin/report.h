/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an administrator can see, as text: the contents of the files of hypfs
 * tree /iommu.  docs/hypfs.md is the contract with those who parse it.
 */
#ifndef IOMMU_GROUPS_REPORT_H
#define IOMMU_GROUPS_REPORT_H

#include <iommu-groups/group.h>

/* Text that grows.  All zeroes is an empty one. */
struct iommu_text {
    char *buf;             /* ends in a NUL, which len does not count */
    unsigned int len, size;
    int rc;                /* -ENOMEM: the text is not complete */
};

void iommu_text_add(struct iommu_text *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void iommu_text_free(struct iommu_text *t);

/*
 * One file of a group each.  No lock held, but a reference to the group; takes
 * pcidevs_lock or the group's, one at a time.
 */
void cf_check iommu_report_id(struct iommu_text *t, struct iommu_group *group);
void cf_check iommu_report_owner(struct iommu_text *t,
                                 struct iommu_group *group);
void cf_check iommu_report_state(struct iommu_text *t,
                                 struct iommu_group *group);
void cf_check iommu_report_devices(struct iommu_text *t,
                                   struct iommu_group *group);
void cf_check iommu_report_domain(struct iommu_text *t,
                                  struct iommu_group *group);
void cf_check iommu_report_table(struct iommu_text *t,
                                 struct iommu_group *group);
void cf_check iommu_report_faults(struct iommu_text *t,
                                  struct iommu_group *group);
void cf_check iommu_report_policy(struct iommu_text *t,
                                  struct iommu_group *group);
void cf_check iommu_report_tables_policy(struct iommu_text *t,
                                         struct iommu_group *group);
void cf_check iommu_report_why(struct iommu_text *t,
                               struct iommu_group *group);
void cf_check iommu_report_reserved(struct iommu_text *t,
                                    struct iommu_group *group);

/* All that is to be said of a unit. */
void iommu_report_unit(struct iommu_text *t, const struct iommu_unit *unit,
                       const char *file);

/* The tables of @d, one a line; nothing if it can have no device. */
void iommu_report_tables(struct iommu_text *t, const struct domain *d);

/* The log of faults, oldest first, one a line. */
void iommu_report_log(struct iommu_text *t);

/*
 * What the hardware makes of frame @dfn when @sbdf asks for it.  -ENODEV: no
 * such device, or it is behind no IOMMU.
 */
int iommu_report_translation(struct iommu_text *t, pci_sbdf_t sbdf,
                             uint64_t dfn);

#endif /* IOMMU_GROUPS_REPORT_H */
