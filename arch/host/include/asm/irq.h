/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_ASM_IRQ_H
#define HOST_ASM_IRQ_H

#include <xen/types.h>

/* Provided by the test that has a PIC. */
void mask_8259A(void);
void unmask_8259A(void);

struct irq_desc;
/* Counted in desc->arch.host_ends. */
void end_nonmaskable_irq(struct irq_desc *desc, uint8_t vector);

#endif
