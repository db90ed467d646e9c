/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the DMAR table says, in a form the VT-d driver can use.
 *
 * Parsing (dmar.c) is a pure function of the table's bytes.  Matching
 * (dmar-match.c) reads bridges' bus numbers from configuration space each
 * time, because they may change after parsing.
 *
 * struct vtd_dmar is constant between vtd_dmar_parse() and vtd_dmar_free();
 * look-ups need no lock.
 *
 * References are to the VT-d architecture specification, rev 4.1.
 */

#ifndef VTD_DMAR_H
#define VTD_DMAR_H

#include <xen/pci.h>
#include <xen/sizes.h>
#include <xen/types.h>

#include "dmar-defs.h"

/* Longest chain of bridges from a scope's start bus to its device. */
#define VTD_SCOPE_PATH_MAX      16

/* Longest name of an ACPI name-space device, with the NUL. */
#define VTD_ANDD_NAME_MAX       64

/* Largest believable reserved region: graphics memory has less. */
#define VTD_RMRR_MAX            GB(4)

/* How a line begins that is about what is at @off of the table. */
#define DMAR_AT                 "DMAR: offset %#x of %s/%s: "
#define DMAR_AT_ARGS(dmar, off) (off), (dmar)->oem_id, (dmar)->oem_table_id

/* §8.3.1: one device, or a bridge with everything below it. */
struct vtd_scope {
    uint8_t type;               /* DMAR_SCOPE_* */
    uint8_t enum_id;            /* IO-APIC, HPET or ACPI device number */
    uint8_t start_bus;
    uint8_t nr_path;            /* 1 … VTD_SCOPE_PATH_MAX */
    struct dmar_path path[VTD_SCOPE_PATH_MAX];
};

struct vtd_scopes {
    unsigned int nr;
    struct vtd_scope *scope;    /* NULL when nr is 0 */
};

/* §8.3 */
struct vtd_drhd {
    unsigned int index;         /* in vtd_dmar.drhd */
    uint32_t offset;            /* in the table, for messages */
    uint16_t segment;
    bool lost;                  /* not to be used: its devices are not
                                   translated, which was said */
    bool partial;               /* not all its PCI scopes could be read */
    bool doubtful;              /* its devices may be another unit's */
    bool rest_doubtful;         /* those by include_pci_all may */
    bool include_pci_all;     /* all devices no other unit of the segment has */
    paddr_t base;               /* of the registers; page aligned and not 0
                                   unless lost */
    uint32_t size;              /* of the register set, in bytes */
    struct vtd_scopes scopes;
};

/* §8.4 */
struct vtd_rmrr {
    uint32_t offset;            /* in the table, for messages */
    uint16_t segment;
    bool exclusive;             /* only a byte of the last page is in it */
    paddr_t base;               /* first byte, page aligned */
    paddr_t limit;              /* last byte, limit + 1 is page aligned */
    struct vtd_scopes scopes;   /* empty: left out, see rmrr.c */
};

/* §8.5 */
struct vtd_atsr {
    uint16_t segment;
    bool all_ports;
    struct vtd_scopes scopes;
};

/* §8.6 */
struct vtd_rhsa {
    paddr_t base;               /* of the unit's registers */
    uint32_t proximity;         /* ACPI proximity domain */
};

/* §8.7 */
struct vtd_andd {
    uint8_t number;
    char name[VTD_ANDD_NAME_MAX];
};

/* §8.8 */
struct vtd_satc {
    uint16_t segment;
    bool atc_required;
    struct vtd_scopes scopes;
};

/* §8.9 */
struct vtd_sidp {
    uint16_t segment;
    struct vtd_scopes scopes;
};

struct vtd_dmar {
    char oem_id[7];             /* printable */
    char oem_table_id[9];
    uint8_t width;              /* host address width, bits */
    bool intr_remap;            /* platform supports interrupt remapping */
    bool x2apic_opt_out;        /* firmware asks not to enable x2APIC */
    bool dma_ctrl_opt_in;       /* firmware asks to contain all DMA */

    unsigned int nr_drhd, nr_rmrr, nr_atsr, nr_rhsa, nr_andd, nr_satc, nr_sidp;
    struct vtd_drhd *drhd;      /* in table order; one at least is not lost */
    struct vtd_rmrr *rmrr;
    struct vtd_atsr *atsr;
    struct vtd_rhsa *rhsa;
    struct vtd_andd *andd;
    struct vtd_satc *satc;
    struct vtd_sidp *sidp;
};

