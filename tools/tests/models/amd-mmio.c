/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The AMD-Vi model's registers (§3.4): what reads return and writes do.
 *
 * All are of 64 bits and may be accessed as two halves.
 */

#include "amd-int.h"

/* Of the control register, what starts and stops something. */
#define C_ENABLES               (C_IOMMU_EN | C_EVT_LOG_EN | C_CMD_EN)

static uint64_t efr(const struct amd_model *m)
{
    return m->cfg.no_efr ? 0 : m->cfg.efr;
}

static uint64_t conf64(struct amd_model *m, unsigned int pos)
{
    return amdm_conf_read(m, pos, 4) |
           (uint64_t)amdm_conf_read(m, pos + 4, 4) << 32;
}

static bool msi_mmio(const struct amd_model *m, unsigned int off)
{
    return off >= R_MSI_FIRST && off <= R_MSI_LAST &&
           (efr(m) & EFR_MSI_MMIO) && !m->cfg.no_msi;
}

static uint64_t read64(struct amd_model *m, unsigned int off)
{
    switch ( off )
    {
    case R_DEVTAB:     return m->devtab[0];
    case R_CMDBUF:     return m->cmdbuf;
    case R_EVTLOG:     return m->evtlog;
    case R_CONTROL:    return m->control;
    case R_EXCL_BASE:  return m->excl_base;
    case R_EXCL_LIMIT: return m->excl_limit;
    case R_EFR:        return efr(m);
    case R_EFR2:       return m->cfg.no_efr ? 0 : m->cfg.efr2;
    case R_MSI_VECTOR: return conf64(m, CAP_POS + 0x10);
    case R_XT_EVENT:
    case R_XT_PPR:
    case R_XT_GA:      return m->xt[(off - R_XT_EVENT) / 8];
    case R_CMD_HEAD:   return m->cmd_head;
    case R_CMD_TAIL:   return m->cmd_tail;
    case R_EVT_HEAD:   return m->evt_head;
    case R_EVT_TAIL:   return m->evt_tail;
    case R_STATUS:     return m->status;
    }

    if ( off >= R_DEVTAB_SEG && off < R_DEVTAB_SEG + 7 * 8 )
        return m->devtab[(off - R_DEVTAB_SEG) / 8 + 1];
    if ( msi_mmio(m, off) )
        return conf64(m, MSI_POS + off - R_MSI_FIRST);

    return 0;
}

/* A bit may only be set if the feature is there. */
static void check_control(struct amd_model *m, uint64_t val)
{
    uint64_t rsvd = C_RSVD | C_MUST_BE_OFF;

    if ( !(efr(m) & EFR_GA) )
        rsvd |= C_GA_EN;
    if ( !(efr(m) & EFR_XT) )
        rsvd |= C_XT_EN | C_INTCAPXT_EN;
    if ( C_INV_TIMEOUT(val) == 7 )
        rsvd |= MASK(7, 5);

    if ( val & rsvd )
        amdm_violation(m, "control %#llx: %#llx may not be set",
                       (unsigned long long)val,
                       (unsigned long long)(val & rsvd));
    if ( C_SEG_EN(val) > EFR_SEG(efr(m)) )
        amdm_violation(m, "more device table segments than there are");
    if ( (val & C_XT_EN) && !(val & C_GA_EN) )
        amdm_violation(m, "XTEn without GAEn");
    if ( (val & (m->control ^ val) & C_IOMMU_EN) && !m->devtab[0] )
        amdm_violation(m, "enabled without a device table");
    if ( (m->control & C_IOMMU_EN) && (val & C_IOMMU_EN) &&
         ((m->control ^ val) & (C_GA_EN | C_XT_EN | MASK(36, 34))) )
        amdm_violation(m, "format of tables changed while enabled");
}

