/* SPDX-License-Identifier: GPL-2.0-only */
/* The SMMUv3 model's registers (§6.3): what reads return and writes do. */
#include "smmu-int.h"

static uint64_t *reg64(struct smmu_model *m, unsigned int off)
{
    switch ( off & ~7u )
    {
    case R_GERROR_CFG0:  return &m->msi[SMMU_IRQ_GERROR].addr;
    case R_STRTAB_BASE:  return &m->strtab_base;
    case R_CMDQ_BASE:    return &m->cmdq_base;
    case R_EVENTQ_BASE:  return &m->eventq_base;
    case R_EVENTQ_CFG0:  return &m->msi[SMMU_IRQ_EVENTQ].addr;
    }

    return NULL;
}

static uint32_t read32(struct smmu_model *m, unsigned int off)
{
    switch ( off )
    {
    case R_IDR0:         return m->idr0;
    case R_IDR1:         return m->idr1;
    case R_IDR3:         return m->idr3;
    case R_IDR5:         return m->idr5;
    case R_AIDR:         return 2;
    case R_CR0:          return m->cr0;
    case R_CR0ACK:       return m->cr0ack;
    case R_CR1:          return m->cr1;
    case R_CR2:          return m->cr2;
    case R_GBPA:         return m->gbpa;
    case R_IRQ_CTRL:     return m->irq_ctrl;
    case R_IRQ_CTRLACK:  return m->irq_ctrlack;
    case R_GERROR_CFG1:  return m->msi[SMMU_IRQ_GERROR].data;
    case R_GERROR_CFG2:  return m->msi[SMMU_IRQ_GERROR].attr;
    case R_EVENTQ_CFG1:  return m->msi[SMMU_IRQ_EVENTQ].data;
    case R_EVENTQ_CFG2:  return m->msi[SMMU_IRQ_EVENTQ].attr;
    case R_GERROR:       return m->gerror;
    case R_GERRORN:      return m->gerrorn;
    case R_STRTAB_CFG:   return m->strtab_cfg;
    case R_CMDQ_PROD:    return m->cmdq_prod;
    case R_CMDQ_CONS:    return m->cmdq_cons;
    }

    return 0;
}

/* §6.1.1: the event queue's indexes are in page 1, §6.2.2. */
static bool eventq_reg(const struct smmu_model *m, unsigned int *off)
{
    unsigned int page = m->cfg.page0_only ? 0 : R_PAGE;

    if ( *off != page + R_EVENTQ_PROD && *off != page + R_EVENTQ_CONS )
        return false;
    *off -= page;

    return true;
}

uint64_t smmum_reg_read(struct smmu_model *m, unsigned int off,
                        unsigned int size)
{
    uint64_t *wide = reg64(m, off);

    if ( size == 8 && wide && !(off & 7) )
        return *wide;
    if ( size != 4 )
        smmum_violation(m, "%u-byte read of register %#x", size, off);
    if ( eventq_reg(m, &off) )
        return off == R_EVENTQ_PROD ? m->eventq_prod : m->eventq_cons;

    return wide ? (uint32_t)(*wide >> (off & 4 ? 32 : 0)) : read32(m, off);
}

/* §6.3.9: CR0 and its acknowledgement. */
static void write_cr0(struct smmu_model *m, uint32_t val)
{
    enum smmu_model_failure how;
    uint32_t known = 0x1f | 7u << 6;

    if ( (val & ~known) || (!m->cfg.ats && (val & CR0_ATSCHK)) )
        smmum_violation(m, "reserved bits in CR0 %#x", val);
    if ( (val & CR0_SMMUEN) && !(m->cr0ack & CR0_SMMUEN) &&
         !(val & CR0_CMDQEN) )
        smmum_violation(m, "translation on without a command queue");
    m->cr0 = val;
    if ( !smmum_next_command(m, &how) )
        return;
    if ( (val & CR0_CMDQEN) && !(m->cr0ack & CR0_CMDQEN) )
        m->stopped = m->stuck;
    m->cr0ack = val;
    smmum_queue_run(m);
}

/* §6.3.14 */
static void write_gbpa(struct smmu_model *m, uint32_t val)
{
    enum smmu_model_failure how;

    if ( !(val & GBPA_UPDATE) || (m->gbpa & GBPA_UPDATE) )
    {
        smmum_violation(m, "GBPA written without UPDATE, or too early");
        return;
    }
    if ( smmum_next_command(m, &how) )
        m->gbpa = val & ~(uint32_t)GBPA_UPDATE;
    else
        m->gbpa |= GBPA_UPDATE;
}

