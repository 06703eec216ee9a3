# One-line targets; `make run` and `make test` are all that a new machine needs Rust for.
PROCSTEAL = cargo run --release --quiet --
TOOLS = target/tools
SECONDS_TO_FUZZ ?= 60
TARGET ?= differential
# AFL++ itself is built and kept with the tools, not in the user's home.
WITH_AFL = PATH="$(CURDIR)/$(TOOLS)/bin:$$PATH" XDG_DATA_HOME="$(CURDIR)/$(TOOLS)/share"
ARTIFACTS = $(wildcard fuzz/artifacts target/afl target/run/findings findings)

.PHONY: steps run test fuzz fuzz-oracle verify conformance confirm repaired bench bench-check bench-peers report browser lint ci
.PHONY: fuzz-seeds fuzz-distill afl triage coverage engines kills smallest

run: ## a short hunt over prefix and fixed, and its report
	$(PROCSTEAL) hunt --scheduler prefix,fixed --executions 60000 --seed 1 --out target/run/findings || [ $$? -eq 1 ]
	$(PROCSTEAL) report target/run/findings --out target/run/report

test: ## all tests
	cargo test --workspace

fuzz: $(TOOLS)/bin/cargo-fuzz fuzz-seeds ## libFuzzer on TARGET (differential), for SECONDS_TO_FUZZ
	PATH="$(CURDIR)/$(TOOLS)/bin:$$PATH" cargo fuzz run -s none $(TARGET) fuzz/corpus/$(TARGET) \
		$(wildcard target/afl/$(TARGET)/*/queue) -- -max_total_time=$(SECONDS_TO_FUZZ) \
		-max_len=$(if $(filter oracle,$(TARGET)),65536,1024 -entropic=0) $(addprefix -dict=,$(wildcard fuzz/dictionaries/$(TARGET).dict))

afl: $(TOOLS)/bin/cargo-afl fuzz-seeds ## AFL++ on TARGET (differential), for SECONDS_TO_FUZZ
	$(WITH_AFL) cargo afl build --release --manifest-path fuzz/afl/Cargo.toml --target-dir fuzz/target/afl
	$(WITH_AFL) fuzz/afl.sh $(TARGET) $(SECONDS_TO_FUZZ)

triage: ## what engines and hunts found: minimized, grouped, and what is new put into corpus/regressions
	$(PROCSTEAL) triage target/triage $(addprefix --gather ,$(ARTIFACTS)) --adopt corpus/regressions

coverage: $(TOOLS)/bin/cargo-fuzz fuzz-seeds ## an HTML page of what TARGET's corpus covers, in target/coverage
	PATH="$(CURDIR)/$(TOOLS)/bin:$$PATH" fuzz/coverage.sh $(TARGET)

fuzz-distill: $(TOOLS)/bin/cargo-fuzz ## one small corpus of what both engines have of TARGET, in target/kept
	PATH="$(CURDIR)/$(TOOLS)/bin:$$PATH" fuzz/distill.sh $(TARGET)

engines: $(TOOLS)/bin/cargo-fuzz $(TOOLS)/bin/cargo-afl ## builds both engines' targets, and gives them every regression
	PATH="$(CURDIR)/$(TOOLS)/bin:$$PATH" cargo fuzz build -s none
	$(WITH_AFL) cargo afl build --release --manifest-path fuzz/afl/Cargo.toml --target-dir fuzz/target/afl
	PROCSTEAL_ENGINES=built cargo test --workspace --test engines -- --nocapture

kills: ## kills the commands that write at 200 random moments, and goes on with them
	cargo build --release --quiet
	PROCSTEAL_KILLS=200 PROCSTEAL_BINARY="$(CURDIR)/target/release/procsteal" cargo test --workspace --test kills -- --nocapture

fuzz-seeds: ## the corpus as the fuzz targets take it
	$(PROCSTEAL) corpus seeds corpus --out fuzz/corpus

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

repaired: ## the schedulers repaired and repaired-steal on the real Go runtime: do they hold, do Go's own tests pass, what do they cost
	$(PROCSTEAL) confirm --runtime fixed,repaired,repaired-steal --plain-runs 0 || [ $$? -eq 1 ]
	$(PROCSTEAL) confirm --go-tests --runtime fixed,repaired,repaired-steal
	$(PROCSTEAL) confirm --cost-rounds 20 --runtime repaired,repaired-steal

bench: ## the workbench beside its peers, which it builds: target/bench/bench.md, bench.json and growth.svg
	$(PROCSTEAL) bench $(addprefix --only ,$(ONLY)) $(addprefix --turns ,$(TURNS))

bench-peers: ## the peers' code: formatting, and clippy with warnings denied
	cargo fmt --manifest-path bench/peers/Cargo.toml --all --check
	cargo clippy --manifest-path bench/peers/Cargo.toml --locked --target-dir target/peers --all-targets -- -D warnings

bench-check: ## fails if fixed work takes over 5 % more instructions than it did; needs valgrind
	$(PROCSTEAL) bench --check src/bench/instructions.json

smallest: ## makes the collection of smallest schedules anew, in minutes
	$(PROCSTEAL) corpus smallest corpus/regressions --out corpus/smallest.toml

report: ## the differential report on what `make run` found
	$(PROCSTEAL) report target/run/findings --out target/run/report

browser: ## the report in headless Chromium, which must be there
	cargo test --workspace --features procsteal/browser --test browser

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

$(TOOLS)/bin/cargo-afl:
	cargo install --quiet --locked --root $(TOOLS) cargo-afl@0.18.2
	$(WITH_AFL) cargo afl config --build
