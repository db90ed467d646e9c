/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VT-d model's life, its caches' storage, and errors on demand.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "vtd-host.h"
#include "vtd-int.h"

const struct vtd_model_cfg vtd_model_default = {
    .base = 0xfed90000,
    .haw = 46,
    .mgaw = 48,
    .sagaw = 0x6,
    .did_bits = 16,
    .mamv = 18,
    .nfr = 1,
    .coherent = true,
    .plmr = true,
    .phmr = true,
    .psi = true,
    .page_2m = true,
    .page_1g = true,
    .qi = true,
    .ir = true,
    .eim = true,
    .pt = true,
    .sc = true,
    .dt = true,
};

void *vtdm_cache_add(struct cache *c)
{
    if ( c->nr == c->room )
    {
        c->room = c->room ? c->room * 2 : 16;
        c->items = realloc(c->items, c->room * c->size);
        if ( !c->items )
            abort();
    }

    return memset((char *)c->items + c->size * c->nr++, 0, c->size);
}

/* Keeps the order: the oldest entry is found first. */
void vtdm_cache_drop(struct cache *c, unsigned int i)
{
    char *item = (char *)c->items + c->size * i;

    memmove(item, item + c->size, c->size * (--c->nr - i));
}

void vtdm_cache_flush(struct cache *c)
{
    c->nr = 0;
}

static void cache_init(struct cache *c, size_t size)
{
    c->items = NULL;
    c->nr = c->room = 0;
    c->size = size;
}

void vtdm_violation(struct vtd_model *m, const char *fmt, ...)
{
    va_list args;

    m->violations++;
    va_start(args, fmt);
    vsnprintf(m->last_violation, sizeof(m->last_violation), fmt, args);
    va_end(args);
}

int vtdm_next_command(struct vtd_model *m, enum vtd_model_count kind)
{
    m->count[kind]++;
    m->count[VTD_COUNT_COMMANDS]++;

    if ( m->dead )
        return CMD_DROP;

    if ( !m->fail_in || --m->fail_in )
        return CMD_OK;

    m->failed = true;
    switch ( model_fails(&m->fail_in, &m->fail_how) )
    {
    case VTD_MODEL_ERROR:
        return CMD_ERROR;
    case VTD_MODEL_REFUSE:
        return CMD_REFUSED;
    case VTD_MODEL_DIE:
        m->dead = true;
    }

    return CMD_DROP;
}

/* §11.4.2, §11.4.3 */
static void set_capabilities(struct vtd_model *m)
{
    const struct vtd_model_cfg *cfg = &m->cfg;

    m->cap = (uint64_t)(cfg->did_bits - 4) / 2 |
             (uint64_t)cfg->rwbf << 4 |
             (uint64_t)cfg->plmr << 5 |
             (uint64_t)cfg->phmr << 6 |
             (uint64_t)cfg->caching_mode << 7 |
             (uint64_t)cfg->sagaw << 8 |
             (uint64_t)(cfg->mgaw - 1) << 16 |
             (uint64_t)(m->fro / 16) << 24 |
             (uint64_t)cfg->page_2m << 34 |
             (uint64_t)cfg->page_1g << 35 |
             (uint64_t)cfg->psi << 39 |
             (uint64_t)(cfg->nfr - 1) << 40 |
             (uint64_t)cfg->mamv << 48 |
             BIT64(54) | BIT64(55) |
             (uint64_t)cfg->esirtps << 62 |
             (uint64_t)cfg->esrtps << 63;

    m->ecap = (uint64_t)cfg->coherent |
              (uint64_t)cfg->qi << 1 |
              (uint64_t)cfg->dt << 2 |
              (uint64_t)cfg->ir << 3 |
              (uint64_t)cfg->eim << 4 |
              (uint64_t)cfg->pt << 6 |
              (uint64_t)cfg->sc << 7 |
              (uint64_t)(m->iro / 16) << 8 |
              (uint64_t)(cfg->ir ? m->mhmv : 0) << 20;

    if ( cfg->raw_cap )
        m->cap = cfg->raw_cap;
    if ( cfg->raw_ecap )
        m->ecap = cfg->raw_ecap;
}

struct vtd_model_cfg vtd_model_cfg_of(uint32_t ver, uint64_t cap, uint64_t ecap,
                                      unsigned int haw)
{
    unsigned int nd = BITS(cap, 2, 0);

    return (struct vtd_model_cfg){
        .haw = haw,
        .ver = ver,
        .raw_cap = cap,
        .raw_ecap = ecap,
        .did_bits = nd > 6 ? 16 : 4 + 2 * nd,
        .rwbf = cap & BIT64(4),
        .plmr = cap & BIT64(5),
        .phmr = cap & BIT64(6),
        .caching_mode = cap & BIT64(7),
        .sagaw = BITS(cap, 11, 9) << 1,
        .mgaw = BITS(cap, 21, 16) + 1,
        .fro = BITS(cap, 33, 24) * 16,
        .page_2m = cap & BIT64(34),
        .page_1g = cap & BIT64(35),
        .psi = cap & BIT64(39),
        .nfr = BITS(cap, 47, 40) + 1,
        .mamv = BITS(cap, 53, 48),
        .esirtps = cap & BIT64(62),
        .esrtps = cap & BIT64(63),
        .coherent = ecap & BIT64(0),
        .qi = ecap & BIT64(1),
        .dt = ecap & BIT64(2),
        .ir = ecap & BIT64(3),
        .eim = ecap & BIT64(4),
        .pt = ecap & BIT64(6),
        .sc = ecap & BIT64(7),
        .iro = BITS(ecap, 17, 8) * 16,
        .mhmv = BITS(ecap, 23, 20),
    };
}

