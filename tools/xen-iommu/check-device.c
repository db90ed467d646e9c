/* SPDX-License-Identifier: GPL-2.0-only */
/* One function: what it is, whether it can be given away, and with what. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/pci.h>
#include <xen/pci_regs.h>

#include "check.h"
#include "libpci.h"
#include "source.h"

#undef snprintf
#undef vsnprintf

#define MAX_CAPS 48
#define CLASS_ISA_BRIDGE 0x0601
#define PAGE     4096

/* PCI 3.0, 6.7: as far as the recording shows them.  0: not there. */
static unsigned int find_cap(const struct record *r, uint8_t id)
{
    unsigned int pos, i;

    if ( r->size < 64 || !(r->cfg[PCI_STATUS] & PCI_STATUS_CAP_LIST) )
        return 0;
    pos = r->cfg[PCI_CAPABILITY_LIST] & ~3u;
    for ( i = 0; i < MAX_CAPS && pos >= 64 && pos + 8 <= r->size; i++ )
    {
        if ( r->cfg[pos] == id )
            return pos;
        pos = r->cfg[pos + 1] & ~3u;
    }

    return 0;
}

static uint16_t get16(const struct record *r, unsigned int pos)
{
    return r->cfg[pos] | r->cfg[pos + 1] << 8;
}

/* PCI 3.0, 6.8.1 and 6.8.2. */
static void count_vectors(const struct record *r, unsigned int *msi,
                          unsigned int *msix)
{
    unsigned int pos = find_cap(r, PCI_CAP_ID_MSI);

    *msi = pos ? 1u << ((get16(r, pos + 2) >> 1) & 7) : 0;
    pos = find_cap(r, PCI_CAP_ID_MSIX);
    *msix = pos ? (get16(r, pos + 2) & 0x7ff) + 1 : 0;
}

/* ---- can it be given away ---- */

bool check_is_device(const struct pfunc *f)
{
    return !f->dev.bridge && f->unfit != FIT_IS_UNIT;
}

/* Not counting the rest of its group. */
static bool alone_possible(const struct pfunc *f)
{
    return check_is_device(f) && f->dev.unit && f->unfit == FIT &&
           !f->r->func.unsure && !f->r->func.silent;
}

/* A member that cannot even be put into quarantine; bridges do not count. */
static const struct pfunc *stuck_member(const struct check *c,
                                        const struct pfunc *f)
{
    const struct pfunc *other;

    if ( f->group == ~0u )
        return NULL;
    for ( other = c->p.groups[f->group]; other; other = other->next )
        if ( other != f && check_is_device(other) && !alone_possible(other) )
            return other;

    return NULL;
}

bool check_possible(const struct check *c, const struct pfunc *f)
{
    return alone_possible(f) && !stuck_member(c, f);
}

