/* SPDX-License-Identifier: GPL-2.0-only */
/* The tables that Xen makes for the hardware domain on Arm: a test's. */
#ifndef HOST_ASM_ACPI_H
#define HOST_ASM_ACPI_H

#include <xen/bootfdt.h>

/* Of Xen's and the layer's, as far as the layer looks at them. */
typedef enum { TBL_XSDT, TBL_IORT, TBL_MMAX } EFI_MEM_RES;

paddr_t acpi_get_table_offset(struct membank tbl_add[], EFI_MEM_RES index);

#endif
