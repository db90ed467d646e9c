/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_ASM_GIC_H
#define HOST_ASM_GIC_H

#define NR_LOCAL_IRQS 32

/* A test's. */
unsigned int gic_number_lines(void);
#define IRQ_TYPE_EDGE_RISING 1
#define IRQ_TYPE_LEVEL_HIGH 4
int irq_set_spi_type(unsigned int spi, unsigned int type);

#endif
