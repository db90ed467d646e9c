# SPDX-License-Identifier: GPL-2.0-only
# In plain Linux: what Xen will make of this machine, for foreseen.sh.

foresee() {
    xen-iommu check --json >/run/report.json
    [ $? -le 1 ] && [ -s /run/report.json ]
}
no_xen() { [ ! -e /proc/xen/capabilities ] && [ -n "$(ls /sys/kernel/iommu_groups)" ]; }

check no-xen no_xen
check foreseen foresee
check linux-schema host validate check "$(tr -d '\n' </run/report.json)"
check kept host keep report.json.gz "$(gzip -c /run/report.json | base64 -w0)"
# The same from a user's mouth: what is not readable is said.
check for-people answers 0 'devices can be given to a guest' xen-iommu check
