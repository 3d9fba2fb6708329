# Annalist: the commands a person needs. GNU make; everything else is cargo.
.DEFAULT_GOAL := help
SHELL := /bin/bash

ANNALIST := target/release/annalist
OUT := out

.PHONY: help run test soak bench man clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-6s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Build, read the sample reports, print the incident table
	@cargo build --release --locked -p annalist-cli
	@mkdir -p $(OUT)
	@echo
	@$(ANNALIST) read --quiet samples
	@$(ANNALIST) read --quiet --format jsonl --output $(OUT)/readings.jsonl samples
	@echo
	@echo "All readings, every value with its words, are in $(OUT)/readings.jsonl (one report a line)."
	@echo "The sample reports are invented. What to try next:"
	@echo
	@echo "  $(ANNALIST) read --format text samples/en-train-b-02.html      a report with its evidence marked"
	@echo "  $(ANNALIST) explain samples/en-dev-a-20.txt --field killed     who says so, in which words, by which rule"
	@echo "  $(ANNALIST) read YOUR-REPORT.txt --published-at 2026-01-31     your own"
	@echo "  $(ANNALIST) --help"

test: ## Everything that CI checks
	@scripts/test-all

soak: ## The long run of the ledger's tests: kills, losses of power, faults of the disk (Linux: needs strace, python3)
	@ANNALIST_SOAK=1 scripts/test-ledger

bench: ## Measure reading speed on this machine
	@cargo build --release --locked -p annalist-cli
	@$(ANNALIST) bench

man: ## Write the manual pages into out/man
	@cargo build --release --locked -p annalist-cli
	@$(ANNALIST) man $(OUT)/man

clean: ## Remove what was built
	@cargo clean
	@rm -rf $(OUT)
