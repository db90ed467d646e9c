/* SPDX-License-Identifier: GPL-2.0-only */
/* The VT-d model's inside: state, and what its files need of each other. */

#ifndef TESTS_VTD_INT_H
#define TESTS_VTD_INT_H

#include <pthread.h>
#include <string.h>

#include "vtd-model.h"
#include "vtd-regs.h"

/* Context cache (§6.2.2), tagged by requester and domain. */
struct ctx_entry {
    uint16_t sid, did;
    unsigned int reason;        /* caching mode: what the walk ended in */
    uint64_t lo, hi;
};

/* IOTLB and paging-structure caches (§6.2.4, §6.2.5), tagged by domain. */
struct tlb_entry {
    uint16_t did;
    uint8_t level;              /* 1: 4 KiB … ; of the leaf or the table */
    bool leaf;
    uint64_t start, last;       /* bytes of input addresses */
    uint64_t entry;             /* leaf or pointer, R and W of the whole path */
    unsigned int reason;        /* caching mode: cached fault */
};

/* A device's TLB (§4.1). */
struct dev_entry {
    uint16_t sid;
    uint64_t start, last;
    uint64_t maddr;
    unsigned int prot;
};

/* Interrupt entry cache (§6.2.7). */
struct iec_entry {
    uint16_t index;
    uint64_t lo, hi;
};

/* A growing array that forgets only what it is told to. */
struct cache {
    void *items;
    unsigned int nr, room;
    size_t size;
};

#define vtdm_cache_get(c, type, i)   (&((type *)(c)->items)[i])
void *vtdm_cache_add(struct cache *c);
void vtdm_cache_drop(struct cache *c, unsigned int i);
void vtdm_cache_flush(struct cache *c);

struct vtd_model {
    pthread_mutex_t lock;
    struct vtd_model_cfg cfg;
    uint64_t cap, ecap;
    unsigned int fro, iro, mhmv;
    unsigned int size;          /* of the register block, whole pages */

    /* Registers with state; GCMD, CCMD and IOTLB live in functions. */
    uint32_t gsts, fsts, fectl, fedata, feaddr, feuaddr;
    uint32_t ics, iectl, iedata, ieaddr, ieuaddr;
    uint32_t pmen, plmbase, plmlimit;
    uint64_t rtaddr, ccmd, iotlb, iva, phmbase, phmlimit;
    uint64_t iqh, iqt, iqa, iqercd, irta;
    uint64_t (*frcd)[2];
    unsigned int fri;           /* next fault recording register */

    /* Latched by SRTP and SIRTP. */
    uint64_t root, ir_table;
    bool lost;                  /* a descriptor was dropped: no wait may end */

    struct cache ctx, tlb, dev, iec;
    struct cache dead_devs;     /* uint16_t */
    unsigned int under_way[2];  /* reads, writes: vtd_model_begin() */
    /* Devices that did not answer before a wait; each is an error of its own. */
    uint16_t dev_timeouts[64];
    unsigned int nr_dev_timeouts;
    uint16_t dev_timeout_sid;   /* the one reported last */

    uint8_t **shadow;           /* not coherent: pages as last cleaned */
    uint8_t **view;             /* RWBF: pages as seen since the last flush */
    uint32_t *view_epoch;       /* RWBF: when a page was copied */
    uint32_t epoch;             /* RWBF: flushes of the write buffer */

    struct { uint64_t addr; uint32_t data; } events[16];
    unsigned int nr_events;     /* to be delivered without the lock */

    vtd_model_event_fn *event;
    void *event_arg;

    unsigned int fail_in;       /* commands until failure, 0: none */
    unsigned int fail_how;      /* enum vtd_model_failure, or more of them: pause.h */
    bool failed, dead, gone;
    struct model_pause pause;
    uint64_t bad[3];            /* head and content of a refused descriptor */

    unsigned long count[VTD_NR_COUNTS];
    unsigned int violations;
    char last_violation[160];
};

/* vtd-model.c */
void vtdm_violation(struct vtd_model *m, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
enum { CMD_OK, CMD_DROP, CMD_ERROR, CMD_REFUSED };
/* Count a command and say how it ends. */
int vtdm_next_command(struct vtd_model *m, enum vtd_model_count kind);

/* vtd-mem.c: memory as the unit sees it */
bool vtdm_mem_walk_read(struct vtd_model *m, uint64_t maddr, void *buf,
                        size_t len);
bool vtdm_mem_queue_read(struct vtd_model *m, uint64_t maddr, void *buf,
                         size_t len);
bool vtdm_mem_read(struct vtd_model *m, uint64_t maddr, void *buf, size_t len);
bool vtdm_mem_write(struct vtd_model *m, uint64_t maddr, const void *buf,
                    size_t len);
void vtdm_mem_shadow_free(struct vtd_model *m);
/* The write buffer was flushed: stores are visible. */
void vtdm_mem_flushed(struct vtd_model *m);

/* vtd-mmio.c */
uint32_t vtdm_mmio_read(const struct vtd_model *m, unsigned int off);
void vtdm_mmio_write(struct vtd_model *m, unsigned int off, uint32_t val);
void vtdm_send_event(struct vtd_model *m, uint32_t addr, uint32_t upper,
                     uint32_t data);
/* Take and drop the lock; the latter delivers events afterwards. */
void vtdm_lock(struct vtd_model *m);
void vtdm_unlock(struct vtd_model *m);

/* vtd-fault.c */
void vtdm_fault_record(struct vtd_model *m, uint16_t sid, unsigned int reason,
                       uint64_t info, bool write);
void vtdm_fault_status(struct vtd_model *m, uint32_t bits);
void vtdm_fault_write(struct vtd_model *m, unsigned int off, uint32_t val);
void vtdm_fault_update(struct vtd_model *m);

/* vtd-inval.c */
void vtdm_inval_context(struct vtd_model *m, unsigned int gran, uint16_t did,
                        uint16_t sid, unsigned int fm);
void vtdm_inval_iotlb(struct vtd_model *m, unsigned int gran, uint16_t did,
                      uint64_t addr, unsigned int am, bool ih);
/* §6.5.4: reads, writes */
void vtdm_drain(struct vtd_model *m, bool dr, bool dw);
void vtdm_inval_iec(struct vtd_model *m, bool index, uint16_t iidx,
                    unsigned int im);
void vtdm_inval_devtlb(struct vtd_model *m, uint16_t sid, uint64_t addr,
                       bool s);
void vtdm_inval_all(struct vtd_model *m);

/* vtd-queue.c */
void vtdm_queue_run(struct vtd_model *m);
void vtdm_queue_tail(struct vtd_model *m, uint32_t val);
void vtdm_completion_control(struct vtd_model *m, unsigned int off,
                             uint32_t val);

/* vtd-walk.c */
struct translation {
    uint64_t maddr;             /* of the byte asked for */
    uint64_t start, last;       /* input range with one contiguous mapping */
    unsigned int prot;          /* R 1, W 2 */
    bool fpd;
};
enum { REQ_DMA, REQ_ATS, REQ_TRANSLATED };
unsigned int vtdm_walk(struct vtd_model *m, uint16_t sid, uint64_t addr,
                       bool write, unsigned int kind, struct translation *t);

/* vtd-intr.c */
unsigned int vtdm_intr_request(struct vtd_model *m, uint16_t sid, uint32_t addr,
                               uint32_t data, struct vtd_model_irq *irq);

#endif /* TESTS_VTD_INT_H */
