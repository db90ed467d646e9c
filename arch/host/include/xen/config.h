/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included ahead of every file of a host build, as Xen's build does with its
 * own xen/config.h: the configuration, and nothing else.
 */
#ifndef HOST_XEN_CONFIG_H
#define HOST_XEN_CONFIG_H

/* The C library first: some of Xen's names are macros over its functions. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IOMMU_GROUPS_HOST 1
/* Xen's API as it is in 4.20. */
#define IOMMU_GROUPS_XEN 420

#define CONFIG_IOMMU_GROUPS 1
#define CONFIG_HAS_PCI 1
#define CONFIG_HAS_PASSTHROUGH 1
#define CONFIG_DEBUG 1
/* A machine with all the options that the layer has code for. */
#define CONFIG_X86 1
#define CONFIG_INTEL_IOMMU 1
#define CONFIG_AMD_IOMMU 1
#define CONFIG_ARM_SMMU 1
#define CONFIG_RISCV 1
#define CONFIG_PV 1
#define CONFIG_HVM 1
#define CONFIG_NUMA 1
#define CONFIG_KEXEC 1
#define CONFIG_ACPI 1
#define CONFIG_HAS_ITS 1
#define CONFIG_HYPFS 1
#define CONFIG_IOMMU_QUARANTINE_BASIC 1
#define CONFIG_64BIT 1
#define CONFIG_NR_CPUS 16
#define NR_CPUS CONFIG_NR_CPUS

#define BITS_PER_LONG 64
#define BITS_PER_BYTE 8
#define BYTES_PER_LONG 8
#define BITS_PER_INT 32

#define XENLOG_ERR     "<0>"
#define XENLOG_WARNING "<1>"
#define XENLOG_INFO    "<2>"
#define XENLOG_DEBUG   "<3>"
#define XENLOG_GUEST   "<G>"
#define XENLOG_G_ERR     XENLOG_GUEST XENLOG_ERR
#define XENLOG_G_WARNING XENLOG_GUEST XENLOG_WARNING
#define XENLOG_G_INFO    XENLOG_GUEST XENLOG_INFO
#define XENLOG_G_DEBUG   XENLOG_GUEST XENLOG_DEBUG

#define KB(n) ((uint64_t)(n) << 10)
#define MB(n) ((uint64_t)(n) << 20)
#define GB(n) ((uint64_t)(n) << 30)

/* Value of a Kconfig symbol in an expression: 1 when defined as 1. */
#define HOST_CFG_ARG_1 0,
#define HOST_CFG_SECOND(ignored, value, ...) value
#define HOST_CFG__(maybe) HOST_CFG_SECOND(maybe 1, 0, 0)
#define HOST_CFG_(value) HOST_CFG__(HOST_CFG_ARG_##value)
#ifndef CPPCHECK
#define IS_ENABLED(option) HOST_CFG_(option)
#else /* It cannot expand that one. */
#define IS_ENABLED(option) 1
#endif

#endif
