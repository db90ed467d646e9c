# SPDX-License-Identifier: GPL-2.0-only
# Under Xen: it did what foresee-linux.sh's report says, device by device.

unpack() { gunzip -c /bed/kept/report.json.gz >/run/report.json; }

check report unpack
check verified answers 0 '^VERIFIED: ' xen-iommu check --verify /run/report.json

# And what is wrong in a report is noticed.
sed 's/"ids": "0/"ids": "1/' /run/report.json >/run/wrong.json
check notices answers 1 'uses the IDs' xen-iommu check --verify /run/wrong.json

# Who can never be given away, and why: as the report says.
NEVER='"(bridge|no-iommu|no-path|doubt)"'
judged() {
    local name possible n=0
    sed -n 's/^   "sbdf": "\(.*\)",/\1/p; s/^   "possible": \(.*\),/\1/p' /run/report.json |
        paste -d ' ' - - >/run/judged
    while read -r name possible; do
        xen-iommu explain "$name" --json >/run/explained
        if grep -qE "\"code\": $NEVER" /run/explained; then
            [ "$possible" = false ] || { echo "$name: Xen never gives it away"; return 1; }
        else
            [ "$possible" = true ] || { echo "$name: Xen gives it away"; return 1; }
        fi
        n=$((n + 1))
    done </run/judged
    echo "$n devices"
    [ $n -gt 5 ]
}
check judged judged
