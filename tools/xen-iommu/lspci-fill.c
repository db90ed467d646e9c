/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Configuration space from rows of bytes where there are any, from decoded text
 * where there are none.  What text says is laid out anew, not where the text
 * says it was: the rules do not care, and text can say anything.
 */
#include <stdlib.h>
#include <string.h>

#include <xen/pci.h>
#include <xen/pci_regs.h>

#include "lspci.h"
#include "tool.h"

#define HEADER_SIZE 64
#define SPACE_SIZE  256       /* without what PCI Express adds */
#define POS_EXPRESS 0x40
#define POS_IOMMU   0x80
#define POS_ACS     0x100
#define POS_SRIOV   0x140
#define EXT_CAP(id, next) ((id) | 1u << 16 | (uint32_t)(next) << 20)
#define CAP_ID_SECURE 0x0f    /* AMD I/O Virtualization 3.0, 3.3.1 */

static void put16(uint8_t *at, uint16_t val)
{
    memcpy(at, &val, 2);
}

static void put32(uint8_t *at, uint32_t val)
{
    memcpy(at, &val, 4);
}

static uint8_t header_type(const struct lspci_text *t)
{
    if ( t->class == CLASS_CARDBUS )
        return PCI_HEADER_TYPE_CARDBUS;

    return t->bus || t->class == CLASS_PCI_BRIDGE ? PCI_HEADER_TYPE_BRIDGE
                                                      : PCI_HEADER_TYPE_NORMAL;
}

/* PCI 3.0, 6.1; PCI-to-PCI bridge 1.2, 3.2. */
static void fill_header(const struct lspci_text *t, bool multi, uint8_t *cfg)
{
    put32(cfg + PCI_VENDOR_ID, t->id);
    put16(cfg + PCI_CLASS_DEVICE, t->class);
    cfg[PCI_HEADER_TYPE] = header_type(t) | (multi ? 0x80 : 0);
    if ( header_type(t) == PCI_HEADER_TYPE_NORMAL )
        put32(cfg + PCI_SUBSYSTEM_VENDOR_ID, t->sub_id);
    else
    {
        /* Where that is not known, numbers that cannot be: they may be any. */
        cfg[PCI_SECONDARY_BUS] = t->bus ? t->secondary : 0xff;
        cfg[PCI_SUBORDINATE_BUS] = t->bus ? t->subordinate : 0;
    }
}

/* PCI 3.0, 6.7; PCIe 6.0, 7.5.3. */
static void fill_caps(const struct lspci_text *t, uint8_t *cfg)
{
    uint8_t *list = &cfg[cfg[PCI_HEADER_TYPE] & 2 ? PCI_CB_CAPABILITY_LIST
                                                  : PCI_CAPABILITY_LIST];

    put16(cfg + PCI_STATUS, 0);
    *list = 0;
    if ( t->express )
    {
        *list = POS_EXPRESS;
        list = &cfg[POS_EXPRESS + PCI_CAP_LIST_NEXT];
        cfg[POS_EXPRESS] = PCI_CAP_ID_EXP;
        put16(cfg + POS_EXPRESS + PCI_EXP_FLAGS, t->port << 4 | 2);
        put32(cfg + POS_EXPRESS + PCI_EXP_DEVCAP, t->phantom << 3);
    }
    if ( t->iommu )
    {
        *list = POS_IOMMU;
        cfg[POS_IOMMU] = CAP_ID_SECURE;
        cfg[POS_IOMMU + 2] = 3;
    }
    if ( t->express || t->iommu )
        put16(cfg + PCI_STATUS, PCI_STATUS_CAP_LIST);
}

/* PCIe 6.0, 7.7.12; SR-IOV 1.1, 3.3. */
static void fill_ext_caps(const struct lspci_text *t, uint8_t *cfg)
{
    unsigned int pos = t->acs ? POS_SRIOV : POS_ACS;

    if ( t->acs )
    {
        put32(cfg + POS_ACS, EXT_CAP(PCI_EXT_CAP_ID_ACS, t->sriov ? pos : 0));
        put16(cfg + POS_ACS + PCI_ACS_CAP, t->acs_cap);
        put16(cfg + POS_ACS + PCI_ACS_CTRL, t->acs_ctrl);
    }
    if ( t->sriov )
    {
        put32(cfg + pos, EXT_CAP(PCI_EXT_CAP_ID_SRIOV, 0));
        put16(cfg + pos + PCI_SRIOV_CTRL, PCI_SRIOV_CTRL_VFE);
        put16(cfg + pos + PCI_SRIOV_NUM_VF, t->nr_vfs);
        put16(cfg + pos + PCI_SRIOV_VF_OFFSET, t->vf_offset);
        put16(cfg + pos + PCI_SRIOV_VF_STRIDE, t->vf_stride);
    }
}

static enum record_from from(const struct lspci_text *t)
{
    if ( t->silent )
        return FROM_TEXT;
    switch ( t->detail )
    {
    case TEXT_NAME:
        return FROM_NAME;
    case TEXT_DENIED:
        return FROM_DENIED;
    case TEXT_V:
        return FROM_BRIEF;
    default:
        return FROM_TEXT;
    }
}

void lspci_fill(const struct lspci_func *f, bool multi, struct record *r)
{
    const struct lspci_text *t = &f->text;
    unsigned int size = f->hex ? f->hex->size : 0;

    r->line = f->line;
    r->hole = f->hex ? f->hex->hole : 0;
    r->linux_group = t->linux_group;
    r->has_id = size >= 4 || t->id;
    r->cfg = need(calloc(1, CFG_SIZE));

    if ( size == CFG_SIZE || (size > HEADER_SIZE && t->detail < TEXT_V) ||
         (size == HEADER_SIZE && t->detail < TEXT_DENIED) )
    {
        memcpy(r->cfg, f->hex->cfg, size);
        r->size = size;
        return;
    }

    /* Where all of conventional PCI is there, text has nothing to add. */
    r->from = size >= SPACE_SIZE && !t->express ? FROM_BYTES : from(t);
    r->size = CFG_SIZE;
    if ( t->silent )
    {
        memset(r->cfg, 0xff, CFG_SIZE);
        return;
    }

    /* Text makes up for what bytes lack, in whole parts. */
    fill_header(t, multi, r->cfg);
    if ( size >= HEADER_SIZE )
        memcpy(r->cfg, f->hex->cfg, HEADER_SIZE);
    else if ( size >= 4 )
        memcpy(r->cfg, f->hex->cfg, 4);
    fill_caps(t, r->cfg);
    if ( size >= SPACE_SIZE )
        memcpy(r->cfg, f->hex->cfg, SPACE_SIZE);
    fill_ext_caps(t, r->cfg);
}