/* Where CAP and ECAP put registers, and how many pages that takes. */
static void set_layout(struct vtd_model *m)
{
    const struct vtd_model_cfg *cfg = &m->cfg;
    unsigned int end;

    m->fro = cfg->fro ? cfg->fro : R_FRCD;
    m->iro = cfg->iro ? cfg->iro : R_IVA;
    m->mhmv = cfg->mhmv || cfg->raw_ecap ? cfg->mhmv : 15;

    end = m->fro + 16 * cfg->nfr;
    if ( end < m->iro + 16 )
        end = m->iro + 16;
    m->size = (end + 4095) & ~4095U;
}

static void reset(struct vtd_model *m)
{
    m->gsts = m->fsts = m->ics = 0;
    m->fectl = m->iectl = CTL_IM;
    m->fedata = m->feaddr = m->feuaddr = 0;
    m->iedata = m->ieaddr = m->ieuaddr = 0;
    m->pmen = m->plmbase = m->plmlimit = 0;
    m->phmbase = m->phmlimit = 0;
    m->rtaddr = m->ccmd = m->iotlb = m->iva = 0;
    m->iqh = m->iqt = m->iqa = m->iqercd = m->irta = 0;
    m->root = m->ir_table = 0;
    m->fri = 0;
    m->nr_dev_timeouts = 0;
    m->lost = false;
    memset(m->frcd, 0, m->cfg.nfr * sizeof(*m->frcd));
    vtdm_inval_all(m);
    vtdm_cache_flush(&m->dev);
}

struct vtd_model *vtd_model_create(const struct vtd_model_cfg *cfg)
{
    struct vtd_model *m = calloc(1, sizeof(*m));

    if ( !m || !(m->frcd = calloc(cfg->nfr, sizeof(*m->frcd))) )
        abort();

    pthread_mutex_init(&m->lock, NULL);
    m->cfg = *cfg;
    m->pause.left = MODEL_GOES_ON;
    cache_init(&m->ctx, sizeof(struct ctx_entry));
    cache_init(&m->tlb, sizeof(struct tlb_entry));
    cache_init(&m->dev, sizeof(struct dev_entry));
    cache_init(&m->iec, sizeof(struct iec_entry));
    cache_init(&m->dead_devs, sizeof(uint16_t));
    set_layout(m);
    set_capabilities(m);
    reset(m);
    vtd_host_attach(m);

    return m;
}

void vtd_model_destroy(struct vtd_model *m)
{
    if ( !m )
        return;

    vtd_host_detach(m);
    vtdm_mem_shadow_free(m);
    free(m->ctx.items);
    free(m->tlb.items);
    free(m->dev.items);
    free(m->iec.items);
    free(m->dead_devs.items);
    free(m->frcd);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

void vtd_model_reset(struct vtd_model *m)
{
    vtdm_lock(m);
    reset(m);
    vtdm_unlock(m);
}

void vtd_model_fail_nth(struct vtd_model *m, unsigned int nth,
                        unsigned int how)
{
    vtdm_lock(m);
    m->fail_in = nth;
    m->fail_how = how;
    m->failed = false;
    vtdm_unlock(m);
}

bool vtd_model_failed(const struct vtd_model *m)
{
    struct vtd_model *locked = (struct vtd_model *)m;
    bool failed;

    vtdm_lock(locked);
    failed = m->failed;
    vtdm_unlock(locked);

    return failed;
}

void vtd_model_die(struct vtd_model *m, bool gone)
{
    vtdm_lock(m);
    m->dead = true;
    m->gone = gone;
    vtdm_unlock(m);
}

void vtd_model_revive(struct vtd_model *m)
{
    vtdm_lock(m);
    m->dead = m->gone = false;
    m->fail_in = 0;
    vtdm_unlock(m);
}

MODEL_PAUSE(struct vtd_model, vtd_model, vtdm_lock, vtdm_unlock,
            m->iqh != m->iqt, vtdm_queue_run)

void vtdm_lock(struct vtd_model *m)
{
    pthread_mutex_lock(&m->lock);
}

/* Events are delivered without the lock: their handler reads registers. */
void vtdm_unlock(struct vtd_model *m)
{
    typeof(m->events) events;
    unsigned int i, nr = m->nr_events;

    memcpy(events, m->events, sizeof(events));
    m->nr_events = 0;
    pthread_mutex_unlock(&m->lock);

    for ( i = 0; i < nr; i++ )
        if ( m->event )
            m->event(m->event_arg, events[i].addr, events[i].data);
}

void vtdm_send_event(struct vtd_model *m, uint32_t addr, uint32_t upper,
                     uint32_t data)
{
    m->count[VTD_COUNT_EVENT]++;
    if ( m->nr_events == sizeof(m->events) / sizeof(m->events[0]) )
        return;

    m->events[m->nr_events].addr = (uint64_t)upper << 32 | addr;
    m->events[m->nr_events++].data = data;
}

void vtd_model_on_event(struct vtd_model *m, vtd_model_event_fn *fn, void *arg)
{
    m->event = fn;
    m->event_arg = arg;
}

unsigned long vtd_model_count(const struct vtd_model *m, enum vtd_model_count c)
{
    return m->count[c];
}

unsigned int vtd_model_violations(const struct vtd_model *m)
{
    return m->violations;
}

const char *vtd_model_last_violation(const struct vtd_model *m)
{
    return m->last_violation;
}

void vtd_model_forgive(struct vtd_model *m)
{
    m->violations = 0;
    m->last_violation[0] = 0;
}
