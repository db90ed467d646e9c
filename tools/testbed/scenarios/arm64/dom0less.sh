# SPDX-License-Identifier: GPL-2.0-only
# A guest that Xen itself created has a device; it is the layer's like any other.

RTC=/pl031@9010000

domain_is() { xl list "$1" >/dev/null 2>&1; }
gone() { ! domain_is "$1"; }
# The guest's console is in Xen's log.
guest_says() { xl dmesg | grep -E "DOM1: .*$1"; }

check guest-is-there domain_is 1
check owner owner_is "$RTC" d1
check lent-table answers 0 'pages 0' xenhypfs cat "/iommu/groups/$(group_of "$RTC")/table"
check guest-drives-it wait_for 60 guest_says 'rtc-pl031 9010000.rtc: registered as rtc0'
check guest-is-up wait_for 60 guest_says GUEST-READY

log_mark >/dev/null
refuse taken guest_create g2 "dtdev=['$RTC']"
check taken-says-why log_has "$RTC belongs to d1"
check taken-gone wait_for 30 guest_gone g2

check destroy xl destroy 1
check gone wait_for 30 gone 1
check quarantined owner_is "$RTC" quarantine
check create guest_create g3 "dtdev=['$RTC']"
check next-owner owner_is "$RTC" "d$(guest_id g3)"
check destroy-next guest_destroy g3
check quarantined-again owner_is "$RTC" quarantine
