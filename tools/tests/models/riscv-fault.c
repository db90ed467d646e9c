/* SPDX-License-Identifier: GPL-2.0-only */
/* The fault queue of the RISC-V IOMMU model (§3.2, §5.16). */

#include "riscv-int.h"

void rvm_record(struct rvm *m, unsigned int cause, unsigned int ttyp,
                uint32_t did, uint64_t iotval, uint64_t iotval2)
{
    struct queue *q = &m->fq;
    uint32_t next = (q->tail + 1) & (rvm_queue_size(q) - 1);
    uint64_t rec[4] = {
        cause | (uint64_t)ttyp << 34 | (uint64_t)did << 40, 0, iotval, iotval2,
    };

    m->count[RVM_COUNT_FAULTS]++;

    if ( !(q->csr & CSR_ON) || (q->csr & FQ_ERRORS) )
        return;

    if ( next == q->head )
        q->csr |= CSR_OF;
    else if ( m->bad_record ||
              !rvm_own_write(m, (BITS(q->base, 53, 10) << 12) + q->tail * 32,
                             rec, sizeof(rec)) )
    {
        q->csr |= CSR_MF;
        m->bad_record = false;
    }
    else
    {
        q->tail = next;
        if ( q->csr & CSR_IE )
            rvm_pend(m, 1);
    }

    rvm_interrupt(m);
}

void rvm_raise(struct rvm *m, unsigned int cause, unsigned int ttyp,
               uint32_t did, uint64_t iotval)
{
    rvm_lock(m);
    rvm_record(m, cause, ttyp, did, iotval, 0);
    rvm_unlock(m);
}
