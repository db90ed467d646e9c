/* SPDX-License-Identifier: GPL-2.0-only */
/* IO-APICs and the PIC: redirection entries that a test sets up and reads. */

#include <xen/iommu.h>
#include <xen/string.h>
#include <xen/xmalloc.h>
#include <asm/io_apic.h>
#include <asm/irq.h>

int nr_ioapics;
int nr_ioapic_entries[MAX_IO_APICS];
unsigned int host_ioapic_ids[MAX_IO_APICS];
uint64_t host_rte[HOST_IO_APICS][HOST_IO_APIC_PINS];
bool host_pic_masked;

/* What arch/x86/intremap.c provides. */
unsigned int iommu_read_apic_from_ire(unsigned int apic, unsigned int reg);
void iommu_update_ire_from_apic(unsigned int apic, unsigned int pin,
                                uint64_t rte);

void host_ioapic_reset(void)
{
    nr_ioapics = 0;
    memset(nr_ioapic_entries, 0, sizeof(nr_ioapic_entries));
    memset(host_rte, 0, sizeof(host_rte));
    host_pic_masked = false;
}

/* With @nr pins, all of them masked. */
void host_ioapic_add(unsigned int id, unsigned int nr)
{
    unsigned int pin;

    for ( pin = 0; pin < nr; pin++ )
        host_rte[nr_ioapics][pin] = 1U << 16;
    host_ioapic_ids[nr_ioapics] = id;
    nr_ioapic_entries[nr_ioapics++] = nr;
}

unsigned int host_ioapic_id(unsigned int apic)
{
    return host_ioapic_ids[apic];
}

void mask_8259A(void)
{
    host_pic_masked = true;
}

void unmask_8259A(void)
{
    host_pic_masked = false;
}

unsigned int __io_apic_read(unsigned int apic, unsigned int reg)
{
    return host_rte[apic][(reg - 0x10) / 2] >> ((reg & 1) ? 32 : 0);
}

struct IO_APIC_route_entry __ioapic_read_entry(unsigned int apic,
                                               unsigned int pin, bool raw)
{
    struct IO_APIC_route_entry e;

    if ( raw || !iommu_intremap )
        e.raw = host_rte[apic][pin];
    else
        e.raw = iommu_read_apic_from_ire(apic, 0x10 + 2 * pin) |
                (uint64_t)iommu_read_apic_from_ire(apic, 0x11 + 2 * pin) << 32;

    return e;
}

void __ioapic_write_entry(unsigned int apic, unsigned int pin, bool raw,
                          struct IO_APIC_route_entry e)
{
    if ( raw || !iommu_intremap )
        host_rte[apic][pin] = e.raw;
    else
        iommu_update_ire_from_apic(apic, pin, e.raw);
}

void free_ioapic_entries(struct IO_APIC_route_entry **entries)
{
    int apic;

    for ( apic = 0; apic < nr_ioapics; apic++ )
        xfree(entries[apic]);
    xfree(entries);
}

struct IO_APIC_route_entry **alloc_ioapic_entries(void)
{
    struct IO_APIC_route_entry **entries;
    int apic;

    entries = xzalloc_array(struct IO_APIC_route_entry *, nr_ioapics);
    for ( apic = 0; entries && apic < nr_ioapics; apic++ )
    {
        entries[apic] = xzalloc_array(struct IO_APIC_route_entry,
                                      nr_ioapic_entries[apic]);
        if ( !entries[apic] )
        {
            free_ioapic_entries(entries);
            return NULL;
        }
    }

    return entries;
}

int save_IO_APIC_setup(struct IO_APIC_route_entry **entries)
{
    int apic, pin;

    for ( apic = 0; apic < nr_ioapics; apic++ )
        for ( pin = 0; pin < nr_ioapic_entries[apic]; pin++ )
            entries[apic][pin] = __ioapic_read_entry(apic, pin, true);

    return 0;
}

void mask_IO_APIC_setup(struct IO_APIC_route_entry **entries)
{
    int apic, pin;

    for ( apic = 0; apic < nr_ioapics; apic++ )
        for ( pin = 0; pin < nr_ioapic_entries[apic]; pin++ )
        {
            struct IO_APIC_route_entry e = entries[apic][pin];

            e.mask = 1;
            __ioapic_write_entry(apic, pin, true, e);
        }
}

int restore_IO_APIC_setup(struct IO_APIC_route_entry **entries, bool raw)
{
    int apic, pin;

    for ( apic = 0; apic < nr_ioapics; apic++ )
        for ( pin = 0; pin < nr_ioapic_entries[apic]; pin++ )
            __ioapic_write_entry(apic, pin, raw, entries[apic][pin]);

    return 0;
}
