# SPDX-License-Identifier: GPL-2.0-only
# IOMMU groups for Xen. `make help` lists what there is to do.

ARCH  ?= x86
DEBUG ?= y

export ARCH DEBUG XEN_SRC XEN_TARBALL XEN_TOOLS BUILD

SETUP   := tools/setup
TESTBED := tools/testbed
BED     := python3 $(TESTBED)/bed
STAGES  := python3 $(TESTBED)/stages.py
FLAVOUR := $(if $(filter n,$(DEBUG)),release,debug)

# $(call arches,RING): the architectures that have scenarios in it.
arches   = $(shell $(BED) arches --when $(1))

.DEFAULT_GOAL := help
.NOTPARALLEL:

include mk/setup.mk
include mk/check.mk
include mk/run.mk
include mk/deb.mk

.PHONY: help
help: ## what there is to do
	@echo "Targets (ARCH=x86|arm64|riscv64, default x86):"
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | \
	    awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'
	@echo "Variables: XEN_SRC=DIR or XEN_TARBALL=FILE (your own Xen 4.20 to 4.23), DEBUG=n,"
	@echo "           SCENARIO=name, JOBS=N (boots at a time), STOCK=1 (unpatched Xen),"
	@echo "           FULL=1 (patches-check)"