static void check_ring(struct amd_model *m, uint64_t reg, uint64_t head,
                       uint64_t tail, const char *what)
{
    uint64_t size = 16ULL << RING_LEN(reg);

    if ( RING_LEN(reg) < 8 || (reg & RING_RSVD) )
        amdm_violation(m, "%s %#llx", what, (unsigned long long)reg);
    if ( head >= size || tail >= size )
        amdm_violation(m, "%s of %#llx bytes: head %#llx, tail %#llx", what,
                       (unsigned long long)size, (unsigned long long)head,
                       (unsigned long long)tail);
}

/* §3.4.13: what runs follows from the enable bits as they change. */
static void start_stop(struct amd_model *m, uint64_t old)
{
    bool log = (m->control & C_IOMMU_EN) && (m->control & C_EVT_LOG_EN);
    bool cmd = (m->control & C_IOMMU_EN) && (m->control & C_CMD_EN);
    bool had_log = (old & C_IOMMU_EN) && (old & C_EVT_LOG_EN);
    bool had_cmd = (old & C_IOMMU_EN) && (old & C_CMD_EN);

    if ( log && !had_log && (m->status & S_EVT_OVERFLOW) )
        amdm_violation(m, "event log enabled before its overflow was cleared");
    else if ( log && !had_log )
    {
        check_ring(m, m->evtlog, m->evt_head, m->evt_tail, "event log");
        m->status |= S_EVT_RUN;
    }
    if ( !log )
        m->status &= ~S_EVT_RUN;

    if ( cmd && !had_cmd )
    {
        check_ring(m, m->cmdbuf, m->cmd_head, m->cmd_tail, "command buffer");
        m->status |= S_CMD_RUN;
        if ( !m->dead )
            m->stalled = false;
    }
    if ( !cmd )
        m->status &= ~S_CMD_RUN;
}

static void control(struct amd_model *m, uint64_t val)
{
    uint64_t old = m->control;

    check_control(m, val);
    if ( ((old ^ val) & C_ENABLES) &&
         amdm_next_command(m, AMD_COUNT_CONTROL) != CMD_OK )
        val = (val & ~C_ENABLES) | (old & C_ENABLES);

    m->control = val;
    start_stop(m, old);
    /* §2.7: enabled with the bit set, it is signalled. */
    if ( (m->control & ~old & C_EVT_INT_EN) && (m->status & S_EVT_INT) )
        amdm_conf_send(m);
    amdm_queue_run(m);
}

static void devtab(struct amd_model *m, unsigned int nr, uint64_t val)
{
    if ( val & (nr ? DEVTAB_SEG_RSVD : DEVTAB_RSVD) )
        amdm_violation(m, "reserved bits in device table base %#llx",
                       (unsigned long long)val);
    if ( nr && nr >> EFR_SEG(efr(m)) )
        amdm_violation(m, "no device table segment %u", nr);
    m->devtab[nr] = val;
}

/* Rings and their pointers stay as they are while the unit uses them. */
static void ring(struct amd_model *m, uint64_t *reg, uint64_t val, uint64_t run,
                 const char *what)
{
    if ( m->status & run )
        amdm_violation(m, "%s changed while it runs", what);
    *reg = val;
}

static void pointer(struct amd_model *m, uint64_t *reg, uint64_t val,
                    const char *what)
{
    if ( val & ~PTR_MASK )
        amdm_violation(m, "reserved bits in %s %#llx", what,
                       (unsigned long long)val);
    *reg = val & PTR_MASK;
}

static void command_tail(struct amd_model *m, uint64_t val)
{
    m->count[AMD_COUNT_TAIL]++;
    pointer(m, &m->cmd_tail, val, "command tail");
    if ( (m->status & S_CMD_RUN) &&
         m->cmd_tail >= 16ULL << RING_LEN(m->cmdbuf) )
        amdm_violation(m, "command tail %#llx is outside the buffer",
                       (unsigned long long)val);
    else
        amdm_queue_run(m);
}

static void event_head(struct amd_model *m, uint64_t val)
{
    uint64_t size = 16ULL << RING_LEN(m->evtlog);

    pointer(m, &m->evt_head, val, "event head");
    if ( (m->status & S_EVT_RUN) && m->evt_head >= size )
        amdm_violation(m, "event head %#llx is outside the log",
                       (unsigned long long)val);
}

