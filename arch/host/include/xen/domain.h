/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_DOMAIN_H
#define HOST_XEN_DOMAIN_H

#include <xen/types.h>
#include <public/xen.h>

#endif
