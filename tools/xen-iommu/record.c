/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include <xen/pci_regs.h>

#include "record.h"
#include "tool.h"

struct record *record_add(struct machine *m, uint32_t sbdf)
{
    struct record *r;

    if ( m->nr == MAX_FUNCTIONS )
    {
        complain("%s: more than %u functions", m->file, MAX_FUNCTIONS);
        return NULL;
    }

    r = need(calloc(1, sizeof(*r)));
    r->func.sbdf.sbdf = sbdf;
    r->has_id = true;
    list_add_tail(&r->func.list, &m->funcs);
    m->nr++;

    return r;
}

static int by_sbdf(const void *a, const void *b)
{
    const struct record *ra = *(struct record *const *)a;
    const struct record *rb = *(struct record *const *)b;
    uint32_t sa = ra->func.sbdf.sbdf, sb = rb->func.sbdf.sbdf;

    return sa < sb ? -1 : sa > sb;
}

bool record_index(struct machine *m)
{
    struct pci_func *f;
    unsigned int i = 0;
    char buf[SBDF_LEN];

    m->sorted = need(calloc(m->nr + 1, sizeof(*m->sorted)));
    list_for_each_entry ( f, &m->funcs, list )
        m->sorted[i++] = (struct record *)f;
    qsort(m->sorted, m->nr, sizeof(*m->sorted), by_sbdf);

    for ( i = 1; i < m->nr; i++ )
        if ( !by_sbdf(&m->sorted[i - 1], &m->sorted[i]) )
        {
            complain("%s is there twice",
                     print_sbdf(m->sorted[i]->func.sbdf.sbdf, buf));
            return false;
        }

    return true;
}

struct pci_func *record_find(const struct machine *m, uint32_t sbdf)
{
    struct record key = { .func.sbdf.sbdf = sbdf }, *keyp = &key, **at;

    at = bsearch(&keyp, m->sorted, m->nr, sizeof(*at), by_sbdf);

    return at ? &(*at)->func : NULL;
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

static bool acs_off(const struct pci_func *f)
{
    return f->acs_pos && (PCI_ACS_WANTED & f->acs_cap & ~f->acs_ctrl);
}

static void read_func(struct record *r)
{
    struct pci_cfg cfg = { .read = read_cfg, .ctx = r };
    struct pci_func *f = &r->func;

    pci_func_read(f, &cfg);

    /* A capability that is cut off: its missing bits would read as ones. */
    if ( r->size < CFG_SIZE && f->acs_pos + 12 > r->size )
        f->acs_pos = f->acs_cap = f->acs_ctrl = 0;
    if ( f->nr_vfs && r->size < CFG_SIZE )
        f->vf_offset = f->vf_stride = f->nr_vfs = 0;
    r->acs_was_off = acs_off(f);
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
            vf = record_find(m, sbdf.sbdf);
            if ( !vf || vf == pf || vf->virtfn || vf->nr_vfs )
                continue;

            vf->virtfn = true;
            vf->pf_sbdf = pf->sbdf;
            read_func((struct record *)vf);
        }
}

bool record_read(struct machine *m)
{
    struct pci_func *f;

    if ( list_empty(&m->funcs) )
    {
        complain("there is no PCI function in it");
        return false;
    }

    list_for_each_entry ( f, &m->funcs, list )
        read_func((struct record *)f);

    find_vfs(m);

    return true;
}

bool record_link(struct machine *m, bool enable_acs)
{
    struct pci_func *f;

    if ( enable_acs )
        list_for_each_entry ( f, &m->funcs, list )
        {
            struct pci_cfg cfg = { .read = read_cfg, .ctx = f };

            pci_func_enable_acs(f, &cfg);
        }

    isolation_link(m, enable_acs);
    isolation_warn(m);

    return record_doubts(m);
}

unsigned int record_acs_off(const struct machine *m)
{
    const struct pci_func *f;
    unsigned int nr = 0;

    list_for_each_entry ( f, &m->funcs, list )
        nr += acs_off(f);

    return nr;
}

void record_free(struct machine *m)
{
    struct pci_func *f, *tmp;

    list_for_each_entry_safe ( f, tmp, &m->funcs, list )
    {
        free(((struct record *)f)->cfg);
        free(f);
    }
    INIT_LIST_HEAD(&m->funcs);
    free(m->sorted);
}
