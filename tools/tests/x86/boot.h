/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * x86's boot from end to end, in the order of Xen's: firmware's table, x2APIC,
 * PCI functions, units, groups, interrupts, dom0; with every step failing in
 * turn.  What holds after each: where IOMMUs are used, dom0's devices reach what
 * dom0 has and nothing else; where they are not, no unit does anything; pins
 * deliver in either case; nothing that hardware uses was freed, and nothing was
 * lost.
 */
#ifndef TESTS_X86_BOOT_H
#define TESTS_X86_BOOT_H

#include "vm-system.h"

struct x86_irq {
    bool remapped;
    uint8_t vector;
    uint32_t dest;
};

/* One kind of units, by vm_ops and this. */
struct x86_boot {
    /* Models, vm.ops, and firmware's table. */
    void (*prepare)(void);
    /* A request of the IO-APIC, which unit 0 serves. */
    unsigned int (*msi)(uint64_t rte, struct x86_irq *irq);
    /* What a boot that came to its end left. */
    void (*tear_down)(void);
    /* The rest: tables that were read, registers that were mapped. */
    void (*forget)(void);
    /* How commands go wrong, 0 to this; the unit does not come back from it. */
    unsigned int last_way;
    /* By default one of so many steps fails, in each way another one. */
    unsigned int stride;
};

/* What the CPU does: nothing, is switched by Xen, was by firmware. */
enum x2apic { XAPIC, X2APIC, X2APIC_FIRMWARE, NR_X2APIC };

extern const struct x86_boot *x86_boot;
/* What goes wrong, and whether there was such a step. */
extern struct x86_wrong {
    int scan;                           /* scan_pci_devices()'s value */
    const uint8_t *function;            /* 00:00.0, 256 bytes; NULL: none */
    unsigned int memory;                /* this allocation; 0: none */
    bool burst;                         /* and all after it */
    unsigned int unit, command, how;    /* this command; 0: none */
    bool reached;
} x86_wrong;

/*
 * Everything up to dom0's devices.  True: units are used.  False, or a panic:
 * they are not.
 */
bool x86_boot_up(enum x2apic mode);
/* What holds then; @hung: a unit does not answer any more. */
void x86_boot_check(bool hung);
void x86_boot_down(void);
/* The same of a machine that a failed test left. */
int x86_boot_teardown(void **state);
#define X86_BOOT_TEST(fn) \
    cmocka_unit_test_setup_teardown(fn, usual, x86_boot_teardown)

/* Each in every mode of the CPU. */
void x86_boot_whole(void **state);       /* and a suspend */
void x86_boot_no_scan(void **state);
void x86_boot_no_memory(void **state);
void x86_boot_commands(void **state);

#endif /* TESTS_X86_BOOT_H */
