package main

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"chokepoint/bench/world"
	"chokepoint/ingest"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/trade"
)

// dataset is one body of flows that all engines hold.
type dataset struct {
	name    string
	flows   int64
	years   int
	files   *store.Dataset
	source  *study.Source
	parquet string // folder with one file a year: what the peers load
	archive string // of the real year, and its only member unzipped
	csv     string
}

// prepare opens a dataset and, the first time, builds it. It returns nil for the real extract where that was not named.
func prepare(ctx context.Context, home, name string, size world.Size) (*dataset, error) {
	dir := filepath.Join(home, "data")
	archive := ""
	switch name {
	case world.Dataset:
		if err := size.Make(ctx, dir, func(text string) { log.Print("panel: ", text) }); err != nil {
			return nil, err
		}
	case "real":
		if archive = realArchive(); archive == "" {
			log.Print("real: left out; CHOKEPOINT_TEST_DATA=FOLDER names the folder of the real archives")
			return nil, nil
		}
		if err := ingestReal(ctx, dir, archive); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("no dataset %q; want real or panel", name)
	}
	d, err := store.Open(dir, name)
	if err != nil {
		return nil, err
	}
	out := &dataset{name: name, flows: d.Manifest().Rows, years: len(d.Years()), files: d, source: &study.Source{Dataset: d, Blocs: trade.BuiltinBlocs(), Files: os.ReadFile},
		parquet: filepath.Join(home, "parquet", name), archive: archive}
	if archive != "" {
		out.csv = filepath.Join(home, "real-baci.csv")
		if err := unzip(archive, out.csv); err != nil {
			return nil, err
		}
	}
	return out, out.export(ctx)
}

// realArchive is the extract of BACI 2024 in the folder that CHOKEPOINT_TEST_DATA names; empty: none is named.
func realArchive() string {
	dir := os.Getenv("CHOKEPOINT_TEST_DATA")
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, "baci-hs17-2024", "BACI_HS17_V202601.zip")
}

// ingestReal reads the extract as dataset "real", unless that is there.
func ingestReal(ctx context.Context, dir, archive string) error {
	listed, err := store.List(dir)
	if err != nil || slices.ContainsFunc(listed, func(m store.Manifest) bool { return m.Name == "real" }) {
		return err
	}
	log.Printf("real: ingesting %s", filepath.Base(archive))
	_, err = ingest.BACI(ctx, []string{archive}, ingest.Options{DataDir: dir, Name: "real"})
	return err
}

// unzip writes the member of flows of an archive of one year.
func unzip(archive, path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	z, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer z.Close()
	for _, member := range z.File {
		if !strings.Contains(member.Name, "_Y") {
			continue
		}
		from, err := member.Open()
		if err != nil {
			return err
		}
		to, err := os.Create(path + ".part")
		if err != nil {
			return err
		}
		_, err = io.Copy(to, from)
		if err := errors.Join(err, to.Close()); err != nil {
			return err
		}
		return os.Rename(path+".part", path)
	}
	return fmt.Errorf("%s has no member of flows", archive)
}

// export writes the flows of each year as Parquet, in their order: year, product (its place in the list of products),
// importer, exporter, value.
func (d *dataset) export(ctx context.Context) error {
	if err := os.MkdirAll(d.parquet, 0o755); err != nil {
		return err
	}
	place := map[string]uint16{}
	for i, p := range d.source.Dataset.Products().All() {
		place[p.Code] = uint16(i)
	}
	for _, y := range d.source.Dataset.Years() {
		path := filepath.Join(d.parquet, fmt.Sprintf("%d.parquet", y))
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		log.Printf("%s: exporting %d", d.name, y)
		year, err := d.files.Year(y)
		if err != nil {
			return err
		}
		if err := exportYear(path+".part", y, year, place); err != nil {
			return err
		}
		if err := os.Rename(path+".part", path); err != nil {
			return err
		}
	}
	return nil
}

func exportYear(path string, y int, year *store.Year, place map[string]uint16) (err error) {
	codes := arrow.PrimitiveTypes.Uint16
	schema := arrow.NewSchema([]arrow.Field{{Name: "year", Type: codes}, {Name: "product", Type: codes}, {Name: "importer", Type: codes},
		{Name: "exporter", Type: codes}, {Name: "value", Type: arrow.PrimitiveTypes.Float64}}, nil)
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w, err := pqarrow.NewFileWriter(schema, f, parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Snappy)), pqarrow.DefaultWriterProps())
	if err != nil {
		return errors.Join(err, f.Close())
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	flush := func() error {
		record := b.NewRecordBatch()
		defer record.Release()
		return w.Write(record)
	}
	rows := 0
	for i := range year.Len() {
		flows := year.Flows(i)
		n := len(flows.Value)
		for range n {
			b.Field(0).(*array.Uint16Builder).Append(uint16(y))
			b.Field(1).(*array.Uint16Builder).Append(place[flows.Product])
		}
		b.Field(2).(*array.Uint16Builder).AppendValues(flows.Importer, nil)
		b.Field(3).(*array.Uint16Builder).AppendValues(flows.Exporter, nil)
		b.Field(4).(*array.Float64Builder).AppendValues(flows.Value, nil)
		if rows += n; rows > 1<<19 {
			rows = 0
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return errors.Join(flush(), w.Close()) // closes f
}

// largest is the product with the most flows in the last year: its place and code.
func (d *dataset) largest() (int, string, error) {
	years := d.source.Dataset.Years()
	y, err := d.files.Year(years[len(years)-1])
	if err != nil {
		return 0, "", err
	}
	code, most := "", 0
	for i := range y.Len() {
		if n := len(y.Flows(i).Value); n > most {
			code, most = y.Product(i), n
		}
	}
	for i, p := range d.source.Dataset.Products().All() {
		if p.Code == code {
			return i, code, nil
		}
	}
	return 0, "", fmt.Errorf("product %s is not in the list", code)
}

// cpuModel names the processor, for the results.
func cpuModel() string {
	out, err := exec.Command("lscpu").Output()
	if err != nil {
		return "unknown processor"
	}
	for _, line := range strings.Split(string(out), "\n") {
		if name, ok := strings.CutPrefix(line, "Model name:"); ok {
			return strings.TrimSpace(name)
		}
	}
	return "unknown processor"
}
