/* SPDX-License-Identifier: GPL-2.0-only */
/* What the AMD-Vi model needs of the machine that it is in. */

#ifndef TESTS_AMD_HOST_H
#define TESTS_AMD_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct amd_model;

/* Memory is these frames. */
extern const uint64_t amd_host_first_frame, amd_host_nr_frames;

/* 0, -EFAULT (allocated by nobody) or -ENXIO (no memory there). */
int amd_host_mem(uint64_t maddr, void *buf, size_t len, bool write);

/* Registers, configuration space, cache lines. */
void amd_host_attach(struct amd_model *m);
void amd_host_detach(struct amd_model *m);

#endif /* TESTS_AMD_HOST_H */
