/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which unit, reserved region or ATS permission belongs to a device: DMAR
 * scopes against the PCI topology of this moment.
 *
 * VT-d architecture specification, rev 4.1, §8.3.1.
 */

#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>

#include "dmar.h"

#define HEADER_TYPE_MASK        0x7f

/*
 * Buses behind @sbdf.  False if it is no bridge or not a configured one:
 * numbers have to grow on the way down, so that no path can go in circles.
 */
static bool bridge_buses(pci_sbdf_t sbdf, uint8_t *secondary,
                         uint8_t *subordinate)
{
    uint8_t type = pci_conf_read8(sbdf, PCI_HEADER_TYPE) & HEADER_TYPE_MASK;

    if ( type != PCI_HEADER_TYPE_BRIDGE && type != PCI_HEADER_TYPE_CARDBUS )
        return false;

    *secondary = pci_conf_read8(sbdf, PCI_SECONDARY_BUS);
    *subordinate = pci_conf_read8(sbdf, PCI_SUBORDINATE_BUS);

    return *secondary > sbdf.bus && *subordinate >= *secondary;
}

bool vtd_scope_resolve(const struct vtd_scope *scope, uint16_t seg,
                       pci_sbdf_t *sbdf)
{
    uint8_t bus = scope->start_bus, last;
    unsigned int i;

    for ( i = 0; i + 1 < scope->nr_path; i++ )
        if ( !bridge_buses(PCI_SBDF(seg, bus, scope->path[i].dev,
                                    scope->path[i].fn), &bus, &last) )
            return false;

    *sbdf = PCI_SBDF(seg, bus, scope->path[i].dev, scope->path[i].fn);

    return true;
}

/* Is (@bus, @devfn) the bridge @sbdf or below it? */
static bool below_bridge(pci_sbdf_t sbdf, uint8_t bus, uint8_t devfn)
{
    uint8_t first, last;

    if ( bus == sbdf.bus && devfn == sbdf.devfn )
        return true;

    return bridge_buses(sbdf, &first, &last) && bus >= first && bus <= last;
}

bool vtd_scope_matches(const struct vtd_scope *scope, uint16_t seg,
                       uint8_t bus, uint8_t devfn)
{
    pci_sbdf_t sbdf;

    if ( scope->type != DMAR_SCOPE_ENDPOINT &&
         scope->type != DMAR_SCOPE_SUB_HIERARCHY )
        return false;

    if ( !vtd_scope_resolve(scope, seg, &sbdf) )
        return false;

    if ( scope->type == DMAR_SCOPE_SUB_HIERARCHY )
        return below_bridge(sbdf, bus, devfn);

    return bus == sbdf.bus && devfn == sbdf.devfn;
}

bool vtd_scopes_match(const struct vtd_scopes *scopes, uint16_t seg,
                      pci_sbdf_t sbdf)
{
    unsigned int i;

    if ( sbdf.seg != seg )
        return false;

    for ( i = 0; i < scopes->nr; i++ )
        if ( vtd_scope_matches(&scopes->scope[i], seg, sbdf.bus, sbdf.devfn) )
            return true;

    return false;
}

pci_sbdf_t vtd_firmware_sbdf(const struct pci_dev *pdev)
{
    pci_sbdf_t sbdf = pdev->sbdf;

    if ( pdev->info.is_virtfn )
    {
        sbdf.bus = pdev->info.physfn.bus;
        sbdf.devfn = pdev->info.physfn.devfn;
        /* Of a device with ARI only function 0 is listed. */
        if ( PCI_SLOT(sbdf.devfn) && pdev->info.is_extfn )
            sbdf.devfn = 0;
    }
    else if ( pdev->info.is_extfn )
        sbdf.devfn = 0;

    return sbdf;
}

struct vtd_drhd *vtd_dmar_find_drhd(const struct vtd_dmar *dmar,
                                    pci_sbdf_t sbdf, enum vtd_claim *claim,
                                    struct vtd_drhd **other)
{
    struct vtd_drhd *found = NULL, *all = NULL;
    unsigned int i;

    *other = NULL;

    for ( i = 0; i < dmar->nr_drhd; i++ )
    {
        struct vtd_drhd *drhd = &dmar->drhd[i];

        if ( drhd->include_pci_all && drhd->segment == sbdf.seg )
            all = drhd;

        if ( !vtd_scopes_match(&drhd->scopes, drhd->segment, sbdf) )
            continue;

        if ( found )
        {
            *claim = VTD_CLAIM_TWO;
            *other = drhd;
            return found;
        }
        found = drhd;
    }

