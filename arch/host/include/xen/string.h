/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_STRING_H
#define HOST_XEN_STRING_H

#include <string.h>
#include <strings.h>
#include <xen/types.h>

/* Always terminate; return the length the whole string would have had. */
size_t host_strlcpy(char *dst, const char *src, size_t size);
size_t host_strlcat(char *dst, const char *src, size_t size);
#define strlcpy host_strlcpy
#define strlcat host_strlcat

/* Copy to an array that is known to be long enough. */
#define safe_strcpy(dst, src) (strlcpy(dst, src, sizeof(dst)) >= sizeof(dst))

#endif
