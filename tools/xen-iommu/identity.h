/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices by what they are: "8086:10d3", "8086:10d3:1234" with the subsystem's
 * device, either with "@PATH", the bridges above: "@00:1c.0/00.0".  Addresses
 * change when a card is added; this does not.
 */
#ifndef XEN_IOMMU_IDENTITY_H
#define XEN_IOMMU_IDENTITY_H

#include <stdbool.h>

/* False, after a complaint: it is not of that form. */
bool identity_valid(const char *match);

/*
 * True also for NULL.  False, after a complaint: @sbdf is something else, or not
 * the only one that is of that form.
 */
bool identity_holds(const char *match, const char *sbdf);

#endif /* XEN_IOMMU_IDENTITY_H */
