/* SPDX-License-Identifier: GPL-2.0-only */
/* Orders from the console, and what has to be done between them. */
#include "probe.h"

#include <sched.h>

static const struct {
    const char *word;
    int (*with)(const char *words);
    int (*alone)(void);
} commands[] = {
    { "edu",        edu_command,      NULL },
    { "each_edu",   each_edu_command, NULL },
    { "nth_edu",    nth_edu_command,  NULL },
    { "edu_churn",  NULL, edu_churn },
    { "hold_page",  NULL, hold_page },
    { "grant_page", grant_page,       NULL },
};

/* What the toolstack asks of its guests (xl shutdown). */
static void obey(void)
{
    char value[16];

    if ( !store_read("control/shutdown", value, sizeof(value)) || !value[0] )
        return;
    store_write("control/shutdown", "");
    if ( !strcmp(value, "poweroff") )
        shutdown(SHUTDOWN_poweroff);
    if ( !strcmp(value, "reboot") )
        shutdown(SHUTDOWN_reboot);
}

void idle(uint64_t at_most)
{
    edu_churn_step();
    if ( store_changed() )
    {
        obey();
        pci_step();
        return;
    }
    if ( !console_waits() )
        sleep_until(now() + at_most);
}

static int obey_line(const char *line)
{
    unsigned int i;

    if ( !strcmp(line, "true") )
        return DONE;
    if ( !strcmp(line, "crash") )
        shutdown(SHUTDOWN_crash);
    if ( !strcmp(line, "restart") )
        shutdown(SHUTDOWN_reboot);
    for ( i = 0; i < sizeof(commands) / sizeof(commands[0]); i++ )
    {
        size_t len = strlen(commands[i].word);

        if ( strncmp(line, commands[i].word, len) )
            continue;
        if ( commands[i].with && line[len] == ' ' )
            return commands[i].with(line + len + 1);
        if ( commands[i].alone && !line[len] )
            return commands[i].alone();
    }
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

void __attribute__((noreturn)) probe_main(const struct start_info *si);
void probe_main(const struct start_info *si)
{
    const char *line;

    machine_init(si);
    console_init();
    store_init();
    store_watch("control/shutdown");
    store_watch("device/pci");
    pci_step();
    say("GUEST-READY\n");
    for ( ; ; )
        if ( (line = console_line()) )
            answer(line);
        else
            idle(100 * MS);
}
