/* SPDX-License-Identifier: GPL-2.0-only */
/* The RISC-V IOMMU model's life, its caches' storage, and errors on demand. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <host.h>

#include "riscv-int.h"

const struct rvm_cfg rvm_default = {
    .base = 0x3010000,
    .version = 0x10,
    .sv39x4 = true,
    .sv48x4 = true,
    .sv57x4 = true,
    .igs = 2,
    .pas = 56,
    .levels = 1 << RVM_1LVL | 1 << RVM_2LVL | 1 << RVM_3LVL,
};

void *rvm_cache_add(struct cache *c)
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
void rvm_cache_drop(struct cache *c, unsigned int i)
{
    char *item = (char *)c->items + c->size * i;

    memmove(item, item + c->size, c->size * (--c->nr - i));
}

void rvm_violation(struct rvm *m, const char *fmt, ...)
{
    va_list args;

    m->violations++;
    va_start(args, fmt);
    vsnprintf(m->last_violation, sizeof(m->last_violation), fmt, args);
    va_end(args);
}

int rvm_next_command(struct rvm *m)
{
    unsigned int how;

    m->count[RVM_COUNT_COMMANDS]++;

    if ( m->dead )
        return RVM_DROP;

    if ( !m->fail_in || --m->fail_in )
        return -1;

    m->failed = true;
    how = model_fails(&m->fail_in, &m->fail_how);
    if ( how == RVM_DIE )
        m->dead = true;

    return how == RVM_DIE ? RVM_DROP : how;
}

/* Freed pages are asked for first: the host's accessors take them as fatal. */
static bool valid(struct rvm *m, uint64_t maddr, size_t len)
{
    uint64_t frame = maddr / 4096;

    if ( maddr >> m->cfg.pas || frame < HOST_ARENA_BASE / PAGE_SIZE ||
         frame - HOST_ARENA_BASE / PAGE_SIZE >= HOST_ARENA_PAGES )
        return false;
    if ( host_mem_valid(maddr, len) )
        return true;

    rvm_violation(m, "access to %#llx, which is not allocated",
                  (unsigned long long)maddr);

    return false;
}

bool rvm_mem_read(struct rvm *m, uint64_t maddr, void *buf, size_t len)
{
    return valid(m, maddr, len) && host_mem_read(maddr, buf, len);
}

bool rvm_mem_write(struct rvm *m, uint64_t maddr, const void *buf, size_t len)
{
    return valid(m, maddr, len) && host_mem_write(maddr, (void *)buf, len);
}

static void to_order(const struct rvm *m, void *buf, size_t len)
{
    uint64_t *words = buf, i;
    uint32_t word;

    if ( !(m->fctl & FCTL_BE) )
        return;
    if ( len == sizeof(word) )
    {
        memcpy(&word, buf, len);
        word = __builtin_bswap32(word);
        memcpy(buf, &word, len);
        return;
    }
    for ( i = 0; i < len / sizeof(*words); i++ )
        words[i] = __builtin_bswap64(words[i]);
}

bool rvm_own_read(struct rvm *m, uint64_t maddr, void *buf, size_t len)
{
    if ( !rvm_mem_read(m, maddr, buf, len) )
        return false;
    to_order(m, buf, len);

    return true;
}

bool rvm_own_write(struct rvm *m, uint64_t maddr, const void *buf, size_t len)
{
    uint64_t copy[4];

    memcpy(copy, buf, len);
    to_order(m, copy, len);

    return rvm_mem_write(m, maddr, copy, len);
}

static uint64_t mmio_read(void *arg, unsigned int off, unsigned int size)
{
    return rvm_read(arg, off, size);
}

static void mmio_write(void *arg, unsigned int off, unsigned int size,
                       uint64_t val)
{
    rvm_write(arg, off, val, size);
}

static const struct host_mmio_ops mmio_ops = {
    .read = mmio_read,
    .write = mmio_write,
};

/* §5.3 */
static uint64_t capabilities(const struct rvm_cfg *c)
{
    return c->version | (uint64_t)c->sv39x4 << 17 | (uint64_t)c->sv48x4 << 18 |
           (uint64_t)c->sv57x4 << 19 | (uint64_t)c->msi_flat << 22 |
           (uint64_t)c->ats << 25 | (uint64_t)!c->be_fixed << 27 |
           (uint64_t)c->igs << 28 | (uint64_t)c->hpm << 30 |
           (uint64_t)c->pas << 32;
}

