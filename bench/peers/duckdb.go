//go:build cgo

package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"
)

// duck is DuckDB in this process, on a table of its own format, sorted by year, product, importer, exporter. It needs less than
// 8 GB; with more it would drive the others' files out of the page cache.
type duck struct {
	*dataset
	db *sql.DB
}

func newDuck(ctx context.Context, home string, d *dataset) (engine, error) {
	path := filepath.Join(home, "duckdb-"+d.name+".db")
	_, err := os.Stat(path)
	fresh := err != nil
	db, err := sql.Open("duckdb", path)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, fmt.Sprintf("SET threads = %d; SET memory_limit = '8GB'; SET temp_directory = '%s'", threads, filepath.Join(home, "duckdb-tmp"))); err != nil {
		return nil, err
	}
	if fresh {
		load := fmt.Sprintf("CREATE TABLE flows AS SELECT * FROM read_parquet('%s/*.parquet')", d.parquet)
		if _, err := db.ExecContext(ctx, load); err != nil {
			os.Remove(path)
			return nil, err
		}
	}
	return &duck{d, db}, nil
}

func (e *duck) name() string { return "duckdb" }
func (e *duck) close()       { e.db.Close() }

func (e *duck) ask(ctx context.Context, q question, threshold string) (answer []string, took time.Duration, err error) {
	for _, part := range q.parts {
		statements, err := sqlOf("duckdb", part, threshold, e.dataset)
		if err != nil {
			return nil, 0, err
		}
		for _, text := range statements {
			start := time.Now()
			rows, err := e.query(ctx, text)
			if err != nil {
				return nil, 0, err
			}
			took += time.Since(start)
			answer = append(answer, rows...)
		}
	}
	return answer, took, nil
}

// query runs a statement; one that is no question has no rows of six columns.
func (e *duck) query(ctx context.Context, text string) (answer []string, err error) {
	rows, err := e.db.QueryContext(ctx, text)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if columns, err := rows.Columns(); err != nil || len(columns) != 6 {
		for rows.Next() {
		}
		return nil, errors.Join(err, rows.Err())
	}
	for rows.Next() {
		var year, importer, partner, products int
		var imports, from float64
		if err := rows.Scan(&year, &importer, &partner, &products, &imports, &from); err != nil {
			return nil, err
		}
		answer = append(answer, row(year, importer, partner, products, imports, from))
	}
	return answer, rows.Err()
}