static void write_irq_ctrl(struct smmu_model *m, uint32_t val)
{
    enum smmu_model_failure how;

    m->irq_ctrl = val;
    if ( smmum_next_command(m, &how) )
        m->irq_ctrlack = val;
}

/* §6.3.20, §7.5: making a bit equal again acknowledges the error. */
static void write_gerrorn(struct smmu_model *m, uint32_t val)
{
    uint32_t changed = val ^ m->gerrorn;

    if ( changed & ~(m->gerror ^ m->gerrorn) )
        smmum_violation(m, "an error is acknowledged that is not active");
    m->gerrorn = val;
    smmum_queue_run(m);
}

static void must_be_off(struct smmu_model *m, bool on, unsigned int off)
{
    if ( on && !m->dead )
        smmum_violation(m, "register %#x written while it is in use", off);
}

/* The bit that keeps a register from being written. */
static void guard(struct smmu_model *m, unsigned int off)
{
    uint32_t cr0 = m->cr0 | m->cr0ack, irq = m->irq_ctrl | m->irq_ctrlack;

    switch ( off & ~7u )
    {
    case R_CR1 & ~7u:
        must_be_off(m, cr0 & (CR0_SMMUEN | CR0_CMDQEN | CR0_EVENTQEN), off);
        break;
    case R_STRTAB_BASE:
    case R_STRTAB_CFG:
        must_be_off(m, cr0 & CR0_SMMUEN, off);
        break;
    case R_CMDQ_BASE:
        must_be_off(m, cr0 & CR0_CMDQEN, off);
        break;
    case R_EVENTQ_BASE:
        must_be_off(m, cr0 & CR0_EVENTQEN, off);
        break;
    case R_GERROR_CFG0:
    case R_GERROR_CFG1:
        must_be_off(m, irq & IRQ_GERROR_EN, off);
        break;
    case R_EVENTQ_CFG0:
    case R_EVENTQ_CFG1:
        must_be_off(m, irq & IRQ_EVENTQ_EN, off);
        break;
    }
}

static void write32(struct smmu_model *m, unsigned int off, uint32_t val)
{
    switch ( off )
    {
    case R_CR0:         write_cr0(m, val); break;
    case R_CR1:         m->cr1 = val; break;
    case R_CR2:
        if ( val & (~7u | (m->cfg.btm ? 0 : 4) | (m->cfg.hyp ? 0 : 1)) )
            smmum_violation(m, "reserved bits in CR2 %#x", val);
        m->cr2 = val;
        break;
    case R_GBPA:        write_gbpa(m, val); break;
    case R_IRQ_CTRL:    write_irq_ctrl(m, val); break;
    case R_GERRORN:     write_gerrorn(m, val); break;
    case R_STRTAB_CFG:  m->strtab_cfg = val; break;
    case R_CMDQ_PROD:   smmum_queue_prod(m, val); break;
    case R_GERROR_CFG1: m->msi[SMMU_IRQ_GERROR].data = val; break;
    case R_GERROR_CFG2: m->msi[SMMU_IRQ_GERROR].attr = val; break;
    case R_EVENTQ_CFG1: m->msi[SMMU_IRQ_EVENTQ].data = val; break;
    case R_EVENTQ_CFG2: m->msi[SMMU_IRQ_EVENTQ].attr = val; break;
    case R_CMDQ_CONS:
        must_be_off(m, (m->cr0 | m->cr0ack) & CR0_CMDQEN, off);
        m->cmdq_cons = val;
        break;
    default:
        smmum_violation(m, "write to register %#x", off);
    }
}

void smmum_reg_write(struct smmu_model *m, unsigned int off, uint64_t val,
                     unsigned int size)
{
    uint64_t *wide = reg64(m, off);

    if ( eventq_reg(m, &off) )
    {
        if ( off == R_EVENTQ_CONS )
            smmum_eventq_cons(m, val);
        else
        {
            must_be_off(m, (m->cr0 | m->cr0ack) & CR0_EVENTQEN, off);
            m->eventq_prod = val;
        }
        return;
    }

    guard(m, off);
    if ( size == 8 && wide && !(off & 7) )
        *wide = val;
    else if ( size != 4 )
        smmum_violation(m, "%u-byte write of register %#x", size, off);
    else if ( wide && (off & 4) )
        *wide = (uint32_t)*wide | val << 32;
    else if ( wide )
        *wide = (*wide >> 32 << 32) | (uint32_t)val;
    else
        write32(m, off, val);
}