    if ( found )
        *claim = found->doubtful ? VTD_CLAIM_DOUBTFUL : VTD_CLAIM_ONE;
    else if ( all )
        *claim = all->doubtful || all->rest_doubtful ? VTD_CLAIM_DOUBTFUL
                                                     : VTD_CLAIM_ONE;
    else
        *claim = VTD_CLAIM_NONE;

    return found ?: all;
}

/* The unit with a scope of @type and @id whose path can be followed. */
static struct vtd_drhd *find_numbered(const struct vtd_dmar *dmar,
                                      uint8_t type, uint8_t id,
                                      pci_sbdf_t *sid)
{
    unsigned int i, j;

    for ( i = 0; i < dmar->nr_drhd; i++ )
    {
        struct vtd_drhd *drhd = &dmar->drhd[i];

        for ( j = 0; j < drhd->scopes.nr; j++ )
        {
            const struct vtd_scope *scope = &drhd->scopes.scope[j];

            if ( scope->type == type && scope->enum_id == id &&
                 vtd_scope_resolve(scope, drhd->segment, sid) )
                return drhd;
        }
    }

    return NULL;
}

struct vtd_drhd *vtd_dmar_find_ioapic(const struct vtd_dmar *dmar,
                                      uint8_t apic_id, pci_sbdf_t *sid)
{
    return find_numbered(dmar, DMAR_SCOPE_IOAPIC, apic_id, sid);
}

struct vtd_drhd *vtd_dmar_find_hpet(const struct vtd_dmar *dmar,
                                    uint8_t hpet_id, pci_sbdf_t *sid)
{
    return find_numbered(dmar, DMAR_SCOPE_HPET, hpet_id, sid);
}

struct vtd_drhd *vtd_dmar_find_namespace(const struct vtd_dmar *dmar,
                                         uint8_t number, pci_sbdf_t *sid)
{
    return find_numbered(dmar, DMAR_SCOPE_NAMESPACE, number, sid);
}

static const struct vtd_satc *find_satc(const struct vtd_dmar *dmar,
                                        pci_sbdf_t sbdf)
{
    unsigned int i;

    for ( i = 0; i < dmar->nr_satc; i++ )
        if ( vtd_scopes_match(&dmar->satc[i].scopes, dmar->satc[i].segment,
                              sbdf) )
            return &dmar->satc[i];

    return NULL;
}

/* Root ports are listed; a device is below the one it matches. */
static bool atsr_covers(const struct vtd_atsr *atsr, pci_sbdf_t sbdf)
{
    unsigned int i;

    if ( atsr->segment != sbdf.seg )
        return false;

    if ( atsr->all_ports )
        return true;

    for ( i = 0; i < atsr->scopes.nr; i++ )
    {
        const struct vtd_scope *scope = &atsr->scopes.scope[i];
        pci_sbdf_t port;

        if ( (scope->type == DMAR_SCOPE_ENDPOINT ||
              scope->type == DMAR_SCOPE_SUB_HIERARCHY) &&
             vtd_scope_resolve(scope, atsr->segment, &port) &&
             below_bridge(port, sbdf.bus, sbdf.devfn) )
            return true;
    }

    return false;
}

bool vtd_dmar_atsr_allows(const struct vtd_dmar *dmar, pci_sbdf_t sbdf)
{
    unsigned int i;

    for ( i = 0; i < dmar->nr_atsr; i++ )
        if ( atsr_covers(&dmar->atsr[i], sbdf) )
            return true;

    return find_satc(dmar, sbdf) != NULL;
}

bool vtd_dmar_atc_required(const struct vtd_dmar *dmar, pci_sbdf_t sbdf)
{
    const struct vtd_satc *satc = find_satc(dmar, sbdf);

    return satc && satc->atc_required;
}

bool vtd_dmar_proximity(const struct vtd_dmar *dmar, paddr_t base,
                        uint32_t *proximity)
{
    unsigned int i;

    for ( i = 0; i < dmar->nr_rhsa; i++ )
        if ( dmar->rhsa[i].base == base )
        {
            *proximity = dmar->rhsa[i].proximity;
            return true;
        }

    return false;
}
