/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The AMD-Vi model's life, its caches' storage, and errors on demand.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "amd-host.h"
#include "amd-int.h"

const struct amd_model_cfg amd_model_default = {
    .base = 0xfd200000,
    .bdf = 0x0002,
    .efr = 0x206d73ef22254adeULL,
    .iotlb = true,
};

void *amdm_cache_add(struct cache *c)
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
void amdm_cache_drop(struct cache *c, unsigned int i)
{
    char *item = (char *)c->items + c->size * i;

    memmove(item, item + c->size, c->size * (--c->nr - i));
}

void amdm_cache_flush(struct cache *c)
{
    c->nr = 0;
}

void amdm_violation(struct amd_model *m, const char *fmt, ...)
{
    va_list args;

    m->violations++;
    va_start(args, fmt);
    vsnprintf(m->last_violation, sizeof(m->last_violation), fmt, args);
    va_end(args);
}

int amdm_next_command(struct amd_model *m, enum amd_model_count kind)
{
    static const int ends[] = {
        [AMD_MODEL_STALL] = CMD_STALL,
        [AMD_MODEL_ILLEGAL] = CMD_ILLEGAL,
        [AMD_MODEL_HARDWARE] = CMD_HARDWARE,
        [AMD_MODEL_WRONG] = CMD_WRONG,
        [AMD_MODEL_DIE] = CMD_STALL,
    };
    unsigned int how;

    m->count[kind]++;
    m->count[AMD_COUNT_COMMANDS]++;

    if ( m->dead )
        return CMD_STALL;
    if ( !m->fail_in || --m->fail_in )
        return CMD_OK;

    m->failed = true;
    how = model_fails(&m->fail_in, &m->fail_how);
    if ( how == AMD_MODEL_DIE )
        m->dead = true;

    return ends[how];
}

/* §3.4: what is not said to survive is lost. */
static void reset(struct amd_model *m)
{
    memset(m->devtab, 0, sizeof(m->devtab));
    memset(m->xt, 0, sizeof(m->xt));
    memset(m->l1, 0, sizeof(m->l1));
    memset(m->l2, 0, sizeof(m->l2));
    m->cmdbuf = m->evtlog = (uint64_t)8 << 56;
    m->control = m->excl_base = m->excl_limit = 0;
    m->cmd_head = m->cmd_tail = m->evt_head = m->evt_tail = m->status = 0;
    m->nr_pending = 0;
    m->stalled = false;
    amdm_conf_reset(m);
    amdm_inval_all(m);
    amdm_cache_flush(&m->dev);
}

struct amd_model *amd_model_create(const struct amd_model_cfg *cfg)
{
    struct amd_model *m = calloc(1, sizeof(*m));

    if ( !m )
        abort();

    pthread_mutex_init(&m->lock, NULL);
    pthread_cond_init(&m->go_on, NULL);
    m->cfg = *cfg;
    m->size = !cfg->no_efr && (cfg->efr & EFR_PC) ? 512 << 10 : 16 << 10;
    m->dte.size = sizeof(struct dte);
    m->tlb.size = sizeof(struct tlb_entry);
    m->dev.size = sizeof(struct dev_entry);
    m->irt.size = sizeof(struct irt_entry);
    m->dead_devs.size = sizeof(uint16_t);
    reset(m);
    amd_host_attach(m);

    return m;
}

void amd_model_destroy(struct amd_model *m)
{
    if ( !m )
        return;

    amd_host_detach(m);
    amdm_mem_free(m);
    free(m->dte.items);
    free(m->tlb.items);
    free(m->dev.items);
    free(m->irt.items);
    free(m->dead_devs.items);
    pthread_cond_destroy(&m->go_on);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

void amd_model_reset(struct amd_model *m)
{
    amdm_lock(m);
    reset(m);
    amdm_unlock(m);
}

void amd_model_fail_nth(struct amd_model *m, unsigned int nth,
                        unsigned int how)
{
    amdm_lock(m);
    m->fail_in = nth;
    m->fail_how = how;
    m->failed = false;
    amdm_unlock(m);
}

bool amd_model_failed(struct amd_model *m)
{
    bool failed;

    amdm_lock(m);
    failed = m->failed;
    amdm_unlock(m);

    return failed;
}

void amd_model_die(struct amd_model *m, bool gone)
{
    amdm_lock(m);
    m->dead = true;
    m->gone = gone;
    amdm_unlock(m);
}

void amd_model_revive(struct amd_model *m)
{
    amdm_lock(m);
    m->dead = m->gone = m->stalled = false;
    m->fail_in = 0;
    amdm_unlock(m);
}

void amd_model_lose_clear(struct amd_model *m)
{
    amdm_lock(m);
    m->lose_clear = true;
    amdm_unlock(m);
}

void amd_model_hold_walk(struct amd_model *m, unsigned int nth)
{
    amdm_lock(m);
    m->hold_walk = nth;
    amdm_unlock(m);
}

void amd_model_hold_command(struct amd_model *m, unsigned int nth)
{
    amdm_lock(m);
    m->hold_cmd = nth;
    amdm_unlock(m);
}

bool amd_model_held(struct amd_model *m)
{
    bool held;

    amdm_lock(m);
    held = m->cmd_held || m->walks_held;
    amdm_unlock(m);

    return held;
}

void amd_model_release(struct amd_model *m)
{
    amdm_lock(m);
    m->hold_walk = m->hold_cmd = 0;
    m->cmd_held = false;
    pthread_cond_broadcast(&m->go_on);
    amdm_queue_run(m);
    amdm_unlock(m);
}

/* hold_walk 1 is the one that is held, as long as it stays. */
void amdm_walk_point(struct amd_model *m)
{
    if ( m->hold_walk != 1 )
    {
        m->hold_walk -= !!m->hold_walk;
        return;
    }

    m->walks_held++;
    while ( m->hold_walk == 1 )
        pthread_cond_wait(&m->go_on, &m->lock);
    m->walk_ends = true;
}

void amdm_lock(struct amd_model *m)
{
    pthread_mutex_lock(&m->lock);
}

/* Interrupts are delivered without the lock: their handler reads registers. */
void amdm_unlock(struct amd_model *m)
{
    typeof(m->irqs) irqs;
    unsigned int i, nr;

    /* What a walk found is cached: commands may drop it. */
    if ( m->walk_ends )
    {
        m->walk_ends = false;
        m->walks_held--;
        amdm_queue_run(m);
    }

    nr = m->nr_irqs;
    memcpy(irqs, m->irqs, sizeof(irqs));
    m->nr_irqs = 0;
    pthread_mutex_unlock(&m->lock);

    for ( i = 0; i < nr; i++ )
        if ( m->irq )
            m->irq(m->irq_arg, &irqs[i]);
}

void amd_model_on_irq(struct amd_model *m, amd_model_irq_fn *fn, void *arg)
{
    m->irq = fn;
    m->irq_arg = arg;
}

void amd_model_on_cmd(struct amd_model *m, amd_model_cmd_fn *fn, void *arg)
{
    amdm_lock(m);
    m->cmd = fn;
    m->cmd_arg = arg;
    amdm_unlock(m);
}

unsigned long amd_model_count(struct amd_model *m, enum amd_model_count c)
{
    unsigned long count;

    amdm_lock(m);
    count = m->count[c];
    amdm_unlock(m);

    return count;
}

unsigned int amd_model_violations(struct amd_model *m)
{
    return m->violations;
}

const char *amd_model_last_violation(const struct amd_model *m)
{
    return m->last_violation;
}

void amd_model_forgive(struct amd_model *m)
{
    m->violations = 0;
    m->last_violation[0] = 0;
}
