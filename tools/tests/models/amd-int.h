/* SPDX-License-Identifier: GPL-2.0-only */
/* The AMD-Vi model's inside: state, and what its files need of each other. */

#ifndef TESTS_AMD_INT_H
#define TESTS_AMD_INT_H

#include <pthread.h>
#include <string.h>

#include "amd-model.h"
#include "amd-regs.h"
#include "pause.h"

/* A device table entry, as it was when it was read (§2.2.2). */
struct dte {
    uint16_t devid;
    uint64_t w[4];
};

/* Pages and page directory entries, tagged by domain ID (§2.2.8). */
struct tlb_entry {
    uint16_t domain;
    bool leaf;
    bool absent;                /* NpCache: what the walk ended in */
    unsigned int level;         /* not a leaf: of the table it points to */
    uint64_t start, last;       /* bytes of input addresses */
    uint64_t entry;             /* IR and IW of the whole path */
    uint64_t flags;             /* absent: of the event */
};

struct dev_entry {
    uint16_t devid;
    uint64_t start, last, maddr;
    unsigned int prot;
};

struct irt_entry {
    uint16_t devid;
    unsigned int index;
    uint64_t lo, hi;
};

/* A growing array that forgets only what it is told to. */
struct cache {
    void *items;
    unsigned int nr, room;
    size_t size;
};

#define amdm_cache_get(c, type, i)   (&((type *)(c)->items)[i])
void *amdm_cache_add(struct cache *c);
void amdm_cache_drop(struct cache *c, unsigned int i);
void amdm_cache_flush(struct cache *c);

struct event {
    uint64_t lo, hi;
};

struct amd_model {
    pthread_mutex_t lock;
    pthread_cond_t go_on;
    struct amd_model_cfg cfg;
    unsigned int size;          /* of the register block */

    uint64_t devtab[8], cmdbuf, evtlog, control, excl_base, excl_limit;
    uint64_t cmd_head, cmd_tail, evt_head, evt_tail, status, xt[3];
    uint8_t conf[256];          /* the function's configuration space */
    uint32_t l1[0x80], l2[0x80];

    struct cache dte, tlb, dev, irt;
    struct cache dead_devs;     /* uint16_t */

    uint8_t **shadow;           /* not coherent: pages as last cleaned */

    struct amd_model_irq irqs[16];
    unsigned int nr_irqs;       /* to be delivered without the lock */
    amd_model_irq_fn *irq;
    void *irq_arg;
    amd_model_cmd_fn *cmd;
    void *cmd_arg;

    unsigned int fail_in;       /* commands until failure, 0: none */
    unsigned int fail_how;      /* enum amd_model_failure, or more of them: pause.h */
    bool failed, dead, gone;
    bool stalled;               /* the buffer, for good */
    bool lose_clear;

    unsigned int hold_walk, hold_cmd;   /* until then; 0: none */
    unsigned int walks_held;
    bool cmd_held;
    bool walk_ends;             /* one that was held, with the lock */

    bool late;                  /* events arrive by amd_model_settle() */
    struct { uint64_t at; struct event ev; } pending[64];
    unsigned int nr_pending;

    unsigned long count[AMD_NR_COUNTS];
    unsigned int violations;
    char last_violation[160];
};

/* amd-model.c */
void amdm_violation(struct amd_model *m, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
enum { CMD_OK, CMD_STALL, CMD_ILLEGAL, CMD_HARDWARE, CMD_WRONG };
/* Count a command and say how it ends. */
int amdm_next_command(struct amd_model *m, enum amd_model_count kind);
/* Take and drop the lock; the latter delivers interrupts afterwards. */
void amdm_lock(struct amd_model *m);
void amdm_unlock(struct amd_model *m);
/* Of a walk, between reading and caching: waits where a test wants that. */
void amdm_walk_point(struct amd_model *m);

/* amd-mem.c: memory as the unit sees it */
bool amdm_mem_walk(struct amd_model *m, uint64_t maddr, void *buf, size_t len);
bool amdm_mem_read(struct amd_model *m, uint64_t maddr, void *buf, size_t len);
bool amdm_mem_write(struct amd_model *m, uint64_t maddr, const void *buf,
                    size_t len);
void amdm_mem_free(struct amd_model *m);
void amdm_mem_clean(struct amd_model *m, uint64_t maddr, size_t len);

/* amd-conf.c: the function in configuration space */
void amdm_conf_reset(struct amd_model *m);
uint32_t amdm_conf_read(struct amd_model *m, unsigned int reg,
                        unsigned int size);
void amdm_conf_write(struct amd_model *m, unsigned int reg, unsigned int size,
                     uint32_t val);
/* Sends the unit's interrupt, by MSI or IntCapXT. */
void amdm_conf_send(struct amd_model *m);

/* amd-event.c */
void amdm_event(struct amd_model *m, uint64_t lo, uint64_t hi);
/* The same, unless the DTE suppresses it; returns the code. */
unsigned int amdm_event_of(struct amd_model *m, const struct dte *d,
                           uint64_t lo, uint64_t hi);
void amdm_interrupt(struct amd_model *m, uint64_t bit);

/* amd-queue.c */
void amdm_queue_run(struct amd_model *m);

/* amd-inval.c */
void amdm_inval_dte(struct amd_model *m, uint16_t devid);
void amdm_inval_pages(struct amd_model *m, uint16_t domain, uint64_t addr,
                      bool s, bool pde);
/* False: the device does not answer. */
bool amdm_inval_iotlb(struct amd_model *m, uint16_t devid, uint64_t addr,
                      bool s);
void amdm_inval_intr(struct amd_model *m, uint16_t devid);
void amdm_inval_all(struct amd_model *m);

/* amd-dte.c.  0 or an event code; @lo is what the event says besides. */
unsigned int amdm_dte(struct amd_model *m, uint16_t devid, struct dte *d,
                      uint64_t lo, uint64_t addr);

/* amd-walk.c */
unsigned int amdm_walk(struct amd_model *m, const struct dte *d, uint64_t addr,
                       bool write, bool ats, struct amd_model_page *page);

/* amd-intr.c */
unsigned int amdm_intr(struct amd_model *m, uint16_t devid, uint32_t addr,
                       uint32_t data, struct amd_model_irq *irq);

#endif /* TESTS_AMD_INT_H */
