/* SPDX-License-Identifier: GPL-2.0-only */
/* Machines written by hand, as recordings for the command-line tool. */
#ifndef TESTS_XEN_IOMMU_MACHINE_H
#define TESTS_XEN_IOMMU_MACHINE_H

#include "pci-build.h"
#include "xen-iommu-test.h"

#define MACHINE "machine.txt"

/* As `lspci -D -xxxx' prints it; @rcba is register f0 of 00:1f.0. */
static inline void record(const struct fn *fns, unsigned int nr, uint32_t rcba)
{
    char name[3 * PATH_MAX];
    uint8_t cfg[4096];
    unsigned int i, at;
    FILE *out;

    snprintf(name, sizeof(name), "%s/" MACHINE, work_dir);
    out = fopen(name, "w");
    assert_non_null(out);
    for ( i = 0; i < nr; i++ )
    {
        build_cfg(&fns[i], cfg);
        if ( !strcmp(fns[i].name, "00:1f.0") )
            put32(cfg + 0xf0, rcba);
        fprintf(out, "0000:%s Something: of somebody\n", fns[i].name);
        for ( at = 0; at < sizeof(cfg); at++ )
        {
            if ( at % 16 == 0 )
                fprintf(out, "%s%02x:", at ? "\n" : "", at);
            fprintf(out, " %02x", cfg[at]);
        }
        fprintf(out, "\n\n");
    }
    assert_int_equal(fclose(out), 0);
}

#define RECORD(rcba, ...) do {                                          \
    const struct fn fns_[] = { __VA_ARGS__ };                           \
    record(fns_, ARRAY_SIZE(fns_), rcba);                               \
} while ( 0 )

#define GROUPS(want, options)                                           \
    SAYS(0, want, "groups --lspci '%s/" MACHINE "' " options, work_dir)

/* How often @what is in what the tool said. */
static inline unsigned int times(const char *what)
{
    const char *at = text;
    unsigned int n = 0;

    while ( (at = strstr(at, what)) )
    {
        at += strlen(what);
        n++;
    }

    return n;
}

#endif /* TESTS_XEN_IOMMU_MACHINE_H */
