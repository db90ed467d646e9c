/* SPDX-License-Identifier: GPL-2.0-only */
/* IO-APICs, as tests set them up (arch/host/io-apic.c). */
#ifndef HOST_ASM_IO_APIC_H
#define HOST_ASM_IO_APIC_H

#include <xen/types.h>

#define MAX_IO_APICS 128
#define HOST_IO_APICS 4
#define HOST_IO_APIC_PINS 240

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

/* For tests: none, or one more; what is really in the entries. */
void host_ioapic_reset(void);
void host_ioapic_add(unsigned int id, unsigned int nr);
extern uint64_t host_rte[HOST_IO_APICS][HOST_IO_APIC_PINS];
extern bool host_pic_masked;

#endif
