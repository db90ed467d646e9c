/* SPDX-License-Identifier: GPL-2.0-only */
/* Which function is which: paths, and functions that are there twice. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/pci.h>
#include <xen/pci_regs.h>

#include "lspci.h"
#include "tool.h"

/* Without the header, nothing else can be made sense of. */
#define HEADER_SIZE 64

static int by_path(const void *a, const void *b)
{
    const struct lspci_func *fa = *(struct lspci_func *const *)a;
    const struct lspci_func *fb = *(struct lspci_func *const *)b;

    return strcmp(fa->path, fb->path);
}

static int by_sbdf_and_line(const void *a, const void *b)
{
    const struct lspci_func *fa = *(struct lspci_func *const *)a;
    const struct lspci_func *fb = *(struct lspci_func *const *)b;

    if ( fa->sbdf != fb->sbdf )
        return fa->sbdf < fb->sbdf ? -1 : 1;

    return fa->line < fb->line ? -1 : fa->line > fb->line;
}

static bool secondary(const struct lspci_func *f, uint8_t *bus)
{
    if ( f->hex && f->hex->size > PCI_SECONDARY_BUS )
    {
        *bus = f->hex->cfg[PCI_SECONDARY_BUS];
        return (f->hex->cfg[PCI_HEADER_TYPE] & 0x7f) == PCI_HEADER_TYPE_BRIDGE;
    }
    *bus = f->text.secondary;

    return f->text.bus;
}

/* The bridge at @path, with the bus below it.  The file is sorted by path. */
static struct lspci_func *find_bridge(const struct lspci_file *file,
                                      const char *path, uint8_t *bus)
{
    struct lspci_func key = { .path = (char *)path }, *keyp = &key, **at;

    at = bsearch(&keyp, file->funcs, file->nr, sizeof(*at), by_path);
    if ( !at )
        return NULL;

    /* It may be there more than once, and say more in one place. */
    while ( at > file->funcs && !strcmp(at[-1]->path, path) )
        at--;
    for ( ; at < file->funcs + file->nr && !strcmp((*at)->path, path); at++ )
        if ( secondary(*at, bus) )
            return *at;

    return NULL;
}

/* -P has no bus numbers: they are what the bridge above says. */
static bool find_bus(const struct lspci_file *file, struct lspci_func *f)
{
    struct lspci_func *bridge = NULL;
    char *above = strdup(f->path), *slash;
    uint8_t bus;

    need(above);
    slash = strrchr(above, '/');
    if ( slash )
    {
        *slash = '\0';
        bridge = find_bridge(file, above, &bus);
    }

    if ( !bridge || (!bridge->bus_known && !find_bus(file, bridge)) )
    {
        complain("%s:%u: %.64s has no bus number, and %.64s, which would tell it, is not there: expected the output of lspci -D or -PP",
                 file->name, f->line, f->path, above);
        free(above);
        return false;
    }
    free(above);

    f->sbdf |= bus << 8;
    f->bus_known = f->above_known = true;
    f->above = bridge->sbdf;

    return true;
}

static bool same_text(const struct lspci_text *a, const struct lspci_text *b)
{
    return a->silent == b->silent && a->no_caps == b->no_caps &&
           a->bus == b->bus && a->secondary == b->secondary &&
           a->subordinate == b->subordinate && a->express == b->express &&
           a->port == b->port && a->phantom == b->phantom &&
           a->acs == b->acs && a->acs_cap == b->acs_cap &&
           a->acs_ctrl == b->acs_ctrl && a->iommu == b->iommu &&
           a->sriov == b->sriov && a->nr_vfs == b->nr_vfs &&
           a->vf_offset == b->vf_offset && a->vf_stride == b->vf_stride;
}

/* Both are known, and not the same. */
static bool differ(uint32_t a, uint32_t b)
{
    return a && b && a != b;
}

#define WHAT_LEN 64

/* Into @what: "ID is X here and Y", to go on with where @a is.  False: none. */
static bool contradiction(const struct lspci_text *a,
                          const struct lspci_text *b, char what[WHAT_LEN])
{
    if ( differ(a->id, b->id) )
        snprintf(what, WHAT_LEN, "ID is %04x:%04x here and %04x:%04x",
                 b->id & 0xffff, b->id >> 16, a->id & 0xffff, a->id >> 16);
    else if ( differ(a->sub_id, b->sub_id) )
        snprintf(what, WHAT_LEN, "subsystem is %04x:%04x here and %04x:%04x",
                 b->sub_id & 0xffff, b->sub_id >> 16, a->sub_id & 0xffff,
                 a->sub_id >> 16);
    else if ( differ(a->linux_group, b->linux_group) )
        snprintf(what, WHAT_LEN, "group of Linux' is %u here and %u",
                 b->linux_group - 1, a->linux_group - 1);
    else if ( a->detail != b->detail || !a->detail || same_text(a, b) )
        return false;
    else if ( a->secondary != b->secondary || a->subordinate != b->subordinate )
        snprintf(what, WHAT_LEN, "buses are %02x to %02x here and %02x to %02x",
                 b->secondary, b->subordinate, a->secondary, a->subordinate);
    else
        snprintf(what, WHAT_LEN, "capabilities are others here than");

    return true;
}

