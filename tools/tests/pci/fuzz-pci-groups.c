/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules on configuration spaces that make no sense: they end, stay inside
 * of their memory, and make a partition. Input: functions, each of two bytes
 * bus and function, a byte of kind, and registers as offset and value.
 */
#include <stdlib.h>
#include <string.h>

#include <xen/lib.h>

#include <iommu-groups/pci-rules.h>

#define MAX_FUNCS 24

struct space {
    struct pci_func func;   /* first */
    uint8_t cfg[4096];
};

static uint32_t read_cfg(void *ctx, pci_sbdf_t sbdf, unsigned int reg,
                         unsigned int bytes)
{
    const struct space *s = ctx;
    uint32_t val = 0;

    if ( reg + bytes > sizeof(s->cfg) || reg % bytes )
        abort();
    memcpy(&val, s->cfg + reg, bytes);

    return val;
}

static void write_cfg(void *ctx, pci_sbdf_t sbdf, unsigned int reg,
                      unsigned int bytes, uint32_t val)
{
    struct space *s = ctx;

    if ( reg + bytes > sizeof(s->cfg) || reg < 0x100 )
        abort();
    memcpy(s->cfg + reg, &val, bytes);
}

/* For registers beside the functions: of any, and of a chipset. */
static uint32_t read_any(void *ctx, pci_sbdf_t sbdf, unsigned int reg,
                         unsigned int bytes)
{
    struct pci_func *f = pci_func_find(ctx, sbdf);

    return f ? read_cfg(f, sbdf, reg, bytes) : ~0u >> (32 - 8 * bytes);
}

static void write_any(void *ctx, pci_sbdf_t sbdf, unsigned int reg,
                      unsigned int bytes, uint32_t val)
{
    struct space *s = (struct space *)pci_func_find(ctx, sbdf);

    if ( !s || (reg != 0xd8 && reg != 0x74) )
        abort();
    memcpy(s->cfg + reg, &val, bytes);
}

static uint32_t chipset;

static bool read_mem(void *ctx, paddr_t addr, uint32_t *val)
{
    *val = addr & 0x100 ? 0 : chipset;

    return addr & 0x4000;
}

static void write_mem(void *ctx, paddr_t addr, uint32_t val)
{
    chipset = val;
}

/* Hardware that there are statements about. */
static const uint32_t known[4] = { 0x1e108086, 0x240412d8, 0x80b5111d,
                                   0x43851002 };

/* Something to begin with, so that inputs need not find the layout. */
static void lay_out(struct space *s, uint8_t kind)
{
    s->cfg[0x06] = 0x10;
    s->cfg[0x0e] = kind >> 4 & 1 ? 0x80 | (kind >> 5 & 1) : kind >> 5 & 1;
    s->cfg[0x34] = 0x40;
    s->cfg[0x40] = kind >> 6 & 1 ? 0x10 : 0x01;
    s->cfg[0x42] = (kind & 15) << 4;
    s->cfg[0x100] = kind >> 7 ? 0x0d : 0x10;
    s->cfg[0x102] = 1;
}

/* A port that depends on registers holds only if they were set. */
static void isolate(struct list_head *funcs)
{
    struct pci_cfg cfg = { .read = read_any, .write = write_any,
                           .read_mem = read_mem, .write_mem = write_mem,
                           .ctx = funcs };
    struct pci_func *f;

    list_for_each_entry ( f, funcs, list )
    {
        enum pci_chipset rc = pci_chipset_isolate(f, &cfg);

        if ( f->chipset_set !=
             (rc == PCI_CHIPSET_SET || rc == PCI_CHIPSET_WAS_SET) )
            abort();
    }
    pci_funcs_link(funcs);
    list_for_each_entry ( f, funcs, list )
        if ( (f->silent || f->lost || f->hole) && (f->holds || !f->unsure) )
            abort();
}

static void check_partition(struct list_head *funcs)
{
    struct pci_func *f, *other, *at;
    const struct pci_func *blame;
    unsigned int seen = 0, nr = 0;

    list_for_each_entry ( f, funcs, list )
        nr++;
    list_for_each_entry ( f, funcs, list )
    {
        unsigned int members = 0;

        for ( at = pci_group_mark(funcs, f); at; at = at->next_marked )
        {
            if ( !at->marked || ++members > nr )
                abort();
            /* Symmetric, and nobody outside is tied to a member. */
            list_for_each_entry ( other, funcs, list )
            {
                bool tied = pci_inseparable(at, other, &blame) != PCI_APART;

                if ( tied != (pci_inseparable(other, at, &blame) != PCI_APART) ||
                     (tied && !other->marked) )
                    abort();
            }
        }
        if ( !f->nr_ids || f->nr_ids > PCI_FUNC_MAX_RANGES ||
             f->ids[0].first != f->sbdf.bdf || f->ids[0].last != f->sbdf.bdf )
            abort();
        seen += !!members;
    }
    if ( seen != nr )
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct space spaces[MAX_FUNCS];
    struct list_head funcs = LIST_HEAD_INIT(funcs);
    unsigned int nr = 0;

    while ( size >= 4 && nr < MAX_FUNCS )
    {
        struct space *s = &spaces[nr];
        struct pci_cfg cfg = { .read = read_cfg, .write = write_cfg, .ctx = s };
        pci_sbdf_t sbdf = { .bdf = data[0] << 8 | data[1] };
        unsigned int regs = data[3] & 15;
        bool virtfn = data[3] & 0x10, given = data[3] & 0x20;

        if ( pci_func_find(&funcs, sbdf) )
            break;
        memset(s, 0, sizeof(*s));
        s->func.sbdf = sbdf;
        s->func.virtfn = virtfn;
        s->func.pf_sbdf.bdf = data[3] << 8;
        s->func.parent_given = given;
        s->func.scanned = data[3] & 0x40;
        chipset = data[3] >> 2;
        if ( given )
            s->func.parent = &spaces[data[1] % (nr + 1)].func;
        lay_out(s, data[2]);
        if ( data[3] & 0x80 )
            memcpy(s->cfg, &known[data[2] >> 4 & 3], 4);
        if ( data[3] == 0xff )
            memset(s->cfg, 0xff, sizeof(s->cfg));
        data += 4;
        size -= 4;
        for ( ; regs && size >= 3; regs--, data += 3, size -= 3 )
            s->cfg[(data[0] << 8 | data[1]) & 0xfff] = data[2];

        pci_func_read(&s->func, &cfg);
        pci_func_enable_acs(&s->func, &cfg);
        list_add_tail(&s->func.list, &funcs);
        nr++;
    }

    pci_funcs_link(&funcs);
    isolate(&funcs);
    check_partition(&funcs);

    return 0;
}
