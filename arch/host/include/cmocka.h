/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmocka 2 uses the word noreturn, which is a macro
 * of Xen's, in its attributes.
 */
#pragma push_macro("noreturn")
#undef noreturn
#include_next <cmocka.h>
#pragma pop_macro("noreturn")
