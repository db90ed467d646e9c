/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XEN_IOMMU_RUN_H
#define XEN_IOMMU_RUN_H

#include <stdbool.h>

/*
 * Runs a program of the PATH, whose output goes where ours goes; @argv ends
 * with NULL.  False: it failed, or is not there, after a complaint.
 */
bool run(const char *const *argv);

#endif /* XEN_IOMMU_RUN_H */
