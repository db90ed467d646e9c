/* SPDX-License-Identifier: GPL-2.0-only */
/* hypfs: /iommu/proof, read by `xen-iommu prove' (docs/hypfs.md). */
#include <xen/errno.h>
#include <xen/iommu.h>
#include <xen/lib.h>

#include "view.h"
#include "proof.h"

/* table/DOMAIN@ROOT@DFN: decimal, hexadecimal, hexadecimal. */
static int cf_check table_answer(struct iommu_text *t, const char *name)
{
    const char *at;
    unsigned long domid = simple_strtoul(name, &at, 10);
    uint64_t root, dfn;

    if ( at == name || *at != '@' || domid > DOMID_IO )
        return -ENOENT;
    name = at + 1;
    root = simple_strtoull(name, &at, 16);
    if ( at == name || *at != '@' )
        return -ENOENT;
    name = at + 1;
    dfn = simple_strtoull(name, &at, 16);
    if ( at == name || *at )
        return -ENOENT;

    return iommu_proof_table(t, domid, root, dfn);
}

/* unit/N@ID: decimal, hexadecimal. */
static int cf_check unit_answer(struct iommu_text *t, const char *name)
{
    const char *at;
    unsigned long nr = simple_strtoul(name, &at, 10), id;

    if ( at == name || *at != '@' || nr > UINT_MAX )
        return -ENOENT;
    name = at + 1;
    id = simple_strtoul(name, &at, 16);
    if ( at == name || *at || id > UINT_MAX )
        return -ENOENT;

    return iommu_proof_unit(t, nr, id);
}

/* ports/SSSSBBDF: hexadecimal. */
static int cf_check ports_answer(struct iommu_text *t, const char *name)
{
    const char *at;
    unsigned long sbdf = simple_strtoul(name, &at, 16);

    if ( at == name || *at || sbdf > UINT_MAX )
        return -ENOENT;

    iommu_proof_ports(t, sbdf);

    return 0;
}

/* tables/all: a file of that name, so that it is made as the others are. */
static int cf_check tables_answer(struct iommu_text *t, const char *name)
{
    if ( strcmp(name, "all") )
        return -ENOENT;

    iommu_proof_tables(t);
    iommu_text_add(t, "end");

    return 0;
}

static HYPFS_DIR_INIT(proof_dir, "proof");
ASKED(table_dir, "table", table_answer);
ASKED(unit_dir, "unit", unit_answer);
ASKED(ports_dir, "ports", ports_answer);
ASKED(tables_dir, "tables", tables_answer);

void __init iommu_proof_hypfs(struct hypfs_entry_dir *parent)
{
    hypfs_add_dir(parent, &proof_dir, true);
    hypfs_add_dir(&proof_dir, &tables_dir.dir, true);
    hypfs_add_dir(&proof_dir, &table_dir.dir, true);
    hypfs_add_dir(&proof_dir, &unit_dir.dir, true);
    hypfs_add_dir(&proof_dir, &ports_dir.dir, true);
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
