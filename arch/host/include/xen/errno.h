/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_ERRNO_H
#define HOST_XEN_ERRNO_H

/* Xen's numbers are Linux's, ERESTART and EOPNOTSUPP included. */
#include <errno.h>

#endif
