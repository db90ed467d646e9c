/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers that isolation depends on outside of the ACS capability.  They are
 * set where need be, and believed only as they read afterwards.
 */
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>

#include <iommu-groups/pci-rules.h>

/*
 * Intel PCH, datasheets of the 5 to 9 series: the LPC bridge 1f.0 has the
 * address of the chipset's registers, of which these are on one page.
 */
#define LPC_DEVFN       PCI_DEVFN(0x1f, 0)
#define LPC_RCBA        0xf0
#define  RCBA_ENABLE    0x00000001U
#define  RCBA_ADDR      0xffffc000U       /* [31:14] */
/* Upstream peer decode configuration: which ports' requests find peers. */
#define RCBA_UPDCR      0x1014
#define  UPDCR_PORTS    0x0000003fU       /* [5:0] */
/* Backbone scratch pad: peer cycles that a soft strap has switched off. */
#define RCBA_BSPR       0x1104
#define  BSPR_NO_PEERS  0x00000300U       /* [8] not posted, [9] posted */
/* Miscellaneous port configuration, in each port's configuration space. */
#define PORT_MPC        0xd8
#define  MPC_IRBNCE     (1U << 26)        /* check the requester's bus number */

/* Pericom PI7C9X2G, of the upstream port: mode of the switch. */
#define SWITCH_MODE     0x74
#define  SWITCH_STORE   0x0001U           /* store and forward */

static uint32_t get(const struct pci_cfg *cfg, pci_sbdf_t sbdf,
                    unsigned int reg, unsigned int bytes)
{
    return cfg->read(cfg->ctx, sbdf, reg, bytes);
}

/* Sets @bits of a register; true: they are.  *@wrote: they were not. */
static bool set_bits(const struct pci_cfg *cfg, pci_sbdf_t sbdf,
                     unsigned int reg, unsigned int bytes, uint32_t bits,
                     bool *wrote)
{
    uint32_t val = get(cfg, sbdf, reg, bytes);

    if ( (val & bits) != bits )
    {
        *wrote = true;
        cfg->write(cfg->ctx, sbdf, reg, bytes, val | bits);
        val = get(cfg, sbdf, reg, bytes);
    }

    /* All ones is no register's value: it does not answer. */
    return (val & bits) == bits && val != ~0u >> (32 - 8 * bytes);
}

/*
 * The chipset sends no port's requests to another one: by a strap, or because
 * no port looks for peers.  Stands for request and completion redirect, and
 * upstream forwarding.
 */
static bool no_peers(const struct pci_cfg *cfg, paddr_t rcba, bool *wrote)
{
    uint32_t val;

    if ( !cfg->read_mem(cfg->ctx, rcba + RCBA_BSPR, &val) || val == ~0u )
        return false;
    if ( (val & BSPR_NO_PEERS) == BSPR_NO_PEERS )
        return true;

    if ( !cfg->read_mem(cfg->ctx, rcba + RCBA_UPDCR, &val) || val == ~0u )
        return false;
    if ( !(val & UPDCR_PORTS) )
        return true;

    *wrote = true;
    cfg->write_mem(cfg->ctx, rcba + RCBA_UPDCR, val & ~UPDCR_PORTS);

    return cfg->read_mem(cfg->ctx, rcba + RCBA_UPDCR, &val) &&
           val != ~0u && !(val & UPDCR_PORTS);
}

static bool pch_isolate(const struct pci_func *f, const struct pci_cfg *cfg,
                        bool *wrote)
{
    pci_sbdf_t lpc = PCI_SBDF(f->sbdf.seg, f->sbdf.bus, LPC_DEVFN);
    uint32_t rcba = get(cfg, lpc, LPC_RCBA, 4);

    /* A recording without the bridge, or without its last bytes. */
    if ( !cfg->write && (rcba == ~0u || !rcba) )
        return true;

    if ( rcba == ~0u || !(rcba & RCBA_ENABLE) || !(rcba & RCBA_ADDR) )
        return false;

    if ( !cfg->write )
        return true;

    /* The last stands for source validation. */
    return cfg->read_mem && no_peers(cfg, rcba & RCBA_ADDR, wrote) &&
           set_bits(cfg, f->sbdf, PORT_MPC, 4, MPC_IRBNCE, wrote);
}

/*
 * Without it, packets are stuck in the switch once its ports redirect requests
 * (Pericom, errata E5).
 */
static bool switch_isolate(const struct pci_func *f, const struct pci_cfg *cfg,
                           bool *wrote)
{
    const struct pci_func *up = f->parent;

    if ( !up || !up->express || up->port != PCI_EXP_TYPE_UPSTREAM ||
         up->vendor != f->vendor )
        return false;

    return !cfg->write || set_bits(cfg, up->sbdf, SWITCH_MODE, 2, SWITCH_STORE,
                                   wrote);
}

enum pci_chipset pci_chipset_isolate(struct pci_func *f,
                                     const struct pci_cfg *cfg)
{
    bool wrote = false;

    switch ( f->statement )
    {
    case PCI_STATED_PCH:
        f->chipset_set = pch_isolate(f, cfg, &wrote);
        break;

    case PCI_STATED_STORE_FORWARD:
        f->chipset_set = switch_isolate(f, cfg, &wrote);
        break;

    default:
        return PCI_CHIPSET_NONE;
    }

    if ( !f->chipset_set )
        return PCI_CHIPSET_CANNOT;

    return wrote ? PCI_CHIPSET_SET : PCI_CHIPSET_WAS_SET;
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
