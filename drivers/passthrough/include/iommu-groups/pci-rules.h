/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which PCI functions share a group: the rules of docs/design.md, Groups, and
 * the facts that they are computed from.
 *
 * Nothing here knows where configuration space comes from, so that the same
 * sources serve the hypervisor, the tests and `xen-iommu groups`.  No lock is
 * taken and nothing is allocated; the caller serialises, in Xen with
 * pcidevs_lock.
 */
#ifndef IOMMU_GROUPS_PCI_RULES_H
#define IOMMU_GROUPS_PCI_RULES_H

#include <xen/list.h>
#include <xen/pci.h>

/* Requester IDs, inclusive: bus, device, function. */
struct pci_id_range {
    uint16_t first, last;
};

/* Most ranges of IDs that are known of a function beyond what it says. */
#define PCI_QUIRK_MAX_ALIASES 4

/*
 * Most ranges of requester IDs a function can have: its own, seven phantoms',
 * those of a bridge and its secondary side, aliases, and firmware's one.
 */
#define PCI_FUNC_MAX_RANGES (1 + 7 + 2 + PCI_QUIRK_MAX_ALIASES + 1)

/*
 * Configuration space.  Registers that the space does not reach read as ones.
 * write may be NULL where the space is a recording, and so may the last two:
 * 32-bit registers of a chipset at a machine address.  read_mem: false: there
 * is no reaching them.
 */
struct pci_cfg {
    uint32_t (*read)(void *ctx, pci_sbdf_t sbdf, unsigned int reg,
                     unsigned int bytes);
    void (*write)(void *ctx, pci_sbdf_t sbdf, unsigned int reg,
                  unsigned int bytes, uint32_t val);
    bool (*read_mem)(void *ctx, paddr_t addr, uint32_t *val);
    void (*write_mem)(void *ctx, paddr_t addr, uint32_t val);
    void *ctx;
};

/* One PCI function as the rules see it. */
struct pci_func {
    struct list_head list;     /* all functions of the machine */
    pci_sbdf_t sbdf;

    /* From who found it.  A virtual function's own space does not say it. */
    bool virtfn;
    pci_sbdf_t pf_sbdf;
    /* The bridge above was recorded: it is not looked for by bus number. */
    bool parent_given;
    /* Firmware says that its requests carry this ID. */
    bool has_alias;
    uint16_t alias;
    /* All functions were looked for: one that is not known does not answer. */
    bool scanned;

    /* Facts: pci_func_read(). */
    bool silent;               /* reads all ones; the rest is then zero */
    uint16_t vendor, device, sub_vendor, sub_device;
    uint16_t class;            /* base class and subclass */
    uint8_t header;            /* layout: PCI_HEADER_TYPE_* */
    bool multi;                /* the header's multifunction bit */
    bool amd_iommu;            /* it is one */
    bool express;              /* has a PCI Express capability */
    uint8_t port;              /* PCI_EXP_TYPE_*, if express */
    uint8_t statement;         /* pci_stated(), which goes through a list */
    uint8_t secondary, subordinate;   /* bridges: bus numbers */
    uint8_t phantom_stride;    /* 0: none */
    uint16_t acs_pos;          /* 0: no capability */
    uint16_t acs_cap, acs_ctrl;
    uint16_t vf_offset, vf_stride, nr_vfs;   /* enabled virtual functions */

    /* pci_chipset_isolate(): what its vendor's statement depends on is set. */
    bool chipset_set;

    /* Conclusions: pci_funcs_link(). */
    struct pci_func *parent;   /* the bridge above; NULL on a root bus */
    struct pci_func *open_here; /* what opens its own bus to peers; or NULL */
    struct pci_func *open_at;  /* the first of itself and those above it that
                                  lets peers reach each other; NULL: none */
    struct pci_id_range ids[PCI_FUNC_MAX_RANGES];   /* [0] its own ID */
    uint8_t nr_ids;            /* ranges */
    uint32_t msi;              /* whom its interrupt messages come from */
    bool holds;               /* keeps its own peer-to-peer requests in check */
    bool stated;               /* says its vendor, not an ACS capability */
    bool lost;                 /* what leads to its bus does not answer */
    bool leads;                /* may be what leads to one that is lost */
    bool hole;                 /* a bridge: where it leads to is not clear */
    bool unsure;               /* such a thing is itself, or is above it */
    bool told, told_chipset;   /* scratch of who reports that */

    /* pci_group_mark(); the chain is scratch of the others, too. */
    bool marked;
    struct pci_func *next_marked;

    /* pci_funcs_group(): pci_set_of() is the same for all of a group. */
    struct pci_func *set, *set_last;
    struct pci_func *next_in_set;  /* a circle */
    unsigned int set_size;

    struct iommu_dev *dev;     /* of who made it; not of the rules */
};

/* Reads the facts; sbdf, virtfn and pf_sbdf are set.  Writes nothing. */
void pci_func_read(struct pci_func *func, const struct pci_cfg *cfg);

/*
 * Do the registers still say what pci_func_read() found there, as far as they
 * can change, or tell one function from another?  Some reads, where that one
 * goes through all capabilities.  Never of a function that may have virtual
 * ones: how many it has is behind a capability.
 */
bool pci_func_as_read(const struct pci_func *func, const struct pci_cfg *cfg);

/*
 * Switches on the ACS controls that the rules ask for, as far as @func has
 * them, and reads back what came of it (PCIe 6.0, 7.7.12.3).  With a cfg that
 * cannot write, @func is made to look as if they had been switched on.
 */
#define PCI_ACS_WANTED (PCI_ACS_SV | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF)
void pci_func_enable_acs(struct pci_func *func, const struct pci_cfg *cfg);

