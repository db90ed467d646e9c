# SPDX-License-Identifier: GPL-2.0-only
# Everything that passes or fails. Each stage ends in the line
# `N passed, N failed`; stages.py runs several and adds them up.

.PHONY: configs-check check check-long check-sources check-packages check-release check-stock check-bed check-host check-host-long mutants misra check-x86 check-arm64 check-riscv64 check-install check-arch soak patches-check test-times checks check-shell check-page

# One lane boots, one compiles and tests, and check-bed mostly sleeps; when these have
# ended, two machines boot side by side. Who first needs Xen's sources fetches them.
check: packages ## everything but what takes minutes; ends in `N passed, N failed`
	@$(STAGES) check "$(addprefix check-,$(call arches,check))" "check-host patches-check" "check-bed"

check-long: packages xen-source ## HVM guests, all variants, long cycles, ten minutes of chance, stock Xen side by side
	@$(STAGES) check-long "$(addprefix check-long-,$(call arches,long)) check-stock"

check-sources: packages xen-source ## longer host tests, mutants, MISRA, every patch and configuration
	@$(STAGES) check-sources "check-host-long mutants misra" "patches-check-full"

check-packages: packages xen-source ## what people install and look at: the Debian packages' life, fresh Debians, make shell, the page (root)
	@$(STAGES) check-packages "check-deb check-deb-life check-deb-life-arm64" "check-install check-shell check-page"

check-release: ## all of it: check, check-long, check-sources, check-packages
	@$(STAGES) check-release "check check-long check-sources check-packages"

check-bed: packages-build packages-tests ## the own tests of the test bed and of the set-up
	@python3 $(TESTBED)/tests

check-host: packages-tests ## host-side tests of the layer's sources
	@$(MAKE) --no-print-directory -C tools/tests check

mutants: packages-tests ## break one thing at a time in a copy of the layer: a host test must notice (FILTER=text; part of check-sources)
	@$(MAKE) --no-print-directory -C tools/tests mutants

misra: packages-misra xen-source ## the layer's sources and Xen's MISRA rules, by cppcheck (FILTER=text; part of check-sources)
	@python3 $(TESTBED)/misra.py $(FILTER)

check-host-long: packages-tests
	@$(MAKE) --no-print-directory -C tools/tests check-long

patches-check: packages-build packages-arm64 packages-riscv64 $(if $(FULL),packages-arm32) xen-source ## patches apply and build, on and off (FULL=1: after every patch, and configs-check)
	@$(TESTBED)/patches-check.sh $(if $(FULL),full,short)

patches-check-full: packages-build packages-arm64 packages-arm32 packages-riscv64 xen-source
	@$(TESTBED)/patches-check.sh full

configs-check: packages-build packages-arm64 packages-arm32 xen-source ## the layer builds without HVM, PV, ACPI and so on, off on 32-bit Arm, and in random configurations (SEEDS="1 2 3")
	@$(TESTBED)/patches-check.sh configs

check-stock: ## the scenarios of docs/side-by-side.md on unpatched Xen
	@$(MAKE) --no-print-directory ARCH=x86 STOCK=1 JOBS=2 SCENARIO='sides hotplug amd-guest variant-amd-noir' check-arch

check-x86: ## scenarios on x86 (SCENARIO=name, STOCK=1)
	@$(MAKE) --no-print-directory ARCH=x86 check-arch

check-arm64: ## scenarios on arm64
	@$(MAKE) --no-print-directory ARCH=arm64 check-arch

check-riscv64: ## scenarios on riscv64
	@$(MAKE) --no-print-directory ARCH=riscv64 check-arch

soak: packages-arch xen-tree image tools-if-any ## guests, devices and policies at random for MINUTES=10 (SEED=N, ARCH=x86|arm64)
	@$(SETUP)/xen-build.sh $(ARCH) debug
	@$(BED) run --arch $(ARCH) --when soak --args 'MINUTES=$(or $(MINUTES),10) $(if $(SEED),SEED=$(SEED))'

check-long-%:
	@$(MAKE) --no-print-directory ARCH=$* WHEN=long check-arch

check-shell: ARCH := x86
check-shell: xen image tools-if-any ## what a newcomer does in `make shell`, on Intel and on AMD, typed by a program
	@python3 $(TESTBED)/drive.py $(SCENARIO)

# Debian's Python has Debian's Selenium.
check-page: packages-browser ## the page of `xen-iommu groups --html` and `list --html` in a headless Chromium
	@/usr/bin/python3 $(TESTBED)/page.py

check-install: ## `make run` from a clone in a fresh Debian 12 and a fresh Debian 13 (RELEASE=name; root)
	@$(SETUP)/check-install.sh $(RELEASE)

check-arch: $(if $(STOCK),xen-stock,packages-arch xen-tree) image tools-if-any
	@$(if $(STOCK),,for f in $$($(BED) flavours --arch $(ARCH) --when $(or $(WHEN),check) $(SCENARIO)); do \
	    $(SETUP)/xen-build.sh $(ARCH) $$f || exit 1; done)
	@$(BED) run --arch $(ARCH) --when $(or $(WHEN),check) $(if $(STOCK),--stock) \
	    --jobs $(or $(JOBS),$(if $(SCENARIO),1,2)) $(SCENARIO)

checks: ## which checks are lost since the reports of BEFORE=DIR (a copy of build/report)
	@python3 $(TESTBED)/checks.py $(or $(BEFORE),$(error BEFORE=DIR says where the reports are))

RINGS := bed host patches-check x86-check arm64-check riscv64-check x86-long arm64-long

test-times: ## write the times of the last check and check-long into docs/tests.md
	@python3 $(TESTBED)/rings.py --table $(RINGS)
