/* SPDX-License-Identifier: GPL-2.0-only */
/* Who has which interrupt: a test's. */
#ifndef HOST_ASM_VGIC_H
#define HOST_ASM_VGIC_H

#include <xen/sched.h>

struct irq_desc;
struct vcpu;

unsigned int vgic_num_irqs(const struct domain *d);
struct irq_desc *vgic_get_hw_irq_desc(struct domain *d, struct vcpu *v,
                                      unsigned int virq);

#endif
