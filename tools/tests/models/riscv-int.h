/* SPDX-License-Identifier: GPL-2.0-only */
/* The RISC-V IOMMU model's inside. */
#ifndef TESTS_RISCV_INT_H
#define TESTS_RISCV_INT_H

#include <pthread.h>
#include <string.h>

#include "riscv-model.h"

/* ---- §5.1 ---- */
enum {
    R_CAPABILITIES = 0, R_FCTL = 8, R_DDTP = 16, R_CQB = 24, R_CQH = 32,
    R_CQT = 36, R_FQB = 40, R_FQH = 48, R_FQT = 52, R_PQB = 56, R_PQH = 64,
    R_PQT = 68, R_CQCSR = 72, R_FQCSR = 76, R_PQCSR = 80, R_IPSR = 84,
    R_IOCOUNTOVF = 88, R_IOCOUNTINH = 92, R_IOHPMCYCLES = 96, R_ICVEC = 760,
    R_MSI_CFG_TBL = 768, R_SIZE = 4096,
};

#define BITS(val, hi, lo)  (((val) >> (lo)) & ((2ULL << ((hi) - (lo))) - 1))
#define BIT64(n)           (1ULL << (n))
#define MASK(hi, lo)       ((2ULL << (hi)) - (1ULL << (lo)))

/* §5.15, §5.16 */
#define CSR_EN             BIT64(0)
#define CSR_IE             BIT64(1)
#define CSR_MF             BIT64(8)
#define CSR_TO             BIT64(9)     /* cqcsr */
#define CSR_OF             BIT64(9)     /* fqcsr */
#define CSR_ILL            BIT64(10)
#define CSR_FENCE          BIT64(11)    /* cqcsr, fence_w_ip */
#define CSR_ON             BIT64(16)
#define CSR_BUSY           BIT64(17)
#define CQ_ERRORS          (CSR_MF | CSR_TO | CSR_ILL)
#define FQ_ERRORS          (CSR_MF | CSR_OF)

#define FCTL_BE            1U
#define FCTL_WSI           2U
#define FCTL_GXL           4U
#define FCTL_BITS          7U

/* §5.26: an entry of the table of messages. */
#define NR_VECTORS         16
struct msi_entry {
    uint64_t addr;
    uint32_t data, ctl;         /* ctl bit 0: masked */
    bool set;                   /* by software, all of it but the mask */
    bool pending;
};

/* §2.1: a context that is valid, or a pointer to a table. */
struct dc_entry {
    uint32_t did;
    uint64_t dc[8];
};

struct dir_entry {
    unsigned int level;         /* of the table that has it */
    uint32_t prefix;            /* device ID, with the bits below dropped */
    uint64_t entry;
};

/* Of a second-stage table. */
struct tlb_entry {
    uint16_t gscid;
    unsigned int level;         /* 1: 4 KiB */
    bool leaf;
    uint64_t start, last;       /* guest physical */
    uint64_t maddr;             /* of the page, or of the next table */
    unsigned int prot;          /* WALK_* of the leaf */
};

/* A growing array that forgets only what it is told to. */
struct cache {
    void *items;
    unsigned int nr, room;
    size_t size;
};

#define rvm_cache_get(c, type, i)   (&((type *)(c)->items)[i])
void *rvm_cache_add(struct cache *c);
void rvm_cache_drop(struct cache *c, unsigned int i);

struct queue {
    uint64_t base;
    uint32_t head, tail, csr;
    unsigned int busy;          /* reads for which it is still busy */
    bool stuck;
    uint32_t next;              /* csr's EN and IE then */
};

struct rvm {
    pthread_mutex_t lock;
    struct rvm_cfg cfg;
    uint64_t cap;

    uint32_t fctl, ipsr, iocountinh;
    uint64_t ddtp, ddtp_next, icvec;
    struct msi_entry msi[NR_VECTORS];
    unsigned int ddtp_busy;
    bool ddtp_stuck;
    struct queue cq, fq, pq;

    struct cache dcs, dirs, tlb;
    struct cache waiting;       /* invalidations since the last fence */

    unsigned int budget;        /* commands that a lazy unit may carry out */
    unsigned int wires;         /* mask of those to deliver */
    rvm_wire_fn *wire;
    void *wire_arg;
    rvm_write_fn *write;
    void *write_arg;

    unsigned int fail_in;       /* commands until failure, 0: none */
    unsigned int fail_how;      /* enum rvm_failure, or more of them: pause.h */
    bool failed, dead, gone, lost, timeout;
    bool bad_record;            /* the next one cannot be written */
    struct model_pause pause;
    unsigned int refused;
    uint64_t bad[3];            /* index + 1 and content of an illegal one */
    uint32_t sticky;            /* register to be stuck next */

    unsigned long count[RVM_NR_COUNTS];
    unsigned int violations;
    char last_violation[160];
};

/* riscv-model.c */
void rvm_violation(struct rvm *m, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Counts a command and says how it ends: -1: well; else a failure. */
int rvm_next_command(struct rvm *m);
void rvm_lock(struct rvm *m);
/* Also delivers interrupts. */
void rvm_unlock(struct rvm *m);
/* False: no memory there, or (a violation) freed. */
bool rvm_mem_read(struct rvm *m, uint64_t maddr, void *buf, size_t len);
bool rvm_mem_write(struct rvm *m, uint64_t maddr, const void *buf, size_t len);
/* The unit's own structures, word by word in its byte order (§5.4, BE). */
bool rvm_own_read(struct rvm *m, uint64_t maddr, void *buf, size_t len);
bool rvm_own_write(struct rvm *m, uint64_t maddr, const void *buf, size_t len);

/* riscv-mmio.c */
uint64_t rvm_reg_read(struct rvm *m, unsigned int off);
void rvm_mmio_reset(struct rvm *m);
/* Queues are on, and empty, as of software that is not there any more. */
void rvm_mmio_left_on(struct rvm *m);
/* A condition of §5.18 holds or has ceased. */
void rvm_interrupt(struct rvm *m);
void rvm_pend(struct rvm *m, unsigned int source);

/* riscv-queue.c */
void rvm_queue_run(struct rvm *m);
/* §5.6: how many entries. */
static inline uint32_t rvm_queue_size(const struct queue *q)
{
    return 2U << BITS(q->base, 4, 0);
}

/* riscv-fault.c */
void rvm_record(struct rvm *m, unsigned int cause, unsigned int ttyp,
                uint32_t did, uint64_t iotval, uint64_t iotval2);

/* riscv-walk.c */
unsigned int rvm_find_context(struct rvm *m, uint32_t did, uint64_t dc[8]);

#endif /* TESTS_RISCV_INT_H */
