/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads that an error disturbs must get on before the next one comes: on a
 * busy host one of them can meet each error of the others, and a driver may give
 * up where nothing ever succeeds.
 */
#ifndef TESTS_STRIDES_H
#define TESTS_STRIDES_H

#include <stdbool.h>

#define MAX_STRIDES 16

/* Thread @nr has done a round, and @last: its last one. */
void stride(unsigned int nr, bool last);

/* Has each of @n threads done a round since this was last true?  One caller. */
bool strides_all(unsigned int n);

/* No thread has done any. */
void strides_reset(void);

#endif /* TESTS_STRIDES_H */
