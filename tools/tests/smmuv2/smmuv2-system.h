/* SPDX-License-Identifier: GPL-2.0-only */
/* vm-system.h's machine with two SMMUv2 units. */
#ifndef TESTS_SMMUV2_SYSTEM_H
#define TESTS_SMMUV2_SYSTEM_H

#include "models/smmuv2-model.h"
#include "vm-system.h"

/* Hardware as it comes out of reset; vm_continue() does the rest. */
void v2s_prepare_two(const struct smmuv2_model_cfg *unit0,
                     const struct smmuv2_model_cfg *unit1);
void v2s_prepare(const struct smmuv2_model_cfg *cfg);

#endif /* TESTS_SMMUV2_SYSTEM_H */
