/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * suite-intremap.h on an AMD-Vi unit.  It has all requesters of its segment; an
 * IO-APIC and an HPET are one of them.
 */
#ifndef TESTS_AMD_IR_UNIT_H
#define TESTS_AMD_IR_UNIT_H

#include "amd/amd.h"
#include "amd/irte.h"
#include "amd-fixture.h"
#include "suite-intremap.h"

/* Requesters, with what firmware lets pass. */
#define AIU_ALL_PASS    0x00a0          /* the IO-APIC's and the HPET's */
#define AIU_NMI_PASS    0x00b0
/* That has bit @n of what an IVHD can say, and the last one that can be. */
#define AIU_PASS(n)     (0x00c0 + (n))
#define AIU_LAST        0xffff

/* Between start() and stop() of amd_ir_rig. */
struct amd_unit *aiu(void);
#define aiu_ir() (&aiu()->ir)

/* Of capabilities: no GA, not coherent, no XT. */
#define AIU_NR_VARIANTS 8
/* Besides them. */
#define AIU_NO_IA       8
extern const struct ir_rig amd_ir_rig;

/* As the first attach of a device with @ids does. */
void aiu_attach(const struct iommu_ids *ids);

#endif /* TESTS_AMD_IR_UNIT_H */
