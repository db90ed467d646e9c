/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model of one RISC-V IOMMU, for host tests.
 *
 * Written from the RISC-V IOMMU architecture specification, version 1.0
 * (section numbers below and in the sources refer to it).  It shares no header
 * with the driver under test.
 *
 * The model is as unhelpful as hardware may be.  Its caches of contexts,
 * directories and page tables never forget an entry on their own, not even
 * while it is off, so what software does not invalidate stays in use.
 * Invalidations take effect when a fence does, and are lost if the queue stops
 * before it (§5.15).  Registers may stay busy for a while.
 *
 * What no hardware would report but no driver may do (writing a register that
 * is busy, changing the directory's depth without turning it off, reading a
 * freed page, ...) is counted in rvm_violations() and named in
 * rvm_last_violation().
 *
 * All functions may be called from several threads.
 */
#ifndef TESTS_RISCV_MODEL_H
#define TESTS_RISCV_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pause.h"

struct rvm;

enum { RVM_OFF, RVM_BARE, RVM_1LVL, RVM_2LVL, RVM_3LVL };   /* §5.5 */

struct rvm_cfg {
    uint64_t base;              /* of the registers, page aligned */
    unsigned int version;       /* 0x10 is 1.0 */
    bool sv39x4, sv48x4, sv57x4;
    bool msi_flat;              /* contexts of 64 bytes */
    bool ats, hpm;
    unsigned int igs;           /* 0 MSI, 1 wires, 2 both, 3 reserved */
    unsigned int pas;
    unsigned int levels;        /* mask of 1 << RVM_nLVL that ddtp takes */
    unsigned int reset_mode;    /* ddtp's */
    bool queues_on;             /* all there are, as somebody else left them */
    uint64_t root_fixed;        /* bits of ddtp's root that writes leave alone */
    bool be, gxl;               /* fctl as it is found ... */
    bool be_fixed, gxl_fixed;   /* ... and whether it stays that way */
    unsigned int busy;          /* reads for which busy bits stay */
    bool lazy;                  /* the queue waits for rvm_work() */
};

/* All formats and levels, base contexts, wires and messages. */
extern const struct rvm_cfg rvm_default;

/* Sets up a unit in reset state and claims its registers. */
struct rvm *rvm_create(const struct rvm_cfg *cfg);
void rvm_destroy(struct rvm *m);
/* Registers and caches are lost. */
void rvm_reset(struct rvm *m);

/* Register access as the CPU does it; @size is 4 or 8. */
uint64_t rvm_read(struct rvm *m, unsigned int off, unsigned int size);
void rvm_write(struct rvm *m, unsigned int off, uint64_t val,
               unsigned int size);

/* Called after each write of a register, no lock held. */
typedef void rvm_write_fn(void *arg, unsigned int off);
void rvm_on_write(struct rvm *m, rvm_write_fn *fn, void *arg);

/* A lazy unit: carries out up to @nr commands. */
void rvm_work(struct rvm *m, unsigned int nr);

/* ---- requests of devices ---- */

enum rvm_access { RVM_EXEC = 1, RVM_READ, RVM_WRITE };      /* §3.2, TTYP */

/*
 * One untranslated request: 0 and where it ends, or a cause (§3.2), which was
 * recorded if the fault queue took it.
 */
unsigned int rvm_translate(struct rvm *m, uint32_t did, uint64_t addr,
                           enum rvm_access access, uint64_t *maddr);
/* Moves @len bytes; stops at the first page that faults. */
unsigned int rvm_dma(struct rvm *m, uint32_t did, uint64_t addr, size_t len,
                     bool write, void *buf);
/* Records this fault (§3.2). */
void rvm_raise(struct rvm *m, unsigned int cause, unsigned int ttyp,
               uint32_t did, uint64_t iotval);

/*
 * What the unit makes of these eight words as a context and of @addr through
 * it; no cache, no record.
 */
unsigned int rvm_try_context(struct rvm *m, const uint64_t dc[8],
                             uint64_t addr, enum rvm_access access,
                             uint64_t *maddr);

/* The unit has read these words as @did's context just now: it keeps them. */
void rvm_remember(struct rvm *m, uint32_t did, const uint64_t dc[8]);

/* ---- interrupts (§5.18) ---- */

/* @wire goes from low to high; or is found high after ipsr was written. */
typedef void rvm_wire_fn(void *arg, unsigned int wire);
void rvm_on_wire(struct rvm *m, rvm_wire_fn *fn, void *arg);

/* ---- errors on demand ---- */

/* Commands are those of the queue, and writes of ddtp, cqcsr and fqcsr. */
enum rvm_failure {
    RVM_DROP,       /* not carried out; a fence behind it does not complete */
    RVM_ILL,        /* queue: illegal until it is replaced; else as DROP */
    RVM_FAULT,      /* queue: a memory fault, once; else as DROP */
    RVM_TIMEOUT,    /* queue: the next fence times out, once; else as DROP */
    RVM_DIE,        /* this and every later one as DROP */
    RVM_NR_FAILURES
};

/*
 * Lets the @nth command from now (1 is the next one) go wrong, 0: none, in a way
 * of the above or several (pause.h).
 */
void rvm_fail_nth(struct rvm *m, unsigned int nth, unsigned int how);
bool rvm_failed(const struct rvm *m);

/* Every command of that opcode is illegal; 0: none is. */
void rvm_refuse(struct rvm *m, unsigned int opcode);
/* The register's busy bit stays set after the next write. */
void rvm_stick(struct rvm *m, unsigned int reg);
/* The next record of a fault hits a memory fault. */
void rvm_fault_record(struct rvm *m);
/* A dead unit answers nothing; reads return all ones if @gone. */
void rvm_die(struct rvm *m, bool gone);
void rvm_revive(struct rvm *m);

/* The queue, and registers; see pause.h. */
MODEL_PAUSE_API(struct rvm, rvm);

/* ---- what a test wants to know ---- */

enum rvm_count {
    RVM_COUNT_DDT, RVM_COUNT_DDT_ALL,
    RVM_COUNT_VMA,
    RVM_COUNT_GVMA_ALL, RVM_COUNT_GVMA_TAG, RVM_COUNT_GVMA_PAGE,
    RVM_COUNT_FENCE,
    RVM_COUNT_COMMANDS,         /* whatever rvm_fail_nth() counts */
    RVM_COUNT_TAIL,             /* writes of cqt */
    RVM_COUNT_FAULTS,           /* recorded or lost */
    RVM_COUNT_WIRES,
    RVM_COUNT_MSIS,             /* messages that got through */
    RVM_NR_COUNTS
};

unsigned long rvm_count(const struct rvm *m, enum rvm_count c);
unsigned int rvm_violations(const struct rvm *m);
const char *rvm_last_violation(const struct rvm *m);
/* Forgets violations that a test provoked. */
void rvm_forgive(struct rvm *m);

#endif /* TESTS_RISCV_MODEL_H */
