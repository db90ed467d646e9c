# SPDX-License-Identifier: GPL-2.0-only
# What a person looks at: the demonstration, a shell, tools, figures.

.PHONY: run shell tools install-tools bench bench-xen

run: xen image tools-if-any ## boot patched Xen, attach devices to a guest, show what is stopped
	@$(BED) run --arch $(ARCH) --when run$(if $(filter amd,$(IOMMU)),-amd) $(if $(STOCK),--stock) $(SCENARIO)

shell: $(if $(STOCK),xen-stock,xen) image tools-if-any ## an interactive dom0 on this terminal (IOMMU=amd; Ctrl-A X ends)
	@$(BED) shell --arch $(ARCH) $(if $(STOCK),--stock) $(or $(SCENARIO),$(if $(filter amd,$(IOMMU)),amd-shell))

tools: packages-build ## build the command-line tool
	@$(MAKE) --no-print-directory -C tools/xen-iommu STATIC_JANSSON=y

# Built apart: a system that it is installed on has the libraries.
install-tools: ## install xen-iommu below DESTDIR= (prefix=/usr)
	@$(MAKE) --no-print-directory -C tools/xen-iommu OUT=$(abspath $(or $(BUILD),build))/tools/install install-tools

.PHONY: tools-if-any
tools-if-any:
	@$(TOOLS_$(ARCH))

TOOLS_x86   := $(MAKE) --no-print-directory tools
TOOLS_arm64 := $(MAKE) --no-print-directory -C tools/xen-iommu CROSS=aarch64-linux-gnu \
               OUT=$(abspath $(or $(BUILD),build))/tools/arm64 \
               ROOT=$(abspath $(or $(BUILD),build))/image/arm64/root

bench: packages-tests ## page-table figures, and two threads on two groups
	@$(MAKE) --no-print-directory -C tools/bench run

# Counted in instructions: a busy machine takes longer, with the same figures.
bench-xen: WHEN := long
bench-xen: packages-arch xen-tree image ## what guests and devices cost inside Xen, stock and ours
	@$(SETUP)/xen-build.sh x86 stock-release
	@$(SETUP)/xen-build.sh x86 release
	@$(BED) run --arch x86 --when bench --stock --report bench-xen-stock
	@$(BED) run --arch x86 --when bench --report bench-xen
	@mkdir -p build/bench
	@python3 tools/bench/xen.py build/report/bench-xen-stock.json build/report/bench-xen.json \
	    --out build/bench/xen.txt
