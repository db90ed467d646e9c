/* SPDX-License-Identifier: GPL-2.0-only */
/* The SMMUv2 model's life, its caches' storage, and errors on demand. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "smmuv2-int.h"

const struct smmuv2_model_cfg smmuv2_model_default = {
    .base = 0x0a000000,
    .version = 2,
    .s1 = true, .s2 = true, .nested = true,
    .sid_bits = 15,
    .nr_smrs = 128,
    .nr_banks = 64,
    .ias = 5, .oas = 5,
    .cttw = true, .coherent = true,
    .mmu500 = true,
};

/* Longest that a line may be up without its cause being dealt with. */
#define STORM 64

void *v2m_cache_add(struct v2_cache *c)
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

void v2m_cache_drop(struct v2_cache *c, unsigned int i)
{
    char *item = (char *)c->items + c->size * i;

    memmove(item, item + c->size, c->size * (--c->nr - i));
}

void v2m_violation(struct smmuv2_model *m, const char *fmt, ...)
{
    va_list args;

    m->violations++;
    va_start(args, fmt);
    vsnprintf(m->last_violation, sizeof(m->last_violation), fmt, args);
    va_end(args);
}

bool v2m_next_command(struct smmuv2_model *m)
{
    m->count[SMMUV2_COUNT_SYNCS]++;
    if ( m->dead || m->stuck )
        return false;
    if ( !m->fail_in || --m->fail_in )
        return true;

    m->failed = true;
    m->stuck = m->fail_how != SMMUV2_MODEL_HANG;
    m->dead = m->fail_how == SMMUV2_MODEL_DIE;

    return false;
}

/* Pages of one half of the registers: a power of two. */
static unsigned int half_pages(const struct smmuv2_model_cfg *cfg)
{
    unsigned int n = 2;

    while ( n < cfg->nr_banks )
        n *= 2;

    return n;
}

size_t smmuv2_model_size(const struct smmuv2_model_cfg *cfg)
{
    return 2 * half_pages(cfg) * (cfg->page64k ? 0x10000UL : 0x1000UL);
}

static void set_capabilities(struct smmuv2_model *m)
{
    const struct smmuv2_model_cfg *cfg = &m->cfg;

    m->page = cfg->page64k ? 0x10000 : 0x1000;
    m->cb_base = half_pages(cfg) * m->page;
    m->nr_slots = cfg->indexed ? 1u << cfg->sid_bits : cfg->nr_smrs;
    m->idr0 = (uint32_t)cfg->s1 << 30 | (uint32_t)cfg->s2 << 29 |
              (uint32_t)cfg->nested << 28 | (uint32_t)!cfg->indexed << 27 |
              (cfg->no_aarch32 ? 2u << 24 : 0) | cfg->nr_banks << 16 |
              (uint32_t)cfg->cttw << 14 | cfg->sid_bits << 9 |
              (uint32_t)cfg->exids << 8 | (cfg->indexed ? 0 : cfg->nr_smrs);
    m->idr1 = (uint32_t)cfg->page64k << 31 |
              (uint32_t)(__builtin_ctz(half_pages(cfg)) - 1) << 28 |
              cfg->nr_s2_only << 16 | cfg->nr_banks;
    m->idr2 = (uint32_t)cfg->vmid16 << 15 | 5u << 8 | cfg->oas << 4 | cfg->ias;
    if ( cfg->version > 1 && !cfg->no_aarch64 )
        m->idr2 |= 7u << 12;
    m->idr7 = 0x21;
    if ( !m->cfg.smr_id )
        m->cfg.smr_id = 0xffff;
    if ( !m->cfg.smr_mask )
        m->cfg.smr_mask = 0xffff;
}

/* What a reset leaves unknown is not what a driver expects. */
static void reset(struct smmuv2_model *m)
{
    unsigned int n;

    m->cr0 = CR0_CLIENTPD;
    m->acr = m->cfg.mmu500 ? ACR_SMTNMB | ACR_S2CRB | ACR_LOCK : 0;
    m->gfsr = 0;
    m->active = false;
    for ( n = 0; n < m->nr_slots; n++ )
    {
        m->smr[n] = 0x80000000u | 0x3fu << 16 | n << 6;
        m->s2cr[n] = (n & 1 ? TYPE_BYPASS : TYPE_TRANS) << 16 | n;
    }
    for ( n = 0; n < m->cfg.nr_banks; n++ )
        m->bank[n] = (struct v2_bank){
            .cbar = 0x20000, .tcr = 0x5a5a5a5a, .ttbr0 = 0xdead0000,
            .actlr = 3, .cba2r = n & 1,
            .fsr = n % 5 == 2 && !m->cfg.quiet ? CF_TF : 0,
            .sctlr = SCTLR_HUPCF | (n == 2 ? SCTLR_CFIE : 0),
        };
}

struct smmuv2_model *smmuv2_model_create(const struct smmuv2_model_cfg *cfg)
{
    struct smmuv2_model *m = calloc(1, sizeof(*m));

    if ( !m )
        abort();

    pthread_mutex_init(&m->lock, NULL);
    m->cfg = *cfg;
    m->own_tlb.size = sizeof(struct v2_tlb_entry);
    m->pending.size = sizeof(struct v2_pending);
    m->tlb = cfg->tlb_of ? cfg->tlb_of->tlb : &m->own_tlb;
    set_capabilities(m);
    reset(m);
    v2m_host_attach(m);

    return m;
}

