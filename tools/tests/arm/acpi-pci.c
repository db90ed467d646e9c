/* SPDX-License-Identifier: GPL-2.0-only */
/* The host bridges of ACPI, on machines of which one follows another. */
#include "../../../arch/arm/acpi-pci.c"

#include "arm-fixture.h"

void arm_acpi_forget(void)
{
    if ( no_bar )
        rangeset_destroy(no_bar);
    no_bar = NULL;
}
