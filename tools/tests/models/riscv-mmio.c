/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The RISC-V IOMMU model's registers (§5): what reads return and writes do.
 *
 * Where the specification says that behaviour is unspecified, the model takes
 * it as a violation and ignores the write.
 */

#include "riscv-int.h"

static bool is_64bit(unsigned int off)
{
    switch ( off & ~7U )
    {
    case R_CAPABILITIES: case R_DDTP: case R_CQB: case R_FQB: case R_PQB:
    case R_IOHPMCYCLES: case R_ICVEC:
        return true;
    }

    return off >= R_MSI_CFG_TBL && off < R_MSI_CFG_TBL + 16 * NR_VECTORS &&
           off % 16 < 8;
}

void rvm_mmio_reset(struct rvm *m)
{
    /* §5.2: what has no reset value comes up with something. */
    m->fctl = m->cfg.be | m->cfg.gxl << 2 | (m->cfg.igs == 1) << 1;
    m->ddtp = m->ddtp_next = m->cfg.reset_mode | 0x5a5a5ULL << 10;
    m->ddtp_busy = 0;
    m->icvec = 0x3210;
    m->ipsr = 0xf;
    m->iocountinh = 0;
    m->cq = (struct queue){ .base = 0x77403, .head = 5, .tail = 5 };
    m->fq = (struct queue){ .base = 0x88403, .head = 6, .tail = 6 };
    m->pq = (struct queue){ .base = 0x99403, .head = 7, .tail = 7 };
    m->ddtp_stuck = false;
    memset(m->msi, 0, sizeof(m->msi));
}

void rvm_mmio_left_on(struct rvm *m)
{
    m->cq.csr = m->fq.csr = CSR_EN | CSR_ON;
    if ( m->cfg.ats )
        m->pq.csr = CSR_EN | CSR_ON;
}

/* §5.18: which bits of ipsr have a reason to be set that lasts. */
static uint32_t lasting(const struct rvm *m)
{
    return ((m->cq.csr & CSR_IE) && (m->cq.csr & (CQ_ERRORS | CSR_FENCE))
            ? 1 : 0) |
           ((m->fq.csr & CSR_IE) && (m->fq.csr & FQ_ERRORS) ? 2 : 0);
}

/* §5.26; §3.2, cause 273: who is told of a message that did not get through. */
static void send(struct rvm *m, unsigned int vector)
{
    struct msi_entry *e = &m->msi[vector];

    e->pending = e->ctl & 1;
    if ( e->pending )
        return;
    if ( !e->set )
        rvm_violation(m, "message %u was never set up", vector);
    else if ( rvm_mem_write(m, e->addr, &e->data, sizeof(e->data)) )
        m->count[RVM_COUNT_MSIS]++;
    else
        rvm_record(m, 273, 0, 0, e->addr, 0);
}

static void drive(struct rvm *m, uint32_t bits)
{
    unsigned int i;

    for ( i = 0; i < 4; i++ )
    {
        unsigned int vector = BITS(m->icvec, 4 * i + 3, 4 * i);

        if ( !(bits & (1U << i)) )
            continue;
        if ( !(m->fctl & FCTL_WSI) )
            send(m, vector);
        else
        {
            m->count[RVM_COUNT_WIRES]++;
            m->wires |= 1U << vector;
        }
    }
}

static bool is_msi(unsigned int off)
{
    return off >= R_MSI_CFG_TBL && off < R_MSI_CFG_TBL + 16 * NR_VECTORS;
}

static uint64_t msi_read(const struct rvm *m, unsigned int off)
{
    const struct msi_entry *e = &m->msi[(off - R_MSI_CFG_TBL) / 16];

    if ( m->cfg.igs == 1 )
        return 0;

    switch ( off % 16 )
    {
    case 0:  return e->addr;
    case 8:  return e->data;
    case 12: return e->ctl;
    }

    return 0;
}

