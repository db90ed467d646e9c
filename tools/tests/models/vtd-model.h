/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model of one Intel VT-d remapping unit, for host tests.
 *
 * Written from the VT-d architecture specification, rev 4.1, legacy mode
 * (section numbers below and in the sources refer to it).  It shares no
 * header with the driver under test.
 *
 * The model is as unhelpful as hardware may be: its caches never forget an
 * entry on their own, so what software does not invalidate stays in use; in
 * non-coherent mode it sees memory only as far as cache lines were cleaned;
 * in caching mode it caches what is not present, too.
 *
 * What no hardware would report but no driver may do (two commands in one
 * write, reading a freed page, changing the queue while it runs, ...) is
 * counted in vtd_model_violations() and named in vtd_model_last_violation().
 *
 * All functions may be called from several threads.
 */

#ifndef TESTS_VTD_MODEL_H
#define TESTS_VTD_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pause.h"

struct vtd_model;

struct vtd_model_cfg {
    uint64_t base;              /* of the registers, page aligned */
    unsigned int haw;           /* host address width, bits */
    unsigned int mgaw;          /* guest address width, bits */
    unsigned int sagaw;         /* bit 1: 39 bits, bit 2: 48, bit 3: 57 */
    unsigned int did_bits;      /* 4, 6, 8, 10, 12, 14 or 16 */
    unsigned int mamv;          /* largest address mask */
    unsigned int nfr;           /* fault recording registers, 1 … 256 */
    bool caching_mode;          /* CAP.CM */
    bool coherent;              /* ECAP.C */
    bool rwbf;                  /* CAP.RWBF */
    bool plmr, phmr;            /* protected memory regions */
    bool psi;                   /* page-selective invalidation */
    bool page_2m, page_1g;      /* CAP.SLLPS */
    bool qi, ir, eim, pt, sc, dt;
    bool esrtps, esirtps;       /* caches flushed by SRTP, SIRTP */
    unsigned int fro, iro;      /* where registers are; 0: 0x200, 0xf0 */
    unsigned int mhmv;          /* largest interrupt index mask; 0: 15 */
    uint32_t ver;               /* VER; 0: 1.0 */
    uint64_t raw_cap, raw_ecap; /* what CAP and ECAP read; 0: as said above */
    bool ite_keeps_head;        /* an aborted wait stays at the queue's head */
    bool ite_late;              /* a wait that is due for it hangs instead */
    bool no_itesid;             /* IQERCD does not name the device */
};

/* What software is likely to meet: everything but RWBF and caching mode. */
extern const struct vtd_model_cfg vtd_model_default;

/*
 * A unit whose registers read @ver, @cap and @ecap, whatever they say; @haw is
 * the DMAR's.
 */
struct vtd_model_cfg vtd_model_cfg_of(uint32_t ver, uint64_t cap, uint64_t ecap,
                                      unsigned int haw);

/* Set up a unit in reset state and claim its registers. */
struct vtd_model *vtd_model_create(const struct vtd_model_cfg *cfg);
void vtd_model_destroy(struct vtd_model *m);

/* As by a platform reset or a resume from S3: registers and caches are lost. */
void vtd_model_reset(struct vtd_model *m);

/* Register access as the CPU does it; @size is 4 or 8. */
uint64_t vtd_model_read(struct vtd_model *m, unsigned int off,
                        unsigned int size);
void vtd_model_write(struct vtd_model *m, unsigned int off, uint64_t val,
                     unsigned int size);

/* ---- requests of devices ---- */

/* No fault reason: request refused without a fault record. */
#define VTD_MODEL_UR            0x100

/*
 * An untranslated DMA request of @sid.  Returns 0 and moves @len bytes, or a
 * fault reason (§7.1) at the first page that may not be accessed.  A 4 byte
 * write to 0xfeexxxxx is an interrupt (see vtd_model_msi()).
 */
unsigned int vtd_model_dma(struct vtd_model *m, uint16_t sid, uint64_t addr,
                           size_t len, bool write, void *buf);

/* The translation alone: @maddr for one byte at @addr. */
unsigned int vtd_model_translate(struct vtd_model *m, uint16_t sid,
                                 uint64_t addr, bool write, uint64_t *maddr);

/*
 * A request whose translation is done and whose data is on its way: as
 * vtd_model_translate().  It is over when an IOTLB invalidation drains its kind
 * (§6.5.4), and not before, whatever is invalidated and waited for.
 */
unsigned int vtd_model_begin(struct vtd_model *m, uint16_t sid, uint64_t addr,
                             bool write);
