/* SPDX-License-Identifier: GPL-2.0-only */
/* Orders from the console, and what has to be done between them. */
#include "probe.h"

#include <sched.h>

static const struct command commands[] = {
    { "edu",        edu_command,      NULL },
    { "each_edu",   each_edu_command, NULL },
    { "nth_edu",    nth_edu_command,  NULL },
    { "edu_churn",  NULL, edu_churn },
    { "hold_page",  NULL, hold_page },
    { "grant_page", grant_page,       NULL },
    { "release_pci", release_pci,     NULL },
    { }
};

static const void *handed_over;

/* What the toolstack asks of its guests (xl shutdown, reboot and save). */
static void obey_toolstack(void)
{
    char value[16];

    if ( !store_read("control/shutdown", value, sizeof(value)) || !value[0] )
        return;
    store_write("control/shutdown", "");
    if ( !strcmp(value, "poweroff") )
        shutdown(SHUTDOWN_poweroff);
    if ( !strcmp(value, "reboot") )
        shutdown(SHUTDOWN_reboot);
    if ( !strcmp(value, "suspend") )
        suspend(handed_over);
}

void idle(uint64_t at_most)
{
    edu_churn_step();
    if ( !store_step() && !console_waits() )
        sleep_until(now() + at_most);
}

static bool obey_one_of(const struct command *command, const char *line,
                        int *rc)
{
    for ( ; command->word; command++ )
    {
        size_t len = strlen(command->word);

        if ( strncmp(line, command->word, len) )
            continue;
        if ( command->with && line[len] == ' ' )
            *rc = command->with(line + len + 1);
        else if ( command->alone && !line[len] )
            *rc = command->alone();
        else
            continue;
        return true;
    }
    return false;
}

static int obey_line(const char *line)
{
    int rc;

    if ( !strcmp(line, "true") )
        return DONE;
    if ( !strcmp(line, "crash") )
        shutdown(SHUTDOWN_crash);
    if ( !strcmp(line, "restart") )
        shutdown(SHUTDOWN_reboot);
    if ( obey_one_of(commands, line, &rc) ||
         obey_one_of(own_commands, line, &rc) )
        return rc;
    say("what is '%s'?\n", line);
    return NO_TEST;
}

/* NUMBER WORDS: the number is that of the answer. */
static void answer(const char *line)
{
    uint64_t id = 0;

    number(&line, &id);
    while ( *line == ' ' )
        line++;
    say("GUEST-DONE-%lu-%d\n", id, obey_line(line));
}

void __attribute__((noreturn)) probe_main(const void *from_xen);
void probe_main(const void *from_xen)
{
    const char *line;

    handed_over = from_xen;
    machine_init(from_xen);
    console_init();
    store_init();
    store_watch("control/shutdown", obey_toolstack);
    pci_init();
    say("GUEST-READY\n");
    for ( ; ; )
        if ( (line = console_line()) )
            answer(line);
        else
            idle(100 * MS);
}
