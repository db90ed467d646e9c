/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices that name IOMMUs: iommu/iommu.txt.  Also of nodes that come later. */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/pci.h>
#include <xen/xmalloc.h>

#include "node.h"

struct iommu_dt_unit *dt_unit(const struct iommu_dt *dt, uint32_t phandle)
{
    struct iommu_dt_unit *u, *found = NULL;

    list_for_each_entry ( u, &dt->units, list )
        if ( phandle && u->phandle == phandle && (!found || u->served) )
            found = u;

    return found;
}

void dt_say_off(struct iommu_dt_unit *u)
{
    if ( !u->said )
        printk(XENLOG_INFO
               "IOMMU: %s is disabled: what is behind it is not translated and cannot be assigned\n",
               u->path);
    u->said = true;
}

/*
 * One more entry of @m's iommus, with bits that do not matter.  NULL: fine;
 * else what is wrong.
 */
static const char *add_id(struct iommu_dt_master *m, uint32_t id,
                          uint32_t ignore)
{
    bool first = !m->ids.nr;
    int rc = iommu_ids_add_masked(&m->ids, id, ignore);

    m->no_memory = rc == -ENOMEM;
    if ( !rc && first )
        m->id = id;

    return !rc || m->no_memory ? NULL : "more IDs than any device has";
}

/* Entry of @u, with @nr cells behind its phandle.  As add_id(). */
static const char *add_entry(struct iommu_dt_master *m,
                             struct iommu_dt_unit *u, const fdt32_t *cells,
                             unsigned int nr)
{
    if ( u->off )
        dt_say_off(u);
    if ( !u->served )
    {
        m->partial = true;
        return NULL;
    }

    if ( m->unit && m->unit != u->phandle )
        return "behind two units";
    m->unit = u->phandle;

    /* A line has said so. */
    if ( u->bad )
    {
        m->bad = true;
        return NULL;
    }

    if ( nr < u->cells )
        return "its last entry is cut off";

    return add_id(m, fdt32_to_cpu(cells[0]),
                  u->cells > 1 ? fdt32_to_cpu(cells[1]) : u->ignore);
}

int dt_parse_iommus(const struct iommu_dt *dt, struct iommu_dt_master *m,
                    const fdt32_t *cells, int nr)
{
    const char *why = nr < 1 ? "no list of IOMMUs" : NULL;
    int i = 0;

    while ( !why && i < nr )
    {
        struct iommu_dt_unit *u = dt_unit(dt, fdt32_to_cpu(cells[i]));

        /* Behind one without a driver it may be anything: not judged. */
        if ( !u && m->partial )
            break;
        if ( !u )
        {
            dt_lie(m->path, "iommus names phandle %#x, which no IOMMU has",
                   fdt32_to_cpu(cells[i]));
            m->bad = true;
            return 0;
        }

        i++;
        why = add_entry(m, u, cells + i, nr - i);
        if ( m->no_memory )
            return -ENOMEM;
        if ( m->bad )
            return 0;
        /* What is behind it, if its length is unknown, is so as well. */
        i += min_t(uint32_t, u->cells, nr - i);
    }

    if ( why )
    {
        dt_lie(m->path, "iommus: %s", why);
        m->bad = true;
    }

    return m->unit || m->bad ? 0 : -ENODEV;
}

void dt_master_free(struct iommu_dt_master *m)
{
    iommu_ids_free(&m->ids);
    xfree(m->regions);
    xfree(m->path);
    xfree(m);
}

int iommu_dt_add_master(struct iommu_dt *dt, const char *path,
                        const void *iommus, unsigned int len)
{
    struct iommu_dt_master *m;
    int rc, nr = len % sizeof(fdt32_t) ? -1 : (int)(len / sizeof(fdt32_t));

    ASSERT(pcidevs_locked());

    if ( iommu_dt_find_master(dt, path) )
        return -EEXIST;

    m = xzalloc(struct iommu_dt_master);
    if ( !m )
        return -ENOMEM;

    m->late = true;
    m->path = xmalloc_array(char, strlen(path) + 1);
    if ( !m->path )
    {
        dt_master_free(m);
        return -ENOMEM;
    }

    memcpy(m->path, path, strlen(path) + 1);
    rc = dt_parse_iommus(dt, m, iommus, nr);
    if ( rc )
        dt_master_free(m);
    else
        list_add_tail(&m->list, &dt->masters);

    return rc;
}

void iommu_dt_del_master(struct iommu_dt *dt, const char *path)
{
    struct iommu_dt_master *m;

    ASSERT(pcidevs_locked());

    list_for_each_entry ( m, &dt->masters, list )
        if ( m->late && !strcmp(m->path, path) )
        {
            list_del(&m->list);
            dt_master_free(m);
            return;
        }
}

/*
 * Local variables:
 * mode: C
 * c-file-style: "BSD"
 * c-basic-offset: 4
 * indent-tabs-mode: nil
 * End:
 */
