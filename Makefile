# One-line targets; `make run` and `make test` are all that a new machine needs Rust for.
PROCSTEAL = cargo run --release --quiet --
TOOLS = target/tools
SECONDS_TO_FUZZ ?= 60

.PHONY: steps run test fuzz fuzz-oracle verify conformance confirm bench report browser lint ci

run: ## a short hunt over prefix and fixed, and its report
	$(PROCSTEAL) hunt --scheduler prefix,fixed --executions 60000 --seed 1 --out target/run/findings || [ $$? -eq 1 ]
	$(PROCSTEAL) report target/run/findings --out target/run/report

test: ## all tests
	cargo test --workspace

fuzz: $(TOOLS)/bin/cargo-fuzz ## libFuzzer on the differential target, for SECONDS_TO_FUZZ
	PATH="$(CURDIR)/$(TOOLS)/bin:$$PATH" cargo fuzz run -s none differential -- -max_total_time=$(SECONDS_TO_FUZZ) -max_len=1024

fuzz-oracle: $(TOOLS)/bin/cargo-fuzz ## libFuzzer on the oracle with raw bytes, from Go's tests, for SECONDS_TO_FUZZ
	cargo run --quiet -p procsteal-oracle --example fuzz-seeds -- target/fuzz-seeds/oracle
	mkdir -p fuzz/corpus/oracle
	PATH="$(CURDIR)/$(TOOLS)/bin:$$PATH" cargo fuzz run -s none oracle fuzz/corpus/oracle target/fuzz-seeds/oracle -- \
		-max_total_time=$(SECONDS_TO_FUZZ) -max_len=65536 -rss_limit_mb=1024 -timeout=10

verify: ## every interleaving of fixed within the default bounds
	$(PROCSTEAL) verify --scheduler fixed

conformance: ## the oracle against Go's own reader, line by line
	$(PROCSTEAL) conformance

confirm: ## the findings on the real Go runtime
	$(PROCSTEAL) confirm

bench: ## the workbench beside its peers: target/bench/bench.md and bench.json
	$(PROCSTEAL) bench

report: ## the differential report on what `make run` found
	$(PROCSTEAL) report target/run/findings --out target/run/report

browser: ## the report in headless Chromium, which must be there
	cargo test --features browser --test browser

steps: ## the table of which function has which step of the specification
	cargo run --quiet -p procsteal-reference --example steps > docs/steps.md

lint: ## formatting, clippy and documentation, with warnings denied
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo fmt --manifest-path fuzz/Cargo.toml --check
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet

ci: ## what continuous integration runs
	.ci/run

$(TOOLS)/bin/cargo-fuzz:
	cargo install --quiet --locked --root $(TOOLS) cargo-fuzz@0.13.2
