package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"chokepoint/chokepoints"
	"chokepoint/competition"
	"chokepoint/dependence"
	"chokepoint/ingest"
	"chokepoint/result"
	"chokepoint/scenario"
	"chokepoint/study"
)

// ours is Chokepoint, in this process: the same call that the command line and the pages make.
type ours struct {
	*dataset
	codes   map[string]int // label → BACI code
	product string
	dir     string // of method files
}

func newOurs(d *dataset) (*ours, error) {
	_, product, err := d.largest()
	if err != nil {
		return nil, err
	}
	o := &ours{dataset: d, codes: map[string]int{"EU27": 1000, "USA+CAN+MEX": 1001, "CHN+HKG+MAC": 1002, "-": 0}, product: product}
	for _, y := range d.source.Dataset.Years() {
		for _, c := range d.source.Dataset.Importers(y).Union(d.source.Dataset.Exporters(y)).Codes() {
			o.codes[d.source.Dataset.Economies().Label(c)] = int(c)
		}
	}
	o.dir, err = os.MkdirTemp("", "chokepoint-bench-*")
	return o, err
}

func (o *ours) name() string { return "chokepoint" }
func (o *ours) close()       { os.RemoveAll(o.dir) }

// changed writes merics-2024 with another threshold.
func (o *ours) changed(threshold string) (string, error) {
	path := filepath.Join(o.dir, "changed.toml")
	text := "id = \"changed\"\ntitle = \"Changed\"\nstatus = \"own\"\nsource = \"benchmark\"\n" +
		"criteria = [\"imports >= 2 * exports\", \"partner_share >= " + threshold + "\", \"partner_world_share >= 0.3\"]\n"
	return path, os.WriteFile(path, []byte(text), 0o644)
}

func (o *ours) ask(ctx context.Context, q question, threshold string) (answer []string, took time.Duration, err error) {
	method, err := o.changed(threshold)
	if err != nil {
		return nil, 0, err
	}
	var tables []*result.Table
	start := time.Now()
	for _, part := range q.parts {
		var t *result.Table
		switch part {
		case "merics":
			t, err = dependence.Count(ctx, o.source, study.Query{Importers: "all,EU27", Partners: "all", Method: "merics-2024"})
		case "geodep":
			t, err = dependence.Count(ctx, o.source, study.Query{Importers: "all,EU27", Method: "geodep-2024", Persistence: o.persistence()})
		case "threshold_one":
			t, err = dependence.Count(ctx, o.source, study.Query{Importers: "USA", Partners: "all", Method: method})
		case "threshold_all":
			t, err = dependence.Count(ctx, o.source, study.Query{Partners: "all", Method: method})
		case "bloc":
			t, err = dependence.Count(ctx, o.source, study.Query{Importers: "USA+CAN+MEX", Partners: "CHN+HKG+MAC", Method: "merics-2024"})
		case "ingest":
			report, err := ingest.BACI(ctx, []string{o.archive}, ingest.Options{DataDir: o.dir, Name: "ingest", Replace: true})
			if err != nil {
				return nil, 0, err
			}
			took = time.Since(start)
			return []string{row(0, 0, 0, report.Total.RowsStored, report.Total.ValueStored, 0)}, took, nil
		case "stop":
			t, err = o.stop(ctx)
		case "scoreboard":
			t, err = competition.Scoreboard(ctx, o.source, competition.Board{Economy: "CHN", List: sections}, study.Query{Years: "all", Method: method})
		case "compare":
			t, err = dependence.Compare(ctx, o.source, study.Query{Importers: "USA", Partners: "all", Method: method + ",hjs-2020,iw-2024"}, "method")
		case "dependents":
			t, err = chokepoints.Chokepoints(ctx, o.source, study.Query{Products: "all", Years: "all", Method: method}, chokepoints.Options{})
		case "product":
			t, err = dependence.Indicators(ctx, o.source, study.Query{Products: o.product})
		}
		if err != nil {
			return nil, 0, err
		}
		tables = append(tables, t)
	}
	took = time.Since(start)
	for _, t := range tables {
		rows, err := o.rows(t)
		if err != nil {
			return nil, 0, err
		}
		answer = append(answer, rows...)
	}
	return answer, took, nil
}

// stop asks what is lost where China stops, of every product.
func (o *ours) stop(ctx context.Context) (*result.Table, error) {
	r, errs := scenario.CutQuestion.Read(map[string]string{"suppliers": "CHN", "hubs": "keep", "rule": "present", "spare": "0.1"})
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	return scenario.CutQuestion.Answer(ctx, o.source, r)
}

func (d *dataset) persistence() string {
	if d.years < 3 {
		return "1/1"
	}
	return "2/3"
}
