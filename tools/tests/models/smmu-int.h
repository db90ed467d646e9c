/* SPDX-License-Identifier: GPL-2.0-only */
/* The SMMUv3 model's inside: registers, state, what its files share. */
#ifndef TESTS_SMMU_INT_H
#define TESTS_SMMU_INT_H

#include <pthread.h>
#include <string.h>

#include "smmu-model.h"

#define BIT64(n)        (1ULL << (n))
#define FIELD(v, hi, lo) (((v) >> (lo)) & ((2ULL << ((hi) - (lo))) - 1))

/* §6.2 */
enum {
    R_IDR0 = 0x00, R_IDR1 = 0x04, R_IDR2 = 0x08, R_IDR3 = 0x0c, R_IDR4 = 0x10,
    R_IDR5 = 0x14, R_IIDR = 0x18, R_AIDR = 0x1c, R_CR0 = 0x20, R_CR0ACK = 0x24,
    R_CR1 = 0x28, R_CR2 = 0x2c, R_GBPA = 0x44, R_IRQ_CTRL = 0x50,
    R_IRQ_CTRLACK = 0x54, R_GERROR = 0x60, R_GERRORN = 0x64,
    R_GERROR_CFG0 = 0x68, R_GERROR_CFG1 = 0x70, R_GERROR_CFG2 = 0x74,
    R_STRTAB_BASE = 0x80, R_STRTAB_CFG = 0x88, R_CMDQ_BASE = 0x90,
    R_CMDQ_PROD = 0x98, R_CMDQ_CONS = 0x9c, R_EVENTQ_BASE = 0xa0,
    R_EVENTQ_PROD = 0xa8, R_EVENTQ_CONS = 0xac, R_EVENTQ_CFG0 = 0xb0,
    R_EVENTQ_CFG1 = 0xb8, R_EVENTQ_CFG2 = 0xbc, R_PAGE = 0x10000,
};

#define CR0_SMMUEN      1u
#define CR0_EVENTQEN    4u
#define CR0_CMDQEN      8u
#define CR0_ATSCHK      16u
#define IRQ_GERROR_EN   1u
#define IRQ_EVENTQ_EN   4u
#define GERR_CMDQ       1u
#define GERR_EVENTQ     4u
#define GERR_SFM        0x100u
#define GBPA_ABORT      BIT64(20)
#define GBPA_UPDATE     BIT64(31)
#define OVERFLOW        BIT64(31)

/* A cached level 1 descriptor or stream table entry. */
struct cfg_entry {
    bool l1;
    uint32_t sid;               /* of L1: any that it covers */
    uint64_t w[8];
};

/* A cached translation, or the pointer to a table (walk cache). */
struct tlb_entry {
    uint16_t vmid;
    bool leaf;
    unsigned int level;         /* 1: 4 KiB ... */
    uint64_t start, last;
    uint64_t maddr;
    unsigned int prot;
};

struct smmu_cache {
    void *items;
    unsigned int nr, room;
    size_t size;
};

#define smmum_get(c, type, i)   (&((type *)(c)->items)[i])
void *smmum_cache_add(struct smmu_cache *c);
void smmum_cache_drop(struct smmu_cache *c, unsigned int i);

struct smmu_model {
    pthread_mutex_t lock;
    struct smmu_model_cfg cfg;
    uint32_t idr0, idr1, idr3, idr5;
    uint32_t cr0, cr0ack, cr1, cr2, gbpa, irq_ctrl, irq_ctrlack;
    uint32_t gerror, gerrorn, strtab_cfg, cmdq_prod, cmdq_cons;
    uint32_t eventq_prod, eventq_cons;
    uint64_t strtab_base, cmdq_base, eventq_base;
    struct { uint64_t addr; uint32_t data, attr; } msi[2];

    struct smmu_cache conf, tlb;
    uint8_t **shadow;           /* non-coherent: pages as last cleaned */

    struct { enum smmu_model_irq irq; uint64_t addr; uint32_t data; } irqs[16];
    unsigned int nr_irqs;       /* to be delivered without the lock */
    smmu_model_irq_fn *irq_fn;
    void *irq_arg;
    smmu_model_cmd_fn *cmd_fn;
    void *cmd_arg;
    smmu_model_write_fn *write_fn;
    void *write_arg;

    unsigned int fail_in;
    unsigned int fail_how;      /* enum smmu_model_failure, or more of them: pause.h */
    bool failed, dead, gone, stopped, stuck;
    struct model_pause pause;
    uint64_t bad[3];            /* position and content of a refused command */

    unsigned long count[256];
    unsigned int violations;
    char last_violation[160];
};

/* smmu-model.c */
void smmum_violation(struct smmu_model *m, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* False: the command is to be ignored. */
bool smmum_next_command(struct smmu_model *m, enum smmu_model_failure *how);
void smmum_lock(struct smmu_model *m);
void smmum_unlock(struct smmu_model *m);

/* smmu-mem.c */
void smmum_host_attach(struct smmu_model *m);
void smmum_host_detach(struct smmu_model *m);
/* Structures that software may have in its cache. */
bool smmum_mem_read(struct smmu_model *m, uint64_t maddr, void *buf, size_t len,
                    const char *what);
bool smmum_mem_write(struct smmu_model *m, uint64_t maddr, const void *buf,
                     size_t len);

/* smmu-regs.c */
uint64_t smmum_reg_read(struct smmu_model *m, unsigned int off,
                        unsigned int size);
void smmum_reg_write(struct smmu_model *m, unsigned int off, uint64_t val,
                     unsigned int size);

/* smmu-event.c */
void smmum_error(struct smmu_model *m, uint32_t bit);
void smmum_event(struct smmu_model *m, unsigned int code, uint32_t sid,
                 uint64_t addr, bool write);
void smmum_eventq_cons(struct smmu_model *m, uint32_t val);

/* smmu-queue.c */
void smmum_queue_run(struct smmu_model *m);
void smmum_queue_prod(struct smmu_model *m, uint32_t val);

/* smmu-walk.c */
struct stream {
    unsigned int config;        /* STE.Config */
    uint16_t vmid;
    unsigned int in_bits, out_bits, levels;
    uint64_t root;
};
/* 0, an event, or SMMU_MODEL_ABORT. */
unsigned int smmum_translate(struct smmu_model *m, const struct stream *s,
                             uint64_t addr, bool write, uint64_t *maddr);
unsigned int smmum_oas_bits(const struct smmu_model *m);

/* smmu-ste.c */
unsigned int smmum_stream(struct smmu_model *m, uint32_t sid, struct stream *s);

#endif /* TESTS_SMMU_INT_H */
