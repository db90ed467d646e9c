/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the IVRS table says, in a form the AMD-Vi driver can use.
 *
 * Parsing is a pure function of the table's bytes, and so are the look-ups:
 * the table names requester IDs, not paths.
 *
 * struct amd_ivrs is constant between amd_ivrs_parse() and amd_ivrs_free();
 * look-ups need no lock.
 *
 * References are to AMD's specification 48882.
 */

#ifndef AMD_IVRS_H
#define AMD_IVRS_H

#include <xen/pci.h>
#include <xen/types.h>

#include "ivrs-defs.h"

/* Registers of a unit without and with counters, and EFR's word for these. */
#define AMD_REGS_SIZE           0x4000U
#define AMD_REGS_SIZE_COUNTERS  0x80000U
#define AMD_EFR_PC_SUP          (1ULL << 9)

/* More memory blocks than any machine's table has. */
#define AMD_IVMD_MAX_BLOCKS     64

/* Largest believable memory block: graphics memory has less. */
#define AMD_IVMD_MAX            (4ULL << 30)

/* How a line begins that is about what is at @off of the table. */
#define IVRS_AT                 "IVRS: offset %#x of %s/%s: "
#define IVRS_AT_ARGS(ivrs, off) (off), (ivrs)->oem_id, (ivrs)->oem_table_id

/*
 * How much an entry names: of two units that name an ID, it is the one's that
 * names fewer.
 */
enum amd_ivhd_rank {
    AMD_IVHD_ALL,
    AMD_IVHD_RANGE,
    AMD_IVHD_ALIAS_RANGE,
    AMD_IVHD_SELECT,
};

/* One device entry: of a unit's entries that name an ID, the last one holds. */
struct amd_ivhd_entry {
    uint16_t first, last;       /* requester IDs */
    uint16_t alias;             /* what their requests carry, if has_alias */
    uint8_t dte;                /* IVHD_DTE_* */
    uint8_t rank;               /* enum amd_ivhd_rank */
    bool has_alias;
    bool no_ats;
    /* An IO-APIC's or HPET's: what it says comes on top of the others. */
    bool special;
};

/* An IO-APIC or an HPET. */
struct amd_ivhd_special {
    uint8_t variety;            /* IVHD_SPECIAL_* */
    uint8_t handle;             /* IO-APIC ID, HPET number */
    uint16_t source;            /* ID that its requests carry */
};

/* §5.2: one unit, by the highest kind of block that is there for it. */
struct amd_ivhd {
    unsigned int index;         /* in amd_ivrs.ivhd */
    uint32_t offset;            /* in the table, for messages */
    uint8_t kind;               /* IVRS_IVHD_* */
    uint8_t flags;              /* IVHD_FLAG_* */
    uint16_t segment;
    uint16_t devid;             /* the unit's own function */
    uint16_t cap;               /* its capability block */
    bool lost;                  /* not to be used: its devices are not
                                   translated, which was said */
    bool partial;               /* not all its entries could be read */
    bool has_efr;               /* the images are there */
    paddr_t base;               /* of the registers; aligned and not 0 unless
                                   lost */
    uint32_t features;          /* as in the block: its meaning goes by kind */
    uint64_t efr, efr2;
    unsigned int nr_entries, nr_specials;
    struct amd_ivhd_entry *entry;
    struct amd_ivhd_special *special;
};

/* §5.2: memory that devices must always reach at its address. */
struct amd_ivmd {
    uint32_t offset;            /* in the table, for messages */
    uint16_t segment;
    uint16_t first, last;       /* requester IDs */
    bool wide;                  /* they are on more than one bus: ivmd.c */
    bool left_out;              /* no device may reach it: ivmd.c */
    bool read, write;           /* one at least */
    paddr_t base;               /* page aligned */
    paddr_t limit;              /* last byte, limit + 1 is page aligned */
};

