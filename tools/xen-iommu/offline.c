/* SPDX-License-Identifier: GPL-2.0-only */
/* In place of the commands that ask Xen, where its libraries are missing. */
#include "check.h"

static int no_libraries(void)
{
    complain("this program was built without Xen's libraries: only `check' and `groups' work");

    return EXIT_NO_XEN;
}

int cmd_list(const struct options *o)       { (void)o; return no_libraries(); }
int cmd_explain(const struct options *o)    { (void)o; return no_libraries(); }
int cmd_assignable(const struct options *o) { (void)o; return no_libraries(); }
int cmd_attach(const struct options *o)     { (void)o; return no_libraries(); }
int cmd_detach(const struct options *o)     { (void)o; return no_libraries(); }
int cmd_faults(const struct options *o)     { (void)o; return no_libraries(); }
int cmd_dump(const struct options *o)       { (void)o; return no_libraries(); }
int cmd_metrics(const struct options *o)    { (void)o; return no_libraries(); }
int cmd_prove(const struct options *o)      { (void)o; return no_libraries(); }
int check_verify(const char *f) { (void)f; return no_libraries(); }
