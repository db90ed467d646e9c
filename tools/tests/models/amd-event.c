/* SPDX-License-Identifier: GPL-2.0-only */
/* The event log of the AMD-Vi model and its interrupt (§2.5, §3.4.13). */

#include "amd-int.h"

/*
 * §2.7: one message as a status bit becomes set.  While software has not
 * cleared it there is no other, so events that come meanwhile are found by
 * whoever reads the log to its end after clearing.
 */
void amdm_interrupt(struct amd_model *m, uint64_t bit)
{
    uint64_t enable = bit == S_WAIT_INT ? C_WAIT_INT_EN : C_EVT_INT_EN;
    bool before = m->status & bit;

    m->status |= bit;
    if ( !before && (m->control & enable) )
        amdm_conf_send(m);
}

static void store(struct amd_model *m, uint64_t at, const struct event *ev)
{
    if ( !amdm_mem_write(m, at, ev, sizeof(*ev)) )
        amdm_violation(m, "event log entry at %#llx is no memory",
                       (unsigned long long)at);
}

/* §2.5.2: what does not fit is lost, and logging stops. */
void amdm_event(struct amd_model *m, uint64_t lo, uint64_t hi)
{
    uint64_t size = 16ULL << RING_LEN(m->evtlog);
    uint64_t at = (m->evtlog & BASE_MASK) + m->evt_tail;
    const struct event ev = { lo, hi };

    m->count[AMD_COUNT_EVENT]++;
    if ( !(m->status & S_EVT_RUN) )
        return;

    if ( (m->evt_tail + 16) % size == m->evt_head % size )
    {
        m->status = (m->status & ~S_EVT_RUN) | S_EVT_OVERFLOW;
        amdm_interrupt(m, S_EVT_INT);
        return;
    }

    if ( m->late && m->nr_pending < sizeof(m->pending) / sizeof(*m->pending) )
    {
        m->pending[m->nr_pending].at = at;
        m->pending[m->nr_pending++].ev = ev;
    }
    else
        store(m, at, &ev);

    m->evt_tail = (m->evt_tail + 16) % size;
    amdm_interrupt(m, S_EVT_INT);
}

/* §2.2.2: SA keeps all page faults of the device out of the log, SE those
 * after the first; this model has no memory of the first. */
unsigned int amdm_event_of(struct amd_model *m, const struct dte *d,
                           uint64_t lo, uint64_t hi)
{
    unsigned int code = lo >> 60;

    if ( code != EV_PAGE_FAULT || !(d->w[1] & (DTE_SA | DTE_SE)) )
        amdm_event(m, lo, hi);

    return code;
}

void amd_model_late_events(struct amd_model *m, bool late)
{
    amdm_lock(m);
    m->late = late;
    amdm_unlock(m);
}

void amd_model_settle(struct amd_model *m)
{
    unsigned int i;

    amdm_lock(m);
    for ( i = 0; i < m->nr_pending; i++ )
        store(m, m->pending[i].at, &m->pending[i].ev);
    m->nr_pending = 0;
    amdm_unlock(m);
}
