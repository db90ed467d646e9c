/* SPDX-License-Identifier: GPL-2.0-only */
/* xen-iommu check: between its sources. */
#ifndef XEN_IOMMU_CHECK_H
#define XEN_IOMMU_CHECK_H

#include <jansson.h>

#include "predict.h"
#include "tool.h"

/* What is looked at, and what came of it. */
struct check {
    const struct options *o;
    bool live;                   /* this machine, not files */
    bool complete;               /* its functions could be read in full */
    bool assumed;                /* no table was given: an IOMMU is assumed */
    struct machine m;
    struct tables t;
    struct prediction p;
    unsigned int nr_no_mmconfig; /* functions whose capabilities Xen sees in part */
    json_t *messages;            /* what Xen, or this program, would say */
    json_t *report;              /* schema/check.json */
};

#define REPORT_VERSION "xen-iommu-check/1"

/* check-machine.c: what is so of the machine as a whole, into "checks". */
void check_machine(struct check *c);

/*
 * Which functions' extended configuration space Xen cannot reach while it forms
 * groups: their records are cut.  Before predict().
 */
void check_mmconfig(struct check *c);

/* check-device.c: one element of "devices". */
json_t *check_device(const struct check *c, const struct pfunc *f);
/* May a guest have it, together with its group? */
bool check_possible(const struct check *c, const struct pfunc *f);
/* Is it given to guests at all, or is it a part of the machine? */
bool check_is_device(const struct pfunc *f);

/* check-report.c: all of "report". */
void check_report(struct check *c);
/* One more element of "checks"; @result "pass", "warn", "fail" or "info". */
void check_say(struct check *c, const char *id, const char *result,
               const char *advice, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
unsigned int check_count(const json_t *report, const char *result);

/* check-text.c, for people; check-markdown.c, for bug reports. */
void check_print(const json_t *report);
void check_markdown(const struct check *c);

/* verify.c: a report against the Xen that runs here.  Exit code. */
int check_verify(const char *file);

/* groups.c: "endpoint", "PCI bridge", ... */
const char *func_kind(const struct pci_func *f);
/* Linux' groups beside those of "group" in the records, as JSON. */
json_t *differences_json(const struct machine *m);
/* Sets r->tie, r->why, r->why_at of the members of a group, @first first. */
void find_tie(struct record *r, struct record *const *earlier, unsigned int nr);

#endif /* XEN_IOMMU_CHECK_H */
