# SPDX-License-Identifier: GPL-2.0-only
# Debian packages for trixie, and what shows that they are right.

.PHONY: deb check-deb check-deb-life check-deb-life-arm64

DEB_x86   := amd64
DEB_arm64 := arm64

deb: packages-build packages-roots xen-source xen-tree ## Debian 13 packages of the hypervisor and the tool, in build/deb (ARCH=arm64; root)
	@FOR=$(or $(DEB_$(ARCH)),$(ARCH)) $(SETUP)/deb.sh

check-deb: packages-build packages-roots xen-source xen-tree ## those packages: the same when built twice, lintian, what is in them (root)
	@$(SETUP)/check-deb.sh

check-deb-life: packages-build packages-roots xen-source xen-tree qemu ## they are installed, tried, confirmed, made to fail and removed on a Debian 13 in QEMU (STEP=name, ARCH=arm64: with UEFI; root)
	@python3 $(TESTBED)/life/life.py $(STEP)

check-deb-life-arm64:
	@$(MAKE) --no-print-directory ARCH=arm64 check-deb-life
