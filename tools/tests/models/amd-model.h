/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model of one AMD-Vi unit, for host tests.
 *
 * Written from AMD 48882, rev 3.x (section numbers below and in the sources
 * refer to it).  It shares no header with the driver under test.
 *
 * The model is as unhelpful as hardware may be: device table entries, pages,
 * page directories, interrupt entries and devices' TLBs stay cached until the
 * right command names them, absence too with NpCache; pointers of rings are
 * not reset by anything but a reset; without the Coherent bit it sees memory
 * only as far as cache lines were cleaned.
 *
 * What no hardware would report but no driver may do (a ring moved while it
 * runs, a feature switched on that is not there, two tables under one domain
 * ID, reading a freed page, ...) is counted in amd_model_violations() and
 * named in amd_model_last_violation().
 *
 * All functions may be called from several threads.
 */

#ifndef TESTS_AMD_MODEL_H
#define TESTS_AMD_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct amd_model;

struct amd_model_cfg {
    uint64_t base;              /* of the registers, 16 KiB aligned */
    uint16_t segment, bdf;      /* of the unit's own PCI function */
    uint64_t efr, efr2;         /* what the registers read */
    bool no_efr;                /* capability without EFRSup: they are not there */
    bool iotlb;                 /* capability: IotlbSup */
    bool np_cache;              /* capability: NpCache */
    bool no_msi;                /* no MSI capability */
    bool snp;                   /* SNP is enabled: §2.2.2, §3.4.1 */
    bool erratum63;             /* SysMgt 01b needs IW */
    uint32_t device;            /* device and vendor ID; 0: 1451:1022 */
    uint32_t subsystem;         /* the same of its maker */
};

/* What software is likely to meet: an EPYC's features, without NpCache. */
extern const struct amd_model_cfg amd_model_default;

/*
 * Set up a unit in reset state, claim its registers (16 KiB, 512 KiB with
 * performance counters) and add its function to configuration space.
 */
struct amd_model *amd_model_create(const struct amd_model_cfg *cfg);
void amd_model_destroy(struct amd_model *m);

/* As by a platform reset or a resume from S3: registers and caches are lost. */
void amd_model_reset(struct amd_model *m);

/* Register access as the CPU does it; @size is 4 or 8. */
uint64_t amd_model_read(struct amd_model *m, unsigned int off,
                        unsigned int size);
void amd_model_write(struct amd_model *m, unsigned int off, uint64_t val,
                     unsigned int size);

/*
 * Registers that the chipset has behind windows in configuration space
 * (errata 746 and others, RD890's on resume): index at 0xf0 and data at 0xf4
 * (level 2, bit 8 of the index allows a write), 0xf8 and 0xfc (level 1,
 * bit 31 does).
 */
uint32_t amd_model_l2(const struct amd_model *m, unsigned int index);
void amd_model_l2_set(struct amd_model *m, unsigned int index, uint32_t val);

/* ---- requests of devices ---- */

/* Refused without an event. */
#define AMD_MODEL_ABORT         0x100

/*
 * An untranslated DMA request of @devid.  Returns 0 and moves @len bytes, or
 * the code of the event (§2.5) that the first page which may not be accessed
 * ends in, whether it is logged or suppressed.  A 4 byte write to 0xfeexxxxx
 * is an interrupt (see amd_model_msi()).
 */
unsigned int amd_model_dma(struct amd_model *m, uint16_t devid, uint64_t addr,
                           size_t len, bool write, void *buf);

struct amd_model_page {
    uint64_t maddr;             /* of the byte asked for */
    uint64_t start, last;       /* input range with one contiguous mapping */
    unsigned int prot;          /* R 1, W 2 */
    bool forced;                /* FC: coherent whatever the request says */
    bool pass;                  /* not translated */
    bool blocked;               /* by the entry, whatever tables say */
};

/* The translation alone, of one byte at @addr.  @page may be NULL. */
unsigned int amd_model_translate(struct amd_model *m, uint16_t devid,
                                 uint64_t addr, bool write,
                                 struct amd_model_page *page);

/*
 * ATS: ask for a translation and keep it in the device's TLB.  Returns 0 or an
 * event code; *prot is R (1) | W (2), 0 for nothing mapped.
 */
unsigned int amd_model_ats_request(struct amd_model *m, uint16_t devid,
                                   uint64_t addr, unsigned int *prot);

/*
 * A DMA through the device's TLB, as a translated request.  AMD_MODEL_ABORT if
 * the device's TLB has nothing for it.
 */