/* §5.26: the address is aligned to four bytes and has 56 bits. */
static void msi_write(struct rvm *m, unsigned int off, uint64_t val)
{
    unsigned int vector = (off - R_MSI_CFG_TBL) / 16;
    struct msi_entry *e = &m->msi[vector];

    if ( m->cfg.igs == 1 )
        return;

    switch ( off % 16 )
    {
    case 0:
        if ( val & (MASK(1, 0) | MASK(63, 56)) )
            rvm_violation(m, "message address %#llx",
                          (unsigned long long)val);
        e->addr = val & MASK(55, 2);
        break;

    case 8:
        e->data = val;
        e->set = true;
        break;

    case 12:
        e->ctl = val & 1;
        if ( e->pending )
            send(m, vector);
        break;
    }
}

void rvm_interrupt(struct rvm *m)
{
    uint32_t rising = lasting(m) & ~m->ipsr;

    m->ipsr |= rising;
    drive(m, rising);
}

void rvm_pend(struct rvm *m, unsigned int source)
{
    if ( m->ipsr & (1U << source) )
        return;

    m->ipsr |= 1U << source;
    drive(m, 1U << source);
}

/* ---- ddtp, §5.5 ---- */

static void ddtp_settle(struct rvm *m)
{
    m->ddtp = m->ddtp_next;
}

static uint64_t ddtp_read(struct rvm *m)
{
    if ( m->ddtp_stuck || m->ddtp_busy )
    {
        if ( !m->ddtp_stuck && !--m->ddtp_busy )
            ddtp_settle(m);
        return m->ddtp | BIT64(4);
    }

    return m->ddtp;
}

static void ddtp_write(struct rvm *m, uint64_t val)
{
    unsigned int old = BITS(m->ddtp, 3, 0), mode = BITS(val, 3, 0);

    if ( m->dead )
        return;
    if ( m->ddtp_busy || m->ddtp_stuck )
    {
        rvm_violation(m, "ddtp written while it is busy");
        return;
    }
    if ( val & (MASK(9, 5) | MASK(63, 54)) )
        rvm_violation(m, "reserved bits in ddtp %#llx",
                      (unsigned long long)val);
    if ( mode >= RVM_1LVL && old >= RVM_1LVL )
        rvm_violation(m, "ddtp from mode %u to %u", old, mode);
    if ( mode == RVM_BARE && old != RVM_OFF )
        rvm_violation(m, "ddtp from mode %u to bare", old);
    if ( mode == RVM_OFF && old != RVM_OFF &&
         BITS(val, 53, 10) != BITS(m->ddtp, 53, 10) )
        rvm_violation(m, "ddtp's root changed on the way to off");

    if ( rvm_next_command(m) >= 0 )
        return;

    /* WARL: a mode there is not leaves the old one. */
    if ( mode > RVM_3LVL ||
         (mode >= RVM_1LVL && !(m->cfg.levels & (1U << mode))) )
        mode = old;
    m->ddtp_next = (val & MASK(53, 10) & ~m->cfg.root_fixed) |
                   (m->ddtp & m->cfg.root_fixed) | mode;

    m->ddtp_stuck = m->sticky == R_DDTP;
    m->ddtp_busy = m->cfg.busy;
    if ( m->ddtp_stuck )
        m->sticky = 0;
    else if ( !m->ddtp_busy )
        ddtp_settle(m);
}

/* ---- fctl, §5.4 ---- */

static void fctl_write(struct rvm *m, uint32_t val)
{
    uint32_t fixed = (m->cfg.be_fixed ? 1 : 0) | (m->cfg.igs != 2 ? 2 : 0) |
                     (m->cfg.gxl_fixed ? 4 : 0);

    if ( val & ~(m->fctl | FCTL_BITS) )
        rvm_violation(m, "reserved bits in fctl %#x", val);
    if ( val != m->fctl &&
         (BITS(m->ddtp, 3, 0) != RVM_OFF || (m->cq.csr & (CSR_EN | CSR_ON)) ||
          (m->fq.csr & (CSR_EN | CSR_ON)) || (m->pq.csr & (CSR_EN | CSR_ON))) )
        rvm_violation(m, "fctl changed while the unit or a queue is on");

    if ( !m->dead )
        m->fctl = (m->fctl & fixed) | (val & FCTL_BITS & ~fixed);
}

