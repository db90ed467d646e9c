# SPDX-License-Identifier: GPL-2.0-only
# Debian packages for trixie, and what shows that they are right.

.PHONY: deb check-deb

deb: packages-build packages-roots xen-source xen-tree ## Debian 13 packages of the hypervisor and the tool, in build/deb (root)
	@$(SETUP)/deb.sh

check-deb: packages-build packages-roots xen-source xen-tree ## those packages: the same when built twice, lintian, what is in them (root)
	@$(SETUP)/check-deb.sh
