/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ACPI table of a machine with AMD-Vi: the IDs that functions use besides
 * their own, and which of them no unit translates.  Xen's own parser reads it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "tool.h"

#include "amd/ivrs.h"

/* The parser refuses longer ones. */
#define MAX_TABLE 0x10000

static bool read_table(const char *file, struct amd_ivrs *ivrs)
{
    uint8_t *table = need(malloc(MAX_TABLE + 1));
    FILE *in = strcmp(file, "-") ? fopen(file, "rb") : stdin;
    size_t len;
    bool ok;

    if ( !in )
    {
        complain("%s: %m", file);
        free(table);
        return false;
    }

    len = fread(table, 1, MAX_TABLE + 1, in);
    ok = !ferror(in);
    if ( !ok )
        complain("%s: %m", file);
    else if ( amd_ivrs_parse(table, len, ivrs) )
    {
        complain("%s: not an IVRS that can be used", file);
        ok = false;
    }
    if ( in != stdin )
        fclose(in);
    free(table);

    return ok;
}

static void find(const struct amd_ivrs *ivrs, const struct pci_func *f,
                 struct amd_found *found)
{
    struct pci_dev pdev = {
        .sbdf = f->sbdf,
        .info.is_virtfn = f->virtfn,
        .info.physfn.bus = f->pf_sbdf.bus,
        .info.physfn.devfn = f->pf_sbdf.devfn,
    };

    amd_ivrs_find_pdev(ivrs, &pdev, found);
}

/* Bridges and units need no unit. */
static bool needs_unit(const struct pci_func *f)
{
    return (f->class >> 8) != 0x06 && !f->amd_iommu && !f->silent;
}

bool record_ivrs(struct machine *m, const char *file)
{
    struct amd_ivrs ivrs;
    struct pci_func *f;
    char buf[SBDF_LEN];

    if ( !read_table(file, &ivrs) )
        return false;

    list_for_each_entry ( f, &m->funcs, list )
    {
        struct amd_found found;

        find(&ivrs, f, &found);
        print_sbdf(f->sbdf.sbdf, buf);

        f->has_alias = found.claim != AMD_CLAIM_NONE &&
                       found.alias != f->sbdf.bdf;
        f->alias = found.alias;

        if ( !needs_unit(f) )
            continue;
        if ( found.claim == AMD_CLAIM_TWO )
            complain("warning: two units translate %s: Xen blocks it", buf);
        else if ( !found.ivhd || found.ivhd->lost )
            complain("warning: no unit translates %s: Xen gives it to no guest",
                     buf);
        else if ( found.claim == AMD_CLAIM_DOUBTFUL )
            complain("warning: it is not clear which unit translates %s: Xen gives it to no guest",
                     buf);
    }
    amd_ivrs_free(&ivrs);

    return true;
}
