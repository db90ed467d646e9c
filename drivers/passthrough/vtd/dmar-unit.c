/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Remapping units of the DMAR (DRHD structures), and what they say against each
 * other: VT-d rev 4.1, §8.3.
 *
 * A unit whose registers cannot be used is lost: nobody translates or blocks
 * what is behind it, so that this is dom0's alone.  It stays in the list, since
 * otherwise its devices would seem to be the INCLUDE_PCI_ALL unit's.  Where a
 * unit or a scope cannot be read, that is what every device may be that only
 * INCLUDE_PCI_ALL covers: dom0 gets these from that unit, a guest does not.
 */

#include <xen/errno.h>
#include <xen/init.h>
#include <xen/inttypes.h>
#include <xen/mm.h>
#include <xen/string.h>
#include <xen/xmalloc.h>

#include "dmar-parse.h"

static void __init lose(const struct dmar_parse *p, struct vtd_drhd *drhd,
                        const char *why)
{
    if ( drhd->lost )
        return;

    drhd->lost = true;
    dmar_warn(p->out, drhd->offset,
              "unit at %#"PRIpaddr" is not used: %s: its devices are not translated and stay with dom0",
              drhd->base, why);
}

static bool __init is_pci_scope(const struct vtd_scope *scope)
{
    return scope->type == DMAR_SCOPE_ENDPOINT ||
           scope->type == DMAR_SCOPE_SUB_HIERARCHY;
}

/*
 * Do two scopes name one device?  The numbers of IO-APICs, HPETs and ACPI
 * devices are unique on the machine, PCI paths on their segment.
 */
static bool __init same_device(const struct vtd_scope *a, uint16_t seg_a,
                               const struct vtd_scope *b, uint16_t seg_b)
{
    if ( !is_pci_scope(a) )
        return a->type == b->type && a->enum_id == b->enum_id;

    return is_pci_scope(b) && seg_a == seg_b &&
           a->start_bus == b->start_bus && a->nr_path == b->nr_path &&
           !memcmp(a->path, b->path, a->nr_path * sizeof(*a->path));
}

/* Devices that both name: which of them is right, nobody knows. */
static void __init check_scopes(const struct dmar_parse *p,
                                const struct vtd_drhd *drhd,
                                const struct vtd_drhd *other)
{
    unsigned int i, j;

    for ( i = 0; i < drhd->scopes.nr; i++ )
    {
        const struct vtd_scope *scope = &drhd->scopes.scope[i];

        for ( j = 0; j < other->scopes.nr; j++ )
            if ( same_device(scope, drhd->segment, &other->scopes.scope[j],
                             other->segment) )
                break;

        if ( j == other->scopes.nr )
            continue;

        if ( is_pci_scope(scope) )
            dmar_warn(p->out, drhd->offset,
                      "%04x:%02x:%02x.%u%s belongs to unit %u already: it stays blocked by both",
                      drhd->segment, scope->start_bus, scope->path[0].dev,
                      scope->path[0].fn, scope->nr_path > 1 ? "..." : "",
                      other->index);
        else
            dmar_warn(p->out, drhd->offset,
                      "device of type %u, id %u belongs to unit %u already: that one is used",
                      scope->type, scope->enum_id, other->index);
    }
}

static bool __init same_registers(const struct vtd_drhd *a,
                                  const struct vtd_drhd *b)
{
    return !a->lost && !b->lost && a->base == b->base &&
           a->segment == b->segment;
}

/* Can @drhd exist beside the earlier unit @other? */
static void __init check_pair(const struct dmar_parse *p, struct vtd_drhd *drhd,
                              struct vtd_drhd *other)
{
    if ( drhd->segment == other->segment && other->include_pci_all )
    {
        if ( !drhd->include_pci_all )
            dmar_warn(p->out, drhd->offset,
                      "unit behind the INCLUDE_PCI_ALL one of segment %04x",
                      drhd->segment);
        else
        {
            dmar_warn(p->out, drhd->offset,
                      "second INCLUDE_PCI_ALL unit on segment %04x: devices that neither names stay with dom0, from unit %u",
                      drhd->segment, other->index);
            drhd->include_pci_all = false;
            other->rest_doubtful = true;
        }
    }

    check_scopes(p, drhd, other);

    if ( drhd->lost || other->lost ||
         drhd->base >= other->base + other->size ||
         other->base >= drhd->base + drhd->size )
        return;

    /* It is the lower one whose size reaches into the other. */
    if ( drhd->base <= other->base )
        lose(p, drhd, "its registers overlap another unit's");
    if ( other->base <= drhd->base )
        lose(p, other, "its registers overlap another unit's");
}

/*
 * A second structure for one register set: one unit with the devices of both,
 * unless one of the addresses is wrong.  So nobody knows which of the devices
 * it has; dom0 can use them in either case.
 */
