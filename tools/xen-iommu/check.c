/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen-iommu check: what Xen will make of a machine, before it is installed
 * there, or from what somebody sent.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "layer.h"
#include "libpci.h"
#include "live.h"
#include "source.h"

#undef snprintf
#undef vsnprintf

static json_t *lines;       /* where complaints go meanwhile */

static void keep_line(const char *line)
{
    char copy[1024], *at;

    snprintf(copy, sizeof(copy), "%s", line);
    for ( at = copy; *at; at++ )
        if ( *at < ' ' || *at > '~' )
            *at = '?';
    json_array_append_new(lines, json_string(copy));
}

static bool read_files(struct check *c)
{
    const struct options *o = c->o;
    static const enum table_kind kinds[] = {
        TABLE_DMAR, TABLE_IVRS, TABLE_IORT, TABLE_DTB,
    };
    const char *files[] = { o->dmar, o->ivrs, o->iort, o->dtb };
    const char *machine = o->topology ?: o->lspci;
    unsigned int i;

    if ( o->acpidump && !tables_acpidump(&c->t, o->acpidump) )
        return false;
    for ( i = 0; i < ARRAY_SIZE(kinds); i++ )
        if ( files[i] && !tables_file(&c->t, kinds[i], files[i]) )
            return false;

    c->complete = true;
    if ( !machine )
        return true;
    c->m.file = strcmp(machine, "-") ? machine : "standard input";

    return o->topology ? read_topology(&c->m, machine)
                       : read_lspci(&c->m, machine);
}

static bool read_live(struct check *c)
{
    c->live = true;
    if ( !live_read(&c->m) )
        return false;
    tables_live(&c->t);
    live_memory();
    c->complete = !live_headers_only(&c->m);

    return true;
}

/* False, after what was said is printed: the input is of no use. */
static bool look(struct check *c)
{
    const struct options *o = c->o;
    bool files = o->topology || o->lspci || o->dmar || o->ivrs || o->iort ||
                 o->dtb || o->acpidump;
    unsigned int i;
    bool ok;

    c->messages = lines = need(json_array());
    complain_to(keep_line);

    ok = files ? read_files(c) : read_live(c);
    for ( i = 0, c->assumed = files; i < NR_TABLES; i++ )
        c->assumed &= i == TABLE_MCFG || !c->t.table[i].data;
    if ( ok )
    {
        check_mmconfig(c);
        ok = predict(&c->p, &c->m, &c->t, c->complete, c->assumed);
    }

    complain_to(NULL);
    for ( i = 0; !ok && i < json_array_size(lines); i++ )
        complain("%s", json_string_value(json_array_get(lines, i)));

    return ok;
}

static bool usage_ok(const struct options *o)
{
    const char *files[] = {
        o->topology, o->lspci, o->dmar, o->ivrs, o->iort, o->dtb, o->acpidump,
    };
    unsigned int i, nr_stdin = 0;

    for ( i = 0; i < ARRAY_SIZE(files); i++ )
        nr_stdin += files[i] && !strcmp(files[i], "-");

    if ( o->nr_args )
        complain("check takes options only: --help lists them");
    else if ( o->topology && o->lspci )
        complain("check needs either --topology or --lspci");
    else if ( nr_stdin > 1 )
        complain("only one of the files can be standard input");
    else if ( o->json && o->markdown )
        complain("either --json or --markdown");
    else
        return true;

    return false;
}

int cmd_check(const struct options *o)
{
    struct check c = { .o = o, .m.funcs = LIST_HEAD_INIT(c.m.funcs) };
    int rc = EXIT_INPUT;

    if ( !usage_ok(o) )
        return EXIT_USAGE;
    source_set_root(o->root ?: "");
    if ( o->verify )
        return check_verify(o->verify);
    if ( look(&c) )
    {
        check_report(&c);
        if ( o->json )
        {
            json_dumpf(c.report, stdout, JSON_INDENT(1) | JSON_ENSURE_ASCII);
            printf("\n");
        }
        else if ( o->markdown )
            check_markdown(&c);
        else
            check_print(c.report);
        rc = check_count(c.report, "fail") ? EXIT_NO : EXIT_OK;
        json_decref(c.report);
    }

    json_decref(c.messages);
    predict_free(&c.p);
    tables_free(&c.t);
    layer_memory_forget();
    record_free(&c.m);
    libpci_done();

    return rc;
}
