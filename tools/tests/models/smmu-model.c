/* SPDX-License-Identifier: GPL-2.0-only */
/* The SMMUv3 model's life, its caches' storage, and errors on demand. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "smmu-int.h"

const struct smmu_model_cfg smmu_model_default = {
    .base = 0x09050000,
    .sid_bits = 16,
    .cmdq_bits = 19,
    .eventq_bits = 19,
    .oas = 4,
    .two_level = true,
    .s2p = true,
    .vmid16 = true,
    .coherent = true,
    .ril = true,
    .msi = true,
    .ats = true,
    .hyp = true,
    .btm = true,
};

void *smmum_cache_add(struct smmu_cache *c)
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

void smmum_cache_drop(struct smmu_cache *c, unsigned int i)
{
    char *item = (char *)c->items + c->size * i;

    memmove(item, item + c->size, c->size * (--c->nr - i));
}

void smmum_violation(struct smmu_model *m, const char *fmt, ...)
{
    va_list args;

    m->violations++;
    va_start(args, fmt);
    vsnprintf(m->last_violation, sizeof(m->last_violation), fmt, args);
    va_end(args);
}

bool smmum_next_command(struct smmu_model *m, enum smmu_model_failure *how)
{
    *how = SMMU_MODEL_DROP;
    if ( m->dead )
        return false;
    if ( !m->fail_in || --m->fail_in )
        return true;

    m->failed = true;
    *how = model_fails(&m->fail_in, &m->fail_how);
    if ( *how == SMMU_MODEL_DIE )
        m->dead = true;

    return false;
}

/* §6.3.1 to §6.3.6 */
static void set_capabilities(struct smmu_model *m)
{
    const struct smmu_model_cfg *cfg = &m->cfg;

    m->idr0 = (uint32_t)cfg->s2p | 2u << 2 | (uint32_t)cfg->coherent << 4 |
              (uint32_t)cfg->btm << 5 | (uint32_t)cfg->hyp << 9 |
              (uint32_t)cfg->ats << 10 | (uint32_t)cfg->msi << 13 |
              (uint32_t)cfg->vmid16 << 18 | 2u << 21 |
              cfg->stall_model << 24 | (uint32_t)cfg->two_level << 27;
    m->idr1 = cfg->sid_bits | cfg->eventq_bits << 16 | cfg->cmdq_bits << 21;
    m->idr3 = (uint32_t)cfg->ril << 10 | cfg->bbml << 11;
    m->idr5 = cfg->oas | 1u << 4;
}

static void reset(struct smmu_model *m)
{
    m->cr0 = m->cr0ack = m->irq_ctrl = m->irq_ctrlack = 0;
    m->gbpa = 0x1000;
    m->gerror = m->gerrorn = 0;
    m->stopped = m->stuck = false;
    /* What a reset leaves unknown is not what a driver expects. */
    m->cr1 = 0x222;
    m->cr2 = 0x1;
    m->strtab_cfg = ~0u;
    m->strtab_base = m->cmdq_base = m->eventq_base = 0x7fffffffffffULL;
    m->cmdq_prod = m->eventq_prod = 0x5;
    m->cmdq_cons = m->eventq_cons = 0x5;
    m->msi[0].addr = m->msi[1].addr = 0xdead0000;
}

struct smmu_model *smmu_model_create(const struct smmu_model_cfg *cfg)
{
    struct smmu_model *m = calloc(1, sizeof(*m));

    if ( !m )
        abort();

    pthread_mutex_init(&m->lock, NULL);
    m->cfg = *cfg;
    m->pause.left = MODEL_GOES_ON;
    m->conf.size = sizeof(struct cfg_entry);
    m->tlb.size = sizeof(struct tlb_entry);
    set_capabilities(m);
    reset(m);
    smmum_host_attach(m);

    return m;
}

