/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_ASM_APIC_H
#define HOST_ASM_APIC_H

#include <xen/types.h>

/* Set by tests. */
extern bool x2apic_enabled;

#endif
