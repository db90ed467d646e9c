/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IO-APICs.  The functions are provided by the test that has some; an index
 * below 0x10 is not used.
 */
#ifndef HOST_ASM_IO_APIC_H
#define HOST_ASM_IO_APIC_H

#include <xen/types.h>

#define MAX_IO_APICS 128

extern int nr_ioapics;
extern int nr_ioapic_entries[MAX_IO_APICS];
unsigned int host_ioapic_id(unsigned int apic);
#define IO_APIC_ID(apic) host_ioapic_id(apic)

/* Redirection entry (82093AA, 3.2.4). */
struct IO_APIC_route_entry {
    union {
        struct {
            unsigned int vector : 8;
            unsigned int delivery_mode : 3;
            unsigned int dest_mode : 1;
            unsigned int delivery_status : 1;
            unsigned int polarity : 1;
            unsigned int irr : 1;
            unsigned int trigger : 1;
            unsigned int mask : 1;
            unsigned int rsvd_ : 15;
            union {
                struct {
                    unsigned int rsvd_ : 24;
                    unsigned int logical_dest : 8;
                } logical;
                unsigned int dest32;
            } dest;
        };
        uint64_t raw;
    };
};

unsigned int __io_apic_read(unsigned int apic, unsigned int reg);
struct IO_APIC_route_entry __ioapic_read_entry(unsigned int apic,
                                               unsigned int pin, bool raw);
void __ioapic_write_entry(unsigned int apic, unsigned int pin, bool raw,
                          struct IO_APIC_route_entry e);

struct IO_APIC_route_entry **alloc_ioapic_entries(void);
void free_ioapic_entries(struct IO_APIC_route_entry **entries);
int save_IO_APIC_setup(struct IO_APIC_route_entry **entries);
void mask_IO_APIC_setup(struct IO_APIC_route_entry **entries);
int restore_IO_APIC_setup(struct IO_APIC_route_entry **entries, bool raw);

#endif
