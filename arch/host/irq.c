/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupt descriptors, handlers, MSI messages. */
#include <xen/errno.h>
#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/smp.h>
#include <asm/irq.h>
#include <asm/msi.h>

#include "host.h"
#include "internal.h"

#define FIRST_IRQ 16
#define FIRST_VECTOR 0x30

static irq_desc_t descs[HOST_NR_IRQS];
static bool in_use[HOST_NR_IRQS];
static DEFINE_SPINLOCK(irqs_lock);
static __thread unsigned int irq_depth;
static uint32_t apicids[NR_CPUS];
static bool apicid_known[NR_CPUS], node_gone[MAX_NUMNODES];

bool in_irq(void)
{
    return irq_depth;
}

void host_irq_context(bool in)
{
    irq_depth += in ? 1 : -1;
}

struct irq_desc *host_irq_desc(int irq)
{
    ASSERT(irq >= 0 && irq < HOST_NR_IRQS);

    return &descs[irq];
}

int create_irq(nodeid_t node, bool grant_access)
{
    int irq;

    spin_lock(&irqs_lock);
    for ( irq = FIRST_IRQ; irq < HOST_NR_IRQS && in_use[irq]; irq++ )
        continue;
    if ( irq < HOST_NR_IRQS )
        in_use[irq] = true;
    spin_unlock(&irqs_lock);
    if ( irq == HOST_NR_IRQS )
        return -ENOSPC;

    descs[irq] = (irq_desc_t){ .irq = irq };
    spin_lock_init(&descs[irq].lock);
    descs[irq].arch.vector = FIRST_VECTOR + irq;
    cpumask_copy(descs[irq].arch.cpu_mask, cpumask_of(0));
    cpumask_copy(descs[irq].affinity, &cpu_online_map);

    return irq;
}

void destroy_irq(unsigned int irq)
{
    spin_lock(&irqs_lock);
    ASSERT(in_use[irq]);
    in_use[irq] = false;
    descs[irq].action = NULL;
    descs[irq].handler = NULL;
    spin_unlock(&irqs_lock);
}

unsigned int host_irqs_in_use(void)
{
    unsigned int irq, n = 0;

    for ( irq = FIRST_IRQ; irq < HOST_NR_IRQS; irq++ )
        n += in_use[irq];

    return n;
}

int request_irq(unsigned int irq, unsigned int irqflags,
                void (*handler)(int irq, void *dev_id), const char *devname,
                void *dev_id)
{
    irq_desc_t *desc = irq_to_desc(irq);
    bool shared = irqflags & IRQF_SHARED;
    struct irqaction *act = NULL;
    unsigned int i;

    if ( !handler || (shared && !dev_id) )
        return -EINVAL;
    if ( host_fail_now() )
        return -ENOMEM;
    if ( desc->action && (!shared || !desc->action->shared) )
        return -EBUSY;

    for ( i = 0; i < HOST_IRQ_SHARERS && !act; i++ )
        if ( !desc->host_action[i].handler )
            act = &desc->host_action[i];
    if ( !act )
        return -ENOMEM;

    *act = (struct irqaction){ .handler = handler, .name = devname,
                               .dev_id = dev_id, .shared = shared,
                               .next = desc->action };
    desc->action = act;
    if ( !act->next && desc->handler && desc->handler->startup )
        desc->handler->startup(desc);

    return 0;
}

void release_irq(unsigned int irq, const void *dev_id)
{
    irq_desc_t *desc = irq_to_desc(irq);
    struct irqaction **p = &desc->action;

    while ( *p && (*p)->dev_id != dev_id )
        p = &(*p)->next;
    ASSERT(*p);
    (*p)->handler = NULL;
    *p = (*p)->next;
    if ( !desc->action && desc->handler && desc->handler->shutdown )
        desc->handler->shutdown(desc);
}

