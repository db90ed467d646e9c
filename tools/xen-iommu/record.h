/* SPDX-License-Identifier: GPL-2.0-only */
/* A machine's PCI functions, as recorded in a file. */
#ifndef XEN_IOMMU_RECORD_H
#define XEN_IOMMU_RECORD_H

#include <xen/list.h>
#include <iommu-groups/pci-rules.h>

#define CFG_SIZE 4096

struct record {
    struct pci_func func;    /* first: list entries are records */
    unsigned int size;       /* bytes of configuration space known */
    uint8_t cfg[CFG_SIZE];
};

struct machine {
    struct list_head funcs;
    unsigned int nr;
};

/* A new function of @m; complains and returns NULL if it is there already. */
struct record *record_add(struct machine *m, uint32_t sbdf);

/* False, after a complaint, where the file cannot be used. */
bool read_topology(struct machine *m, const char *file);
bool read_lspci(struct machine *m, const char *file);

/* Reads the facts of all functions and links them.  False as above. */
bool record_link(struct machine *m, bool enable_acs);

/* ACS controls that functions of the recording have and that are off. */
unsigned int record_acs_off(const struct machine *m);

void record_free(struct machine *m);

#endif /* XEN_IOMMU_RECORD_H */