/*
 * Parse a DMAR table.
 *
 * @table  the table, from the ACPI header on; need not be aligned
 * @len    bytes that may be read there; the table's own length may be less
 * @out    overwritten
 *
 * Touches no hardware, takes no lock, must be able to allocate.
 *
 * A bad or unusual entry gets one line at XENLOG_WARNING, with its offset and
 * the OEM, and costs what depends on it (dmar-unit.c says what a unit costs).
 * Errors print one more at XENLOG_ERR and leave @out empty (vtd_dmar_free() on
 * it is allowed and does nothing):
 *   -EINVAL  no DMAR table, truncated, or without a usable unit; or the unit
 *            that has all devices but some is at address 0
 *   -ENOMEM  out of memory
 */
int vtd_dmar_parse(const void *table, size_t len, struct vtd_dmar *out);

/* Free what vtd_dmar_parse() allocated; leaves @dmar empty. */
void vtd_dmar_free(struct vtd_dmar *dmar);

/*
 * The PCI function a scope names, through the secondary bus numbers that the
 * bridges on its path have now.
 *
 * False if something on the path is not a bridge, or a bridge leads back
 * (secondary bus not above its own): firmware or a guest lies, or the bridge
 * is not configured.  Takes no lock; reads configuration space unless the
 * path has one element.
 */
bool vtd_scope_resolve(const struct vtd_scope *scope, uint16_t seg,
                       pci_sbdf_t *sbdf);

/*
 * Does an endpoint or sub-hierarchy scope of segment @seg cover (@bus, @devfn)?
 * A sub-hierarchy covers its bridge and all buses from secondary to
 * subordinate.  Other scope types never match.
 */
bool vtd_scope_matches(const struct vtd_scope *scope, uint16_t seg,
                       uint8_t bus, uint8_t devfn);

/* Any scope of the list, see vtd_scope_matches(). */
bool vtd_scopes_match(const struct vtd_scopes *scopes, uint16_t seg,
                      pci_sbdf_t sbdf);

/*
 * The function by which the DMAR knows @pdev: of a virtual function the
 * physical one, of a device with ARI function 0.
 */
pci_sbdf_t vtd_firmware_sbdf(const struct pci_dev *pdev);

/* How sure the table is of the unit that translates a function. */
enum vtd_claim {
    VTD_CLAIM_NONE,             /* it names none */
    VTD_CLAIM_ONE,
    VTD_CLAIM_DOUBTFUL,         /* one, but not all units could be read */
    VTD_CLAIM_TWO,              /* two name it */
};

/*
 * The unit that translates a PCI function's requests: the one with a scope
 * that covers it, else the segment's INCLUDE_PCI_ALL unit, else NULL (§8.3).
 * Where there are two, *@other is the second, else NULL.  The unit may be lost.
 * Pass what vtd_firmware_sbdf() gives, of a phantom function the real one's.
 */
struct vtd_drhd *vtd_dmar_find_drhd(const struct vtd_dmar *dmar,
                                    pci_sbdf_t sbdf, enum vtd_claim *claim,
                                    struct vtd_drhd **other);

/*
 * The unit that remaps the interrupts of IO-APIC @apic_id, HPET block
 * @hpet_id or ACPI device @number, or NULL; of two that name it the first.
 * @sid is the requester ID the device uses; it is set when a unit is returned.
 */
struct vtd_drhd *vtd_dmar_find_ioapic(const struct vtd_dmar *dmar,
                                      uint8_t apic_id, pci_sbdf_t *sid);
struct vtd_drhd *vtd_dmar_find_hpet(const struct vtd_dmar *dmar,
                                    uint8_t hpet_id, pci_sbdf_t *sid);
struct vtd_drhd *vtd_dmar_find_namespace(const struct vtd_dmar *dmar,
                                         uint8_t number, pci_sbdf_t *sid);

/*
 * May ATS be used by @sbdf: is it, or the root port above it, listed in an
 * ATSR structure (§8.5), or itself in a SATC structure (§8.8)?
 */
bool vtd_dmar_atsr_allows(const struct vtd_dmar *dmar, pci_sbdf_t sbdf);

/* Does @sbdf only work with its ATS enabled (§8.8, ATC_REQUIRED)? */
bool vtd_dmar_atc_required(const struct vtd_dmar *dmar, pci_sbdf_t sbdf);

/*
 * The ACPI proximity domain of the unit whose registers are at @base (§8.6).
 * False if the table does not say.
 */
bool vtd_dmar_proximity(const struct vtd_dmar *dmar, paddr_t base,
                        uint32_t *proximity);

#endif /* VTD_DMAR_H */
