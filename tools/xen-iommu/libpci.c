/* SPDX-License-Identifier: GPL-2.0-only */
/* libpci's headers and Xen's have the same names: nothing else sees them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pci/pci.h>

#include "libpci.h"
#include "source.h"
#include "tool.h"

#define CFG_BYTES 4096
#define FROM_FILE (PCI_LOOKUP_NO_NUMBERS | PCI_LOOKUP_NO_HWDB)

static struct pci_access *access_;
static jmp_buf failed;

/* The library ends the program unless this does not return. */
static void __attribute__((noreturn)) on_error(char *fmt, ...)
{
    char text[256];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    complain("PCI: %s", text);
    longjmp(failed, 1);
}

/* A device that leaves while it is read is this program's to report. */
static void ignore(char *fmt, ...)
{
    (void)fmt;
}

static struct pci_access *get_access(void)
{
    static char ids[512], path[512];

    if ( access_ )
        return access_;

    access_ = need(pci_alloc());
    access_->error = on_error;
    access_->warning = access_->debug = ignore;
    access_->method = PCI_ACCESS_SYS_BUS_PCI;
    access_->buscentric = 1;
    if ( getenv("XEN_IOMMU_PCI_IDS") )
        pci_set_name_list_path(access_, getenv("XEN_IOMMU_PCI_IDS"), 0);
    else if ( *source_root() )
    {
        snprintf(ids, sizeof(ids), "%s/usr/share/misc/pci.ids", source_root());
        pci_set_name_list_path(access_, ids, 0);
    }
    snprintf(path, sizeof(path), "%s/sys/bus/pci", source_root());
    pci_set_param(access_, "sysfs.path", path);

    return access_;
}

void libpci_done(void)
{
    if ( access_ )
        pci_cleanup(access_);
    access_ = NULL;
}

/* What sysfs lets this user read ends at one of these. */
static unsigned int read_config(struct pci_dev *d, uint8_t cfg[CFG_BYTES])
{
    static const unsigned int ends[] = { 64, 256, CFG_BYTES };
    unsigned int i, size = 0;

    memset(cfg, 0xff, CFG_BYTES);
    for ( i = 0; i < sizeof(ends) / sizeof(*ends); i++ )
    {
        if ( !pci_read_block(d, size, cfg + size, ends[i] - size) )
            break;
        size = ends[i];
    }

    return size;
}

bool libpci_scan(void (*fn)(void *ctx, unsigned int domain, unsigned int bus,
                            unsigned int dev, unsigned int fn,
                            const uint8_t *cfg, unsigned int size), void *ctx)
{
    struct pci_access *a = get_access();
    static uint8_t cfg[CFG_BYTES];
    struct pci_dev *d;

    if ( !source_exists("sys/bus/pci/devices") )
    {
        complain("there is no PCI bus here (no /sys/bus/pci)");
        return false;
    }
    if ( setjmp(failed) )
        return false;

    pci_init(a);
    pci_scan_bus(a);
    for ( d = a->devices; d; d = d->next )
        fn(ctx, d->domain, d->bus, d->dev, d->func, cfg, read_config(d, cfg));

    return true;
}

/* Names come from a file that anybody may have edited. */
static const char *plain(char *s)
{
    unsigned char *at;

    for ( at = (unsigned char *)s; *at; at++ )
        if ( *at < ' ' || *at > '~' )
            *at = '?';

    return s;
}

const char *libpci_name(uint16_t vendor, uint16_t device, uint16_t class)
{
    static char name[192];
    struct pci_access *a = get_access();

    if ( setjmp(failed) )
        return "";
    if ( pci_lookup_name(a, name, sizeof(name),
                         PCI_LOOKUP_VENDOR | PCI_LOOKUP_DEVICE |
                         FROM_FILE, vendor, device) ||
         pci_lookup_name(a, name, sizeof(name),
                         PCI_LOOKUP_CLASS | FROM_FILE, class) )
        return plain(name);

    return "";
}

const char *libpci_name_of(const char *sbdf)
{
    unsigned long vendor, device, class;

    if ( !source_number(&vendor, "sys/bus/pci/devices/%.32s/vendor", sbdf) ||
         !source_number(&device, "sys/bus/pci/devices/%.32s/device", sbdf) ||
         !source_number(&class, "sys/bus/pci/devices/%.32s/class", sbdf) )
        return "";

    return libpci_name(vendor, device, class >> 8);
}
