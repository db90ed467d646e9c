/* SPDX-License-Identifier: GPL-2.0-only */
/* Whoever makes a hypercall here calls again as long as it says -ERESTART. */
#ifndef HOST_XEN_HYPERCALL_H
#define HOST_XEN_HYPERCALL_H

#include <xen/errno.h>

#define hypercall_create_continuation(op, format, ...) (-ERESTART)

#endif
