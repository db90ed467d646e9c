/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of the registers that real machines have: lines of nine fields
 *
 *     machine unit base ver cap ecap include_all haw seen
 *
 * parted by white space, machine by machine; hexadecimal but for ver
 * ("major:minor"), haw and seen; "-" is not known.  The first line names the
 * fields; lines that begin with "#" do not count.
 */
#ifndef TESTS_CAPS_FILE_H
#define TESTS_CAPS_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define CAPS_MAX_UNITS 30

struct caps_unit {
    uint64_t base;              /* 0: firmware has it off, or gave none */
    bool known;                 /* the rest */
    uint32_t ver;               /* as the register has it */
    uint64_t cap, ecap;
    bool include_all;
};

struct caps_machine {
    char name[32];
    struct caps_unit unit[CAPS_MAX_UNITS];
    unsigned int nr;
    unsigned int haw;           /* 0: not known */
    unsigned int bad;           /* lines that cannot be read, and were left out */
};

/* The next machine of @f, which is seekable.  False: there is none. */
bool caps_next(FILE *f, struct caps_machine *m);

#endif /* TESTS_CAPS_FILE_H */
