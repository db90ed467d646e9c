/* SPDX-License-Identifier: GPL-2.0-only */
/* What the rules need to know of a PCI function, from configuration space. */
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>

#include <iommu-groups/pci-rules.h>

/*
 * Capabilities are four bytes apart at least (PCI 3.0, 6.7; PCIe 6.0, 7.6.3).
 */
#define MAX_CAPS     48
#define MAX_EXT_CAPS ((4096 - 256) / 8)

static unsigned int get(const struct pci_func *f, const struct pci_cfg *cfg,
                        unsigned int reg, unsigned int bytes)
{
    return cfg->read(cfg->ctx, f->sbdf, reg, bytes);
}

/* PCI 3.0, 6.7.  0: not there. */
static unsigned int find_cap(const struct pci_func *f,
                             const struct pci_cfg *cfg, unsigned int id)
{
    unsigned int pos, i;

    if ( !(get(f, cfg, PCI_STATUS, 2) & PCI_STATUS_CAP_LIST) )
        return 0;

    pos = get(f, cfg, f->header == PCI_HEADER_TYPE_CARDBUS
                      ? PCI_CB_CAPABILITY_LIST : PCI_CAPABILITY_LIST, 1);
    for ( i = 0; i < MAX_CAPS && pos >= 0x40; i++ )
    {
        unsigned int found;

        pos &= ~3u;
        found = get(f, cfg, pos + PCI_CAP_LIST_ID, 1);
        if ( found == id )
            return pos;
        if ( found == 0xff )
            break;
        pos = get(f, cfg, pos + PCI_CAP_LIST_NEXT, 1);
    }

    return 0;
}

/* PCIe 6.0, 7.6.3.  0: not there. */
static unsigned int find_ext_cap(const struct pci_func *f,
                                 const struct pci_cfg *cfg, unsigned int id)
{
    unsigned int pos = 0x100, i;

    for ( i = 0; i < MAX_EXT_CAPS && pos >= 0x100; i++ )
    {
        uint32_t header = get(f, cfg, pos, 4);

        if ( !header || header == ~0u )
            break;
        if ( (header & 0xffff) == id )
            return pos;
        pos = (header >> 20) & 0xffc;
    }

    return 0;
}

/* PCIe 6.0, 7.7.12; some parts have each register on four bytes instead. */
static bool wide_acs(const struct pci_func *f)
{
    return f->statement == PCI_STATED_WIDE_ACS;
}

static uint16_t get_acs_ctrl(const struct pci_func *f,
                             const struct pci_cfg *cfg)
{
    return wide_acs(f) ? get(f, cfg, f->acs_pos + 8, 4)
                       : get(f, cfg, f->acs_pos + PCI_ACS_CTRL, 2);
}

static void set_acs_ctrl(const struct pci_func *f, const struct pci_cfg *cfg,
                         uint16_t ctrl)
{
    if ( wide_acs(f) )
        cfg->write(cfg->ctx, f->sbdf, f->acs_pos + 8, 4, ctrl);
    else
        cfg->write(cfg->ctx, f->sbdf, f->acs_pos + PCI_ACS_CTRL, 2, ctrl);
}

static void read_acs(struct pci_func *f, const struct pci_cfg *cfg)
{
    f->acs_pos = find_ext_cap(f, cfg, PCI_EXT_CAP_ID_ACS);
    if ( !f->acs_pos )
        return;

    f->acs_cap = get(f, cfg, f->acs_pos + PCI_ACS_CAP, 2);
    f->acs_ctrl = get_acs_ctrl(f, cfg);
}

/*
 * Nothing answers: it is in reset, powered off, or gone.  A virtual function's
 * IDs read as ones always (SR-IOV 1.1, 3.4.1.1), its header does not.
 */
static bool is_silent(const struct pci_func *f, const struct pci_cfg *cfg)
{
    return get(f, cfg, PCI_VENDOR_ID, 4) == ~0u &&
           get(f, cfg, PCI_CLASS_REVISION, 4) == ~0u &&
           get(f, cfg, PCI_HEADER_TYPE, 1) == 0xff;
}

/* AMD I/O Virtualization Technology 3.0, 3.3.1: capability 0x0f, type 3. */
static bool is_amd_iommu(const struct pci_func *f, const struct pci_cfg *cfg)
{
    unsigned int pos = find_cap(f, cfg, 0x0f);

    return pos && (f->vendor == 0x1022 || f->vendor == 0x1002) &&
           (get(f, cfg, pos + 2, 1) & 7) == 3;
}

/* SR-IOV 1.1, 3.3: where the virtual functions are that are switched on. */
static void read_sriov(struct pci_func *f, const struct pci_cfg *cfg)
{
    unsigned int pos = find_ext_cap(f, cfg, PCI_EXT_CAP_ID_SRIOV);

    if ( !pos || !(get(f, cfg, pos + PCI_SRIOV_CTRL, 2) & PCI_SRIOV_CTRL_VFE) )
        return;

    f->nr_vfs = get(f, cfg, pos + PCI_SRIOV_NUM_VF, 2);
    f->vf_offset = get(f, cfg, pos + PCI_SRIOV_VF_OFFSET, 2);
    f->vf_stride = get(f, cfg, pos + PCI_SRIOV_VF_STRIDE, 2);
}

