/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command queue of the RISC-V IOMMU model (§3.1, §5.15).
 *
 * Commands are fetched as soon as the tail is written.  Invalidations wait for
 * a fence and are carried out when it comes.
 */

#include "riscv-int.h"

enum { OP_IOTINVAL = 1, OP_IOFENCE, OP_IODIR, OP_ATS };

/* §3.1.1, IOTINVAL.GVMA: leaves only, if there is an address. */
static void inval_gvma(struct rvm *m, uint64_t lo, uint64_t hi)
{
    bool av = lo & BIT64(10), gv = lo & BIT64(33);
    uint16_t gscid = BITS(lo, 59, 44);
    uint64_t addr = BITS(hi, 61, 10) << 12;
    unsigned int i;

    m->count[!gv ? RVM_COUNT_GVMA_ALL
                 : av ? RVM_COUNT_GVMA_PAGE : RVM_COUNT_GVMA_TAG]++;

    for ( i = m->tlb.nr; i--; )
    {
        const struct tlb_entry *e =
            rvm_cache_get(&m->tlb, struct tlb_entry, i);

        if ( gv && e->gscid != gscid )
            continue;
        if ( gv && av && (!e->leaf || addr < e->start || addr > e->last) )
            continue;
        rvm_cache_drop(&m->tlb, i);
    }
}

/* §3.1.3: DV leaves tables alone. */
static void inval_ddt(struct rvm *m, uint64_t lo)
{
    bool dv = lo & BIT64(33);
    unsigned int i;

    m->count[dv ? RVM_COUNT_DDT : RVM_COUNT_DDT_ALL]++;

    for ( i = m->dcs.nr; i--; )
        if ( !dv || rvm_cache_get(&m->dcs, struct dc_entry, i)->did ==
                    BITS(lo, 63, 40) )
            rvm_cache_drop(&m->dcs, i);
    if ( !dv )
        m->dirs.nr = 0;
}

static void carry_out(struct rvm *m)
{
    unsigned int i;

    for ( i = 0; i < m->waiting.nr; i++ )
    {
        const uint64_t *c = &((uint64_t *)m->waiting.items)[2 * i];

        if ( BITS(c[0], 6, 0) == OP_IODIR )
            inval_ddt(m, c[0]);
        else if ( BITS(c[0], 9, 7) )
            inval_gvma(m, c[0], c[1]);
        else
            /* There is no first stage here. */
            m->count[RVM_COUNT_VMA]++;
    }
    m->waiting.nr = 0;
}

static bool too_wide(const struct rvm *m, uint32_t did)
{
    unsigned int leaf = m->cfg.msi_flat ? 6 : 7;
    unsigned int mode = BITS(m->ddtp, 3, 0);

    return mode >= RVM_1LVL && mode < RVM_3LVL &&
           did >> (leaf + 9 * (mode - RVM_1LVL));
}

/* Is it one that there is, with reserved bits clear? */
static bool legal(struct rvm *m, uint64_t lo, uint64_t hi)
{
    unsigned int op = BITS(lo, 6, 0), func = BITS(lo, 9, 7);

    if ( op == m->refused )
        return false;

    switch ( op )
    {
    case OP_IOTINVAL:
        return func < 2 && !(lo & (BIT64(11) | MASK(43, 34) | MASK(63, 60))) &&
               !(hi & (MASK(9, 0) | MASK(63, 62))) &&
               !(func && (lo & BIT64(32)));

    case OP_IOFENCE:
        return !func && !(lo & MASK(31, 14)) && !(hi & MASK(63, 62)) &&
               (!(lo & BIT64(11)) || (m->fctl & FCTL_WSI));

    case OP_IODIR:
        if ( (lo & BIT64(33)) && too_wide(m, BITS(lo, 63, 40)) )
            rvm_violation(m, "device ID of %#llx is too wide",
                          (unsigned long long)lo);
        return !func && !(lo & (MASK(32, 10) | MASK(39, 34))) && !hi;
    }

    return false;
}

/* §5.15: the queue stops, its head at the command. */
static bool stop(struct rvm *m, uint32_t error)
{
    m->cq.csr |= error;
    if ( error != CSR_TO )
        m->waiting.nr = 0;

    return false;
}

static bool fence(struct rvm *m, uint64_t lo, uint64_t hi)
{
    uint32_t data = lo >> 32;

    if ( m->timeout )
    {
        m->timeout = false;
        return stop(m, CSR_TO);
    }

    /* Something got lost: the fence never completes. */
    if ( m->lost )
        return false;

    carry_out(m);
    m->count[RVM_COUNT_FENCE]++;

    if ( (lo & BIT64(10)) &&
         !rvm_own_write(m, BITS(hi, 61, 0) << 2, &data, sizeof(data)) )
        return stop(m, CSR_MF);
    /* §3.1.2, WSI */
    if ( lo & BIT64(11) )
        m->cq.csr |= CSR_FENCE;

    return true;
}

static bool is_bad(const struct rvm *m, const uint64_t c[2])
{
    return m->bad[0] == m->cq.head + 1 && m->bad[1] == c[0] &&
           m->bad[2] == c[1];
}

/* The command at the head.  False: the queue stops. */
static bool step(struct rvm *m)
{
    struct queue *q = &m->cq;
    uint64_t c[2];

    if ( !rvm_own_read(m, (BITS(q->base, 53, 10) << 12) + q->head * 16, c,
                       sizeof(c)) )
        return stop(m, CSR_MF);

    /* Refused once, refused until it is replaced. */
    if ( is_bad(m, c) )
        return stop(m, CSR_ILL);
    m->bad[0] = 0;

    switch ( rvm_next_command(m) )
    {
    case RVM_DROP:
        m->lost = true;
        if ( m->dead )
            return false;
        /* A fence that got lost stays where it is. */
        if ( BITS(c[0], 6, 0) == OP_IOFENCE )
            return false;
        q->head = (q->head + 1) & (rvm_queue_size(q) - 1);
        return true;

    case RVM_ILL:
        m->bad[0] = q->head + 1;
        memcpy(&m->bad[1], c, sizeof(c));
        return stop(m, CSR_ILL);

    case RVM_FAULT:
        return stop(m, CSR_MF);

    case RVM_TIMEOUT:
        m->timeout = true;
        break;
    }

    if ( !legal(m, c[0], c[1]) )
    {
        if ( BITS(c[0], 6, 0) != m->refused )
            rvm_violation(m, "illegal command %016llx:%016llx",
                          (unsigned long long)c[1], (unsigned long long)c[0]);
        return stop(m, CSR_ILL);
    }

    if ( BITS(c[0], 6, 0) == OP_IOFENCE )
    {
        if ( !fence(m, c[0], c[1]) )
            return false;
    }
    else
        memcpy(rvm_cache_add(&m->waiting), c, sizeof(c));

    q->head = (q->head + 1) & (rvm_queue_size(q) - 1);

    return true;
}

void rvm_queue_run(struct rvm *m)
{
    while ( (m->cq.csr & CSR_ON) && !m->dead && !m->lost &&
            m->cq.head != m->cq.tail && !(m->cq.csr & CQ_ERRORS) &&
            (!m->cfg.lazy || m->budget) && model_goes_on(&m->pause) )
    {
        if ( m->budget )
            m->budget--;
        if ( !step(m) )
            return;
    }
}

void rvm_work(struct rvm *m, unsigned int nr)
{
    rvm_lock(m);
    m->budget = nr;
    rvm_queue_run(m);
    m->budget = 0;
    rvm_interrupt(m);
    rvm_unlock(m);
}
