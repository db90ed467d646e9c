/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model of one Arm SMMUv1, SMMUv2 or MMU-500, for host tests.
 *
 * Written from the architecture specification (Arm IHI 0062 D.c) and, for what
 * is the MMU-500's own, its manual (Arm DDI 0517): Non-secure interface, stage
 * 2.  It shares no header with the driver under test.
 *
 * The model is as unhelpful as hardware may be: translations that it has read
 * stay in use until software invalidates them, and an invalidation takes effect
 * only when it is waited for; registers come out of reset with anything in them
 * but where they have a reset value; in non-coherent mode it sees memory only as
 * far as cache lines were cleaned; an interrupt is asserted for as long as its
 * cause is there.
 *
 * What no hardware would report but no driver may do (a stream that two entries
 * match, a context bank changed while streams use it, registers that the version
 * does not have, reading a freed page, ...) is counted in
 * smmuv2_model_violations() and named in smmuv2_model_last_violation().
 *
 * All functions may be called from several threads.
 */
#ifndef TESTS_SMMUV2_MODEL_H
#define TESTS_SMMUV2_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct smmuv2_model;

struct smmuv2_model_cfg {
    uint64_t base;              /* of the registers */
    unsigned int version;       /* 1 or 2 */
    bool s1, s2, nested;        /* IDR0.S1TS, S2TS, NTS */
    bool indexed;               /* no stream matching: IDR0.SMS 0 */
    unsigned int sid_bits;      /* IDR0.NUMSIDB */
    unsigned int nr_smrs;       /* IDR0.NUMSMRG */
    uint16_t smr_id, smr_mask;  /* bits that SMRs have; 0: all */
    unsigned int nr_banks, nr_s2_only;  /* IDR1.NUMCB, NUMS2CB */
    bool page64k;               /* IDR1.PAGESIZE */
    unsigned int ias, oas;      /* IDR2: 0: 32, 1: 36, ... 5: 48 bits */
    bool no_aarch64;            /* IDR2.PTFSv8_4KB 0 */
    bool no_aarch32;            /* IDR0.PTFS */
    bool vmid16;                /* IDR2.VMID16S */
    bool exids;                 /* IDR0.EXIDS */
    bool cttw;                  /* what IDR0 says, ... */
    bool coherent;              /* ... and what is so */
    bool mmu500;                /* ACR, ACTLR and a cache of streams */
    bool secure_alias;          /* banked registers are 0x400 higher */
    bool qcom;                  /* firmware stands before the S2CRs */
    bool only32;                /* accesses of 64 bits do not arrive */
    bool quiet;                 /* a reset leaves no line up */
    bool deaf;                  /* lines are up whatever is enabled */
    /* NULL: a TLB of its own; else that one's, which lives longer. */
    struct smmuv2_model *tlb_of;
};

/* An MMU-500. */
extern const struct smmuv2_model_cfg smmuv2_model_default;

/* Bytes of registers, as IDR1 says. */
size_t smmuv2_model_size(const struct smmuv2_model_cfg *cfg);

/* Set up a unit in reset state and claim its registers. */
struct smmuv2_model *smmuv2_model_create(const struct smmuv2_model_cfg *cfg);
void smmuv2_model_destroy(struct smmuv2_model *m);

/* As by a platform reset: registers are lost, caches keep what they have. */
void smmuv2_model_reset(struct smmuv2_model *m);

/* Register access as the CPU does it; @size is 4 or 8. */
uint64_t smmuv2_model_read(struct smmuv2_model *m, unsigned int off,
                           unsigned int size);
void smmuv2_model_write(struct smmuv2_model *m, unsigned int off, uint64_t val,
                        unsigned int size);

/* ---- requests of devices ---- */

/* What a refusal was recorded as: a bit of GFSR, or of a bank's FSR. */
#define SMMUV2_GLOBAL 0x1000
#define SMMUV2_BANK   0x2000

/* One access of stream @sid at @addr: 0 and where it goes (*@maddr), or these. */
unsigned int smmuv2_model_dma(struct smmuv2_model *m, uint32_t sid,
                              uint64_t addr, bool write, uint64_t *maddr);
/* The same, and the caches are as before: nobody but the test has looked. */
unsigned int smmuv2_model_peek(struct smmuv2_model *m, uint32_t sid,
                               uint64_t addr, bool write, uint64_t *maddr);

/* ---- the unit's interrupts ---- */

/*
 * Called for as long as a line is up, but not for ever: that is a violation.
 * @line: 0 for global faults; 1 + the bank, or with version 1, what it names.
 * False: nobody takes interrupts of that line.
 */
typedef bool smmuv2_model_irq_fn(void *arg, unsigned int line);
void smmuv2_model_on_irq(struct smmuv2_model *m, smmuv2_model_irq_fn *fn,
                         void *arg);

/* Called after each write to a register, no lock held. */
typedef void smmuv2_model_write_fn(void *arg, unsigned int off);
void smmuv2_model_on_write(struct smmuv2_model *m, smmuv2_model_write_fn *fn,
                           void *arg);

/* ---- errors on demand ---- */

/* Commands are the stores that wait for invalidations to end. */
enum smmuv2_model_failure {
    SMMUV2_MODEL_HANG,          /* does not end, until the next one does */
    SMMUV2_MODEL_STUCK,         /* this and every later one do not end */
    SMMUV2_MODEL_DIE,           /* the same, and no register takes anything */
};

/* Let the @nth command from now (1 is the next one) go wrong; 0: none. */
void smmuv2_model_fail_nth(struct smmuv2_model *m, unsigned int nth,
                           enum smmuv2_model_failure how);
bool smmuv2_model_failed(struct smmuv2_model *m);

/* A dead unit takes nothing; reads return all ones if @gone. */
void smmuv2_model_die(struct smmuv2_model *m, bool gone);
void smmuv2_model_revive(struct smmuv2_model *m);

/* ---- what a test wants to know ---- */

enum smmuv2_model_count {
    SMMUV2_COUNT_PAGES,         /* invalidations by address, ... */
    SMMUV2_COUNT_VMIDS,         /* ... by VMID, ... */
    SMMUV2_COUNT_ALL,           /* ... of everything */
    SMMUV2_COUNT_SYNCS,
    SMMUV2_NR_COUNTS,
};

unsigned long smmuv2_model_count(struct smmuv2_model *m,
                                 enum smmuv2_model_count what);
unsigned int smmuv2_model_violations(struct smmuv2_model *m);
const char *smmuv2_model_last_violation(struct smmuv2_model *m);
/* Forget violations that a test provoked. */
void smmuv2_model_forgive(struct smmuv2_model *m);

#endif /* TESTS_SMMUV2_MODEL_H */
