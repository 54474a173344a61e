# Targets for people. CI runs .ci/run, which calls nearly all of them.

.PHONY: assets build release release-check rename demo test answers mutations faults fuzz cluster cluster-real dialect real r clients measure lint modules oracle browser screenshots load panel bench bench-small notices

NPM_CI = npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

# Charts and maps are drawn by libraries from npm, which the program embeds. Without npm it builds too, and pages show their tables.
VENDOR = pages/assets/vendor
assets: $(VENDOR)/echarts.min.js.gz ## the libraries that draw charts, and the typeface

$(VENDOR)/echarts.min.js.gz: pages/npm/package-lock.json
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory vendor; else echo "npm is not there: pages will show tables without charts"; fi

.PHONY: vendor
vendor:
	cd pages/npm && $(NPM_CI)
	rm -rf $(VENDOR) && mkdir -p $(VENDOR)
	cp pages/npm/node_modules/echarts/dist/echarts.min.js pages/npm/node_modules/htmx.org/dist/htmx.min.js \
		pages/npm/node_modules/topojson-client/dist/topojson-client.min.js pages/npm/node_modules/d3-array/dist/d3-array.min.js \
		pages/npm/node_modules/d3-geo/dist/d3-geo.min.js pages/npm/node_modules/world-atlas/countries-50m.json $(VENDOR)/
	gzip -9nf $(VENDOR)/*.js $(VENDOR)/*.json
	cp pages/npm/node_modules/@fontsource-variable/source-sans-3/files/source-sans-3-latin-wght-normal.woff2 $(VENDOR)/source-sans-3.woff2

build: assets ## the program, static, in bin/
	@echo "Compiling. The first time Go fetches the modules and compiles all of them, which takes minutes (docs/install.md says how much); each package is named as it is begun."
	CGO_ENABLED=0 go build -v -trimpath -ldflags='-s -w' -o bin/chokepoint ./cmd/chokepoint
	@echo "bin/chokepoint is ready: bin/chokepoint demo"

release: vendor ## archives for linux, macOS and Windows, packages for Debian, checksums, in dist/
	cd suite/release && go run . -out ../../dist

release-check: vendor ## the archive for linux/amd64: built twice, same bytes; then used from an empty folder
	cd suite/release && go test . && go run . -out ../../dist -only linux/amd64 -twice -try

rename: ## another name for the module, everywhere: make rename NAME=github.com/…
	go run ./suite/rename $(NAME)

demo: assets ## a synthetic world, ingested, counted and shown in the browser until Ctrl-C
	go run ./cmd/chokepoint demo --serve

test: ## all tests that need nothing but Go; it says what it leaves out
	go run ./suite/gotest -timeout 60m ./...

# Tests that need more: their programs are there, or they fail. Real data lie in the folder DATA.
DATA ?= $(or $(CHOKEPOINT_TEST_DATA),$(abspath ../shared/data))
dialect: chdb
cluster cluster-real dialect real r clients: ## servers of ClickHouse; the same with real data; a modern ClickHouse; real data; R; pandas and haven
	CHOKEPOINT_TEST_DATA="$(DATA)" go run ./suite/gotest -suite $@ -timeout 60m

measure: ## layouts and shards of ClickHouse on the archive in ARCHIVE, an hour
	CHOKEPOINT_TESTS=measure go test ./clickhouse -run 'TestLayouts|TestScaling' -v -timeout 3h -args -layouts "$(ARCHIVE)"

OLD ?= bin/chokepoint-old
answers: build ## asks the program OLD and this one the same questions about the datasets in FOLDERS, and reports what differs
	go run ./suite/answers "$(OLD)" bin/chokepoint $(FOLDERS)

notices: ## the licences of what the program contains, in notices/THIRD-PARTY.txt
	go run ./suite/notices

mutations: ## breaks the program line by line and says which tests notice
	go run ./suite/mutations

TIME ?= 10m
fuzz: ## every fuzz target for TIME, two at a time, and a table of what was tried
	nice go run ./suite/fuzz -time $(TIME)

faults: ## flips, cuts and failing disks: more than ten thousand faults of stored files, some minutes
	go test ./suite/faults -count 1 -v -timeout 30m -faults.tries 10000 -faults.sequences 500

lint: ## vet, staticcheck and the words of docs/style/words.md
	gofmt -l . | (! grep .)
	go vet -composites=false ./...
	go tool staticcheck ./...
	go test ./cmd/chokepoint -run '^TestWords$$' -count 1

modules: ## every module builds and passes vet, and requires what its list says, in Go and for npm
	@set -e; for m in $$(find . -name go.mod -not -path '*/node_modules/*'); do echo "$$m"; \
		(cd $$(dirname $$m) && go build -o /dev/null ./... && go vet -composites=false ./... && go mod tidy -diff); done
	@if command -v npm >/dev/null; then set -e; for l in $$(find . -name package-lock.json -not -path '*/node_modules/*'); do echo "$$l"; \
		(cd $$(dirname $$l) && $(NPM_CI) --dry-run --offline); done; else echo "npm is not there: its packages are left out"; fi

oracle: ## compare with DuckDB (needs a C compiler)
	cd oracle && go test ./...

browser: vendor ## the pages in a browser (needs Node and chromium)
	cd browser && $(NPM_CI) && npm test

screenshots: vendor ## pictures of all pages, in browser/shots
	cd browser && $(NPM_CI) && node shots.mjs

ARCHIVE ?= $(abspath ../shared/data/baci-hs17-2024/BACI_HS17_V202601.zip)
CLIENTS ?= 50
TIME ?= 1m
PAUSE ?= 0s
load: ## CLIENTS for TIME, each reading for PAUSE on the average before it asks again, on the dataset DATASET (a folder in a data folder; with ALL=true on all in that folder), else on the archive in ARCHIVE
	go test ./pages -run '^TestLoad$$' -v -count 1 -timeout 2h -args -load.clients $(CLIENTS) -load.time $(TIME) -load.pause $(PAUSE) \
		$(if $(DATASET),-load.dataset "$(abspath $(DATASET))" $(if $(ALL),-load.all),-load.archive "$(ARCHIVE)")

# The panel and the peers' tables lie outside the repository: some 25 GB, built once.
CHOKEPOINT_BENCH ?= $(HOME)/.cache/chokepoint-bench
export CHOKEPOINT_BENCH

panel: ## the panel of the benchmarks alone, as a dataset in $(CHOKEPOINT_BENCH)/data
	go run ./bench/panel

bench: chdb ## beside DuckDB, ClickHouse (npm), pandas and data.table (Debian: python3-pandas, r-cran-data.table)
	cd bench/peers && go run . -out ../results
	go run ./bench/questions > bench/results/$$(date +%F)-questions.md; status=$$?; cat bench/results/$$(date +%F)-questions.md; exit $$status
	go run ./bench/pages > bench/results/$$(date +%F)-pages.md; status=$$?; cat bench/results/$$(date +%F)-pages.md; exit $$status
	if [ -n "$$CHOKEPOINT_TEST_DATA" ]; then go run ./bench/questions -dataset real -years 1 && go run ./bench/pages -dataset real; fi
	go test -run '^$$' -bench . -count 5 -timeout 60m ./bench > bench/results/$$(date +%F)-go.txt; status=$$?; cat bench/results/$$(date +%F)-go.txt; exit $$status

.PHONY: growth
growth: ## how questions grow over years, months and products, on datasets made of the panel's flows (some 8 GB)
	go run ./bench/questions
	for split in lines-15000 lines-50000 months; do go run ./bench/panel -split $$split || exit; done
	for lines in panel lines-15000 lines-50000; do go run ./bench/questions -dataset $$lines -years 1 || exit; done
	go run ./bench/questions -dataset months -years 12,84,168,336

bench-small: export CHOKEPOINT_BENCH_SIZE = small
bench-small: chdb ## every benchmark once, on a small panel: whether they run, not how fast
	cd bench/peers && go run . -runs 1
	go run ./bench/questions -years 1,3,6
	go run ./bench/pages
	for split in lines-15000 lines-50000 months; do go run ./bench/panel -split $$split && go run ./bench/questions -dataset $$split -years 1 || exit; done
	go test -run '^$$' -bench . -benchtime 1x -timeout 20m ./...

.PHONY: chdb
chdb: ## ClickHouse in process, for the benchmarks and the dialect; what needs it says so where npm or it cannot be had
	@if command -v npm >/dev/null; then cd bench/peers/clickhouse && $(NPM_CI); else echo "npm is not there: ClickHouse in process is left out"; fi || true
