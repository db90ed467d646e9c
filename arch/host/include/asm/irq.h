/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_ASM_IRQ_H
#define HOST_ASM_IRQ_H

/* Provided by the test that has a PIC. */
void mask_8259A(void);
void unmask_8259A(void);

#endif
