/* SPDX-License-Identifier: GPL-2.0-only */
/* What a recording says, or leaves open, beside ACS: notes for groups. */
#include <string.h>

#include "record.h"
#include "tool.h"

/* Of any function of the machine. */
static uint32_t read_any(void *ctx, pci_sbdf_t sbdf, unsigned int reg,
                         unsigned int bytes)
{
    const struct machine *m = ctx;
    const struct record *r = (struct record *)record_find(m, sbdf.sbdf);
    uint32_t val = 0;

    if ( !r || reg + bytes > r->size )
        return ~0u >> (32 - 8 * bytes);

    memcpy(&val, r->cfg + reg, bytes);

    return val;
}

/* One line a chipset or switch: its ports are on one bus. */
static void note_chipset(const struct machine *m, const struct pci_func *f,
                         enum pci_chipset rc, bool enable)
{
    const struct pci_func *other;
    char buf[SBDF_LEN];

    list_for_each_entry ( other, &m->funcs, list )
        if ( other == f )
            break;
        else if ( other->sbdf.sbdf >> 8 == f->sbdf.sbdf >> 8 &&
                  pci_stated(other) == pci_stated(f) )
            return;

    print_sbdf(f->sbdf.sbdf, buf);
    if ( rc == PCI_CHIPSET_CANNOT )
        complain("warning: %s and its neighbours isolate only if registers beside them are set, which is not possible here",
                 buf);
    else if ( enable )
        complain("note: %s and its neighbours isolate because Xen sets registers of the %s, as their vendor states; it reads them back before it counts on them",
                 buf, pci_stated(f) == PCI_STATED_PCH
                      ? "chipset (UPDCR or BSPR behind RCBA, MPC)" : "switch");
    else
        complain("note: %s and its neighbours isolate once Xen has set registers of the %s, as their vendor states: --enable-acs shows the groups then",
                 buf, pci_stated(f) == PCI_STATED_PCH ? "chipset" : "switch");
}

void isolation_link(struct machine *m, bool enable)
{
    struct pci_cfg cfg = { .read = read_any, .ctx = m };
    enum pci_chipset rc;
    struct pci_func *f;

    pci_funcs_link(&m->funcs);

    list_for_each_entry ( f, &m->funcs, list )
    {
        rc = pci_chipset_isolate(f, &cfg);
        if ( rc == PCI_CHIPSET_NONE )
            continue;
        note_chipset(m, f, rc, enable);
        f->chipset_set &= enable;
    }

    pci_funcs_link(&m->funcs);
}

void isolation_warn(const struct machine *m)
{
    const struct pci_func *f;
    uint32_t bus = ~0u;
    char buf[SBDF_LEN];

    list_for_each_entry ( f, &m->funcs, list )
    {
        print_sbdf(f->sbdf.sbdf, buf);
        if ( f->silent )
            complain("warning: %s reads all ones, it does not answer: nothing that it may lead to is isolated",
                     buf);
        else if ( f->hole )
            complain("warning: bus numbers below %s contradict each other, or a bridge there does not answer: nothing below it is isolated",
                     buf);
        else if ( f->lost && !f->parent && f->sbdf.sbdf >> 8 != bus )
        {
            complain("warning: no bridge that answers leads to bus %04x:%02x: the path above it is unknown, and nothing there is isolated",
                     f->sbdf.seg, f->sbdf.bus);
            bus = f->sbdf.sbdf >> 8;
        }
    }
}
