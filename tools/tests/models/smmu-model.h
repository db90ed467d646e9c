/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model of one Arm SMMUv3, for host tests.
 *
 * Written from the architecture specification (Arm IHI 0070, G.a; section
 * numbers below and in the sources refer to it): Non-secure interface, stage 2
 * of 4 KiB granule.  It shares no header with the driver under test.
 *
 * The model is as unhelpful as hardware may be: configuration and translations
 * that it has read, valid or not where it may keep those, stay in use until
 * software invalidates them; in non-coherent mode it sees memory only as far as
 * cache lines were cleaned.
 *
 * What no hardware would report but no driver may do (registers changed while
 * they are in use, an illegal stream table entry, reading a freed page,
 * replacing a translation without a break, ...) is counted in
 * smmu_model_violations() and named in smmu_model_last_violation().
 *
 * All functions may be called from several threads.
 */
#ifndef TESTS_SMMU_MODEL_H
#define TESTS_SMMU_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pause.h"

struct smmu_model;

struct smmu_model_cfg {
    uint64_t base;              /* of the registers */
    unsigned int sid_bits;      /* IDR1.SIDSIZE */
    unsigned int cmdq_bits, eventq_bits;
    unsigned int oas;           /* IDR5.OAS: 0: 32, 1: 36, ... 5: 48 bits */
    unsigned int bbml;          /* IDR3.BBML */
    unsigned int stall_model;   /* IDR0.STALL_MODEL */
    bool two_level;             /* IDR0.ST_LEVEL */
    bool s2p, vmid16, coherent, ril, msi, ats, hyp, btm;
    bool page0_only;            /* registers of page 1 are in page 0 */
    bool no_cache;              /* reads everything anew each time */
};

/* What software is likely to meet. */
extern const struct smmu_model_cfg smmu_model_default;

/* Set up a unit in reset state and claim its registers. */
struct smmu_model *smmu_model_create(const struct smmu_model_cfg *cfg);
void smmu_model_destroy(struct smmu_model *m);

/* As by a platform reset: registers are lost, caches keep what they have. */
void smmu_model_reset(struct smmu_model *m);

/* Register access as the CPU does it; @size is 4 or 8. */
uint64_t smmu_model_read(struct smmu_model *m, unsigned int off,
                         unsigned int size);
void smmu_model_write(struct smmu_model *m, unsigned int off, uint64_t val,
                      unsigned int size);

/* ---- requests of devices ---- */

/* Refused without an event (STE.Config 0, GBPA.ABORT). */
#define SMMU_MODEL_ABORT 0x100

/*
 * One access of stream @sid at @addr: 0 and where it goes (*@maddr), or the
 * number of the event that it makes (§7.3), or SMMU_MODEL_ABORT.
 */
unsigned int smmu_model_dma(struct smmu_model *m, uint32_t sid, uint64_t addr,
                            bool write, uint64_t *maddr);

/* The same of a device that says it has translated the address (ATS). */
unsigned int smmu_model_dma_translated(struct smmu_model *m, uint32_t sid,
                                       uint64_t addr, uint64_t *maddr);

/* ---- the unit's interrupts ---- */

enum smmu_model_irq { SMMU_IRQ_EVENTQ, SMMU_IRQ_GERROR };

/* @addr 0: by wire. */
typedef void smmu_model_irq_fn(void *arg, enum smmu_model_irq irq,
                               uint64_t addr, uint32_t data);
void smmu_model_on_irq(struct smmu_model *m, smmu_model_irq_fn *fn, void *arg);

/* Called with the model's lock held after each command: no call back. */
typedef void smmu_model_cmd_fn(void *arg, const uint64_t cmd[2]);
void smmu_model_on_cmd(struct smmu_model *m, smmu_model_cmd_fn *fn, void *arg);

/* Called after each write to a register, no lock held. */
typedef void smmu_model_write_fn(void *arg, unsigned int off);
void smmu_model_on_write(struct smmu_model *m, smmu_model_write_fn *fn,
                         void *arg);

/* ---- errors on demand ---- */

/* Commands are those of the queue, and writes of CR0, GBPA and IRQ_CTRL. */
enum smmu_model_failure {
    SMMU_MODEL_DROP,            /* queue: stops until switched off; registers:
                                   ignored */
    SMMU_MODEL_ILL,             /* queue: CERROR_ILL until it is replaced */
    SMMU_MODEL_ABT,             /* queue: CERROR_ABT, once */
    SMMU_MODEL_SFM,             /* service failure mode (§12.3) */
    SMMU_MODEL_STUCK,           /* queue: stops for good */
    SMMU_MODEL_DIE,             /* this and every later one as DROP */
};

/*
 * Let the @nth command from now (1 is the next one) go wrong, 0: none, in a way
 * of the above or several (pause.h).
 */
void smmu_model_fail_nth(struct smmu_model *m, unsigned int nth,
                         unsigned int how);
bool smmu_model_failed(struct smmu_model *m);

/* A dead unit answers nothing; reads return all ones if @gone. */
void smmu_model_die(struct smmu_model *m, bool gone);
void smmu_model_revive(struct smmu_model *m);

/* The queue, and registers; see pause.h. */
MODEL_PAUSE_API(struct smmu_model, smmu_model);

/* ---- what a test wants to know ---- */

unsigned long smmu_model_count(struct smmu_model *m, unsigned int opcode);
unsigned int smmu_model_violations(struct smmu_model *m);
const char *smmu_model_last_violation(struct smmu_model *m);
/* Forget violations that a test provoked. */
void smmu_model_forgive(struct smmu_model *m);

#endif /* TESTS_SMMU_MODEL_H */
