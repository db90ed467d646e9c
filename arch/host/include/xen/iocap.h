/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_IOCAP_H
#define HOST_XEN_IOCAP_H

#include <xen/rangeset.h>
#include <xen/sched.h>

#define iomem_access_permitted(d, s, e) \
    rangeset_contains_range((d)->iomem_caps, s, e)
#define iomem_deny_access(d, s, e) \
    rangeset_remove_range((d)->iomem_caps, s, e)

#endif
