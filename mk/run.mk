# SPDX-License-Identifier: GPL-2.0-only
# What a person looks at: the demonstration, a shell, tools, figures.

.PHONY: run shell tools install-tools bench

run: xen image tools-if-any ## boot patched Xen, attach devices to a guest, show what is stopped
	@$(BED) run --arch $(ARCH) --when run $(if $(STOCK),--stock) $(SCENARIO)

shell: $(if $(STOCK),xen-stock,xen) image tools-if-any ## an interactive dom0 on this terminal (Ctrl-A X ends)
	@$(BED) shell --arch $(ARCH) $(if $(STOCK),--stock) $(SCENARIO)

tools: packages-build ## build the command-line tool
	@$(MAKE) --no-print-directory -C tools/xen-iommu STATIC_JANSSON=y

# Built apart: a system that it is installed on has the libraries.
install-tools: ## install xen-iommu below DESTDIR= (prefix=/usr)
	@$(MAKE) --no-print-directory -C tools/xen-iommu OUT=$(abspath $(or $(BUILD),build))/tools/install install-tools

.PHONY: tools-if-any
tools-if-any:
	@[ ! -f tools/xen-iommu/Makefile ] || $(MAKE) --no-print-directory tools

bench: packages-tests ## page-table figures
	@$(MAKE) --no-print-directory -C tools/bench run