static void merge_text(struct lspci_text *a, const struct lspci_text *b)
{
    struct lspci_text low = a->detail < b->detail ? *a : *b;

    if ( a->detail < b->detail || (!a->detail && b->silent) )
        *a = *b;

    a->class = a->class ?: low.class;
    a->id = a->id ?: low.id;
    a->sub_id = a->sub_id ?: low.sub_id;
    a->linux_group = a->linux_group ?: low.linux_group;
}

/* Takes over what @b has more than @a, of the same function. */
static bool merge(const struct lspci_file *file, struct lspci_func *a,
                  struct lspci_func *b)
{
    struct lspci_hex *tmp = a->hex;
    unsigned int i, common;
    char buf[SBDF_LEN], what[WHAT_LEN];

    common = !a->hex || !b->hex ? 0 : a->hex->size < b->hex->size
                                      ? a->hex->size : b->hex->size;
    for ( i = 0; i < common; i++ )
        if ( a->hex->cfg[i] != b->hex->cfg[i] )
        {
            complain("%s:%u: byte %03x of %s is %02x here and %02x in line %u: expected the same function with the same content, or once",
                     file->name, b->hex->line[i / ROW_BYTES], i,
                     print_sbdf(a->sbdf, buf), b->hex->cfg[i], a->hex->cfg[i],
                     a->hex->line[i / ROW_BYTES]);
            return false;
        }

    if ( contradiction(&a->text, &b->text, what) )
    {
        complain("%s:%u: %s's %s in line %u: expected the same function with the same content, or once",
                 file->name, b->line, print_sbdf(a->sbdf, buf), what, a->line);
        return false;
    }
    merge_text(&a->text, &b->text);

    if ( b->hex && (!a->hex || a->hex->size < b->hex->size) )
    {
        a->hex = b->hex;
        b->hex = tmp;
    }
    if ( b->above_known && !a->above_known )
    {
        a->above_known = true;
        a->above = b->above;
    }

    return true;
}

/* Each function once, in order, at the front; returns how many.  0: failed. */
static unsigned int merge_all(struct lspci_file *file)
{
    unsigned int i, nr = 0;

    qsort(file->funcs, file->nr, sizeof(*file->funcs), by_sbdf_and_line);
    for ( i = 1; i < file->nr; i++ )
    {
        struct lspci_func *f = file->funcs[i];

        if ( f->sbdf == file->funcs[nr]->sbdf )
        {
            if ( !merge(file, file->funcs[nr], f) )
                return 0;
        }
        else
        {
            file->funcs[i] = file->funcs[++nr];
            file->funcs[nr] = f;
        }
    }

    return nr + 1;
}

/*
 * Is there another function in the device?  Below a link the device has all of
 * the bus (PCIe 6.0, 6.13).  In the sorted file they are beside each other.
 */
static bool has_sibling(const struct lspci_file *file, unsigned int i,
                        unsigned int nr)
{
    const struct lspci_func *f = file->funcs[i];
    bool link = f->text.express && (f->text.port == PCI_EXP_TYPE_ENDPOINT ||
                                    f->text.port == PCI_EXP_TYPE_LEG_END ||
                                    f->text.port == PCI_EXP_TYPE_UPSTREAM);
    unsigned int shift = link ? 8 : 3;

    return (i && file->funcs[i - 1]->sbdf >> shift == f->sbdf >> shift) ||
           (i + 1 < nr && file->funcs[i + 1]->sbdf >> shift == f->sbdf >> shift);
}

static bool says_something(const struct lspci_func *f)
{
    return (f->hex && f->hex->size >= HEADER_SIZE) || f->text.detail;
}

/* Where no function has more than its name, the file is of no use. */
static bool any_details(const struct lspci_file *file)
{
    const struct lspci_func *f = file->funcs[0];
    unsigned int i;

    for ( i = 0; i < file->nr; i++ )
        if ( says_something(file->funcs[i]) )
            return true;

    if ( f->hex )
        complain("%s:%u: configuration space of %.64s is cut off after %u bytes: expected rows from 00 on, of all of it: record it as root",
                 file->name, f->hex->hole ?: f->line, f->path, f->hex->size);
    else
        complain("%s:%u: %.64s is only named, as all others are: expected rows of bytes (lspci -xxxx) or capabilities (lspci -vv) below it",
                 file->name, f->line, f->path);

    return false;
}

static void link_above(const struct lspci_func *f, struct machine *m)
{
    struct pci_func *func = record_find(m, f->sbdf), *above;

    above = f->above_known ? record_find(m, f->above) : NULL;
    if ( !above || above == func )
        return;

    func->parent_given = true;
    func->parent = above;
}

bool lspci_records(struct lspci_file *file, struct machine *m)
{
    unsigned int i, nr;

    if ( !any_details(file) )
        return false;

    qsort(file->funcs, file->nr, sizeof(*file->funcs), by_path);
    for ( i = 0; i < file->nr; i++ )
        if ( !file->funcs[i]->bus_known && !find_bus(file, file->funcs[i]) )
            return false;

    nr = merge_all(file);
    if ( !nr )
        return false;

    for ( i = 0; i < nr; i++ )
    {
        struct record *r = record_add(m, file->funcs[i]->sbdf);

        if ( !r )
            return false;
        lspci_fill(file->funcs[i], has_sibling(file, i, nr), r);
    }
    if ( !record_index(m) )
        return false;

    for ( i = 0; i < nr; i++ )
        link_above(file->funcs[i], m);

    return true;
}
