/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tests do to the model of any unit: hold its work, and let it say what is
 * not so.  All fields are the model's lock's.
 */
#ifndef TESTS_PAUSE_H
#define TESTS_PAUSE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How a command fails is one of the model's ways, or more than one failure: all
 * commands from that one on fail so; or, after it, the @distance-th from it on
 * fails in the way @then.
 */
#define MODEL_BURST(how) ((how) | 0x40)
#define MODEL_THEN(how, then, distance) \
    ((how) | (then) << 8 | (distance) << 16)
#define MODEL_IS_BURST(how) (((how) & 0x40) != 0)
#define MODEL_IS_PAIR(how) ((how) >> 16 != 0)

/* One has failed: in which way, and what is to fail next. */
static inline unsigned int model_fails(unsigned int *in, unsigned int *how)
{
    unsigned int now = *how & 0x3f;

    if ( MODEL_IS_BURST(*how) )
        *in = 1;
    else if ( MODEL_IS_PAIR(*how) )
    {
        *in = *how >> 16;
        *how = *how >> 8 & 0x7f;
    }

    return now;
}

/* As many commands as come. */
#define MODEL_GOES_ON (~0U)

/* Called before an entry of a page table is read: no call back into the model. */
typedef void model_walk_fn(void *arg);

struct model_pause {
    unsigned int left;          /* commands before the queue stops */
    bool lies;                  /* register @reg reads @says */
    unsigned int reg;
    uint64_t says;
    unsigned long told;         /* how often it did */
    model_walk_fn *walk;
    void *walk_arg;
};

/* Before each command of a queue: is it carried out, or does it wait? */
static inline bool model_goes_on(struct model_pause *p)
{
    if ( p->left && p->left != MODEL_GOES_ON )
        p->left--;
    else if ( !p->left )
        return false;

    return true;
}

/* @val, or what the register is to say instead. */
static inline uint64_t model_says(struct model_pause *p, unsigned int reg,
                                  uint64_t val)
{
    if ( !p->lies || p->reg != reg )
        return val;
    p->told++;

    return p->says;
}

static inline void model_walks(const struct model_pause *p)
{
    if ( p->walk )
        p->walk(p->walk_arg);
}

/*
 * Of each model: it carries out @nr more commands of its queue and no more,
 * until it is told anew; then those that wait are carried out at once.  What
 * software would write to registers takes effect meanwhile.
 */
#define MODEL_PAUSE_API(type, prefix)                                       \
    void prefix##_pause(type *m, unsigned int nr);                          \
    /* Does a command wait because of that? */                              \
    bool prefix##_paused(type *m);                                          \
    /* @reg reads @val from now on; or, with ~0, what it should. */         \
    void prefix##_lie(type *m, unsigned int reg, uint64_t val);             \
    /* How often it was read since. */                                      \
    unsigned long prefix##_told(type *m);                                   \
    /* NULL: not any more. */                                               \
    void prefix##_on_walk(type *m, model_walk_fn *fn, void *arg)

#define MODEL_PAUSE(type, prefix, lock, unlock, waits, run)                 \
void prefix##_pause(type *m, unsigned int nr)                               \
{                                                                           \
    lock(m);                                                                \
    m->pause.left = nr;                                                     \
    run(m);                                                                 \
    unlock(m);                                                              \
}                                                                           \
                                                                            \
bool prefix##_paused(type *m)                                               \
{                                                                           \
    bool paused;                                                            \
                                                                            \
    lock(m);                                                                \
    paused = !m->pause.left && (waits);                                     \
    unlock(m);                                                              \
                                                                            \
    return paused;                                                          \
}                                                                           \
                                                                            \
void prefix##_lie(type *m, unsigned int reg, uint64_t val)                  \
{                                                                           \
    lock(m);                                                                \
    m->pause.lies = reg != ~0U;                                             \
    m->pause.reg = reg;                                                     \
    m->pause.says = val;                                                    \
    m->pause.told = 0;                                                      \
    unlock(m);                                                              \
}                                                                           \
                                                                            \
unsigned long prefix##_told(type *m)                                        \
{                                                                           \
    unsigned long told;                                                     \
                                                                            \
    lock(m);                                                                \
    told = m->pause.told;                                                   \
    unlock(m);                                                              \
                                                                            \
    return told;                                                            \
}                                                                           \
                                                                            \
void prefix##_on_walk(type *m, model_walk_fn *fn, void *arg)                \
{                                                                           \
    lock(m);                                                                \
    m->pause.walk = fn;                                                     \
    m->pause.walk_arg = arg;                                                \
    unlock(m);                                                              \
}

#endif /* TESTS_PAUSE_H */