unsigned int amd_model_ats_dma(struct amd_model *m, uint16_t devid,
                               uint64_t addr, size_t len, bool write,
                               void *buf);

/* Does the device answer device-TLB invalidations?  Yes, unless told. */
void amd_model_ats_dead(struct amd_model *m, uint16_t devid, bool dead);

struct amd_model_irq {
    bool remapped;              /* through an IRTE; else as it was sent */
    uint8_t vector, delivery_mode;
    bool logical, eoi;
    uint32_t dest;              /* x2APIC ID with XTEn, or xAPIC ID */
};

/* A write of @data to 0xfeexxxxx by @devid.  0 or an event code. */
unsigned int amd_model_msi(struct amd_model *m, uint16_t devid, uint32_t addr,
                           uint32_t data, struct amd_model_irq *irq);

/* ---- the unit's own interrupts ---- */

typedef void amd_model_irq_fn(void *arg, const struct amd_model_irq *irq);

/* Called for each message the unit sends, by MSI or by IntCapXT. */
void amd_model_on_irq(struct amd_model *m, amd_model_irq_fn *fn, void *arg);

/* Called with the model's lock held after each command: no call back. */
typedef void amd_model_cmd_fn(void *arg, const uint64_t cmd[2]);
void amd_model_on_cmd(struct amd_model *m, amd_model_cmd_fn *fn, void *arg);

/* ---- what goes wrong on demand ---- */

/* Commands are those in the buffer, and changes of the enable bits. */
enum amd_model_failure {
    AMD_MODEL_STALL,            /* buffer: stops there for good; registers:
                                   the status does not follow */
    AMD_MODEL_ILLEGAL,          /* ILLEGAL_COMMAND_ERROR; registers: as STALL */
    AMD_MODEL_HARDWARE,         /* COMMAND_HARDWARE_ERROR; likewise */
    AMD_MODEL_WRONG,            /* COMPLETION_WAIT stores another value; all
                                   others: as STALL */
    AMD_MODEL_DIE,              /* this and every later one as STALL */
};

/*
 * Let the @nth command from now (1 is the next one) go wrong, 0: none, in a way
 * of the above or several (pause.h).
 */
void amd_model_fail_nth(struct amd_model *m, unsigned int nth,
                        unsigned int how);
/* Has the command asked for been reached? */
bool amd_model_failed(struct amd_model *m);

/* A dead unit carries nothing out; reads return all ones if @gone. */
void amd_model_die(struct amd_model *m, bool gone);
void amd_model_revive(struct amd_model *m);

/*
 * Hold the @nth step of a walk from now, after it has read an entry of the
 * device, page or interrupt table and before that is cached: the thread that
 * asked for it waits.  Commands wait for it, since an invalidation is over when
 * nothing that was read before it is used any more (§2.4.1).  0: none.
 */
void amd_model_hold_walk(struct amd_model *m, unsigned int nth);
/* Hold the @nth command from now: the buffer stops before it. */
void amd_model_hold_command(struct amd_model *m, unsigned int nth);
bool amd_model_held(struct amd_model *m);
/* Goes on, and forgets what was to be held. */
void amd_model_release(struct amd_model *m);

/* Errata 732, 733: the tail moves before the event is in memory. */
void amd_model_late_events(struct amd_model *m, bool late);
/* What is late arrives now. */
void amd_model_settle(struct amd_model *m);

/* Erratum 787: the next write to the status register clears nothing. */
void amd_model_lose_clear(struct amd_model *m);

/* ---- what a test wants to know ---- */

enum amd_model_count {
    AMD_COUNT_WAIT = 1,         /* commands, by opcode */
    AMD_COUNT_DEVTAB,
    AMD_COUNT_PAGES,
    AMD_COUNT_IOTLB,
    AMD_COUNT_INTR,
    AMD_COUNT_ALL = 8,
    AMD_COUNT_CONTROL,          /* enable bits changed */
    AMD_COUNT_COMMANDS,         /* all of the above */
    AMD_COUNT_TAIL,             /* writes of the tail register */
    AMD_COUNT_EVENT,            /* events logged or lost */
    AMD_COUNT_IRQ,              /* messages sent */
    AMD_COUNT_WHOLE,            /* INVALIDATE_IOMMU_PAGES of a whole domain */
    AMD_NR_COUNTS
};

unsigned long amd_model_count(struct amd_model *m, enum amd_model_count c);
unsigned int amd_model_violations(struct amd_model *m);
const char *amd_model_last_violation(const struct amd_model *m);
/* Forget violations that a test provoked. */
void amd_model_forgive(struct amd_model *m);

#endif /* TESTS_AMD_MODEL_H */
