/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether a domain has a frame mapped by a grant: a test's. */
#ifndef HOST_XEN_GRANT_TABLE_H
#define HOST_XEN_GRANT_TABLE_H

#include <xen/mm-frame.h>

struct domain;
bool gnttab_maps_frame(const struct domain *d, mfn_t mfn);

#endif
