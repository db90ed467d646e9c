/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The AMD-Vi model's PCI function (§3.2, §3.3): its capability, MSI, windows to
 * the chipset's own registers; and the interrupt that these send.
 */

#include "amd-int.h"

#define PCI_COMMAND             0x04
#define L2_INDEX                0xf0
#define L2_DATA                 0xf4
#define L1_INDEX                0xf8
#define L1_DATA                 0xfc
#define L2_WRITE                BIT64(8)
#define L1_WRITE                BIT64(31)

static void put(struct amd_model *m, unsigned int pos, uint32_t val)
{
    memcpy(&m->conf[pos], &val, sizeof(val));
}

static uint32_t get(const struct amd_model *m, unsigned int pos)
{
    uint32_t val;

    memcpy(&val, &m->conf[pos], sizeof(val));

    return val;
}

void amdm_conf_reset(struct amd_model *m)
{
    const struct amd_model_cfg *cfg = &m->cfg;
    unsigned int next = cfg->no_msi ? 0 : MSI_POS;

    memset(m->conf, 0, sizeof(m->conf));
    put(m, 0x00, cfg->device ? cfg->device : 0x14511022);
    put(m, 0x04, 0x00100000);           /* capabilities */
    put(m, 0x08, 0x08060000);           /* IOMMU */
    put(m, 0x2c, cfg->subsystem);
    put(m, 0x34, CAP_POS);

    put(m, CAP_POS, CAP_HEADER | next << 8 | 3 << 16 | 1 << 19 |
                    (cfg->iotlb ? CAP_IOTLB : 0) |
                    (cfg->np_cache ? CAP_NP_CACHE : 0) |
                    (cfg->no_efr ? 0 : CAP_EFR) | CAP_EXT);
    put(m, CAP_POS + 0x04, (uint32_t)cfg->base | 1);
    put(m, CAP_POS + 0x08, cfg->base >> 32);
    /* 48 bits of physical, 64 of virtual address; MSI number 0 for events. */
    put(m, CAP_POS + 0x10, 2 << 5 | 48 << 8 | 64 << 15);
    if ( !cfg->no_msi )
    {
        put(m, MSI_POS, 0x05 | MSI_MAP_POS << 8 | 2 << 17 | 1 << 23);
        put(m, MSI_MAP_POS, 0x08 | 3 << 16 | 0xa8000000);
    }
}

uint32_t amdm_conf_read(struct amd_model *m, unsigned int reg,
                        unsigned int size)
{
    uint32_t val = 0;

    if ( reg + size > sizeof(m->conf) )
        return 0;
    if ( m->gone )
        return ~0U >> (32 - 8 * size);
    if ( reg == L2_DATA )
        return m->l2[get(m, L2_INDEX) & 0x7f];
    if ( reg == L1_DATA )
        return m->l1[get(m, L1_INDEX) & 0x7f];
    memcpy(&val, &m->conf[reg], size);

    return val;
}

/* Which bits of the four bytes at @pos software may write. */
static uint32_t writable(const struct amd_model *m, unsigned int pos)
{
    switch ( pos )
    {
    case PCI_COMMAND:   return 0x0000ffff;
    case L2_INDEX:
    case L1_INDEX:      return 0xffffffff;
    case MSI_POS:       return m->cfg.no_msi ? 0 : 0x00710000;
    case MSI_POS + 4:   return m->cfg.no_msi ? 0 : 0xfffffffc;
    case MSI_POS + 8:   return m->cfg.no_msi ? 0 : 0xffffffff;
    case MSI_POS + 12:  return m->cfg.no_msi ? 0 : 0x0000ffff;
    }

    return 0;
}

/* §3.3: the base address is locked; writing what it reads does no harm. */
void amdm_conf_write(struct amd_model *m, unsigned int reg, unsigned int size,
                     uint32_t val)
{
    unsigned int pos = reg & ~3U, shift = reg % 4 * 8;
    uint32_t bytes = (~0U >> (32 - 8 * size)) << shift, mask;

    if ( reg + size > sizeof(m->conf) || m->gone )
        return;

    if ( pos == L2_DATA && (get(m, L2_INDEX) & L2_WRITE) )
        m->l2[get(m, L2_INDEX) & 0x7f] = val;
    else if ( pos == L1_DATA && (get(m, L1_INDEX) & L1_WRITE) )
        m->l1[get(m, L1_INDEX) & 0x7f] = val;
    else if ( pos == L2_DATA || pos == L1_DATA )
        amdm_violation(m, "write through a window that is not open");
    else
    {
        mask = bytes & writable(m, pos);
        put(m, pos, (get(m, pos) & ~mask) | ((val << shift) & mask));
    }
}

uint32_t amd_model_l2(const struct amd_model *m, unsigned int index)
{
    return m->l2[index & 0x7f];
}

void amd_model_l2_set(struct amd_model *m, unsigned int index, uint32_t val)
{
    amdm_lock(m);
    m->l2[index & 0x7f] = val;
    amdm_unlock(m);
}

static void deliver(struct amd_model *m, struct amd_model_irq irq)
{
    m->count[AMD_COUNT_IRQ]++;
    if ( m->nr_irqs < sizeof(m->irqs) / sizeof(*m->irqs) )
        m->irqs[m->nr_irqs++] = irq;
}

/* §3.4.10: with IntCapXTEn the register says all that MSI would. */
void amdm_conf_send(struct amd_model *m)
{
    uint32_t addr = get(m, MSI_POS + 4), data = get(m, MSI_POS + 12);
    uint64_t xt = m->xt[0];

    if ( m->control & C_INTCAPXT_EN )
    {
        deliver(m, (struct amd_model_irq){
            .vector = BITS(xt, 39, 32),
            .delivery_mode = BITS(xt, 40, 40),
            .logical = xt & BIT64(2),
            .dest = BITS(xt, 31, 8) | BITS(xt, 63, 56) << 24,
        });
        return;
    }

    if ( m->cfg.no_msi || !(get(m, MSI_POS) & BIT64(16)) )
        return;
    if ( addr >> 20 != 0xfee || get(m, MSI_POS + 8) )
        amdm_violation(m, "interrupt message to %#x", addr);
    deliver(m, (struct amd_model_irq){
        .vector = data,
        .delivery_mode = BITS(data, 10, 8),
        .logical = addr & BIT64(2),
        .dest = BITS(addr, 19, 12),
    });
}
