/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_DOMAIN_PAGE_H
#define HOST_XEN_DOMAIN_PAGE_H

#include <xen/mm.h>

#define map_domain_page(mfn) mfn_to_virt(mfn_x(mfn))
#define unmap_domain_page(va) ((void)(va))

#endif