/* ---- queues, §5.6 to §5.16 ---- */

static void csr_settle(struct rvm *m, struct queue *q)
{
    bool was = q->csr & CSR_EN;

    q->csr = (q->csr & ~(CSR_EN | CSR_IE | CSR_ON | CSR_BUSY)) | q->next;
    if ( !(q->csr & CSR_EN) )
        return;

    q->csr |= CSR_ON;
    if ( !was )
    {
        q->csr &= ~(CQ_ERRORS | FQ_ERRORS | CSR_FENCE);
        if ( q == &m->cq )
        {
            q->head = 0;
            m->waiting.nr = 0;
            m->lost = m->timeout = false;
            memset(m->bad, 0, sizeof(m->bad));
        }
        else
            q->tail = 0;
    }
}

static uint32_t csr_read(struct rvm *m, struct queue *q)
{
    if ( q->stuck || q->busy )
    {
        if ( !q->stuck && !--q->busy )
            csr_settle(m, q);
        return q->csr | CSR_BUSY;
    }

    return q->csr;
}

static void csr_write(struct rvm *m, struct queue *q, unsigned int reg,
                      uint32_t val)
{
    uint32_t errors = q == &m->cq ? CQ_ERRORS | CSR_FENCE : FQ_ERRORS;

    if ( m->dead )
        return;
    if ( q->busy || q->stuck )
    {
        rvm_violation(m, "register %#x written while it is busy", reg);
        return;
    }
    if ( val & ~(CSR_EN | CSR_IE | errors) )
        rvm_violation(m, "register %#x: %#x", reg, val);
    if ( q == &m->fq && (val & CSR_EN) && !(q->csr & CSR_EN) &&
         (q->base & MASK(9, 5)) )
        rvm_violation(m, "reserved bits in fqb");

    if ( rvm_next_command(m) >= 0 )
        return;

    q->csr &= ~(val & errors);
    q->next = val & (CSR_EN | CSR_IE);
    q->stuck = m->sticky == reg;
    q->busy = m->cfg.busy;
    if ( q->stuck )
        m->sticky = 0;
    else if ( !q->busy )
        csr_settle(m, q);
}

static void base_write(struct rvm *m, struct queue *q, uint64_t val)
{
    if ( q->csr & (CSR_ON | CSR_EN) || q->busy )
        rvm_violation(m, "queue base written while the queue is on");
    if ( val & (MASK(9, 5) | MASK(63, 54)) )
        rvm_violation(m, "reserved bits in queue base %#llx",
                      (unsigned long long)val);
    q->base = val & (MASK(4, 0) | MASK(53, 10));
    /* The index that software owns becomes something within the queue. */
    if ( q == &m->cq )
        q->tail &= rvm_queue_size(q) - 1;
    else
        q->head &= rvm_queue_size(q) - 1;
}

static uint32_t index_of(struct rvm *m, const struct queue *q, uint32_t val)
{
    if ( val >= rvm_queue_size(q) )
        rvm_violation(m, "index %#x is beyond its queue", val);

    return val & (rvm_queue_size(q) - 1);
}

/* §3.1: the tail stays behind the head, or what is between them is lost. */
static void tail_write(struct rvm *m, uint32_t tail)
{
    uint32_t mask = rvm_queue_size(&m->cq) - 1;
    uint32_t old = (m->cq.tail - m->cq.head) & mask;
    uint32_t new = (tail - m->cq.head) & mask;

    if ( (m->cq.csr & CSR_ON) && new < old )
        rvm_violation(m, "queue of %u overrun: %u queued, then %u", mask + 1,
                      old, new);
    m->cq.tail = tail;
}

