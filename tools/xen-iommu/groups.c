/* SPDX-License-Identifier: GPL-2.0-only */
/* xen-iommu groups: those that Xen would form, here or on a recorded machine. */
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "layer.h"
#include "libpci.h"
#include "live.h"
#include "picture.h"
#include "record.h"
#include "source.h"
#include "tool.h"

#define IVRS_FILE "sys/firmware/acpi/tables/IVRS"

const char *func_kind(const struct pci_func *f)
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

    if ( f->silent )
        return "does not answer";
    if ( f->virtfn )
        return "virtual function";
    if ( !f->express )
        return pci_func_is_bridge(f) ? "PCI bridge" : "PCI device";

    return ports[f->port & 15] ?: "PCIe function";
}

static struct record *to_record(struct pci_func *f)
{
    return (struct record *)f;
}

void find_tie(struct record *r, struct record *const *earlier, unsigned int nr)
{
    unsigned int i;

    r->tie = NULL;
    for ( i = 0; i < nr; i++ )
    {
        r->why = pci_inseparable(&earlier[i]->func, &r->func, &r->why_at);
        if ( r->why != PCI_APART )
        {
            r->tie = earlier[i];
            return;
        }
    }
}

/* Numbers the groups, by their lowest members; returns how many there are. */
static unsigned int form_groups(struct machine *m)
{
    struct record **members = need(calloc(m->nr, sizeof(*members)));
    unsigned int i, nr = 0, size;
    struct pci_func *f;

    for ( i = 0; i < m->nr; i++ )
        m->sorted[i]->group = ~0u;

    for ( i = 0; i < m->nr; i++ )
    {
        struct pci_func *first = &m->sorted[i]->func;

        if ( m->sorted[i]->group != ~0u )
            continue;

        pci_group_mark(&m->funcs, first);
        size = 0;
        for ( f = first; f; f = f->next_marked )
        {
            to_record(f)->group = nr;
            find_tie(to_record(f), members, size);
            members[size++] = to_record(f);
        }
        nr++;
    }
    free(members);

    return nr;
}

static void print_function(const struct record *r)
{
    char buf[SBDF_LEN], id[16] = "????:????";
    const char *name;

    if ( r->has_id )
        snprintf(id, sizeof(id), "%04x:%04x", r->func.vendor, r->func.device);
    printf("  %s  %s  %-22s", print_sbdf(r->func.sbdf.sbdf, buf), id,
           func_kind(&r->func));
    if ( r->tie )
        printf("  with %s: %s", print_sbdf(r->tie->func.sbdf.sbdf, buf),
               pci_why_text(r->why, r->why_at));
    if ( r->tie && r->why_at )
        printf(" %s", print_sbdf(r->why_at->sbdf.sbdf, buf));
    if ( r->func.stated )
        printf("  isolated by its vendor's statement");
    name = r->has_id ? libpci_name(r->name_vendor ?: r->func.vendor,
                                   r->name_vendor ? r->name_device
                                                  : r->func.device,
                                   r->func.class) : "";
    printf("%s%s\n", *name ? "  " : "", name);
}

static void print_difference(void *ctx, const struct difference *d)
{
    char a[SBDF_LEN], b[SBDF_LEN], at[SBDF_LEN];
    bool *any = ctx;

    if ( !*any )
        printf("Differences from Linux' groups\n");
    *any = true;

    printf("  %s and %s: Linux has them in ",
           print_sbdf(d->a->func.sbdf.sbdf, a),
           print_sbdf(d->b->func.sbdf.sbdf, b));
    if ( d->a->group == d->b->group )
        printf("%u and %u, Xen both in %u", d->a->linux_group - 1,
               d->b->linux_group - 1, d->a->group);
    else
        printf("%u both, Xen in %u and %u", d->a->linux_group - 1, d->a->group,
               d->b->group);
    printf(": %s%s%s\n", d->why, d->at ? " " : "",
           d->at ? print_sbdf(d->at->sbdf.sbdf, at) : "");
}

static void print_groups(const struct machine *m, unsigned int nr)
{
    /* By group, in each by address: chains through the sorted list. */
    unsigned int *next = need(calloc(m->nr, sizeof(*next)));
    unsigned int *last = need(calloc(nr, sizeof(*last)));
    unsigned int i, j;
    bool any = false;

    for ( i = 0; i < m->nr; i++ )
    {
        unsigned int group = m->sorted[i]->group;

        if ( m->sorted[i]->tie )
            next[last[group]] = i;
        last[group] = i;
    }

    for ( i = 0; i < m->nr; i++ )
    {
        if ( m->sorted[i]->tie )
            continue;
        printf("Group %u\n", m->sorted[i]->group);
        for ( j = i; ; j = next[j] )
        {
            print_function(m->sorted[j]);
            if ( !next[j] )
                break;
        }
    }
    free(next);
    free(last);

    if ( !linux_known(m) )
        return;
    linux_differences(m, print_difference, &any);
    if ( !any )
        printf("Linux' groups are the same.\n");
}

static json_t *json_sbdf(const struct pci_func *f)
{
    char buf[SBDF_LEN];

    return json_string(print_sbdf(f->sbdf.sbdf, buf));
}