static void reset(struct rvm *m)
{
    m->dcs.nr = m->dirs.nr = m->tlb.nr = m->waiting.nr = 0;
    m->lost = m->timeout = false;
    memset(m->bad, 0, sizeof(m->bad));
    rvm_mmio_reset(m);
}

struct rvm *rvm_create(const struct rvm_cfg *cfg)
{
    struct rvm *m = calloc(1, sizeof(*m));

    if ( !m )
        abort();

    pthread_mutex_init(&m->lock, NULL);
    m->cfg = *cfg;
    m->pause.left = MODEL_GOES_ON;
    m->cap = capabilities(cfg);
    m->dcs.size = sizeof(struct dc_entry);
    m->dirs.size = sizeof(struct dir_entry);
    m->tlb.size = sizeof(struct tlb_entry);
    m->waiting.size = 2 * sizeof(uint64_t);
    reset(m);
    if ( cfg->queues_on )
        rvm_mmio_left_on(m);
    host_mmio_register(cfg->base, R_SIZE, &mmio_ops, m);

    return m;
}

void rvm_destroy(struct rvm *m)
{
    if ( !m )
        return;

    host_mmio_unregister(m->cfg.base);
    free(m->dcs.items);
    free(m->dirs.items);
    free(m->tlb.items);
    free(m->waiting.items);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

void rvm_reset(struct rvm *m)
{
    rvm_lock(m);
    reset(m);
    rvm_unlock(m);
}

void rvm_fail_nth(struct rvm *m, unsigned int nth, unsigned int how)
{
    rvm_lock(m);
    m->fail_in = nth;
    m->fail_how = how;
    m->failed = false;
    rvm_unlock(m);
}

bool rvm_failed(const struct rvm *m)
{
    struct rvm *locked = (struct rvm *)m;
    bool failed;

    rvm_lock(locked);
    failed = m->failed;
    rvm_unlock(locked);

    return failed;
}

void rvm_refuse(struct rvm *m, unsigned int opcode)
{
    rvm_lock(m);
    m->refused = opcode;
    rvm_unlock(m);
}

void rvm_stick(struct rvm *m, unsigned int reg)
{
    rvm_lock(m);
    m->sticky = reg;
    rvm_unlock(m);
}

void rvm_fault_record(struct rvm *m)
{
    rvm_lock(m);
    m->bad_record = true;
    rvm_unlock(m);
}

void rvm_die(struct rvm *m, bool gone)
{
    rvm_lock(m);
    m->dead = true;
    m->gone = gone;
    rvm_unlock(m);
}

void rvm_revive(struct rvm *m)
{
    rvm_lock(m);
    m->dead = m->gone = m->lost = false;
    m->ddtp_stuck = m->cq.stuck = m->fq.stuck = m->pq.stuck = false;
    m->fail_in = m->refused = m->sticky = 0;
    rvm_unlock(m);
}

MODEL_PAUSE(struct rvm, rvm, rvm_lock, rvm_unlock, m->cq.head != m->cq.tail,
            rvm_queue_run)

void rvm_lock(struct rvm *m)
{
    pthread_mutex_lock(&m->lock);
}

/* Without the lock: handlers read registers. */
void rvm_unlock(struct rvm *m)
{
    unsigned int wires = m->wires, i;

    m->wires = 0;
    pthread_mutex_unlock(&m->lock);

    for ( i = 0; wires >> i; i++ )
        if ( (wires & (1U << i)) && m->wire )
            m->wire(m->wire_arg, i);
}

void rvm_on_wire(struct rvm *m, rvm_wire_fn *fn, void *arg)
{
    m->wire = fn;
    m->wire_arg = arg;
}

void rvm_on_write(struct rvm *m, rvm_write_fn *fn, void *arg)
{
    m->write = fn;
    m->write_arg = arg;
}

unsigned long rvm_count(const struct rvm *m, enum rvm_count c)
{
    return m->count[c];
}

unsigned int rvm_violations(const struct rvm *m)
{
    return m->violations;
}

const char *rvm_last_violation(const struct rvm *m)
{
    return m->last_violation;
}

void rvm_forgive(struct rvm *m)
{
    m->violations = 0;
    m->last_violation[0] = 0;
}