void smmuv2_model_destroy(struct smmuv2_model *m)
{
    if ( !m )
        return;

    v2m_host_detach(m);
    free(m->own_tlb.items);
    free(m->pending.items);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

void smmuv2_model_reset(struct smmuv2_model *m)
{
    v2m_lock(m);
    reset(m);
    v2m_unlock(m);
}

void smmuv2_model_fail_nth(struct smmuv2_model *m, unsigned int nth,
                           enum smmuv2_model_failure how)
{
    v2m_lock(m);
    m->fail_in = nth;
    m->fail_how = how;
    m->failed = false;
    v2m_unlock(m);
}

bool smmuv2_model_failed(struct smmuv2_model *m)
{
    bool failed;

    v2m_lock(m);
    failed = m->failed;
    v2m_unlock(m);

    return failed;
}

void smmuv2_model_die(struct smmuv2_model *m, bool gone)
{
    v2m_lock(m);
    m->dead = true;
    m->gone = gone;
    v2m_unlock(m);
}

void smmuv2_model_revive(struct smmuv2_model *m)
{
    unsigned int n;

    v2m_lock(m);
    m->dead = m->gone = m->stuck = m->active = false;
    for ( n = 0; n < m->cfg.nr_banks; n++ )
        m->bank[n].active = false;
    m->fail_in = 0;
    v2m_unlock(m);
}

void v2m_lock(struct smmuv2_model *m)
{
    pthread_mutex_lock(&m->lock);
}

/* Lines that are up are delivered without the lock: handlers read registers. */
void v2m_unlock(struct smmuv2_model *m)
{
    unsigned int i;
    int line = v2m_line(m);

    if ( line < 0 || m->in_irq || !m->irq_fn )
    {
        pthread_mutex_unlock(&m->lock);
        return;
    }

    m->in_irq = true;
    m->irq_taken = true;
    for ( i = 0; line >= 0 && i < STORM && m->irq_taken; i++ )
    {
        pthread_mutex_unlock(&m->lock);
        m->irq_taken = m->irq_fn(m->irq_arg, line);
        pthread_mutex_lock(&m->lock);
        line = v2m_line(m);
    }
    m->in_irq = false;
    if ( line >= 0 && m->irq_taken )
        v2m_violation(m, "line %d stays up whatever the handler does", line);
    pthread_mutex_unlock(&m->lock);
}

uint64_t smmuv2_model_read(struct smmuv2_model *m, unsigned int off,
                           unsigned int size)
{
    uint64_t val;

    v2m_lock(m);
    val = m->gone ? ~0ULL >> (64 - 8 * size) : v2m_reg_read(m, off, size);
    v2m_unlock(m);

    return val;
}

void smmuv2_model_write(struct smmuv2_model *m, unsigned int off, uint64_t val,
                        unsigned int size)
{
    smmuv2_model_write_fn *fn;
    void *arg;

    v2m_lock(m);
    v2m_reg_write(m, off, val, size);
    fn = m->write_fn;
    arg = m->write_arg;
    v2m_unlock(m);
    if ( fn )
        fn(arg, off);
}

unsigned int smmuv2_model_dma(struct smmuv2_model *m, uint32_t sid,
                              uint64_t addr, bool write, uint64_t *maddr)
{
    unsigned int rc;

    v2m_lock(m);
    rc = v2m_dma(m, sid, addr, write, maddr);
    v2m_unlock(m);

    return rc;
}

unsigned int smmuv2_model_peek(struct smmuv2_model *m, uint32_t sid,
                               uint64_t addr, bool write, uint64_t *maddr)
{
    struct v2_bank banks[MAX_BANKS];
    struct v2_cache *tlb, copy;
    uint32_t gfsr;
    uint8_t cached;
    unsigned int rc, i;

    v2m_lock(m);
    memcpy(banks, m->bank, m->cfg.nr_banks * sizeof(*banks));
    gfsr = m->gfsr;
    cached = m->cached_stream[sid & 0xffff];
    tlb = m->tlb;
    copy = (struct v2_cache){ .size = tlb->size };
    for ( i = 0; i < tlb->nr; i++ )
        *(struct v2_tlb_entry *)v2m_cache_add(&copy) =
            *v2m_get(tlb, struct v2_tlb_entry, i);

    m->tlb = &copy;
    rc = v2m_dma(m, sid, addr, write, maddr);
    m->tlb = tlb;

    memcpy(m->bank, banks, m->cfg.nr_banks * sizeof(*banks));
    m->gfsr = gfsr;
    m->cached_stream[sid & 0xffff] = cached;
    free(copy.items);
    v2m_unlock(m);

    return rc;
}

void smmuv2_model_on_irq(struct smmuv2_model *m, smmuv2_model_irq_fn *fn,
                         void *arg)
{
    m->irq_fn = fn;
    m->irq_arg = arg;
}

void smmuv2_model_on_write(struct smmuv2_model *m, smmuv2_model_write_fn *fn,
                           void *arg)
{
    v2m_lock(m);
    m->write_fn = fn;
    m->write_arg = arg;
    v2m_unlock(m);
}

unsigned long smmuv2_model_count(struct smmuv2_model *m,
                                 enum smmuv2_model_count what)
{
    unsigned long n;

    v2m_lock(m);
    n = m->count[what];
    v2m_unlock(m);

    return n;
}

unsigned int smmuv2_model_violations(struct smmuv2_model *m)
{
    unsigned int n;

    v2m_lock(m);
    n = m->violations;
    v2m_unlock(m);

    return n;
}

const char *smmuv2_model_last_violation(struct smmuv2_model *m)
{
    return m->last_violation;
}

void smmuv2_model_forgive(struct smmuv2_model *m)
{
    v2m_lock(m);
    m->violations = 0;
    v2m_unlock(m);
}
