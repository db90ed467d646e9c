/* SPDX-License-Identifier: GPL-2.0-only */
/* xen-iommu: what its commands share. */
#ifndef XEN_IOMMU_TOOL_H
#define XEN_IOMMU_TOOL_H

#include <stdbool.h>
#include <stdint.h>

/* Exit codes; the man page lists them, and they stay as they are. */
enum {
    EXIT_OK = 0,
    EXIT_NO = 1,         /* the question was answered, with no */
    EXIT_USAGE = 2,      /* the command line makes no sense */
    EXIT_INPUT = 3,      /* a file or value cannot be used */
    EXIT_NO_XEN = 4,     /* not under a Xen that has these groups */
    EXIT_FAILED = 5,     /* it was tried and did not work; nothing changed */
    EXIT_BROKEN = 6,     /* it did not work, and could not be put back */
};

/* Options that commands have in common. */
struct options {
    bool json;
    bool follow;
    bool enable_acs;
    const char *topology;
    const char *lspci;
    const char *dmar, *ivrs, *iort, *dtb, *acpidump;
    const char *root;
    const char *verify;
    const char *match;
    bool markdown;
    bool hide_rest;
    int picture;         /* enum picture_as */
    char **args;         /* what is no option */
    int nr_args;
};

int cmd_groups(const struct options *o);
int cmd_list(const struct options *o);
int cmd_explain(const struct options *o);
int cmd_assignable(const struct options *o);
int cmd_faults(const struct options *o);
int cmd_dump(const struct options *o);
int cmd_prove(const struct options *o);
int cmd_metrics(const struct options *o);
int cmd_check(const struct options *o);
int cmd_attach(const struct options *o);
int cmd_detach(const struct options *o);

/* "xen-iommu: ..." on stderr, with a new line. */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Where complaints go from now on, without "xen-iommu: "; NULL: stderr. */
void complain_to(void (*fn)(const char *line));

/* "1.0 (abcdef0)" */
const char *tool_version(void);

/* malloc() and friends that end the program where memory ends. */
void *need(void *p);

/* "dddd:bb:dd.f" or "bb:dd.f"; *rest is what follows.  False: it is neither. */
bool parse_sbdf(const char *s, uint32_t *sbdf, const char **rest);

#define SBDF_LEN 16
const char *print_sbdf(uint32_t sbdf, char buf[SBDF_LEN]);

#endif /* XEN_IOMMU_TOOL_H */