/* How many of each kind are on their way. */
unsigned int vtd_model_under_way(struct vtd_model *m, bool write);

/*
 * ATS: ask for a translation and keep it in the device's TLB (§4.2).  Returns
 * 0 or a fault reason; *prot is R (1) | W (2), 0 for nothing mapped.
 */
unsigned int vtd_model_ats_request(struct vtd_model *m, uint16_t sid,
                                   uint64_t addr, unsigned int *prot);

/*
 * A DMA through the device's TLB, as a translated request.  VTD_MODEL_UR if
 * the device's TLB has nothing for it.
 */
unsigned int vtd_model_ats_dma(struct vtd_model *m, uint16_t sid,
                               uint64_t addr, size_t len, bool write,
                               void *buf);

/* Does the device answer device-TLB invalidations?  Yes, unless told. */
void vtd_model_ats_dead(struct vtd_model *m, uint16_t sid, bool dead);

struct vtd_model_irq {
    bool remapped;              /* through an IRTE */
    bool compat;                /* let through in compatibility format */
    uint8_t vector, delivery_mode;
    bool level, logical, redirect_hint;
    uint32_t dest;              /* x2APIC ID, or xAPIC ID */
};

/* A write of @data to 0xfeexxxxx by @sid.  0 or a fault reason (§5.1). */
unsigned int vtd_model_msi(struct vtd_model *m, uint16_t sid, uint32_t addr,
                           uint32_t data, struct vtd_model_irq *irq);

/* ---- the unit's own interrupts ---- */

typedef void vtd_model_event_fn(void *arg, uint64_t addr, uint32_t data);

/* Called for each fault and invalidation completion event message. */
void vtd_model_on_event(struct vtd_model *m, vtd_model_event_fn *fn, void *arg);

/* ---- errors on demand ---- */

/* Commands are GCMD bits, register invalidations and queue descriptors. */
enum vtd_model_failure {
    VTD_MODEL_DROP,             /* not carried out, not answered */
    VTD_MODEL_ERROR,            /* queue: IQE until the descriptor is replaced;
                                   registers: as DROP */
    VTD_MODEL_DIE,              /* this and every later one as DROP */
    VTD_MODEL_REFUSE,           /* registers: answered, and not carried out
                                   (CAIG or IAIG 0); queue: as ERROR */
};

/*
 * Let the @nth command from now (1 is the next one) go wrong, 0: none, in a way
 * of the above or several (pause.h).
 */
void vtd_model_fail_nth(struct vtd_model *m, unsigned int nth,
                        unsigned int how);

/* Has the command asked for been reached? */
bool vtd_model_failed(const struct vtd_model *m);

/* A dead unit answers nothing; reads return all ones if @gone. */
void vtd_model_die(struct vtd_model *m, bool gone);
void vtd_model_revive(struct vtd_model *m);

/* The queue, and registers; see pause.h. */
MODEL_PAUSE_API(struct vtd_model, vtd_model);

/* ---- what a test wants to know ---- */

enum vtd_model_count {
    VTD_COUNT_GCMD,             /* global commands */
    VTD_COUNT_REG_CONTEXT,      /* register-based invalidations */
    VTD_COUNT_REG_IOTLB,
    VTD_COUNT_QI_CONTEXT,       /* descriptors */
    VTD_COUNT_QI_IOTLB,
    VTD_COUNT_QI_DEVTLB,
    VTD_COUNT_QI_IEC,
    VTD_COUNT_QI_WAIT,
    VTD_COUNT_IOTLB_GLOBAL,     /* by granularity, both interfaces */
    VTD_COUNT_IOTLB_DOMAIN,
    VTD_COUNT_IOTLB_PAGE,
    VTD_COUNT_TAIL,             /* writes of the tail register */
    VTD_COUNT_FAULT,            /* faults recorded or lost */
    VTD_COUNT_EVENT,            /* messages sent */
    VTD_COUNT_COMMANDS,         /* all commands */
    VTD_NR_COUNTS
};

unsigned long vtd_model_count(const struct vtd_model *m,
                              enum vtd_model_count c);
unsigned int vtd_model_violations(const struct vtd_model *m);
const char *vtd_model_last_violation(const struct vtd_model *m);
/* Forget violations that a test provoked. */
void vtd_model_forgive(struct vtd_model *m);

/*
 * Non-coherent mode: the CPU wrote [@maddr, @maddr + @len) back.  Called by
 * the model's hook into arch/host, or by a test.
 */
void vtd_model_cache_clean(struct vtd_model *m, uint64_t maddr, size_t len);

#endif /* TESTS_VTD_MODEL_H */