static int __init merge(const struct dmar_parse *p, struct vtd_drhd *into,
                        struct vtd_drhd *drhd)
{
    unsigned int nr = into->scopes.nr + drhd->scopes.nr;
    struct vtd_scope *scope = NULL;

    dmar_warn(p->out, drhd->offset,
              "registers at %#"PRIpaddr" are unit %u's already: the devices of both stay with dom0",
              drhd->base, into->index);

    if ( nr && !(scope = xzalloc_array(struct vtd_scope, nr)) )
        return -ENOMEM;

    if ( into->scopes.nr )
        memcpy(scope, into->scopes.scope,
               into->scopes.nr * sizeof(*scope));
    if ( drhd->scopes.nr )
        memcpy(scope + into->scopes.nr, drhd->scopes.scope,
               drhd->scopes.nr * sizeof(*scope));

    xfree(into->scopes.scope);
    into->scopes.scope = scope;
    into->scopes.nr = nr;
    into->include_pci_all |= drhd->include_pci_all;
    into->partial |= drhd->partial;
    into->doubtful = true;

    xfree(drhd->scopes.scope);
    memset(drhd, 0, sizeof(*drhd));
    p->out->nr_drhd--;

    return 0;
}

/* NULL, or why there can be no registers where @drhd says. */
static const char *__init bad_registers(const struct vtd_drhd *drhd,
                                        unsigned int width)
{
    if ( !drhd->base )
        return "it has no registers (firmware has VT-d off or is broken)";
    if ( drhd->base & (PAGE_SIZE - 1) )
        return "its registers are not at a page";
    if ( drhd->base + drhd->size < drhd->base ||
         ((drhd->base + drhd->size - 1) >> width) )
        return "its registers are beyond the address width";

    return NULL;
}

int __init cf_check dmar_parse_drhd(struct dmar_parse *p, uint32_t off,
                                    uint32_t end)
{
    const struct dmar_drhd *from = (const void *)(p->table + off);
    struct vtd_dmar *out = p->out;
    struct vtd_drhd *drhd = &out->drhd[out->nr_drhd];
    struct vtd_drhd *twin = NULL;
    const char *why;
    unsigned int i;
    int rc;

    drhd->index = out->nr_drhd++;
    drhd->offset = off;
    drhd->segment = from->segment;
    drhd->include_pci_all = from->flags & DMAR_DRHD_INCLUDE_PCI_ALL;
    drhd->base = from->base;
    drhd->size = PAGE_SIZE << (from->size & DMAR_DRHD_SIZE_MASK);

    rc = dmar_parse_scopes(p, off + sizeof(*from), end, &drhd->scopes,
                           &drhd->partial);
    if ( rc )
        return rc;

    why = bad_registers(drhd, out->width);
    if ( why )
    {
        if ( !drhd->base && drhd->include_pci_all )
            p->off_without_registers = off;
        lose(p, drhd, why);
    }

    if ( !drhd->scopes.nr && !drhd->include_pci_all )
        dmar_warn(out, off, "unit %u has no devices", drhd->index);

    for ( i = 0; i < drhd->index; i++ )
    {
        if ( same_registers(drhd, &out->drhd[i]) )
            twin = &out->drhd[i];
        else
            check_pair(p, drhd, &out->drhd[i]);
    }

    return twin && same_registers(drhd, twin) ? merge(p, twin, drhd) : 0;
}

/* Could a device that only @all covers be behind a unit that was not read? */
static bool __init rest_doubtful(const struct dmar_parse *p,
                                 const struct vtd_drhd *all)
{
    unsigned int i;

    if ( p->units_missing )
        return true;

    for ( i = 0; i < p->out->nr_drhd; i++ )
    {
        const struct vtd_drhd *drhd = &p->out->drhd[i];

        if ( drhd != all && drhd->partial && drhd->segment == all->segment )
            return true;
    }

    return false;
}

bool __init dmar_settle_units(const struct dmar_parse *p)
{
    struct vtd_dmar *out = p->out;
    unsigned int i, usable = 0;
    uint32_t off = p->off_without_registers;

    for ( i = 0; i < out->nr_drhd; i++ )
    {
        struct vtd_drhd *drhd = &out->drhd[i];

        usable += !drhd->lost;
        if ( !drhd->base && !off )
            off = drhd->offset;
        if ( !drhd->include_pci_all || drhd->rest_doubtful ||
             !rest_doubtful(p, drhd) )
            continue;

        drhd->rest_doubtful = true;
        dmar_warn(out, drhd->offset,
                  "unit %u has what no other has, but not all could be read: devices that are not named stay with dom0",
                  drhd->index);
    }

    if ( usable && !p->off_without_registers )
        return true;

    if ( off )
        dmar_error(out, off,
                   "not used: a unit is at address 0: firmware has VT-d off or is broken");
    else
        dmar_error(out, p->length, "not used: no usable remapping unit in the table");

    return false;
}
