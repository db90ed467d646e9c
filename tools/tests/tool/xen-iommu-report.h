/* SPDX-License-Identifier: GPL-2.0-only */
/* Machines, recorded or written by hand, and reports of them. */
#ifndef TESTS_XEN_IOMMU_REPORT_H
#define TESTS_XEN_IOMMU_REPORT_H

#include "xen-iommu-machine.h"

#define NR_RECORDED 30
#define FIRST_ARM   22

/* The options for recorded machine @nr's table; @root: for fake-root.py. */
static inline const char *table_of(unsigned int nr, bool root)
{
    static char buf[2 * PATH_MAX];

    if ( nr < FIRST_ARM )
        snprintf(buf, sizeof(buf), "%s'%s/dmar/recorded-%03u.bin'",
                 root ? "DMAR=" : "--dmar ", data_dir, nr);
    else
        snprintf(buf, sizeof(buf), "%s'%s/dt/arm64-%03u.dtb'",
                 root ? "fdt=" : "--dtb ", data_dir, nr);

    return buf;
}

/* A tree of recorded machine @nr as Linux shows it: --root's. */
static inline void make_root(unsigned int nr, const char *more)
{
    assert_int_equal(run("rm -rf '%s/root' && python3 '%s/tool/fake-root.py' "
                         "'%s/root' '%s/topology/%03u/topology.json' %s %s 2>&1",
                         work_dir, data_dir, work_dir, data_dir, nr,
                         table_of(nr, true), more), 0);
}

/* A file of that tree. */
static inline void put_root(const char *content, const char *path)
{
    char full[256];

    snprintf(full, sizeof(full), "root/%s", path);
    assert_int_equal(run("mkdir -p \"$(dirname '%s/%s')\"", work_dir, full), 0);
    write_file(content, full);
}

/* A report below work_dir; it holds to the schema. */
#define REPORT(to, code, args, ...) do {                                \
    int rc_ = run(TOOL "check --json " args " >'%s/" to "' 2>'%s/err'", \
                  out_dir, ##__VA_ARGS__, work_dir, work_dir);          \
    if ( rc_ != (code) )                                                \
        fail_msg("check " args ": exit %d, not %d", ##__VA_ARGS__, rc_, \
                 code);                                                 \
    if ( run("python3 '%s/tool/validate.py' "                           \
             "'%s/../../xen-iommu/schema/check.json' <'%s/" to "' 2>&1", \
             data_dir, data_dir, work_dir) )                            \
        fail_msg("%s", text);                                           \
} while ( 0 )

#define SAME(a, b) do {                                                 \
    if ( run("cd '%s' && python3 '%s/tool/same-report.py' " a " " b     \
             " 2>&1", work_dir, data_dir) )                             \
        fail_msg("%s", text);                                           \
} while ( 0 )

#endif /* TESTS_XEN_IOMMU_REPORT_H */
