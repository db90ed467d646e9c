/* SPDX-License-Identifier: GPL-2.0-only */
/* What a guest on Arm does beside what all do. */
#ifndef GUEST_H
#define GUEST_H

#include "probe.h"

/* Reads a word; false where nothing is, which is an exception (start.S). */
bool reads(const volatile void *va, uint32_t *value);

#endif
