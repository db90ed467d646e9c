/* SPDX-License-Identifier: GPL-2.0-only */
/* vm-system.h's machine with two VT-d units; the DMAR has an ATSR for bus 01. */
#ifndef TESTS_VTD_SYSTEM_H
#define TESTS_VTD_SYSTEM_H

#include "models/vtd-model.h"
#include "vm-system.h"

/* Fault reasons, §7.1.3. */
enum {
    FAULT_ROOT = 1, FAULT_CONTEXT = 2, FAULT_ADDRESS = 4, FAULT_WRITE = 5,
    FAULT_READ = 6, FAULT_ATS = 0xd,
};

/* Builds another DMAR than the usual one; NULL: that.  Of the test to reset. */
struct dmar_buf;
typedef void vm_dmar_fn(struct dmar_buf *d, unsigned int haw);
extern vm_dmar_fn *vm_dmar;

#define VM_BASE0        0xfed90000UL
#define VM_BASE1        0xfed91000UL

/* Both units with these capabilities; ends with translation on. */
void vm_up(const struct vtd_model_cfg *cfg);
/* The same in two steps: hardware as it comes out of reset, and the rest. */
int vm_prepare(const struct vtd_model_cfg *cfg);
int vm_prepare_two(const struct vtd_model_cfg *unit0,
                   const struct vtd_model_cfg *unit1);
/* Only as far as the driver's bring-up, whose value is returned; no devices. */
int vm_try(const struct vtd_model_cfg *cfg);

/* The model of the unit that serves @sbdf. */
struct vtd_model *vm_model(pci_sbdf_t sbdf);

#endif /* TESTS_VTD_SYSTEM_H */
