/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_ASM_SETUP_H
#define HOST_ASM_SETUP_H

#include <xen/bootfdt.h>
#include <asm/pci.h>

struct rangeset;

/* x86, a test's: what is Xen's own; what nobody may write. */
int remove_xen_ranges(struct rangeset *r);
extern struct rangeset *mmio_ro_ranges;

#endif