/*
 * PCIe 6.0, 7.5.3.3: 1, 2 or 3 bits of the function number are free for
 * phantom functions.  Counted whether they are switched on or not: the
 * device's driver may do that any time.
 */
static void read_phantom(struct pci_func *f, const struct pci_cfg *cfg,
                         unsigned int pos)
{
    unsigned int bits = (get(f, cfg, pos + PCI_EXP_DEVCAP, 2) &
                         PCI_EXP_DEVCAP_PHANTOM) >> 3;

    if ( bits && !f->virtfn && f->header == PCI_HEADER_TYPE_NORMAL &&
         f->sbdf.fn < (8u >> bits) )
        f->phantom_stride = 8u >> bits;
}

void pci_func_read(struct pci_func *f, const struct pci_cfg *cfg)
{
    unsigned int header = get(f, cfg, PCI_HEADER_TYPE, 1), pos;

    f->silent = is_silent(f, cfg);
    if ( f->silent )
        header = PCI_HEADER_TYPE_NORMAL;

    f->vendor = get(f, cfg, PCI_VENDOR_ID, 2);
    f->device = get(f, cfg, PCI_DEVICE_ID, 2);
    f->class = get(f, cfg, PCI_CLASS_DEVICE, 2);
    f->header = header & 0x7f;
    f->multi = header & 0x80;
    f->sub_vendor = f->sub_device = 0;
    f->secondary = f->subordinate = 0;
    f->phantom_stride = 0;
    f->acs_pos = f->acs_cap = f->acs_ctrl = 0;
    f->vf_offset = f->vf_stride = f->nr_vfs = 0;
    f->amd_iommu = f->express = f->chipset_set = false;
    f->port = 0;
    f->statement = PCI_STATED_NOTHING;
    if ( f->silent )
        return;

    switch ( f->header )
    {
    case PCI_HEADER_TYPE_NORMAL:
        f->sub_vendor = get(f, cfg, PCI_SUBSYSTEM_VENDOR_ID, 2);
        f->sub_device = get(f, cfg, PCI_SUBSYSTEM_ID, 2);
        break;

    case PCI_HEADER_TYPE_BRIDGE:
    case PCI_HEADER_TYPE_CARDBUS:
        f->secondary = get(f, cfg, PCI_SECONDARY_BUS, 1);
        f->subordinate = get(f, cfg, PCI_SUBORDINATE_BUS, 1);
        break;

    default:
        break;
    }

    f->amd_iommu = is_amd_iommu(f, cfg);
    pos = find_cap(f, cfg, PCI_CAP_ID_EXP);
    f->express = pos;
    f->port = pos ? (get(f, cfg, pos + PCI_EXP_FLAGS, 2) &
                     PCI_EXP_FLAGS_TYPE) >> 4 : 0;
    f->statement = pci_stated(f);
    if ( !pos )
        return;

    read_phantom(f, cfg, pos);
    read_acs(f, cfg);
    if ( !f->virtfn )
        read_sriov(f, cfg);
}

bool pci_func_as_read(const struct pci_func *f, const struct pci_cfg *cfg)
{
    uint32_t ids = ((uint32_t)f->device << 16) | f->vendor;
    uint32_t buses = ((uint32_t)f->subordinate << 24) | (f->secondary << 16);

    /* Virtual functions come and go (SR-IOV 1.1, 3.3.3). */
    if ( f->express && !f->virtfn && f->header == PCI_HEADER_TYPE_NORMAL )
        return false;

    if ( f->silent || get(f, cfg, PCI_VENDOR_ID, 4) != ids ||
         get(f, cfg, PCI_CLASS_DEVICE, 2) != f->class ||
         get(f, cfg, PCI_HEADER_TYPE, 1) !=
         (f->header | (f->multi ? 0x80 : 0)) )
        return false;

    if ( f->header != PCI_HEADER_TYPE_NORMAL &&
         get(f, cfg, PCI_PRIMARY_BUS, 4) << 8 != buses )
        return false;

    return !f->acs_pos || get_acs_ctrl(f, cfg) == f->acs_ctrl;
}

void pci_func_enable_acs(struct pci_func *f, const struct pci_cfg *cfg)
{
    unsigned int ctrl = f->acs_ctrl | (f->acs_cap & PCI_ACS_WANTED);

    if ( f->statement == PCI_STATED_NO_SV )
        ctrl &= ~PCI_ACS_SV;

    if ( !f->acs_pos || ctrl == f->acs_ctrl )
        return;

    if ( cfg->write )
    {
        set_acs_ctrl(f, cfg, ctrl);
        f->acs_ctrl = get_acs_ctrl(f, cfg);
    }
    else
        f->acs_ctrl = ctrl;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
