/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupt remapping of one unit: what must hold for every driver, whatever
 * its entries look like.  Requests are those of function 03:02.0.
 */
#ifndef TESTS_SUITE_INTREMAP_H
#define TESTS_SUITE_INTREMAP_H

#include "test.h"

#include <iommu-groups/driver.h>
#include <iommu-groups/ir.h>

#define IR_SID          0x0310

/* What arrives at a CPU. */
struct ir_got {
    bool remapped;
    struct iommu_ir_irq irq;
};

struct ir_rig {
    unsigned int nr_variants;
    bool eim;                   /* of variant 0: 32-bit destinations */
    unsigned int nr_entries;    /* that one source can have */
    bool level;                 /* entries have a trigger mode */
    unsigned int nr_allocs;     /* when remapping is turned on first */

    /* One unit, found but not on; remapping is off. */
    void (*start)(unsigned int variant);
    void (*stop)(void);
    struct iommu_unit *(*unit)(void);
    int (*enable)(bool eim);
    void (*disable)(void);
    /* The unit is off, and lost its registers; on again. */
    void (*suspend)(void);
    int (*resume)(void);

    /* @sid writes to 0xfeexxxxx: 0, and what it becomes, or a fault. */
    unsigned int (*send)(uint16_t sid, uint32_t addr, uint32_t data,
                         struct ir_got *got);
    /* Commands that drop entries from caches. */
    unsigned long (*nr_invalidations)(void);
    /* The entry as it is in memory, of entry_words 64-bit words, or half one. */
    const void *(*entry)(unsigned int index);
    unsigned int entry_size;

    /* The n-th command from now goes wrong in way @how, below nr_ways. */
    unsigned int nr_ways;
    void (*fail_nth)(unsigned int nth, unsigned int how);
    bool (*failed)(void);
    void (*die)(bool gone);
    void (*revive)(void);
};

extern const struct iommu_ir_source ir_source;

/* An entry of ir_source that delivers @vector to @dest. */
unsigned int suite_ir_entry(const struct ir_rig *rig, uint8_t vector,
                            uint32_t dest);
/* @sid sends message @sub of the block at @index. */
unsigned int suite_ir_fire(const struct ir_rig *rig, uint16_t sid,
                           unsigned int index, unsigned int sub,
                           struct ir_got *got);

/* Nothing but entries lets an interrupt pass. */
void suite_ir_blocked(const struct ir_rig *rig);
/* Every field arrives, and reads back. */
void suite_ir_delivery(const struct ir_rig *rig);
/* A wide destination is refused where it does not fit; the old entry stays. */
void suite_ir_wide(const struct ir_rig *rig);
/* Blocks of messages: aligned, in order, gone together. */
void suite_ir_messages(const struct ir_rig *rig);
/* Nothing of the old entry is delivered once a call has returned. */
void suite_ir_stale(const struct ir_rig *rig);
/* After each single store an entry is the old one, the new one, or absent. */
void suite_ir_stores(const struct ir_rig *rig);
void suite_ir_exhaustion(const struct ir_rig *rig);

/* suite-intremap-fail.c */

/* Every allocation of turning it on fails in turn: interrupts pass as before. */
void suite_ir_no_memory(const struct ir_rig *rig);
/* Every command goes wrong in turn, in every way. */
void suite_ir_commands_fail(const struct ir_rig *rig);
/* Nobody waits for a dead unit for long, and for one that is known dead. */
void suite_ir_dead(const struct ir_rig *rig);
/* Before Xen knows the time, too, nobody waits for a dead unit for ever. */
void suite_ir_early(const struct ir_rig *rig);
/* Across a suspend entries are as before. */
void suite_ir_suspend(const struct ir_rig *rig);

#endif /* TESTS_SUITE_INTREMAP_H */
