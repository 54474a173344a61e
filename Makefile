# Targets for people. CI runs .ci/run, which calls `make test`.

.PHONY: build demo test test-all lint oracle bench

build: ## the program, static, in bin/
	CGO_ENABLED=0 go build -trimpath -o bin/chokepoint ./cmd/chokepoint

demo: ## a synthetic world, ingested and counted
	go run ./cmd/chokepoint demo

test: ## all tests of the main module
	go test ./...

lint: ## vet and staticcheck
	gofmt -l . | (! grep .)
	go vet ./...
	go tool staticcheck ./...

oracle: ## compare with DuckDB (needs a C compiler)
	cd oracle && go test ./...

# The panel and the peers' tables lie outside the repository: some 25 GB, built once.
CHOKEPOINT_BENCH ?= $(HOME)/.cache/chokepoint-bench
export CHOKEPOINT_BENCH

bench: ## beside DuckDB, ClickHouse (npm), pandas and data.table (Debian: python3-pandas, r-cran-data.table)
	-cd bench/peers/clickhouse && npm ci --no-audit --no-fund
	cd bench/peers && go run . -out ../results
	go test -run '^$$' -bench . -count 5 -timeout 60m ./bench | tee bench/results/$$(date +%F)-go.txt

test-all: lint oracle ## what CI runs beside `make test`
	go test -race ./...