/* ---- all of them ---- */

uint64_t rvm_reg_read(struct rvm *m, unsigned int off)
{
    switch ( off )
    {
    case R_CAPABILITIES: return m->cap;
    case R_FCTL:         return m->fctl;
    case R_DDTP:         return ddtp_read(m);
    case R_CQB:          return m->cq.base;
    case R_CQH:          return m->cq.head;
    case R_CQT:          return m->cq.tail;
    case R_FQB:          return m->fq.base;
    case R_FQH:          return m->fq.head;
    case R_FQT:          return m->fq.tail;
    case R_CQCSR:        return csr_read(m, &m->cq);
    case R_FQCSR:        return csr_read(m, &m->fq);
    case R_PQCSR:        return csr_read(m, &m->pq);
    case R_IPSR:         return m->ipsr;
    case R_IOCOUNTINH:   return m->iocountinh;
    case R_ICVEC:        return m->icvec;
    }

    return is_msi(off) ? msi_read(m, off) : 0;
}

static void reg_write(struct rvm *m, unsigned int off, uint64_t val)
{
    switch ( off )
    {
    case R_FCTL:  fctl_write(m, val); break;
    case R_DDTP:  ddtp_write(m, val); break;
    case R_CQB:   base_write(m, &m->cq, val); break;
    case R_FQB:   base_write(m, &m->fq, val); break;
    case R_FQH:   m->fq.head = index_of(m, &m->fq, val); break;
    case R_CQCSR: csr_write(m, &m->cq, off, val); break;
    case R_FQCSR: csr_write(m, &m->fq, off, val); break;
    case R_ICVEC: m->icvec = val & 0x3333; break;

    case R_CQT:
        m->count[RVM_COUNT_TAIL]++;
        tail_write(m, index_of(m, &m->cq, val));
        break;

    case R_IPSR:
        m->ipsr &= ~val;
        break;

    case R_IOCOUNTINH:
        if ( m->cfg.hpm )
            m->iocountinh = val;
        break;

    case R_PQCSR:
        if ( !m->cfg.ats || val )
            rvm_violation(m, "page requests are nothing that is used");
        if ( m->cfg.ats )
            csr_write(m, &m->pq, off, val);
        break;

    case R_MSI_CFG_TBL ... R_MSI_CFG_TBL + 16 * NR_VECTORS - 1:
        msi_write(m, off, val);
        break;

    default:
        rvm_violation(m, "write of %#llx to register %#x",
                      (unsigned long long)val, off);
    }

    rvm_queue_run(m);
    rvm_interrupt(m);
}

/* §6.1 */
static bool good_access(struct rvm *m, unsigned int off, unsigned int size)
{
    if ( (size == 4 || (size == 8 && is_64bit(off))) && !(off % size) &&
         off + size <= R_SIZE )
        return true;

    rvm_violation(m, "%u byte access to register %#x", size, off);

    return false;
}

uint64_t rvm_read(struct rvm *m, unsigned int off, unsigned int size)
{
    uint64_t val = ~0ULL;

    rvm_lock(m);
    if ( good_access(m, off, size) && !m->gone )
        val = is_64bit(off) ? rvm_reg_read(m, off & ~7U) >> off % 8 * 8
                            : rvm_reg_read(m, off);
    val = model_says(&m->pause, off, val);
    rvm_unlock(m);

    return size == 4 ? (uint32_t)val : val;
}

void rvm_write(struct rvm *m, unsigned int off, uint64_t val, unsigned int size)
{
    rvm_lock(m);
    if ( !good_access(m, off, size) || m->gone )
        ;
    else if ( is_64bit(off) && size == 4 )
        /* Nothing here is written by halves, and one order is forbidden. */
        rvm_violation(m, "half of register %#x written", off);
    else
        reg_write(m, off, val);
    rvm_unlock(m);

    if ( m->write )
        m->write(m->write_arg, off);
}