/* Draws the conclusions for all of @funcs.  To repeat when one changed. */
void pci_funcs_link(struct list_head *funcs);

/*
 * The same for @func alone, which is no bridge and in @funcs: nothing is known
 * of the others through it, whether it comes or goes.  Links all of them where
 * the way to @func is not known.
 */
void pci_func_link(struct list_head *funcs, struct pci_func *func);

/*
 * pci_func.msi, in one word so that it can be read without a lock: the
 * narrowest check of a requester ID that lets pass all that the function's
 * interrupt messages can carry.  An ID, of which some bits of the function
 * number may differ; or, with PCI_MSI_BUSES, the first bus << 8 and the last.
 */
#define PCI_MSI_ID       0x0000ffffU
#define PCI_MSI_ANY_FN   0x00070000U    /* [18:16] bits that may: 0, 4, 6, 7 */
#define PCI_MSI_BUSES    0x00080000U
#define PCI_MSI_KNOWN    0x00100000U    /* once it was linked */

/* Bridges nest no deeper than there are buses. */
#define PCI_FUNC_MAX_DEPTH 256

/* The first part of pci_funcs_link(): parents, and what is wrong with them. */
void pci_funcs_find_paths(struct list_head *funcs);

/*
 * The same for @func alone.  False: it may concern others, it has to be done
 * for all.
 */
bool pci_func_find_path(struct list_head *funcs, struct pci_func *func);

/* Bridges that claim the same bus, though neither is below the other. */
bool pci_func_clash(const struct pci_func *a, const struct pci_func *b);

/* NULL: there is none. */
struct pci_func *pci_func_find(const struct list_head *funcs, pci_sbdf_t sbdf);

/* A bridge of any kind: never handed to a guest. */
static inline bool pci_func_is_bridge(const struct pci_func *func)
{
    return func->header != PCI_HEADER_TYPE_NORMAL;
}

/* Why two functions are inseparable. */
enum pci_why {
    PCI_APART,          /* they are not, as far as these two go */
    PCI_SAME_ID,        /* their requests can carry one requester ID */
    PCI_OPEN_PATH,      /* nothing below *at is kept apart */
    PCI_OPEN_SWITCH,    /* ports of a switch, of which *at lacks ACS */
    PCI_MULTIFUNCTION,  /* functions of one device without ACS between them */
    PCI_UNKNOWN_PATH,   /* a bridge above them, maybe *at, does not answer */
    PCI_SAME_BUSES,     /* bridges, each of which claims to lead to a bus */
};

/*
 * The pairwise relation; a group is its closure.  *@at gets the function that
 * is to blame where the reason names one, else NULL.
 */
enum pci_why pci_inseparable(const struct pci_func *a,
                             const struct pci_func *b,
                             const struct pci_func **at);

/*
 * In words that go after "A and B: " and before the name of @at, which is
 * NULL or what pci_inseparable() gave; constant.
 */
const char *pci_why_text(enum pci_why why, const struct pci_func *at);

/*
 * Sets marked in the functions that share a group with @func, clears it in all
 * others of @funcs, and returns @func, the head of a chain by next_marked.
 */
struct pci_func *pci_group_mark(struct list_head *funcs, struct pci_func *func);

/*
 * The same for all of @funcs at once, in time that grows little faster than
 * their number: sets pci_set_of() and next_in_set.  They are in ascending
 * order.
 */
void pci_funcs_group(struct list_head *funcs);
struct pci_func *pci_set_of(struct pci_func *f);
/* The first of @f's group, in that order; the rest by next_in_set. */
struct pci_func *pci_set_first(struct pci_func *f);

/* The bridge above whose IDs the function's requests have; NULL: none. */
struct pci_func *pci_func_top(const struct pci_func *f);

/* What vendors have stated beside configuration space: pci/isolation.c. */
enum pci_stated {
    PCI_STATED_NOTHING,
    PCI_STATED_FUNCTION,      /* apart from the other functions of its device */
    PCI_STATED_SOUTHBRIDGE,    /* the same, beside an AMD IOMMU */
    PCI_STATED_PORT,           /* a root port that does as with ACS */
    PCI_STATED_SWITCH_PORT,    /* the same, also a downstream port */
    PCI_STATED_PCH,            /* the same, once its chipset is set up so */
    PCI_STATED_STORE_FORWARD,  /* ACS works once its switch is set up so */
    PCI_STATED_NO_SV,          /* source validation breaks what is below */
    PCI_STATED_WIDE_ACS,       /* ACS registers are four bytes wide each */
};
enum pci_stated pci_stated(const struct pci_func *func);

/*
 * Sets the registers of the chipset or switch that the isolation of @func
 * depends on, reads them back, and notes in @func what came of it:
 * pci/chipset.c.  @func's parent is known.  With a cfg that cannot write, @func
 * is made to look as if they had been set, unless the recording says that they
 * cannot be.
 */
enum pci_chipset {
    PCI_CHIPSET_NONE,          /* it depends on none */
    PCI_CHIPSET_WAS_SET,
    PCI_CHIPSET_SET,           /* now */
    PCI_CHIPSET_CANNOT,        /* it did not take, or there is no reaching it */
};
enum pci_chipset pci_chipset_isolate(struct pci_func *func,
                                     const struct pci_cfg *cfg);

/* What else is known of particular hardware: pci/quirks.c. */
bool pci_quirk_is_express_bridge(const struct pci_func *func);
/*
 * IDs of @func's bus that its DMA carries beside its own; returns how many
 * ranges.  What cannot be known exactly is the whole bus.
 */
unsigned int pci_quirk_aliases(
    const struct pci_func *func,
    struct pci_id_range aliases[PCI_QUIRK_MAX_ALIASES]);

#endif /* IOMMU_GROUPS_PCI_RULES_H */
