# SPDX-License-Identifier: GPL-2.0-only
# The machine came up, whatever its firmware said.

alive() { xl info | grep -E 'xen_version|virt_caps'; }

check alive alive
check guest-without-device probe_create g1
check guest-answers guest_sh g1 true
check destroy guest_destroy g1
