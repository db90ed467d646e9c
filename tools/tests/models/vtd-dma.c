/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests of devices to the VT-d model: DMA, ATS, interrupts.
 */

#include "vtd-int.h"

#define IS_INTERRUPT(addr)      ((addr) >> 20 == 0xfee)

/* Translate and, if that fails and the context allows it, record. */
static unsigned int request(struct vtd_model *m, uint16_t sid, uint64_t addr,
                            bool write, unsigned int kind,
                            struct translation *t)
{
    unsigned int reason = vtdm_walk(m, sid, addr, write, kind, t);

    if ( reason && reason != VTD_MODEL_UR && !t->fpd )
        vtdm_fault_record(m, sid, reason, addr & ~0xfffULL, write);

    return reason;
}

/* Move data; a target that is no memory is the device's problem. */
static void move(struct vtd_model *m, uint64_t maddr, void *buf, size_t len,
                 bool write)
{
    if ( !buf )
        return;
    if ( write )
        vtdm_mem_write(m, maddr, buf, len);
    else if ( !vtdm_mem_read(m, maddr, buf, len) )
        memset(buf, 0xff, len);
}

unsigned int vtd_model_dma(struct vtd_model *m, uint16_t sid, uint64_t addr,
                           size_t len, bool write, void *buf)
{
    unsigned int reason = 0;

    if ( IS_INTERRUPT(addr) )
    {
        struct vtd_model_irq irq;
        uint32_t data;

        if ( !write || len != 4 || !buf )
            return VTD_MODEL_UR;
        memcpy(&data, buf, sizeof(data));
        return vtd_model_msi(m, sid, addr, data, &irq);
    }

    vtdm_lock(m);
    while ( len && !reason )
    {
        size_t chunk = 4096 - addr % 4096;
        struct translation t;

        if ( chunk > len )
            chunk = len;
        reason = request(m, sid, addr, write, REQ_DMA, &t);
        if ( !reason )
            move(m, t.maddr, buf, chunk, write);
        addr += chunk;
        buf = buf ? (char *)buf + chunk : NULL;
        len -= chunk;
    }
    vtdm_unlock(m);

    return reason;
}

unsigned int vtd_model_translate(struct vtd_model *m, uint16_t sid,
                                 uint64_t addr, bool write, uint64_t *maddr)
{
    struct translation t;
    unsigned int reason;

    vtdm_lock(m);
    reason = request(m, sid, addr, write, REQ_DMA, &t);
    *maddr = t.maddr;
    vtdm_unlock(m);

    return reason;
}

unsigned int vtd_model_begin(struct vtd_model *m, uint16_t sid, uint64_t addr,
                             bool write)
{
    struct translation t;
    unsigned int reason;

    vtdm_lock(m);
    reason = request(m, sid, addr, write, REQ_DMA, &t);
    if ( !reason )
        m->under_way[write]++;
    vtdm_unlock(m);

    return reason;
}

unsigned int vtd_model_under_way(struct vtd_model *m, bool write)
{
    unsigned int nr;

    vtdm_lock(m);
    nr = m->under_way[write];
    vtdm_unlock(m);

    return nr;
}

/* §4.2.3: no permission is an answer, not a fault. */
unsigned int vtd_model_ats_request(struct vtd_model *m, uint16_t sid,
                                   uint64_t addr, unsigned int *prot)
{
    struct translation t;
    unsigned int reason;

    *prot = 0;
    vtdm_lock(m);
    reason = vtdm_walk(m, sid, addr, false, REQ_ATS, &t);
    if ( reason == FR_READ || reason == FR_WRITE )
        reason = 0;
    else if ( reason != VTD_MODEL_UR && !t.fpd )
        vtdm_fault_record(m, sid, reason, addr & ~0xfffULL, false);

    if ( !reason )
        *prot = t.prot;
    if ( *prot )
    {
        struct dev_entry *d = vtdm_cache_add(&m->dev);

        d->sid = sid;
        d->start = t.start;
        d->last = t.last;
        d->maddr = t.maddr - (addr - t.start);
        d->prot = t.prot;
    }
    vtdm_unlock(m);

    return reason;
}

unsigned int vtd_model_ats_dma(struct vtd_model *m, uint16_t sid,
                               uint64_t addr, size_t len, bool write, void *buf)
{
    unsigned int i, reason = VTD_MODEL_UR;

    vtdm_lock(m);
    for ( i = 0; i < m->dev.nr; i++ )
    {
        const struct dev_entry *d =
            vtdm_cache_get(&m->dev, struct dev_entry, i);
        struct translation t;

        if ( d->sid != sid || addr < d->start || addr > d->last ||
             !(d->prot & (write ? PTE_W : PTE_R)) || len > d->last - addr + 1 )
            continue;

        reason = request(m, sid, d->maddr + (addr - d->start), write,
                         REQ_TRANSLATED, &t);
        if ( !reason )
            move(m, t.maddr, buf, len, write);
        break;
    }
    vtdm_unlock(m);

    return reason;
}

unsigned int vtd_model_msi(struct vtd_model *m, uint16_t sid, uint32_t addr,
                           uint32_t data, struct vtd_model_irq *irq)
{
    unsigned int reason;

    vtdm_lock(m);
    memset(irq, 0, sizeof(*irq));
    reason = vtdm_intr_request(m, sid, addr, data, irq);
    vtdm_unlock(m);

    return reason;
}
