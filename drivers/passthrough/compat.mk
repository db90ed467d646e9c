# SPDX-License-Identifier: GPL-2.0-only
# Included by the layer's Makefiles: flags, and what differs between the versions
# of Xen that the layer is built in. The C side is include/iommu-groups/compat.h;
# hooks differ in xen-patches/. Nothing else asks for a version.

iommu-groups-xen := $(XEN_VERSION)$(XEN_SUBVERSION)

ifeq ($(filter 420 421 422 423,$(iommu-groups-xen)),)
$(error IOMMU groups are for Xen 4.20 to 4.23, and this is $(XEN_VERSION).$(XEN_SUBVERSION))
endif

CFLAGS-y += -I$(srctree)/drivers/passthrough/groups/include
CFLAGS-y += -DIOMMU_GROUPS_XEN=$(iommu-groups-xen)

# y in versions before 4.21, and so on.
iommu-groups-before-421 := $(if $(filter 420,$(iommu-groups-xen)),y)
iommu-groups-only-421   := $(if $(filter 421,$(iommu-groups-xen)),y)
iommu-groups-before-422 := $(if $(filter 420 421,$(iommu-groups-xen)),y)
iommu-groups-from-422   := $(if $(iommu-groups-before-422),,y)

# 4.21 has another name for it.
CONFIG_HAS_DEVICE_TREE ?= $(CONFIG_HAS_DEVICE_TREE_DISCOVERY)
# Up to then nobody can do without sysctls.
CONFIG_SYSCTL ?= $(iommu-groups-before-421)

# Up to some 4.20.x the security module is asked in files that the layer takes
# the place of; see iommu-groups/xsm.h.
ifneq ($(shell grep xsm_assign_device $(srctree)/include/xsm/xsm.h),)
CFLAGS-y += -DIOMMU_GROUPS_ASK_XSM
else ifeq ($(shell grep flask_assign_device $(srctree)/xsm/flask/hooks.c),)
$(error IOMMU groups: nobody asks the security module of this Xen who may give devices away)
endif
