/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests of devices to the AMD-Vi model: DMA, ATS, interrupts. */

#include "amd-int.h"

#define IS_INTERRUPT(addr)      ((addr) >> 20 == 0xfee)

static unsigned int request(struct amd_model *m, uint16_t devid, uint64_t addr,
                            bool write, bool ats, struct amd_model_page *page)
{
    struct dte d;
    unsigned int event;

    *page = (struct amd_model_page){
        .maddr = addr,
        .start = addr & ~0xfffULL,
        .last = addr | 0xfff,
        .prot = 3,
        .pass = true,
    };

    if ( !(m->control & C_IOMMU_EN) )
        return ats ? AMD_MODEL_ABORT : 0;

    event = amdm_dte(m, devid, &d, (write ? EV_RW : 0) | (ats ? EV_TR : 0),
                     addr);
    if ( event )
        return event;

    /* §2.5.9: a request for a translation of who may have none. */
    if ( ats && (!(d.w[0] & DTE_V) || !(d.w[0] & DTE_TV) ||
                 !(d.w[1] & DTE_I)) )
        return amdm_event_of(m, &d, EV_CODE(EV_INVALID_REQ) | devid | EV_TR |
                             EV_REQ_TYPE(1), addr);

    return amdm_walk(m, &d, addr, write, ats, page);
}

/* Move data; a target that is no memory is the device's problem. */
static void move(struct amd_model *m, uint64_t maddr, void *buf, size_t len,
                 bool write)
{
    if ( !buf )
        return;
    if ( write )
        amdm_mem_write(m, maddr, buf, len);
    else if ( !amdm_mem_read(m, maddr, buf, len) )
        memset(buf, 0xff, len);
}

/* §2.5.9: reads of the interrupt range are invalid. */
static unsigned int interrupt_range(struct amd_model *m, uint16_t devid,
                                    uint64_t addr, size_t len, bool write,
                                    const void *buf)
{
    struct amd_model_irq irq;
    uint32_t data;

    if ( write && len == 4 && buf )
    {
        memcpy(&data, buf, sizeof(data));
        return amd_model_msi(m, devid, addr, data, &irq);
    }

    amdm_lock(m);
    amdm_event(m, EV_CODE(EV_INVALID_REQ) | devid, addr);
    amdm_unlock(m);

    return EV_INVALID_REQ;
}

unsigned int amd_model_dma(struct amd_model *m, uint16_t devid, uint64_t addr,
                           size_t len, bool write, void *buf)
{
    unsigned int event = 0;

    if ( IS_INTERRUPT(addr) )
        return interrupt_range(m, devid, addr, len, write, buf);

    amdm_lock(m);
    while ( len && !event )
    {
        size_t chunk = 4096 - addr % 4096;
        struct amd_model_page page;

        if ( chunk > len )
            chunk = len;
        event = request(m, devid, addr, write, false, &page);
        if ( !event )
            move(m, page.maddr, buf, chunk, write);
        addr += chunk;
        buf = buf ? (char *)buf + chunk : NULL;
        len -= chunk;
    }
    amdm_unlock(m);

    return event;
}

unsigned int amd_model_translate(struct amd_model *m, uint16_t devid,
                                 uint64_t addr, bool write,
                                 struct amd_model_page *page)
{
    struct amd_model_page local;
    unsigned int event;

    amdm_lock(m);
    event = request(m, devid, addr, write, false, page ? page : &local);
    amdm_unlock(m);

    return event;
}

unsigned int amd_model_ats_request(struct amd_model *m, uint16_t devid,
                                   uint64_t addr, unsigned int *prot)
{
    struct amd_model_page page;
    unsigned int event;

    *prot = 0;
    amdm_lock(m);
    event = request(m, devid, addr, false, true, &page);
    if ( event == EV_PAGE_FAULT )
        event = 0;
    else if ( !event )
        *prot = page.prot;

    if ( *prot )
    {
        struct dev_entry *e = amdm_cache_add(&m->dev);

        e->devid = devid;
        e->start = page.start;
        e->last = page.last;
        e->maddr = page.maddr - (addr - page.start);
        e->prot = page.prot;
    }
    amdm_unlock(m);

    return event;
}

/* §2.5.9: a request with a translated address by who may have none. */
static unsigned int translated(struct amd_model *m, uint16_t devid,
                               uint64_t addr, bool write)
{
    unsigned int event;
    struct dte d;

    if ( !(m->control & C_IOMMU_EN) )
        return 0;

    event = amdm_dte(m, devid, &d, write ? EV_RW : 0, addr);
    if ( event || ((d.w[0] & DTE_V) && (d.w[1] & DTE_I)) )
        return event;

    return amdm_event_of(m, &d, EV_CODE(EV_INVALID_REQ) | devid |
                         EV_REQ_TYPE(1), addr);
}

unsigned int amd_model_ats_dma(struct amd_model *m, uint16_t devid,
                               uint64_t addr, size_t len, bool write, void *buf)
{
    unsigned int i, event = AMD_MODEL_ABORT;

    amdm_lock(m);
    for ( i = 0; i < m->dev.nr; i++ )
    {
        const struct dev_entry *e =
            amdm_cache_get(&m->dev, struct dev_entry, i);
        uint64_t maddr = e->maddr + (addr - e->start);

        if ( e->devid != devid || addr < e->start || addr > e->last ||
             !(e->prot & (write ? 2 : 1)) || len > e->last - addr + 1 )
            continue;

        event = translated(m, devid, maddr, write);
        if ( !event )
            move(m, maddr, buf, len, write);
        break;
    }
    amdm_unlock(m);

    return event;
}

unsigned int amd_model_msi(struct amd_model *m, uint16_t devid, uint32_t addr,
                           uint32_t data, struct amd_model_irq *irq)
{
    unsigned int event;

    amdm_lock(m);
    memset(irq, 0, sizeof(*irq));
    event = amdm_intr(m, devid, addr, data, irq);
    amdm_unlock(m);

    return event;
}
