/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XEN_IOMMU_PICTURE_H
#define XEN_IOMMU_PICTURE_H

#include "record.h"

enum picture_as { PICTURE_NONE, PICTURE_DOT, PICTURE_SVG, PICTURE_HTML };

/*
 * The machine's tree, with the groups of its records, on standard output: as
 * graphviz reads it, or drawn by graphviz.  False, after a complaint: that is
 * not there.
 */
bool picture(const struct machine *m, unsigned int nr_groups,
             enum picture_as as);

#endif /* XEN_IOMMU_PICTURE_H */
