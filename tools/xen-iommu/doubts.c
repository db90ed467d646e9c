/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a recording leaves open.  The rules take the worst for it, and each kind
 * is said once.
 */
#include <stdlib.h>
#include <string.h>

#include <xen/pci.h>
#include <xen/pci_regs.h>

#include "record.h"
#include "tool.h"

#define HEADER_SIZE 64        /* what lspci and sysfs show without root */
#define MAX_CAPS    48

static const struct record *to_record(const struct pci_func *f)
{
    return (const struct record *)f;
}

/* Does the recording reach to the end of the capability list? */
static bool caps_known(const struct record *r)
{
    unsigned int pos, i;

    if ( r->size < HEADER_SIZE )
        return false;
    if ( r->func.silent || r->func.express ||
         !(r->cfg[PCI_STATUS] & PCI_STATUS_CAP_LIST) )
        return true;

    pos = r->cfg[r->func.header == PCI_HEADER_TYPE_CARDBUS
                 ? PCI_CB_CAPABILITY_LIST : PCI_CAPABILITY_LIST] & ~3u;
    for ( i = 0; i < MAX_CAPS && pos >= HEADER_SIZE; i++ )
    {
        if ( pos + PCI_CAP_LIST_NEXT >= r->size )
            return false;
        pos = r->cfg[pos + PCI_CAP_LIST_NEXT] & ~3u;
    }

    return true;
}

/* What is right below a port's link is PCI Express. */
static bool below_link(const struct pci_func *f)
{
    const struct pci_func *above = f->parent;

    return above && above->express &&
           (above->port == PCI_EXP_TYPE_ROOT_PORT ||
            above->port == PCI_EXP_TYPE_DOWNSTREAM);
}

/* The end of a text may have been lost on the way; its last function's is. */
static bool text_ends_in(const struct machine *m, const struct record *r)
{
    const struct pci_func *f;

    if ( !r->line || r->size == HEADER_SIZE )
        return false;
    list_for_each_entry ( f, &m->funcs, list )
        if ( to_record(f)->line > r->line )
            return false;

    return true;
}

/* ":12", or nothing where there are no lines. */
static const char *at_line(const struct record *r, char buf[16])
{
    unsigned int line = r->hole ?: r->line;

    buf[0] = '\0';
    if ( line )
        snprintf(buf, 16, ":%u", line);

    return buf;
}

/* False: it is of a kind of which more has to be known. */
static bool may_be_cut(const struct machine *m, const struct record *r)
{
    const struct pci_func *f = &r->func;
    const char *what = pci_func_is_bridge(f) ? "a bridge" : "PCI Express";
    char buf[SBDF_LEN], line[16];

    if ( text_ends_in(m, r) ||
         (r->size >= HEADER_SIZE && !pci_func_is_bridge(f) && !below_link(f)) )
        return true;

    if ( r->size < HEADER_SIZE )
        what = "anything";
    complain("%s%s: configuration space of %s is cut off after %u bytes: expected all of it, since it is %s: record it as root",
             m->file, at_line(r, line), print_sbdf(f->sbdf.sbdf, buf), r->size,
             what);

    return false;
}

static bool cut_off(const struct record *r)
{
    return r->from == FROM_BYTES && !caps_known(r);
}

static bool short_express(const struct record *r)
{
    return r->from == FROM_BYTES && r->func.express && r->size < CFG_SIZE;
}

static bool decoded(const struct record *r)
{
    return r->from == FROM_TEXT || r->from == FROM_BRIEF;
}

static bool brief(const struct record *r)
{
    return r->from == FROM_BRIEF;
}

static bool denied(const struct record *r)
{
    return r->from == FROM_DENIED;
}

static bool named(const struct record *r)
{
    return r->from == FROM_NAME;
}

static bool without_id(const struct record *r)
{
    return !r->has_id;
}

/* These have a link above them (PCIe 6.0, 7.5.3.2), which is not recorded. */
static bool without_port(const struct record *r)
{
    const struct pci_func *f = &r->func;

    return f->express && !f->parent && !f->virtfn && !f->lost && f->sbdf.bus &&
           (f->port == PCI_EXP_TYPE_ENDPOINT ||
            f->port == PCI_EXP_TYPE_LEG_END ||
            f->port == PCI_EXP_TYPE_UPSTREAM ||
            f->port == PCI_EXP_TYPE_DOWNSTREAM ||
            f->port == PCI_EXP_TYPE_PCI_BRIDGE);
}

/* How many and which, where there are any: "3 functions (the first: X)". */
static void doubt(const struct machine *m, bool (*is)(const struct record *r),
                  const char *what)
{
    const struct record *first = NULL;
    unsigned int i, nr = 0;
    char buf[SBDF_LEN], line[16];

    for ( i = 0; i < m->nr; i++ )
        if ( is(m->sorted[i]) && !nr++ )
            first = m->sorted[i];

    if ( nr )
        complain("warning: %s%s: %u function%s (%s%s) %s", m->file,
                 at_line(first, line), nr, nr > 1 ? "s" : "",
                 nr > 1 ? "the first is " : "",
                 print_sbdf(first->func.sbdf.sbdf, buf), what);
}

bool record_doubts(const struct machine *m)
{
    unsigned int i;

    for ( i = 0; i < m->nr; i++ )
        if ( cut_off(m->sorted[i]) && !may_be_cut(m, m->sorted[i]) )
            return false;

    doubt(m, cut_off, "cut off before the end of the capabilities: the worst is assumed, conventional PCI");
    doubt(m, short_express, "of PCI Express without extended configuration space: taken as having no ACS");
    doubt(m, decoded, "known from decoded text: multifunction bits and the registers of particular chipsets are not in it; lspci -xxxx shows them");
    doubt(m, brief, "as lspci -v prints them: ACS controls are taken as off, phantom and virtual functions are not known; -vv shows them");
    doubt(m, denied, "whose capabilities only root may read: the worst is assumed, conventional PCI; run lspci as root");
    doubt(m, named, "only named: the worst is assumed, and a bridge may lead anywhere");
    doubt(m, without_id, "without IDs: what is known of particular hardware is not used; lspci -nn shows IDs");
    doubt(m, without_port, "below a port that is not in the file: right only if the ports above have ACS");

    return true;
}
