/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_XEN_KEYHANDLER_H
#define HOST_XEN_KEYHANDLER_H

#include <xen/types.h>

typedef void (keyhandler_fn_t)(unsigned char key);

/* Pressed by host_key_press(). */
void register_keyhandler(unsigned char key, keyhandler_fn_t *fn,
                         const char *desc, bool diagnostic);

#endif
