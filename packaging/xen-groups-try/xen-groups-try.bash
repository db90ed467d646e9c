# SPDX-License-Identifier: GPL-2.0-only
# Completion for bash.
complete -W "once status check confirm undo" xen-groups-try
