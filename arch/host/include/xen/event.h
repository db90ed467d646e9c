/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_EVENT_H
#define HOST_XEN_EVENT_H

#include <xen/sched.h>

#endif
