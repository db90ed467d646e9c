# SPDX-License-Identifier: GPL-2.0-only
# Packages, Xen source and trees, images.  Every script does nothing twice.

.PHONY: setup packages packages-build packages-arch packages-arm64 packages-arm32 packages-riscv64 packages-tests packages-browser packages-misra packages-roots xen-source xen-tree xen xen-stock series
.PHONY: qemu image clean

setup: packages-build packages-arch packages-tests xen-source ## install packages and fetch the Xen source

packages: ## install all packages that `make check` needs (root)
	@$(SETUP)/packages.sh build image tests x86 arm64 riscv64

packages-build:
	@$(SETUP)/packages.sh build image

packages-arch:
	@$(SETUP)/packages.sh build image $(ARCH)

packages-arm64:
	@$(SETUP)/packages.sh build arm64

packages-arm32:
	@$(SETUP)/packages.sh build arm32

packages-riscv64:
	@$(SETUP)/packages.sh build riscv64

packages-tests:
	@$(SETUP)/packages.sh build tests

packages-browser:
	@$(SETUP)/packages.sh build browser

packages-misra:
	@$(SETUP)/packages.sh build misra

packages-roots:
	@$(SETUP)/packages.sh roots

xen-source: packages-build
	@$(SETUP)/xen-source.sh

xen-tree: xen-source
	@$(SETUP)/xen-tree.sh

xen: packages-arch xen-tree ## build patched Xen (DEBUG=n: release)
	@$(SETUP)/xen-build.sh $(ARCH) $(FLAVOUR)

xen-stock: packages-arch xen-source ## build unpatched Xen
	@$(SETUP)/xen-build.sh $(ARCH) stock

series: xen-tree $(if $(STEPS),packages-arm64 packages-arm32 packages-riscv64) ## hooks and layer as a patch series for xen-devel, in OUT=DIR (XEN_SRC=DIR; STEPS="x86 x86:CONFIG_HVM=n arm64 arm32": build each step; FROM=N: from the N-th on)
	@$(SETUP)/make-series.sh "$(OUT)" $(STEPS)

qemu: packages-build ## fetch the QEMU that everything here runs in, below build/
	@$(SETUP)/qemu.sh

image: packages-arch xen-source qemu ## build the dom0 and guest images
	@$(TESTBED)/images/all.sh $(ARCH) $(WHEN)

clean: ## remove build/, except what was downloaded (that is in the cache)
	rm -rf build
