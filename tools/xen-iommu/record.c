/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "tool.h"

/* Without root, lspci and sysfs show this much. */
#define CFG_HEADER 64

struct record *record_add(struct machine *m, uint32_t sbdf)
{
    pci_sbdf_t id = { .sbdf = sbdf };
    struct record *r;
    char buf[SBDF_LEN];

    if ( pci_func_find(&m->funcs, id) )
    {
        complain("%s is there twice", print_sbdf(sbdf, buf));
        return NULL;
    }

    r = need(calloc(1, sizeof(*r)));
    r->func.sbdf = id;
    list_add_tail(&r->func.list, &m->funcs);
    m->nr++;

    return r;
}

static uint32_t read_cfg(void *ctx, pci_sbdf_t sbdf, unsigned int reg,
                         unsigned int bytes)
{
    const struct record *r = ctx;
    uint32_t val = 0;

    if ( reg + bytes > r->size )
        return ~0u >> (32 - 8 * bytes);

    memcpy(&val, r->cfg + reg, bytes);

    return val;
}

static void read_func(struct record *r)
{
    struct pci_cfg cfg = { .read = read_cfg, .ctx = r };

    pci_func_read(&r->func, &cfg);
}

/*
 * A recording that does not say which functions are virtual is asked through
 * the physical ones (SR-IOV 1.1, 2.1.2).
 */
static void find_vfs(struct machine *m)
{
    struct pci_func *pf, *vf;
    unsigned int i;

    list_for_each_entry ( pf, &m->funcs, list )
        for ( i = 0; i < pf->nr_vfs; i++ )
        {
            pci_sbdf_t sbdf = pf->sbdf;

            sbdf.bdf += pf->vf_offset + i * pf->vf_stride;
            vf = pci_func_find(&m->funcs, sbdf);
            if ( !vf || vf == pf || vf->virtfn || vf->nr_vfs )
                continue;

            vf->virtfn = true;
            vf->pf_sbdf = pf->sbdf;
            read_func((struct record *)vf);
        }
}

bool record_link(struct machine *m, bool enable_acs)
{
    unsigned int short_ones = 0;
    struct pci_func *f;
    struct record *r;
    char buf[SBDF_LEN];

    if ( list_empty(&m->funcs) )
    {
        complain("there is no PCI function in it");
        return false;
    }

    list_for_each_entry ( f, &m->funcs, list )
    {
        r = (struct record *)f;
        if ( r->size <= CFG_HEADER )
        {
            complain("configuration space of %s is cut off after %u bytes: record it as root",
                     print_sbdf(f->sbdf.sbdf, buf), r->size);
            return false;
        }
        read_func(r);
        if ( f->express && r->size < CFG_SIZE )
            short_ones++;
    }

    if ( short_ones )
        complain("warning: %u PCI Express functions without their extended configuration space: taken as having no ACS",
                 short_ones);

    find_vfs(m);

    if ( enable_acs )
        list_for_each_entry ( f, &m->funcs, list )
        {
            struct pci_cfg cfg = { .read = read_cfg, .ctx = f };

            pci_func_enable_acs(f, &cfg);
        }

    pci_funcs_link(&m->funcs);

    return true;
}

unsigned int record_acs_off(const struct machine *m)
{
    const struct pci_func *f;
    unsigned int nr = 0;

    list_for_each_entry ( f, &m->funcs, list )
        nr += f->acs_pos && (PCI_ACS_WANTED & f->acs_cap & ~f->acs_ctrl);

    return nr;
}

void record_free(struct machine *m)
{
    struct pci_func *f, *tmp;

    list_for_each_entry_safe ( f, tmp, &m->funcs, list )
        free(f);
    INIT_LIST_HEAD(&m->funcs);
}
