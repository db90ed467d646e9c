/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_IRQ_H
#define HOST_XEN_IRQ_H

#include <xen/cache.h>
#include <xen/cpumask.h>
#include <xen/list.h>
#include <xen/numa.h>
#include <xen/preempt.h>
#include <xen/rcupdate.h>
#include <xen/spinlock.h>
#include <xen/time.h>

#define HOST_NR_IRQS 64
/* Handlers that may share an interrupt. */
#define HOST_IRQ_SHARERS 4

#define IRQ_INPROGRESS (1u << 0)
#define IRQ_DISABLED   (1u << 1)
#define IRQ_GUEST      (1u << 4)
#define IRQ_MOVE_PENDING (1u << 5)
#define IRQF_SHARED    (1u << 8)

struct irq_desc;
struct irqaction {
    void (*handler)(int irq, void *dev_id);
    const char *name;
    void *dev_id;
    bool free_on_release;
    bool shared;
    struct irqaction *next;
};

struct hw_interrupt_type {
    const char *typename;
    unsigned int (*startup)(struct irq_desc *desc);
    void (*shutdown)(struct irq_desc *desc);
    void (*enable)(struct irq_desc *desc);
    void (*disable)(struct irq_desc *desc);
    void (*ack)(struct irq_desc *desc);
    void (*end)(struct irq_desc *desc, uint8_t vector);
    void (*set_affinity)(struct irq_desc *desc, const cpumask_t *mask);
};

typedef const struct hw_interrupt_type hw_irq_controller;

struct arch_irq_desc {
    uint8_t vector;
    uint8_t old_vector;
    cpumask_t cpu_mask[1];
    cpumask_t pending_mask[1];
    bool move_in_progress;
    unsigned int host_ends;
};

struct msi_desc;
typedef struct irq_desc {
    unsigned int status;
    hw_irq_controller *handler;
    struct msi_desc *msi_desc;
    struct irqaction *action;
    int irq;
    spinlock_t lock;
    struct arch_irq_desc arch;
    cpumask_t affinity[1];
    struct irqaction host_action[HOST_IRQ_SHARERS];
} irq_desc_t;

#define irq_to_desc(irq) host_irq_desc(irq)
struct irq_desc *host_irq_desc(int irq);

/* Interrupt numbers from 16 up; -ENOSPC when none is left. */
int create_irq(nodeid_t node, bool grant_access);
void destroy_irq(unsigned int irq);
int request_irq(unsigned int irq, unsigned int irqflags,
                void (*handler)(int irq, void *dev_id), const char *devname,
                void *dev_id);
void release_irq(unsigned int irq, const void *dev_id);
unsigned int set_desc_affinity(struct irq_desc *desc, const cpumask_t *mask);

unsigned int irq_startup_none(struct irq_desc *desc);
void irq_actor_none(struct irq_desc *desc);
/* Where it went before it moved is forgotten. */
void irq_complete_move(struct irq_desc *desc);
/* Its controller moves it, if host_irq_move() asked for that. */
void move_masked_irq(struct irq_desc *desc);

#define irq_shutdown_none irq_actor_none
#define irq_disable_none irq_actor_none
#define irq_enable_none irq_actor_none
#define ack_APIC_irq() ((void)0)
#define move_native_irq(desc) ((void)(desc))

#endif
