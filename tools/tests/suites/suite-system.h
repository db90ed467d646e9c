/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Core and driver together on two modelled units: what devices reach while
 * groups are given away, mapped for, unmapped, suspended and lost.  Each runs on
 * a machine that was prepared, which is gone afterwards.
 */
#ifndef TESTS_SUITE_SYSTEM_H
#define TESTS_SUITE_SYSTEM_H

#include "vm-system.h"

/* Of a machine that is up: no device reaches anything. */
void suite_system_blocked(void);

void suite_system_attach(void);
/* A group's members move together, with all IDs they may carry. */
void suite_system_group(void);
/* One table, one tag and one invalidation for all devices on a unit. */
void suite_system_flush_cost(void);
void suite_system_suspend(void);
void suite_system_crash(void);
void suite_system_ats(void);
/* A device that does not answer is cut off; the rest of the unit lives. */
void suite_system_ats_dead(void);

#endif /* TESTS_SUITE_SYSTEM_H */
