/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading what lspci printed, after people have copied, quoted, wrapped and cut
 * it: between the sources lspci*.c.
 */
#ifndef XEN_IOMMU_LSPCI_H
#define XEN_IOMMU_LSPCI_H

#include "record.h"

#define MAX_LINE 4096         /* what is longer is cut: lspci's are not */
#define ROW_BYTES 16
#define CLASS_PCI_BRIDGE 0x0604
#define CLASS_CARDBUS    0x0607

/* Hex rows of one function. */
struct lspci_hex {
    unsigned int size;        /* bytes from 0 on that are known */
    unsigned int hole;        /* line that did not go on there; 0: none */
    uint8_t cfg[CFG_SIZE];
    unsigned int line[CFG_SIZE / ROW_BYTES];
};

/* What the decoded text says of one function.  All zero: nothing. */
struct lspci_text {
    enum { TEXT_NAME, TEXT_DENIED, TEXT_V, TEXT_VV } detail;
    bool silent;              /* "Unknown header type 7f", or all of it ff */
    bool no_caps;             /* "<access denied>" */
    bool bus;                 /* the two are known */
    uint8_t secondary, subordinate;
    bool express;
    uint8_t port, phantom;    /* as in the capability; free bits */
    bool acs;
    uint16_t acs_cap, acs_ctrl;
    bool sriov;
    uint16_t nr_vfs, vf_offset, vf_stride;
    bool iommu;               /* AMD's: capability "Secure device" */
    uint16_t class;           /* base and sub; 0: not known */
    uint32_t id, sub_id;      /* device << 16 | vendor; 0: not known */
    uint32_t linux_group;     /* its number + 1; 0: not known */
};

/* One header line and what follows it. */
struct lspci_func {
    unsigned int line;
    uint32_t sbdf;            /* without the bus where that is not known */
    bool bus_known;
    char *path;               /* "0000:00:1c.0/00.0": buses below the first
                                 element left out */
    bool above_known;         /* the path named the bridge above */
    uint32_t above;
    struct lspci_hex *hex;    /* NULL: no rows */
    struct lspci_text text;
};

struct lspci_file {
    const char *name;
    struct lspci_func **funcs;
    unsigned int nr, room;
    unsigned int line;        /* number of the last that was read */
};

/*
 * Takes off what mail, web pages and terminals put around a line: @s is
 * changed, the result points into it.
 */
char *lspci_clean(char *s);

/* For a message: cut, control characters escaped. */
#define QUOTE_LEN 72
const char *lspci_quote(const char *s, char buf[QUOTE_LEN]);

/*
 * A header line: an address, or a path of which the last element is the
 * function.  Sets sbdf, bus_known, path, above; *rest is what follows.
 * *made_up: the domain is the operating system's own, nothing else is set.
 */
bool lspci_header(const char *s, struct lspci_func *f, const char **rest,
                  bool *made_up);

/* "1f0: 00 01 ..."; from @nr = 16 on, a row is complete. */
struct lspci_row {
    unsigned int at, nr;
    uint8_t byte[ROW_BYTES];
};

enum lspci_row_is {
    ROW_NOT,                  /* text */
    ROW_OK,
    ROW_BAD,                  /* begins like one */
};

enum lspci_row_is lspci_row(const char *s, struct lspci_row *row);

/* The rest of a row that was wrapped: bytes only, as many as it lacks. */
bool lspci_row_rest(const char *s, struct lspci_row *row);

/*
 * Adds @row, read at @line.  False: it contradicts what was there; the byte is
 * *differs, and hex->line[] says where that was.
 */
bool lspci_add_row(struct lspci_hex *hex, const struct lspci_row *row,
                   unsigned int line, unsigned int *differs);

/*
 * @body: the header line's rest and all lines of text below it, joined by
 * single blanks, so that it does not matter where they were broken.
 */
void lspci_decode(const char *body, struct lspci_text *text);

/* The file's functions as records of @m.  False, after a complaint: no. */
bool lspci_records(struct lspci_file *file, struct machine *m);

/* Configuration space as far as rows and text give it, into @r. */
void lspci_fill(const struct lspci_func *f, bool multi, struct record *r);

/* As read_lspci(), of an open file. */
bool lspci_read(struct machine *m, FILE *in, const char *name);

#endif /* XEN_IOMMU_LSPCI_H */