void smmu_model_destroy(struct smmu_model *m)
{
    if ( !m )
        return;

    smmum_host_detach(m);
    free(m->conf.items);
    free(m->tlb.items);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

void smmu_model_reset(struct smmu_model *m)
{
    smmum_lock(m);
    reset(m);
    smmum_unlock(m);
}

void smmu_model_fail_nth(struct smmu_model *m, unsigned int nth,
                         unsigned int how)
{
    smmum_lock(m);
    m->fail_in = nth;
    m->fail_how = how;
    m->failed = false;
    smmum_unlock(m);
}

bool smmu_model_failed(struct smmu_model *m)
{
    bool failed;

    smmum_lock(m);
    failed = m->failed;
    smmum_unlock(m);

    return failed;
}

void smmu_model_die(struct smmu_model *m, bool gone)
{
    smmum_lock(m);
    m->dead = true;
    m->gone = gone;
    smmum_unlock(m);
}

void smmu_model_revive(struct smmu_model *m)
{
    smmum_lock(m);
    m->dead = m->gone = m->stopped = m->stuck = false;
    m->fail_in = 0;
    smmum_unlock(m);
}

MODEL_PAUSE(struct smmu_model, smmu_model, smmum_lock, smmum_unlock,
            m->cmdq_cons << 8 != m->cmdq_prod << 8, smmum_queue_run)

void smmum_lock(struct smmu_model *m)
{
    pthread_mutex_lock(&m->lock);
}

/* Interrupts are delivered without the lock: their handler reads registers. */
void smmum_unlock(struct smmu_model *m)
{
    typeof(m->irqs) irqs;
    unsigned int i, nr = m->nr_irqs;

    memcpy(irqs, m->irqs, sizeof(irqs));
    m->nr_irqs = 0;
    pthread_mutex_unlock(&m->lock);

    for ( i = 0; i < nr; i++ )
        if ( m->irq_fn )
            m->irq_fn(m->irq_arg, irqs[i].irq, irqs[i].addr, irqs[i].data);
}

void smmu_model_on_irq(struct smmu_model *m, smmu_model_irq_fn *fn, void *arg)
{
    m->irq_fn = fn;
    m->irq_arg = arg;
}

void smmu_model_on_cmd(struct smmu_model *m, smmu_model_cmd_fn *fn, void *arg)
{
    smmum_lock(m);
    m->cmd_fn = fn;
    m->cmd_arg = arg;
    smmum_unlock(m);
}

uint64_t smmu_model_read(struct smmu_model *m, unsigned int off,
                         unsigned int size)
{
    uint64_t val;

    smmum_lock(m);
    val = m->gone ? ~0ULL >> (64 - 8 * size) : smmum_reg_read(m, off, size);
    val = model_says(&m->pause, off, val);
    smmum_unlock(m);

    return val;
}

void smmu_model_write(struct smmu_model *m, unsigned int off, uint64_t val,
                      unsigned int size)
{
    smmum_lock(m);
    if ( !m->gone )
        smmum_reg_write(m, off, val, size);
    smmum_unlock(m);

    if ( m->write_fn )
        m->write_fn(m->write_arg, off);
}

void smmu_model_on_write(struct smmu_model *m, smmu_model_write_fn *fn,
                         void *arg)
{
    m->write_fn = fn;
    m->write_arg = arg;
}

static unsigned int dma(struct smmu_model *m, uint32_t sid, uint64_t addr,
                        bool write, bool translated, uint64_t *maddr)
{
    struct stream s;
    unsigned int code;

    if ( m->cfg.no_cache )
        m->conf.nr = m->tlb.nr = 0;

    if ( !(m->cr0ack & CR0_SMMUEN) )
    {
        *maddr = addr;
        return m->gbpa & GBPA_ABORT ? SMMU_MODEL_ABORT : 0;
    }

    /* §3.9.1.1: translated transactions are believed unless ATSCHK is set. */
    if ( translated && !(m->cr0ack & CR0_ATSCHK) )
    {
        *maddr = addr;
        return 0;
    }

    code = smmum_stream(m, sid, &s);
    /* No entry of ours has EATS set. */
    if ( !code && translated )
        code = 0x07;
    if ( !code )
        code = smmum_translate(m, &s, addr, write, maddr);
    if ( code && code != SMMU_MODEL_ABORT )
        smmum_event(m, code, sid, addr, write);

    return code;
}

unsigned int smmu_model_dma(struct smmu_model *m, uint32_t sid, uint64_t addr,
                            bool write, uint64_t *maddr)
{
    unsigned int code;

    smmum_lock(m);
    code = dma(m, sid, addr, write, false, maddr);
    smmum_unlock(m);

    return code;
}

unsigned int smmu_model_dma_translated(struct smmu_model *m, uint32_t sid,
                                       uint64_t addr, uint64_t *maddr)
{
    unsigned int code;

    smmum_lock(m);
    code = dma(m, sid, addr, true, true, maddr);
    smmum_unlock(m);

    return code;
}

unsigned long smmu_model_count(struct smmu_model *m, unsigned int opcode)
{
    unsigned long n;

    smmum_lock(m);
    n = m->count[opcode & 0xff];
    smmum_unlock(m);

    return n;
}

unsigned int smmu_model_violations(struct smmu_model *m)
{
    unsigned int n;

    smmum_lock(m);
    n = m->violations;
    smmum_unlock(m);

    return n;
}

const char *smmu_model_last_violation(struct smmu_model *m)
{
    return m->last_violation;
}

void smmu_model_forgive(struct smmu_model *m)
{
    smmum_lock(m);
    m->violations = 0;
    m->last_violation[0] = 0;
    smmum_unlock(m);
}
