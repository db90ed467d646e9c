/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"
#include "tool.h"

bool run(const char *const *argv)
{
    int status;
    pid_t pid;

    fflush(stdout);
    pid = fork();
    if ( !pid )
    {
        execvp(argv[0], (char *const *)argv);
        complain("%s: %m", argv[0]);
        _exit(127);
    }

    return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
           !WEXITSTATUS(status);
}
