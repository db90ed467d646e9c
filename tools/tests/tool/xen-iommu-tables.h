/* SPDX-License-Identifier: GPL-2.0-only */
/* Firmware's tables for machines written by hand, and one such machine. */
#ifndef TESTS_XEN_IOMMU_TABLES_H
#define TESTS_XEN_IOMMU_TABLES_H

#include "dmar-build.h"
#include "iort-build.h"
#include "ivrs-build.h"
#include "xen-iommu-report.h"

static inline void save(const void *bytes, size_t len, const char *name)
{
    char path[3 * PATH_MAX];
    FILE *out;

    snprintf(path, sizeof(path), "%s/%s", work_dir, name);
    out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, len, out), len);
    assert_int_equal(fclose(out), 0);
}

#define DMAR_FILE "dmar.bin"
#define DRHD_ALL 1
#define SCOPE_EP 1

static inline void two_usb(void)
{
    RECORD(0, { "00:00.0", CONV, .id = 0x12378086, .class = 0x0600 },
           { "00:14.0", RCIEP, .id = 0x9d2f8086 },
           { "00:1a.0", RCIEP, .id = 0x9d2e8086 },
           { "00:1c.0", RP, .sec = 1, .sub = 1,
             .id = 0x9d108086 },
           { "01:00.0", EP, .id = 0x10d38086 });
}

/* One unit for all, and a region for both USB controllers, at @base. */
static inline void shared_region(uint64_t base, uint8_t flags)
{
    struct dmar_buf d;

    dmar_begin(&d, 39, flags);
    dmar_drhd(&d, 0, 0xfed91000, DRHD_ALL, 0);
    dmar_close(&d);
    dmar_rmrr(&d, 0, base, base + 0x1fff);
    dmar_scope(&d, SCOPE_EP, 0, 0, 0x14, 0);
    dmar_scope(&d, SCOPE_EP, 0, 0, 0x1a, 0);
    dmar_close(&d);
    dmar_end(&d);
    save(d.b, d.len, DMAR_FILE);
}

#endif /* TESTS_XEN_IOMMU_TABLES_H */
