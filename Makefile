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

bench: ## ingest and full scan, rows a second
	go test -run '^$$' -bench . -benchmem ./ingest ./kernel ./analysis

test-all: lint oracle ## what CI runs beside `make test`
	go test -race ./...
