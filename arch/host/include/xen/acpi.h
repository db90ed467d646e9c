/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_ACPI_H
#define HOST_XEN_ACPI_H

#include <xen/errno.h>
#include <xen/types.h>

#define ACPI_NAME_SIZE 4
#define ACPI_SIG_DMAR "DMAR"
#define ACPI_SIG_IORT "IORT"
#define ACPI_SIG_IVRS "IVRS"
#define ACPI_SIG_MCFG "MCFG"

typedef uint32_t acpi_status;
typedef uint32_t acpi_native_uint;
typedef uint64_t acpi_physical_address;
typedef char *acpi_string;
#define AE_OK 0u
#define AE_NOT_FOUND 5u
#define ACPI_SUCCESS(s) ((s) == AE_OK)
#define ACPI_FAILURE(s) ((s) != AE_OK)

struct acpi_table_header {
    char signature[ACPI_NAME_SIZE];
    uint32_t length;
    uint8_t revision;
    uint8_t checksum;
    char oem_id[6];
    char oem_table_id[8];
    uint32_t oem_revision;
    char asl_compiler_id[ACPI_NAME_SIZE];
    uint32_t asl_compiler_revision;
} __packed;

struct acpi_table_mcfg {
    struct acpi_table_header header;
    uint8_t reserved[8];
} __packed;

struct acpi_mcfg_allocation {
    uint64_t address;
    uint16_t pci_segment;
    uint8_t start_bus_number;
    uint8_t end_bus_number;
    uint32_t reserved;
} __packed;

typedef int (*acpi_table_handler)(struct acpi_table_header *table);

/* Tables come from host_acpi_set() (host.h). */
acpi_status acpi_get_table(const char *signature, acpi_native_uint instance,
                           struct acpi_table_header **out);
acpi_status acpi_get_table_phys(acpi_string signature,
                                acpi_native_uint instance,
                                acpi_physical_address *addr,
                                acpi_native_uint *len);
int acpi_table_parse(const char *id, acpi_table_handler handler);
extern bool acpi_disabled;

/* The VT-d driver's. */
int acpi_dmar_init(void);
void acpi_dmar_zap(void);
void acpi_dmar_reinstate(void);

#endif
