/* SPDX-License-Identifier: GPL-2.0-only */
/* xen-iommu groups: the groups that Xen would form on a recorded machine. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "record.h"
#include "tool.h"

static int by_sbdf(const void *a, const void *b)
{
    const struct pci_func *fa = *(struct pci_func *const *)a;
    const struct pci_func *fb = *(struct pci_func *const *)b;

    return fa->sbdf.sbdf < fb->sbdf.sbdf ? -1 : fa->sbdf.sbdf > fb->sbdf.sbdf;
}

static struct pci_func **sorted(struct machine *m)
{
    struct pci_func **all = need(calloc(m->nr, sizeof(*all))), *f;
    unsigned int nr = 0;

    list_for_each_entry ( f, &m->funcs, list )
        all[nr++] = f;
    qsort(all, nr, sizeof(*all), by_sbdf);

    return all;
}

static const char *kind(const struct pci_func *f)
{
    static const char *const ports[16] = {
        [PCI_EXP_TYPE_ENDPOINT] = "endpoint",
        [PCI_EXP_TYPE_LEG_END] = "legacy endpoint",
        [PCI_EXP_TYPE_ROOT_PORT] = "root port",
        [PCI_EXP_TYPE_UPSTREAM] = "switch upstream port",
        [PCI_EXP_TYPE_DOWNSTREAM] = "switch downstream port",
        [PCI_EXP_TYPE_PCI_BRIDGE] = "PCIe-to-PCI bridge",
        [PCI_EXP_TYPE_PCIE_BRIDGE] = "PCI-to-PCIe bridge",
        [PCI_EXP_TYPE_RC_END] = "root complex endpoint",
        [PCI_EXP_TYPE_RC_EC] = "event collector",
    };

    if ( f->virtfn )
        return "virtual function";
    if ( !f->express )
        return pci_func_is_bridge(f) ? "PCI bridge" : "PCI device";

    return ports[f->port & 15] ?: "PCIe function";
}

/* Why @f is in the group: the first of those found before it that ties it. */
static void print_why(const struct pci_func *first, const struct pci_func *f)
{
    const struct pci_func *other, *at = NULL;
    enum pci_why why = PCI_APART;
    char buf[SBDF_LEN];

    for ( other = first; other != f && why == PCI_APART; )
    {
        why = pci_inseparable(other, f, &at);
        if ( why == PCI_APART )
            other = other->next_marked;
    }

    if ( why == PCI_APART )
        return;

    printf("  with %s: %s", print_sbdf(other->sbdf.sbdf, buf),
           pci_why_text(why));
    if ( at )
        printf(" %s", print_sbdf(at->sbdf.sbdf, buf));
}

static void print_groups(struct machine *m, struct pci_func **all, bool *done)
{
    unsigned int i, j, id = 0;
    char buf[SBDF_LEN];

    for ( i = 0; i < m->nr; i++ )
    {
        struct pci_func *first;

        if ( done[i] )
            continue;

        first = pci_group_mark(&m->funcs, all[i]);
        printf("Group %u\n", id++);
        for ( j = i; j < m->nr; j++ )
        {
            if ( !all[j]->marked )
                continue;
            done[j] = true;
            printf("  %s  %04x:%04x  %-22s",
                   print_sbdf(all[j]->sbdf.sbdf, buf), all[j]->vendor,
                   all[j]->device, kind(all[j]));
            print_why(first, all[j]);
            printf("\n");
        }
    }
}

static void print_json(struct machine *m, struct pci_func **all, bool *done)
{
    json_t *groups = need(json_array()), *root;
    unsigned int i, j;
    char buf[SBDF_LEN];

    for ( i = 0; i < m->nr; i++ )
    {
        json_t *group;

        if ( done[i] )
            continue;

        group = need(json_array());
        pci_group_mark(&m->funcs, all[i]);
        for ( j = i; j < m->nr; j++ )
            if ( all[j]->marked )
            {
                done[j] = true;
                json_array_append_new(group, json_string(
                    print_sbdf(all[j]->sbdf.sbdf, buf)));
            }
        json_array_append_new(groups, group);
    }

    root = need(json_pack("{s:o}", "groups", groups));
    json_dumpf(root, stdout, JSON_INDENT(0));
    printf("\n");
    json_decref(root);
}

int cmd_groups(const struct options *o)
{
    struct machine m = { .funcs = LIST_HEAD_INIT(m.funcs) };
    const char *file = o->topology ?: o->lspci;
    struct pci_func **all;
    bool *done;
    int rc = EXIT_INPUT;

    if ( !file || (o->topology && o->lspci) || o->nr_args )
    {
        complain("groups needs either --topology FILE.json or --lspci FILE");
        return EXIT_USAGE;
    }

    if ( (o->topology ? read_topology(&m, file) : read_lspci(&m, file)) &&
         record_link(&m, o->enable_acs) )
    {
        all = sorted(&m);
        done = need(calloc(m.nr, sizeof(*done)));
        (o->json ? print_json : print_groups)(&m, all, done);
        if ( record_acs_off(&m) )
            complain("note: ACS is off in %u functions that have it, and Xen switches it on: --enable-acs shows the groups then",
                     record_acs_off(&m));
        free(done);
        free(all);
        rc = EXIT_OK;
    }

    record_free(&m);

    return rc;
}
