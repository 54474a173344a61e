package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// child is a peer in a process of its own: it gets its tables ready, says "ready", and then answers one line after another.
// A line names a part of a question and the file for the answer; what comes back is the seconds that it took.
type child struct {
	*dataset
	title string
	sql   string // folder of its SQL; empty: it has the questions in its own language
	parts map[string]bool
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Scanner
	dir   string
}

// newClickHouse starts ClickHouse in process (npm chdb) with a table ordered by year, product, importer, exporter.
func newClickHouse(home string, d *dataset) (*child, error) {
	if _, err := os.Stat("clickhouse/node_modules/chdb"); err != nil {
		return nil, missingError("npm package chdb is not installed: run `npm ci` in bench/peers/clickhouse")
	}
	return start(d, "clickhouse", "clickhouse", "node", "clickhouse/peer.mjs", filepath.Join(home, "clickhouse-"+d.name), d.parquet, strconv.Itoa(threads))
}

// newScript starts pandas or data.table. They hold all flows in memory, with what the joins need several times over, so
// that they are asked about the real year only.
func newScript(_ string, d *dataset, title, program, script, pkg string) (*child, error) {
	if d.name != "real" {
		return nil, missingError("holds everything in memory: asked about the real year only")
	}
	csv := filepath.Join(filepath.Dir(filepath.Dir(d.parquet)), "real.csv")
	if err := writeCSV(csv, d); err != nil {
		return nil, err
	}
	c, err := start(d, title, "", program, script, csv, eu27, d.csv)
	if err != nil {
		return nil, missingError(fmt.Sprintf("%v; is Debian's package %s installed?", err, pkg))
	}
	c.parts = map[string]bool{"merics": true, "geodep": true, "ingest": true}
	return c, nil
}

func start(d *dataset, title, sql, program string, args ...string) (*child, error) {
	c := &child{dataset: d, title: title, sql: sql, cmd: exec.Command(program, args...)}
	c.cmd.Stderr = os.Stderr
	var err error
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = bufio.NewScanner(out)
	if c.dir, err = os.MkdirTemp("", "chokepoint-peer-*"); err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	if !c.out.Scan() || c.out.Text() != "ready" {
		c.close()
		return nil, fmt.Errorf("%s does not start: it says %q", title, c.out.Text())
	}
	return c, nil
}

func (c *child) name() string { return c.title }

func (c *child) close() {
	c.in.Close()
	c.cmd.Wait()
	os.RemoveAll(c.dir)
}

func (c *child) ask(_ context.Context, q question, threshold string) (answer []string, took time.Duration, err error) {
	for _, part := range q.parts {
		if c.parts != nil && !c.parts[part] {
			return nil, 0, errNotAsked
		}
		file, request := filepath.Join(c.dir, "answer.csv"), part
		if c.sql != "" {
			statements, err := sqlOf(c.sql, part, threshold, c.dataset)
			if err != nil {
				return nil, 0, err
			}
			request = filepath.Join(c.dir, "question.sql")
			if err := os.WriteFile(request, []byte(strings.Join(statements, ";\n")), 0o644); err != nil {
				return nil, 0, err
			}
		}
		fmt.Fprintf(c.in, "%s %s\n", request, file)
		if !c.out.Scan() {
			return nil, 0, fmt.Errorf("%s has stopped", c.title)
		}
		seconds, err := strconv.ParseFloat(c.out.Text(), 64)
		if err != nil {
			return nil, 0, fmt.Errorf("%s: %s", c.title, c.out.Text())
		}
		took += time.Duration(seconds * float64(time.Second))
		rows, err := readAnswer(file)
		if err != nil {
			return nil, 0, err
		}
		answer = append(answer, rows...)
	}
	return answer, took, nil
}

func readAnswer(path string) ([]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var rows []string
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		if line == "" {
			continue
		}
		f := strings.Split(line, ",")
		if len(f) != 6 {
			return nil, fmt.Errorf("answer %q: want six numbers", line)
		}
		var n [6]float64
		for i := range f {
			if n[i], err = strconv.ParseFloat(f[i], 64); err != nil {
				return nil, err
			}
		}
		rows = append(rows, row(int(n[0]), int(n[1]), int(n[2]), int(n[3]), n[4], n[5]))
	}
	return rows, nil
}

// writeCSV writes the real year for those that read no Parquet.
func writeCSV(path string, d *dataset) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	f, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	fmt.Fprintln(w, "year,product,importer,exporter,value")
	for _, y := range d.source.Dataset.Years() {
		year, err := d.files.Year(y)
		if err != nil {
			return err
		}
		place := map[string]int{}
		for i, p := range d.source.Dataset.Products().All() {
			place[p.Code] = i
		}
		for i := range year.Len() {
			flows := year.Flows(i)
			for k, v := range flows.Value {
				fmt.Fprintf(w, "%d,%d,%d,%d,%.0f\n", y, place[flows.Product], flows.Importer[k], flows.Exporter[k], v)
			}
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
