/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer target: any bytes as an IORT.  What parses is asked for IDs and
 * regions, and made into the hardware domain's table, which has to parse; all
 * memory has to come back.
 */
#include <host.h>
#include <xen/lib.h>

#include <iommu-groups/iort.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int region(const struct iommu_region *region, void *arg)
{
    if ( region->first > region->last || region->prot != IOMMU_REGION_RW )
        __builtin_trap();

    return 0;
}

static void look_up(const struct iommu_iort *iort)
{
    unsigned int i;

    for ( i = 0; i < 64; i++ )
    {
        uint32_t unit, sid;

        if ( iommu_iort_map_rid(iort, i & 1, i * 0x123, &unit, &sid) )
            continue;
        if ( !unit )
            __builtin_trap();
        iommu_iort_regions(iort, unit, sid, sid + 7, region, NULL);
    }
    for ( i = 0; i < iort->nr_smmus; i++ )
        if ( !iommu_iort_desc(&iort->smmus[i]).base && !iort->smmus[i].bad )
            __builtin_trap();
    for ( i = 0; i < iort->nr_named; i++ )
        if ( strlen(iort->named[i].name) > 0xffff )
            __builtin_trap();
}

static void rewrite(const uint8_t *table, size_t size)
{
    size_t len = iommu_iort_hwdom(table, size, NULL, 0);
    struct iommu_iort iort;
    uint8_t *out = malloc(len);

    if ( !out )
        return;
    if ( iommu_iort_hwdom(table, size, out, len) != len ||
         iommu_iort_parse(out, len, &iort) == -EINVAL || iort.nr_smmus )
        __builtin_trap();
    iommu_iort_free(&iort);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned long before = host_memory_now().bytes;
    struct iommu_iort iort;
    uint8_t *table = malloc(size + 1);
    int rc;

    if ( !table )
        return 0;

    /* Own memory of the exact size, so that ASan sees one byte too far. */
    host_log_clear();
    memcpy(table, data, size);
    rc = iommu_iort_parse(table, size, &iort);
    if ( !rc )
    {
        look_up(&iort);
        rewrite(table, size);
    }
    else if ( rc == -EINVAL && host_log_lines(XENLOG_ERR) != 1 )
        __builtin_trap();
    iommu_iort_free(&iort);
    free(table);

    if ( host_memory_now().bytes != before )
        __builtin_trap();

    return 0;
}