/* Bytes of the unit's registers, as far as the table says. */
static inline unsigned int amd_ivhd_regs_size(const struct amd_ivhd *ivhd)
{
    return ivhd->has_efr && (ivhd->efr & AMD_EFR_PC_SUP)
           ? AMD_REGS_SIZE_COUNTERS : AMD_REGS_SIZE;
}

struct amd_ivrs {
    char oem_id[7];             /* printable */
    char oem_table_id[9];
    uint8_t width;              /* physical addresses, bits */
    bool units_missing;         /* a unit of some segment could not be read */

    unsigned int nr_ivhd, nr_ivmd;
    struct amd_ivhd *ivhd;      /* in table order; one at least is not lost */
    struct amd_ivmd *ivmd;
};

/*
 * Parse an IVRS table.
 *
 * @table  the table, from the ACPI header on; need not be aligned
 * @len    bytes that may be read there; the table's own length may be less
 * @out    overwritten
 *
 * Touches no hardware, takes no lock, must be able to allocate.
 *
 * A bad or unusual entry gets one line at XENLOG_WARNING, with its offset and
 * the OEM, and costs what depends on it.  Errors print one more at XENLOG_ERR
 * and leave @out empty (amd_ivrs_free() on it is allowed and does nothing):
 *   -EINVAL  no IVRS table, truncated, or without a usable unit
 *   -ENOMEM  out of memory
 */
int amd_ivrs_parse(const void *table, size_t len, struct amd_ivrs *out);

/* Free what amd_ivrs_parse() allocated; leaves @ivrs empty. */
void amd_ivrs_free(struct amd_ivrs *ivrs);

/* How sure the table is of the unit that translates an ID. */
enum amd_claim {
    AMD_CLAIM_NONE,             /* it names none, or the ID is a unit's own */
    AMD_CLAIM_ONE,
    AMD_CLAIM_DOUBTFUL,        /* one, but not all of the table could be read */
    AMD_CLAIM_TWO,              /* two name it, and neither more closely */
};

struct amd_found {
    enum amd_claim claim;
    struct amd_ivhd *ivhd;    /* NULL if claim is AMD_CLAIM_NONE; may be lost */
    struct amd_ivhd *other;     /* AMD_CLAIM_TWO: the second */
    uint16_t alias;             /* ID that its requests carry, often its own */
    uint8_t dte;                /* IVHD_DTE_* */
    bool no_ats;                /* firmware says that it must not use ATS */
};

/*
 * What the table says of requester ID @id on segment @seg.
 *
 * *@last, which must not be below @id, is lowered to the end of the run of IDs
 * from @id on of which it says the same; NULL: only @id matters.  In a run
 * whose IDs have no alias, alias is @id, and the others' are their own.
 *
 */
void amd_ivrs_find(const struct amd_ivrs *ivrs, uint16_t seg, uint16_t id,
                   uint16_t *last, struct amd_found *found);

/*
 * The same of a PCI function.  Where nothing names a virtual function, or one
 * that there is by ARI alone, it is what the table says of the physical one, or
 * of function 0: firmware that lists devices one by one knows no others.
 */
void amd_ivrs_find_pdev(const struct amd_ivrs *ivrs, const struct pci_dev *pdev,
                        struct amd_found *found);

/*
 * The unit that remaps the interrupts of IO-APIC or HPET (@variety) @handle, or
 * NULL; of two that name it the first.  *@source, the requester ID that the
 * device uses, is set when a unit is returned.
 */
struct amd_ivhd *amd_ivrs_find_special(const struct amd_ivrs *ivrs,
                                       uint8_t variety, uint8_t handle,
                                       uint16_t *source);

/*
 * The administrator knows better: IO-APIC or HPET (@variety) @handle uses
 * requester ID @source of segment @seg.  Entries of the table that name either
 * of the two are dropped.  Boot only, before look-ups.
 * -ENODEV: no unit translates @source, nothing changed; -ENOMEM.
 */
int amd_ivrs_override(struct amd_ivrs *ivrs, uint8_t variety, uint8_t handle,
                      uint16_t seg, uint16_t source);

#endif /* AMD_IVRS_H */
