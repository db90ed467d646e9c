/* SPDX-License-Identifier: GPL-2.0-only */
/* vm-system.h's machine with two AMD-Vi units. */
#ifndef TESTS_AMD_SYSTEM_H
#define TESTS_AMD_SYSTEM_H

#include "models/amd-model.h"
#include "vm-system.h"

/* Builds another IVRS than the usual one; NULL: that.  Of the test to reset. */
struct ivrs_buf;
typedef void as_ivrs_fn(struct ivrs_buf *t);
extern as_ivrs_fn *as_ivrs;

#define AS_BASE0        0xfd200000UL
#define AS_BASE1        0xfd300000UL
#define AS_BDF0         0x0002
#define AS_BDF1         0x0003

/* Both units with these capabilities; ends with translation on. */
void as_up(const struct amd_model_cfg *cfg);
/* The same in two steps: hardware as it comes out of reset, vm_continue(). */
void as_prepare(const struct amd_model_cfg *cfg);
void as_prepare_two(const struct amd_model_cfg *unit0,
                    const struct amd_model_cfg *unit1);
/* Only as far as the driver's bring-up, whose value is returned; no devices. */
int as_try(const struct amd_model_cfg *cfg);

/* The model of the unit that serves @sbdf. */
struct amd_model *as_model(pci_sbdf_t sbdf);

#endif /* TESTS_AMD_SYSTEM_H */