/* §3.4.13; RUN bits are read-only. */
static void status(struct amd_model *m, uint64_t val)
{
    if ( val & ~(S_W1C | S_EVT_RUN | S_CMD_RUN) )
        amdm_violation(m, "reserved bits in status %#llx",
                       (unsigned long long)val);
    if ( !m->lose_clear )
        m->status &= ~(val & S_W1C);
    m->lose_clear = false;
}

static void write64(struct amd_model *m, unsigned int off, uint64_t val)
{
    switch ( off )
    {
    case R_DEVTAB:     devtab(m, 0, val); return;
    case R_CMDBUF:
        ring(m, &m->cmdbuf, val, S_CMD_RUN, "command buffer");
        return;
    case R_EVTLOG:
        ring(m, &m->evtlog, val, S_EVT_RUN, "event log");
        return;
    case R_CONTROL:    control(m, val); return;
    case R_EXCL_BASE:  m->excl_base = val; return;
    case R_EXCL_LIMIT: m->excl_limit = val; return;
    case R_CMD_HEAD:
        if ( m->status & S_CMD_RUN )
            amdm_violation(m, "command head written while it runs");
        pointer(m, &m->cmd_head, val, "command head");
        return;
    case R_CMD_TAIL:   command_tail(m, val); return;
    case R_EVT_HEAD:   event_head(m, val); return;
    case R_EVT_TAIL:
        if ( m->status & S_EVT_RUN )
            amdm_violation(m, "event tail written while it runs");
        pointer(m, &m->evt_tail, val, "event tail");
        return;
    case R_STATUS:     status(m, val); return;
    case R_XT_EVENT:
    case R_XT_PPR:
    case R_XT_GA:
        if ( !(efr(m) & EFR_XT) || (val & XT_RSVD) )
            amdm_violation(m, "IntCapXT %#llx", (unsigned long long)val);
        m->xt[(off - R_XT_EVENT) / 8] = val;
        return;
    }

    if ( off >= R_DEVTAB_SEG && off < R_DEVTAB_SEG + 7 * 8 )
        devtab(m, (off - R_DEVTAB_SEG) / 8 + 1, val);
    else if ( val )
        amdm_violation(m, "write of %#llx to register %#x",
                       (unsigned long long)val, off);
}

/* A half of a register; the other one stays, and is not cleared by its ones. */
static uint64_t with_half(struct amd_model *m, unsigned int off, uint32_t val)
{
    unsigned int shift = off % 8 * 8;
    uint64_t old = (off & ~7U) == R_STATUS ? 0 : read64(m, off & ~7U);

    return (old & ~(0xffffffffULL << shift)) | (uint64_t)val << shift;
}

static bool good_access(struct amd_model *m, unsigned int off,
                        unsigned int size)
{
    if ( off % size || off + size > m->size || (size != 4 && size != 8) )
    {
        amdm_violation(m, "%u byte access to register %#x", size, off);
        return false;
    }

    return true;
}

uint64_t amd_model_read(struct amd_model *m, unsigned int off,
                        unsigned int size)
{
    uint64_t val = ~0ULL;

    amdm_lock(m);
    if ( good_access(m, off, size) && !m->gone )
        val = read64(m, off & ~7U) >> (off % 8 * 8);
    amdm_unlock(m);

    return size == 4 ? (uint32_t)val : val;
}

void amd_model_write(struct amd_model *m, unsigned int off, uint64_t val,
                     unsigned int size)
{
    amdm_lock(m);
    if ( good_access(m, off, size) && !m->gone )
    {
        if ( size == 4 && msi_mmio(m, off) )
            amdm_conf_write(m, MSI_POS + off - R_MSI_FIRST, 4, val);
        else
            write64(m, off & ~7U, size == 4 ? with_half(m, off, val) : val);
    }
    amdm_unlock(m);
}
