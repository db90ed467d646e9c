/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_PUBLIC_XEN_H
#define HOST_PUBLIC_XEN_H

#include <xen/types.h>

#define DOMID_FIRST_RESERVED ((domid_t)0x7ff0)
#define DOMID_SELF    ((domid_t)0x7ff0)
#define DOMID_IO      ((domid_t)0x7ff1)
#define DOMID_XEN     ((domid_t)0x7ff2)
#define DOMID_COW     ((domid_t)0x7ff3)
#define DOMID_INVALID ((domid_t)0x7ff4)
#define DOMID_IDLE    ((domid_t)0x7fff)

#endif
