/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command buffer of the AMD-Vi model (§2.4).
 *
 * It is worked off as soon as the tail is written, or what held it goes on.
 */

#include "amd-int.h"

/* Each returns false for a command that is illegal. */

static bool do_devtab(struct amd_model *m, uint64_t lo, uint64_t hi)
{
    if ( hi || (lo & MASK(59, 16)) )
        return false;
    amdm_inval_dte(m, BITS(lo, 15, 0));

    return true;
}

/* §2.4.3: PASID and GN are for guest translation, which is off. */
static bool do_pages(struct amd_model *m, uint64_t lo, uint64_t hi)
{
    if ( (lo & (MASK(59, 48) | MASK(31, 0))) || (hi & MASK(11, 2)) )
        return false;
    amdm_inval_pages(m, BITS(lo, 47, 32), hi, hi & BIT64(0), hi & BIT64(1));

    return true;
}

/* §2.4.4: [23:16] and [59:48] are the PASID, [31:24] Maxpend, [47:32] QueueID. */
static bool do_iotlb(struct amd_model *m, uint64_t lo, uint64_t hi)
{
    if ( !m->cfg.iotlb || (lo & (MASK(59, 48) | MASK(23, 16))) ||
         (hi & MASK(11, 1)) )
        return false;

    if ( !BITS(lo, 31, 24) )
        amdm_violation(m, "device TLB of %04x is never invalidated: Maxpend 0",
                       (unsigned int)BITS(lo, 15, 0));

    /* §2.5.8: a device that does not answer, when the time-out is over. */
    if ( !amdm_inval_iotlb(m, BITS(lo, 15, 0), hi, hi & BIT64(0)) )
    {
        if ( !C_INV_TIMEOUT(m->control) )
            m->stalled = true;
        else
            amdm_event(m, EV_CODE(EV_IOTLB_TIMEOUT) | BITS(lo, 15, 0),
                       (m->cmdbuf & BASE_MASK) + m->cmd_head);
    }

    return true;
}

static bool do_intr(struct amd_model *m, uint64_t lo, uint64_t hi)
{
    if ( hi || (lo & MASK(59, 16)) )
        return false;
    amdm_inval_intr(m, BITS(lo, 15, 0));

    return true;
}

static bool do_all(struct amd_model *m, uint64_t lo, uint64_t hi)
{
    if ( m->cfg.no_efr || !(m->cfg.efr & EFR_IA) || hi || (lo & MASK(59, 0)) )
        return false;
    amdm_inval_all(m);

    return true;
}

/* §3.4.1: with SNP a completion may only be stored into one range. */
static bool may_store(const struct amd_model *m, uint64_t addr)
{
    return !m->cfg.snp ||
           (addr >= (m->excl_base & BASE_MASK) &&
            addr <= (m->excl_limit | MASK(11, 0)));
}

/* §2.4.1 */
static bool do_wait(struct amd_model *m, uint64_t lo, uint64_t hi)
{
    uint64_t addr = lo & MASK(51, 3);

    if ( lo & MASK(59, 52) )
        return false;

    if ( (lo & BIT64(0)) &&
         (!may_store(m, addr) || !amdm_mem_write(m, addr, &hi, sizeof(hi))) )
        amdm_violation(m, "completion may not be stored at %#llx",
                       (unsigned long long)addr);
    if ( lo & BIT64(1) )
        amdm_interrupt(m, S_WAIT_INT);

    return true;
}

static bool execute(struct amd_model *m, const uint64_t cmd[2])
{
    switch ( cmd[0] >> 60 )
    {
    case CMD_COMPLETION_WAIT: return do_wait(m, cmd[0], cmd[1]);
    case CMD_INV_DEVTAB:      return do_devtab(m, cmd[0], cmd[1]);
    case CMD_INV_PAGES:       return do_pages(m, cmd[0], cmd[1]);
    case CMD_INV_IOTLB:       return do_iotlb(m, cmd[0], cmd[1]);
    case CMD_INV_INTR:        return do_intr(m, cmd[0], cmd[1]);
    case CMD_INV_ALL:         return do_all(m, cmd[0], cmd[1]);
    }

    return false;
}

/* §2.5.6, §2.5.7: the head stays at the command, and no more are fetched. */
static void stop(struct amd_model *m, uint64_t event, uint64_t at)
{
    m->status &= ~S_CMD_RUN;
    amdm_event(m, event, at);
}

static void illegal(struct amd_model *m, const uint64_t cmd[2], uint64_t at)
{
    amdm_violation(m, "illegal command %016llx %016llx",
                   (unsigned long long)cmd[0], (unsigned long long)cmd[1]);
    stop(m, EV_CODE(EV_ILLEGAL_CMD), at);
}

/* False: the buffer does not go on to the next command. */
static bool one_command(struct amd_model *m)
{
    uint64_t at = (m->cmdbuf & BASE_MASK) + m->cmd_head;
    unsigned int op;
    uint64_t cmd[2];

    if ( !amdm_mem_read(m, at, cmd, sizeof(cmd)) )
    {
        amdm_violation(m, "command buffer at %#llx is no memory",
                       (unsigned long long)at);
        stop(m, EV_CODE(EV_CMD_HW) | EV_HW_MASTER_ABORT, at);
        return false;
    }

    op = cmd[0] >> 60;
    if ( m->hold_cmd && !--m->hold_cmd )
        m->cmd_held = true;
    if ( m->cmd_held || m->walks_held )
        return false;

    switch ( amdm_next_command(m, op <= CMD_INV_ALL ? op : 0) )
    {
    case CMD_STALL:
        m->stalled = true;
        return false;

    case CMD_ILLEGAL:
        stop(m, EV_CODE(EV_ILLEGAL_CMD), at);
        return false;

    case CMD_HARDWARE:
        stop(m, EV_CODE(EV_CMD_HW) | EV_HW_MASTER_ABORT, at);
        return false;

    case CMD_WRONG:
        m->stalled = op != CMD_COMPLETION_WAIT;
        cmd[1] ^= 1;
        break;
    }

    if ( m->stalled )
        return false;
    if ( !execute(m, cmd) )
    {
        illegal(m, cmd, at);
        return false;
    }
    if ( m->cmd )
        m->cmd(m->cmd_arg, cmd);

    return !m->stalled;
}

void amdm_queue_run(struct amd_model *m)
{
    while ( (m->status & S_CMD_RUN) && !m->stalled && !m->cmd_held &&
            m->cmd_head != m->cmd_tail && one_command(m) )
        m->cmd_head = (m->cmd_head + 16) % (16ULL << RING_LEN(m->cmdbuf));
}
