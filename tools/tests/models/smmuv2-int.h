/* SPDX-License-Identifier: GPL-2.0-only */
/* The SMMUv2 model's inside: registers, state, what its files share. */
#ifndef TESTS_SMMUV2_INT_H
#define TESTS_SMMUV2_INT_H

#include <pthread.h>
#include <string.h>

#include "smmuv2-model.h"

#define BITS(v, hi, lo) (((v) >> (lo)) & ((2ULL << ((hi) - (lo))) - 1))

#define MAX_SMRS  128
#define MAX_BANKS 128

/* Space 0. */
enum {
    R_CR0 = 0x00, R_ACR = 0x10, R_IDR0 = 0x20, R_IDR1 = 0x24, R_IDR2 = 0x28,
    R_IDR7 = 0x3c, R_GFAR = 0x40, R_GFSR = 0x48, R_GFSYNR0 = 0x50,
    R_GFSYNR1 = 0x54, R_TLBIVMID = 0x64, R_TLBIALLNSNH = 0x68,
    R_TLBGSYNC = 0x70, R_TLBGSTATUS = 0x74, R_SMR = 0x800, R_S2CR = 0xc00,
};

/* Space 1, from its start. */
enum { R_CBAR = 0x000, R_CBFRSYNRA = 0x400, R_CBA2R = 0x800 };

/* A context bank. */
enum {
    R_SCTLR = 0x00, R_ACTLR = 0x04, R_RESUME = 0x08, R_TTBR0 = 0x20,
    R_TCR = 0x30, R_FSR = 0x58, R_FAR = 0x60, R_FSYNR0 = 0x68,
    R_TLBIIPAS2 = 0x630, R_TLBSYNC = 0x7f0, R_TLBSTATUS = 0x7f4,
};

#define CR0_CLIENTPD 1u
#define CR0_GFIE     (1u << 2)
#define CR0_EXID     (1u << 3)
#define CR0_GCFGFIE  (1u << 5)
#define CR0_USFCFG   (1u << 10)
#define CR0_SMCFCFG  (1u << 21)
#define CR0_VMID16EN (1u << 31)
#define ACR_SMTNMB   (1u << 8)
#define ACR_S2CRB    (1u << 10)
#define ACR_LOCK     (1u << 26)
#define SCTLR_M      1u
#define SCTLR_CFIE   (1u << 6)
#define SCTLR_CFCFG  (1u << 7)
#define SCTLR_HUPCF  (1u << 8)
#define ACTLR_CPRE   2u
#define MULTI        (1u << 31)
#define FSR_SS       (1u << 30)

/* GFSR and FSR, those that the model records. */
enum { GF_ICF = 1, GF_USF = 2, GF_SMCF = 4, GF_UCBF = 8 };
enum { CF_TF = 2, CF_AFF = 4, CF_PF = 8, CF_EF = 16, CF_ASF = 128 };

enum { TYPE_TRANS, TYPE_BYPASS, TYPE_FAULT };

/* A cached translation, or the pointer to a table (walk cache). */
struct v2_tlb_entry {
    uint16_t vmid;
    bool leaf;
    unsigned int level;         /* 1: 4 KiB ... */
    uint64_t start, last;
    uint64_t maddr;
    unsigned int prot;
};

/* An invalidation that nobody has waited for. */
struct v2_pending {
    bool all, page;
    int bank;                   /* whose TLBSYNC ends it; -1: the global one */
    uint16_t vmid;
    uint64_t addr;
};

struct v2_cache {
    void *items;
    unsigned int nr, room;
    size_t size;
};

#define v2m_get(c, type, i) (&((type *)(c)->items)[i])
void *v2m_cache_add(struct v2_cache *c);
void v2m_cache_drop(struct v2_cache *c, unsigned int i);

struct v2_bank {
    uint32_t cbar, cba2r, fsynra, sctlr, actlr, tcr, fsr, fsynr0;
    uint64_t ttbr0, far;
    bool active;                /* TLBSTATUS */
};

struct smmuv2_model {
    pthread_mutex_t lock;
    struct smmuv2_model_cfg cfg;
    unsigned int page, cb_base, nr_slots;
    uint32_t idr0, idr1, idr2, idr7;
    uint32_t cr0, acr, gfsr, gfsynr0, gfsynr1;
    uint64_t gfar;
    bool active;                /* TLBGSTATUS */
    uint32_t smr[MAX_SMRS], s2cr[MAX_SMRS];
    uint16_t left_bank[MAX_SMRS]; /* since the last sync: 1 + the number; 0 */
    struct v2_bank bank[MAX_BANKS];

    struct v2_cache own_tlb, *tlb, pending;
    uint8_t cached_stream[0x10000];  /* MMU-500: 0, or 1 + the outcome */
    uint8_t **shadow;           /* non-coherent: pages as last cleaned */

    smmuv2_model_irq_fn *irq_fn;
    void *irq_arg;
    bool in_irq, irq_taken;
    smmuv2_model_write_fn *write_fn;
    void *write_arg;

    unsigned int fail_in;
    enum smmuv2_model_failure fail_how;
    bool failed, dead, gone, stuck;

    unsigned long count[SMMUV2_NR_COUNTS];
    unsigned int violations;
    char last_violation[160];
};

/* smmuv2-model.c */
void v2m_violation(struct smmuv2_model *m, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void v2m_lock(struct smmuv2_model *m);
void v2m_unlock(struct smmuv2_model *m);
/* A wait begins.  True: it ends at once. */
bool v2m_next_command(struct smmuv2_model *m);

/* smmuv2-mem.c */
void v2m_host_attach(struct smmuv2_model *m);
void v2m_host_detach(struct smmuv2_model *m);
bool v2m_mem_read(struct smmuv2_model *m, uint64_t maddr, void *buf,
                  size_t len);

/* smmuv2-regs.c */
uint64_t v2m_reg_read(struct smmuv2_model *m, unsigned int off,
                      unsigned int size);
void v2m_reg_write(struct smmuv2_model *m, unsigned int off, uint64_t val,
                   unsigned int size);

/* smmuv2-stream.c */
unsigned int v2m_dma(struct smmuv2_model *m, uint32_t sid, uint64_t addr,
                     bool write, uint64_t *maddr);
/* Which of its lines are up?  -1: none. */
int v2m_line(const struct smmuv2_model *m);
/* After a store to SMR or S2CR @a: no other one is for the same streams. */
void v2m_check_slot(struct smmuv2_model *m, unsigned int a);
/* Does a stream use bank @n? */
bool v2m_bank_used(const struct smmuv2_model *m, unsigned int n);

/* smmuv2-walk.c */
/* 0 or CF_*. */
unsigned int v2m_translate(struct smmuv2_model *m, unsigned int n,
                           uint64_t addr, bool write, uint64_t *maddr);
uint16_t v2m_vmid(const struct smmuv2_model *m, unsigned int n);
void v2m_invalidate(struct smmuv2_model *m, const struct v2_pending *p);

#endif /* TESTS_SMMUV2_INT_H */