static void json_difference(void *ctx, const struct difference *d)
{
    json_array_append_new(ctx, need(json_pack(
        "{s:[o,o],s:[i,i],s:[i,i],s:s,s:o}",
        "devices", json_sbdf(&d->a->func), json_sbdf(&d->b->func),
        "linux", (int)d->a->linux_group - 1, (int)d->b->linux_group - 1,
        "xen", (int)d->a->group, (int)d->b->group, "why", d->why,
        "at", d->at ? json_sbdf(d->at) : json_null())));
}

json_t *differences_json(const struct machine *m)
{
    json_t *differences = need(json_array());

    linux_differences(m, json_difference, differences);

    return differences;
}

static void print_json(const struct machine *m, unsigned int nr)
{
    json_t *groups = need(json_array()), *root;
    unsigned int i;

    for ( i = 0; i < nr; i++ )
        json_array_append_new(groups, need(json_array()));
    for ( i = 0; i < m->nr; i++ )
        json_array_append_new(json_array_get(groups, m->sorted[i]->group),
                              json_sbdf(&m->sorted[i]->func));

    root = need(json_pack("{s:o}", "groups", groups));
    if ( linux_known(m) )
        json_object_set_new(root, "differences", differences_json(m));
    json_dumpf(root, stdout, JSON_INDENT(0));
    printf("\n");
    json_decref(root);
}

/* False, after a complaint. */
static bool usage_ok(const struct options *o)
{
    const char *file = o->topology ?: o->lspci;

    if ( (o->topology && o->lspci) || (o->ivrs && !file) || o->nr_args )
        complain("groups takes either --topology FILE.json or --lspci FILE, and --ivrs FILE with one of them");
    else if ( (o->dmar || o->iort || o->dtb) && (!file || !o->picture) )
        complain("what firmware reserves (--dmar, --iort, --dtb) is shown in pictures of --topology or --lspci");
    else if ( o->json && o->picture )
        complain("either --json or a picture");
    else if ( o->ivrs && !strcmp(o->ivrs, "-") && !strcmp(file, "-") )
        complain("only one of the files can be standard input");
    else
        return true;

    return false;
}

/* @m is read, and what firmware says of its functions' IDs. */
static bool read_machine(struct machine *m, const struct options *o)
{
    const char *file = o->topology ?: o->lspci, *ivrs = o->ivrs;
    char path[PATH_MAX];

    source_set_root(o->root ?: "");
    if ( !file )
    {
        snprintf(path, sizeof(path), "%s/%s", source_root(), IVRS_FILE);
        ivrs = source_exists(IVRS_FILE) ? path : NULL;
    }
    else
        m->file = strcmp(file, "-") ? file : "standard input";

    return (!file ? live_read(m) : o->topology ? read_topology(m, file)
                                               : read_lspci(m, file)) &&
           record_read(m) && (!ivrs || record_ivrs(m, ivrs)) &&
           record_link(m, o->enable_acs);
}

static void ignore(const char *line)
{
    (void)line;
}

/* False, after a complaint: a file cannot be used. */
static bool read_tables(struct tables *t, const struct options *o)
{
    if ( !o->topology && !o->lspci )
    {
        tables_live(t);
        live_memory();
        return true;
    }

    return (!o->dmar || tables_file(t, TABLE_DMAR, o->dmar)) &&
           (!o->ivrs || !strcmp(o->ivrs, "-") ||
            tables_file(t, TABLE_IVRS, o->ivrs)) &&
           (!o->iort || tables_file(t, TABLE_IORT, o->iort)) &&
           (!o->dtb || tables_file(t, TABLE_DTB, o->dtb));
}

/* What is wrong in the tables, `check' says.  Exit code. */
static int draw(struct machine *m, unsigned int nr, const struct options *o)
{
    struct prediction regions;
    struct tables t = {};
    struct picture p;
    int rc = EXIT_INPUT;

    if ( read_tables(&t, o) )
    {
        complain_to(ignore);
        predict_regions(&regions, m, &t);
        complain_to(NULL);
        picture_machine(&p, m, nr);
        picture_regions(&p, &regions);
        rc = picture_draw(&p, o->picture) ? EXIT_OK : EXIT_FAILED;
        picture_free(&p);
        predict_free(&regions);
    }
    tables_free(&t);
    layer_memory_forget();

    return rc;
}

int cmd_groups(const struct options *o)
{
    struct machine m = { .funcs = LIST_HEAD_INIT(m.funcs) };
    int rc = EXIT_INPUT;

    if ( !usage_ok(o) )
        return EXIT_USAGE;

    if ( read_machine(&m, o) )
    {
        unsigned int nr = form_groups(&m);

        if ( o->picture )
        {
            rc = draw(&m, nr, o);
            goto out;
        }
        (o->json ? print_json : print_groups)(&m, nr);
        if ( record_acs_off(&m) )
            complain("note: ACS is off in %u function%s that ha%s it, and Xen switches it on: --enable-acs shows the groups then",
                     record_acs_off(&m), record_acs_off(&m) > 1 ? "s" : "",
                     record_acs_off(&m) > 1 ? "ve" : "s");
        rc = EXIT_OK;
    }

 out:
    record_free(&m);
    libpci_done();

    return rc;
}
