package ingest

import (
	"archive/zip"
	"bufio"
	"bytes"
	"io"
	"testing"

	"github.com/klauspost/compress/flate"
)

// BenchmarkStages measures the stages of an ingest of the real 2024 extract one by one, each on one core, in ns a row.
// What an ingest takes at least is inflate, as nothing else is serial, or the sum of all by the cores.
func BenchmarkStages(b *testing.B) {
	z, err := zip.OpenReader(realData(b, archive2024))
	if err != nil {
		b.Fatal(err)
	}
	defer z.Close()
	var packed []byte
	for _, f := range z.File {
		if hasYear, err := readName(f.Name); err != nil || hasYear.year == 0 {
			continue
		}
		raw, err := f.OpenRaw()
		if err != nil {
			b.Fatal(err)
		}
		if packed, err = io.ReadAll(raw); err != nil {
			b.Fatal(err)
		}
	}
	inflate := func(to io.Writer) {
		source := bufio.NewReaderSize(struct{ io.Reader }{bytes.NewReader(packed)}, 256<<10)
		if _, err := io.Copy(to, flate.NewReader(source)); err != nil {
			b.Fatal(err)
		}
	}
	var text bytes.Buffer
	inflate(&text)
	line, body, _ := bytes.Cut(text.Bytes(), []byte("\n"))
	head, err := readHeader(line)
	if err != nil {
		b.Fatal(err)
	}
	rows := bytes.Count(body, []byte("\n"))
	stage := func(name string, run func()) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				run()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rows), "ns/row")
		})
	}

	j := &judge{products: newDictionary(true, nil)}
	for code := range j.known {
		j.known[code] = code > 0
	}
	w := &worker{judge: j, lookup: newLookup(j.products)}
	var pool chunkPool
	var chunks []chunk
	parse := func(plain, sort bool) {
		pool.put(chunks)
		chunks = nil
		for left := body; len(left) > 0; {
			end := bytes.LastIndexByte(left[:min(len(left), blockBytes)], '\n') + 1
			w.begin(pass{year: 2024}, head)
			w.plain = plain
			w.out = &outcome{}
			w.rows.reset()
			w.text(left[:end], false)
			if w.out.stop != nil {
				b.Fatal(w.out.stop)
			}
			if sort {
				chunks = append(chunks, w.rows.chunks(j.products.size(), &pool)...)
			}
			left = left[end:]
		}
	}
	stage("inflate", func() { inflate(io.Discard) })
	stage("parse", func() { parse(true, false) })
	stage("parse,slow", func() { parse(false, false) })
	stage("parse+sort", func() { parse(true, true) })
	if chunks == nil {
		parse(true, true)
	}
	stage("gather", func() {
		var g gatherer
		var p productFlows
		for product := range j.products.codes {
			g.gather(chunks, uint16(product), &p)
		}
	})
}