static void obstacle(json_t *to, const char *code, const char *advice,
                     const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
static void obstacle(json_t *to, const char *code, const char *advice,
                     const char *fmt, ...)
{
    char text[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    json_array_append_new(to, need(json_pack("{s:s, s:s, s:s?}", "code", code,
                                             "text", text, "advice", advice)));
}

static void unit_obstacles(const struct check *c, const struct pfunc *f,
                           json_t *to)
{
    const char *table = c->p.table ?: "table";

    switch ( f->unfit )
    {
    case FIT:
    case FIT_IS_UNIT:
        break;

    case FIT_NO_UNIT:
        if ( c->p.kind )
            obstacle(to, "no-iommu", "a firmware update, or a slot elsewhere",
                     "firmware's %s names no IOMMU for it: its DMA is not translated, and it stays with dom0",
                     table);
        else
            obstacle(to, "no-iommu", NULL,
                     "there is no IOMMU that Xen can use");
        break;

    case FIT_LOST_UNIT:
        obstacle(to, "no-iommu", "messages say why the IOMMU is not used",
                 "it is behind an IOMMU that Xen cannot use");
        break;

    case FIT_TWO_UNITS:
        obstacle(to, "two-units", "a firmware update",
                 "firmware's %s says that two IOMMUs translate it: Xen blocks it",
                 table);
        break;

    case FIT_CONTRADICTS:
        obstacle(to, "contradiction", "a firmware update",
                 "firmware's %s contradicts itself about it: Xen blocks it",
                 table);
        break;

    case FIT_DOUBT:
        obstacle(to, "doubt", "a firmware update",
                 "firmware's %s leaves open which IOMMU translates it: it stays with dom0",
                 table);
        break;
    }
}

static json_t *obstacles(const struct check *c, const struct pfunc *f)
{
    const struct pci_func *func = &f->r->func;
    const struct pfunc *stuck = stuck_member(c, f);
    json_t *to = need(json_array());

    if ( !c->complete )
        return to;
    if ( f->unfit == FIT_IS_UNIT )
        obstacle(to, "is-iommu", NULL, "it is an IOMMU itself");
    else if ( f->dev.bridge && !func->silent )
        obstacle(to, "bridge", NULL, "Xen gives bridges to no guest");
    else
    {
        unit_obstacles(c, f, to);
        if ( func->silent || func->unsure )
            obstacle(to, "no-path", "switch it on, then remove and rescan it",
                     "it, or a bridge above it, does not answer or has bus numbers that contradict others': nobody knows what it can reach");
        if ( stuck && alone_possible(f) )
            obstacle(to, "companion", NULL,
                     "%s, in the same group, can be given to no guest",
                     stuck->dev.name);
    }

    return to;
}

/* ---- how it is reset ---- */

static json_t *words(char *text)
{
    json_t *to = need(json_array());
    char *word, *save = NULL;

    for ( word = strtok_r(text, " ", &save); word;
          word = strtok_r(NULL, " ", &save) )
        json_array_append_new(to, json_string(word));
    free(text);

    return to;
}

/* The bridge above can reset it, and nothing else with it. */
static bool alone_on_bus(const struct check *c, const struct record *r)
{
    unsigned int i;

    for ( i = 0; i < c->m.nr; i++ )
        if ( c->m.sorted[i] != r &&
             c->m.sorted[i]->func.sbdf.sbdf >> 8 == r->func.sbdf.sbdf >> 8 )
            return false;

    return r->func.parent && !r->func.virtfn;
}

/* PCIe 6.0, 7.5.3.3; AF ECN; PCI PM 1.2, 3.2.4: what it says itself. */
static json_t *resets_by_config(const struct check *c, const struct record *r)
{
    json_t *to = need(json_array());
    unsigned int pos = find_cap(r, PCI_CAP_ID_EXP);

    if ( pos && (r->cfg[pos + 7] & 0x10) )
        json_array_append_new(to, json_string("flr"));
    pos = find_cap(r, 0x13);
    if ( pos && (r->cfg[pos + 3] & 3) == 3 )
        json_array_append_new(to, json_string("af_flr"));
    pos = find_cap(r, PCI_CAP_ID_PM);
    if ( pos && !(r->cfg[pos + 4] & 8) )
        json_array_append_new(to, json_string("pm"));
    if ( alone_on_bus(c, r) )
        json_array_append_new(to, json_string("bus"));

    return to;
}

/* NULL: not known. */
static json_t *resets(const struct check *c, const struct pfunc *f)
{
    char *text;

    if ( !c->live )
        return f->r->from == FROM_BYTES ? resets_by_config(c, f->r) : NULL;

    text = source_line("sys/bus/pci/devices/%s/reset_method", f->dev.name);
    if ( text )
        return words(text);

    /* Kernels before 5.15 say only whether there is any. */
    if ( source_exists("sys/bus/pci/devices/%s/reset", f->dev.name) )
        return c->complete ? resets_by_config(c, f->r) : NULL;

    return need(json_array());
}

/* ---- its registers ---- */

/* A line of sysfs' "resource": start, end, flags as in Linux' ioport.h. */
static json_t *one_bar(unsigned int nr, const char *line, bool *narrow)
{
    unsigned long long start, end, flags;
    json_t *bar;

    if ( sscanf(line, "%llx %llx %llx", &start, &end, &flags) != 3 ||
         end <= start )
        return NULL;

    bar = need(json_pack("{s:i, s:I, s:s, s:b}", "bar", nr, "size",
                         (json_int_t)(end - start + 1), "kind",
                         flags & 0x100 ? "io" : "memory", "prefetchable",
                         !!(flags & 0x2000)));
    if ( !(flags & 0x100) && end - start + 1 < PAGE )
        *narrow = true;

    return bar;
}

/* NULL: not known. */
static json_t *bars(const struct check *c, const struct pfunc *f, bool *narrow)
{
    json_t *to, *bar;
    char *text, *line, *save = NULL;
    unsigned int nr = 0;
    size_t len;

    text = c->live ? source_read(&len, "sys/bus/pci/devices/%s/resource",
                                 f->dev.name) : NULL;
    if ( !text )
        return NULL;

    to = need(json_array());
    for ( line = strtok_r(text, "\n", &save); line && nr < 6;
          line = strtok_r(NULL, "\n", &save), nr++ )
        if ( (bar = one_bar(nr, line, narrow)) )
            json_array_append_new(to, bar);
    free(text);

    return to;
}

/* ---- all of it ---- */

static json_t *flags(const struct pfunc *f)
{
    json_t *to = need(json_array());

    json_array_append_new(to, json_string(f->dev.bridge ? "bridge" : "device"));
    if ( f->r->func.stated )
        json_array_append_new(to, json_string("stated"));
    if ( f->r->func.unsure )
        json_array_append_new(to, json_string("no-path"));
    if ( f->dev.hwdom_only )
        json_array_append_new(to, json_string("doubt"));

    return to;
}

/* As hypfs has them: "0100,0200-02ff". */
static json_t *ids(const struct pfunc *f)
{
    const struct iommu_id_range *r;
    char text[2048] = "";
    size_t len = 0;

    for_each_iommu_id_range ( r, &f->dev.ids )
    {
        if ( len + 32 > sizeof(text) )
            break;
        len += snprintf(text + len, sizeof(text) - len, "%s%04x",
                        len ? "," : "", r->first);
        if ( r->last != r->first )
            len += snprintf(text + len, sizeof(text) - len, "-%04x", r->last);
    }

    return json_string(text);
}

static json_t *regions(const struct pfunc *f)
{
    json_t *to = need(json_array());
    char text[64];
    unsigned int i;

    for ( i = 0; i < f->dev.nr_regions; i++ )
    {
        snprintf(text, sizeof(text), "%#lx-%#lx", f->dev.regions[i].first,
                 f->dev.regions[i].last);
        json_array_append_new(to, json_string(text));
    }

    return to;
}

static json_t *sharers(const struct check *c, const struct pfunc *f)
{
    json_t *to = need(json_array());
    const struct pfunc *other = NULL;

    while ( f->dev.unit && (other = predict_next_sharer(&c->p, f, other)) )
        json_array_append_new(to, json_string(other->dev.name));

    return to;
}

static json_t *companions(const struct check *c, const struct pfunc *f)
{
    json_t *to = need(json_array());
    const struct pfunc *other;

    if ( f->group == ~0u || !check_is_device(f) )
        return to;
    for ( other = c->p.groups[f->group]; other; other = other->next )
        if ( other != f && check_is_device(other) )
            json_array_append_new(to, json_string(other->dev.name));

    return to;
}

static void note(json_t *to, const char *text)
{
    json_array_append_new(to, json_string(text));
}

static bool is_vmd(const struct pfunc *f, const char *driver)
{
    static const uint16_t known[] = {
        0x201d, 0x28c0, 0x467f, 0x4c3d, 0x7d0b, 0x9a0b, 0xa77f, 0xad0b,
        0xb06f, 0xb60b,
    };
    const struct pci_func *func = &f->r->func;
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(known); i++ )
        if ( func->vendor == 0x8086 && func->device == known[i] )
            return true;

    return driver && !strcmp(driver, "vmd");
}

static json_t *notes(const struct check *c, const struct pfunc *f,
                     const char *driver, const json_t *resets, bool narrow)
{
    json_t *to = need(json_array());
    unsigned long vga;

    if ( !check_is_device(f) )
        return to;
    if ( c->live && source_number(&vga, "sys/bus/pci/devices/%s/boot_vga",
                                  f->dev.name) && vga )
        note(to, "firmware's screen: dom0 loses its console with it, and a guest may need a copy of its ROM");
    if ( f->r->func.class == CLASS_ISA_BRIDGE )
        note(to, "the chipset's bridge to clock, console and firmware: the machine needs it");
    if ( is_vmd(f, driver) )
        note(to, "a volume management device: the disks behind it go with it");
    if ( resets && !json_array_size(resets) )
        note(to, "nothing resets it alone: what one guest leaves in it, the next one finds");
    if ( narrow )
        note(to, "a BAR is smaller than a page: what shares that page is reached as well");
    if ( f->r->func.phantom_stride )
        note(to, "it may use phantom functions: several requester IDs");

    return to;
}

static json_t *hex16(uint16_t val)
{
    char text[8];

    snprintf(text, sizeof(text), "%04x", val);

    return json_string(text);
}

static json_t *or_null(json_t *v)
{
    return v ?: json_null();
}

json_t *check_device(const struct check *c, const struct pfunc *f)
{
    const struct pci_func *func = &f->r->func;
    uint16_t vendor = f->r->name_vendor ?: func->vendor;
    uint16_t device = f->r->name_vendor ? f->r->name_device : func->device;
    unsigned int msi, msix;
    bool narrow = false;
    json_t *o, *bar = bars(c, f, &narrow), *reset = resets(c, f);
    char *driver = c->live ? source_link("sys/bus/pci/devices/%s/driver",
                                         f->dev.name) : NULL;

    count_vectors(f->r, &msi, &msix);
    o = need(json_pack(
        "{s:s, s:o, s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s?}",
        "sbdf", f->dev.name,
        "vendor", f->r->has_id ? hex16(vendor) : json_null(),
        "device", f->r->has_id ? hex16(device) : json_null(),
        "class", hex16(func->class),
        "name", f->r->has_id ? libpci_name(vendor, device, func->class) : "",
        "kind", func_kind(func),
        "group", f->group == ~0u ? json_null() : json_integer(f->group),
        "unit", f->dev.unit ? json_string(f->dev.unit->name) : json_null(),
        "flags", flags(f), "ids", ids(f), "regions", regions(f),
        "sharers", sharers(c, f), "companions", companions(c, f),
        "driver", driver));
    json_object_set_new(o, "linux_group", f->r->linux_group
                        ? json_integer(f->r->linux_group - 1) : json_null());
    json_object_set_new(o, "possible", c->complete
                        ? json_boolean(check_possible(c, f)) : json_null());
    json_object_set_new(o, "obstacles", obstacles(c, f));
    json_object_set_new(o, "notes", notes(c, f, driver, reset, narrow));
    json_object_set_new(o, "resets", or_null(reset));
    json_object_set_new(o, "bars", or_null(bar));
    json_object_set_new(o, "msi", json_integer(msi));
    json_object_set_new(o, "msix", json_integer(msix));
    free(driver);

    return o;
}
