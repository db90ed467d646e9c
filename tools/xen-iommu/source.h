/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of the machine that is looked at: this one's, or a copy below --root. */
#ifndef XEN_IOMMU_SOURCE_H
#define XEN_IOMMU_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "" is this machine. */
void source_set_root(const char *dir);
const char *source_root(void);

/* Names are without a leading slash. */
#define SOURCE_FMT(at) __attribute__((format(printf, at, at + 1)))

bool source_exists(const char *fmt, ...) SOURCE_FMT(1);

/*
 * All of a file, with a NUL behind it, to be freed; NULL, with errno: it cannot
 * be read, or is longer than any that is read here.
 */
#define SOURCE_MAX (4u << 20)
char *source_read(size_t *len, const char *fmt, ...) SOURCE_FMT(2);

/* The same of a file that was named by the user; "-": standard input. */
char *source_read_file(const char *name, size_t *len);

/* Its first line, plain ASCII, to be freed; NULL: there is none. */
char *source_line(const char *fmt, ...) SOURCE_FMT(1);

/* A number as C writes it. */
bool source_number(unsigned long *val, const char *fmt, ...) SOURCE_FMT(2);

/* The last element of what a link points to, to be freed; NULL: it is none. */
char *source_link(const char *fmt, ...) SOURCE_FMT(1);

/* Names in a directory but "." and "..", in order; NULL at the end. */
char **source_list(const char *fmt, ...) SOURCE_FMT(1);
void source_list_free(char **names);

#endif /* XEN_IOMMU_SOURCE_H */
