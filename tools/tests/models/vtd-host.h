/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the VT-d model meets arch/host: MMIO, memory, cache cleaning. */

#ifndef TESTS_VTD_HOST_H
#define TESTS_VTD_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vtd_model;

/* Claim the unit's registers and listen to cache cleaning; and undo it. */
void vtd_host_attach(struct vtd_model *m);
void vtd_host_detach(struct vtd_model *m);

/* 0, -ENXIO: no memory there, -EFAULT: memory that is not allocated. */
int vtd_host_mem(uint64_t maddr, void *buf, size_t len, bool write);

/* The page frame numbers that memory can have. */
extern const uint64_t vtd_host_first_frame, vtd_host_nr_frames;

#endif /* TESTS_VTD_HOST_H */
