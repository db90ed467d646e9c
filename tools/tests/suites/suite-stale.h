/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whatever a unit caches, and however it is built: when a flush has returned,
 * every DMA sees what was mapped, and nothing else.  Random maps, unmaps and
 * moves of devices between domains against an array for each domain.
 */
#ifndef TESTS_SUITE_STALE_H
#define TESTS_SUITE_STALE_H

#include "vm-system.h"

/* On a machine that was prepared; it is gone afterwards. */
void suite_stale(void);

#endif /* TESTS_SUITE_STALE_H */