unsigned int set_desc_affinity(struct irq_desc *desc, const cpumask_t *mask)
{
    cpumask_t where;
    unsigned int cpu;

    ASSERT(spin_is_locked(&desc->lock));
    /* NULL: any CPU that is online. */
    mask = mask ?: &cpu_online_map;
    cpumask_and(&where, mask, &cpu_online_map);
    if ( cpumask_empty(&where) )
        return BAD_APICID;

    cpu = cpumask_first(&where);
    cpumask_copy(desc->affinity, mask);
    cpumask_copy(desc->arch.cpu_mask, cpumask_of(cpu));
    desc->arch.move_in_progress = true;

    return apicid_known[cpu] ? apicids[cpu] : cpu;
}

void irq_complete_move(struct irq_desc *desc)
{
    ASSERT(spin_is_locked(&desc->lock));
    desc->arch.move_in_progress = false;
}

void move_masked_irq(struct irq_desc *desc)
{
    ASSERT(spin_is_locked(&desc->lock));
    if ( !(desc->status & IRQ_MOVE_PENDING) )
        return;
    desc->status &= ~IRQ_MOVE_PENDING;
    desc->handler->set_affinity(desc, desc->arch.pending_mask);
}

void end_nonmaskable_irq(struct irq_desc *desc, uint8_t vector)
{
    ASSERT(vector == desc->arch.vector);
    desc->arch.host_ends++;
}

void host_irq_move(unsigned int irq, unsigned int cpu)
{
    irq_desc_t *desc = irq_to_desc(irq);

    cpumask_copy(desc->arch.pending_mask, cpumask_of(cpu));
    desc->status |= IRQ_MOVE_PENDING;
}

void host_apicid_set(unsigned int cpu, uint32_t id)
{
    apicids[cpu] = id;
    apicid_known[cpu] = true;
}

bool node_online(nodeid_t node)
{
    return node < MAX_NUMNODES && !node_gone[node];
}

void host_node_set(nodeid_t node, bool online)
{
    node_gone[node] = !online;
}

unsigned int irq_startup_none(struct irq_desc *desc)
{
    return 0;
}

void irq_actor_none(struct irq_desc *desc)
{
}

void msi_compose_msg(unsigned int vector, const cpumask_t *cpu_mask,
                     struct msi_msg *msg)
{
    unsigned int dest = cpu_mask ? cpumask_first(cpu_mask) : 0;

    msg->address_hi = 0;
    msg->address_lo = MSI_ADDR_BASE_LO | MSI_ADDR_DEST_ID(dest);
    msg->data = MSI_DATA_VECTOR(vector) | MSI_DATA_LEVEL_ASSERT;
    msg->dest32 = dest;
}

void host_irq_raise(unsigned int irq)
{
    irq_desc_t *desc = irq_to_desc(irq);
    struct irqaction *act;
    unsigned long flags;

    ASSERT(desc->action);
    local_irq_save(flags);
    irq_depth++;
    spin_lock(&desc->lock);
    if ( desc->handler && desc->handler->ack )
        desc->handler->ack(desc);
    spin_unlock(&desc->lock);
    for ( act = desc->action; act; act = act->next )
        act->handler(irq, act->dev_id);
    spin_lock(&desc->lock);
    if ( desc->handler && desc->handler->end )
        desc->handler->end(desc, desc->arch.vector);
    spin_unlock(&desc->lock);
    irq_depth--;
    local_irq_restore(flags);
}

int host_vector_raise(uint8_t vector)
{
    unsigned int irq;

    for ( irq = FIRST_IRQ; irq < HOST_NR_IRQS; irq++ )
        if ( in_use[irq] && descs[irq].arch.vector == vector &&
             descs[irq].action )
        {
            host_irq_raise(irq);
            return 0;
        }

    return -ENOENT;
}

void host_irq_reset(void)
{
    memset(descs, 0, sizeof(descs));
    memset(in_use, 0, sizeof(in_use));
    memset(apicid_known, 0, sizeof(apicid_known));
    memset(node_gone, 0, sizeof(node_gone));
    irq_depth = 0;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
