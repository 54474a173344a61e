// Package synth makes a seeded synthetic world of trade, laid out like a BACI archive of CEPII, in which the truth is known:
// dependencies that begin in a known year, an exporter that rises along a known path, a policy with a known effect.
// The demonstration and the benchmarks run on it. It has the shape of real trade (gravity, heavy tails, sparsity) and
// nothing else of it: no figure of it says anything about a real economy, and everything it writes is marked SYNTHETIC.
//
// It imports only trade. It must never import ingest or store: the world is read through the same door as real data.
package synth

import (
	"fmt"
	"sort"

	"chokepoint/trade"
)

// Config sizes a world. Two worlds of one Config are the same, byte for byte.
type Config struct {
	Seed                uint64
	FirstYear, LastYear int
	Products            int  // 96 to 9000, spread over the chapters of the HS
	Economies           int  // 12 to 227: the largest 24, the other members of the EU, then by size
	FlowsPerYear        int  // aimed at; a year comes within a few per cent, the first years lower
	Quantities          bool // tonnes on all flows but 2 %; otherwise NA everywhere
}

// Demo is the world of the demonstration: small enough to be made and ingested in seconds.
func Demo() Config {
	return Config{Seed: 1, FirstYear: 2000, LastYear: 2024, Products: 1500, Economies: 64, FlowsPerYear: 160_000, Quantities: true}
}

// Panel is the world of the benchmarks: the size and the sparsity of the whole of BACI.
func Panel() Config {
	return Config{Seed: 1, FirstYear: 1997, LastYear: 2024, Products: 5000, Economies: 226, FlowsPerYear: 9_600_000, Quantities: true}
}

func (c Config) check() error {
	switch {
	case c.FirstYear < 1000 || c.LastYear > 9999 || c.FirstYear > c.LastYear:
		return fmt.Errorf("synth: years %d to %d: expected a range of four-digit years", c.FirstYear, c.LastYear)
	case c.Products < 96 || c.Products > 9000:
		return fmt.Errorf("synth: %d products: expected 96 to 9000", c.Products)
	case c.Economies < 12 || c.Economies > len(economyTable()):
		return fmt.Errorf("synth: %d economies: expected 12 to %d", c.Economies, len(economyTable()))
	case c.FlowsPerYear < c.Products || c.FlowsPerYear > c.Products*c.Economies*(c.Economies-1)/4:
		return fmt.Errorf("synth: %d flows a year: expected at least one per product and at most a quarter of all that are possible", c.FlowsPerYear)
	}
	return nil
}

// World is a world ready to be written. It is immutable and safe for concurrent use.
type World struct {
	cfg       Config
	economies []economy // by code
	rank      []int     // economies by size, as indices: the order of the table
	codes     []string  // products, ascending
	chapter   []int     // of each product
	level     []float64 // of each product: its place between the rarest (0) and the most traded (1)

	// The gravity model. A flow exists where its latent size, the sum of the terms of exporter, importer, product and pair
	// and noise, is above zero; its value grows with the latent size.
	supply, demand []float64 // terms of exporters and importers
	product        []float64 // terms of the products
	pair           []float32 // terms of pairs, exporter by importer
	valueExport    []float64 // what the values of an exporter's flows are above the model's, in log points
	valueImport    []float64 // the same of an importer
	valueProduct   []float64 // the same of a product
	unitValue      []float64 // of a product, USD per kg, log
	constant       float64   // of log values in the last year

	riserLatent, riserValue []float64 // the riser's terms by year
	plan                    plan
	truth                   Truth
}

// New makes the world of a configuration. It panics if the configuration is not one it can make (see Config).
func New(c Config) *World {
	if err := c.check(); err != nil {
		panic(err)
	}
	w := &World{cfg: c}
	table := economyTable()[:c.Economies]
	w.economies = append(w.economies, table...)
	sort.Slice(w.economies, func(a, b int) bool { return w.economies[a].code < w.economies[b].code })
	for _, e := range table {
		w.rank = append(w.rank, w.index(e.code))
	}
	w.codes, w.chapter = productCodes(c.Products)
	w.drawProducts()
	w.drawPairs()
	w.calibrateFlows()
	w.plant()
	w.calibrateValues()
	return w
}

// Config returns what the world was made from.
func (w *World) Config() Config { return w.cfg }

// index returns the position of an economy, or -1.
func (w *World) index(c trade.Code) int {
	i := sort.Search(len(w.economies), func(i int) bool { return w.economies[i].code >= c })
	if i == len(w.economies) || w.economies[i].code != c {
		return -1
	}
	return i
}

// The streams of random numbers of a world. Each draws from its own hash.
const (
	streamCell = iota + 1
	streamAdvantage
	streamChapter
	streamTaste
	streamProduct
	streamPair
	streamOrder
	streamPlan
	streamShare
)

func (w *World) key(stream uint64, parts ...uint64) uint64 {
	h := key(w.cfg.Seed, stream)
	for _, p := range parts {
		h = mix(h + p*golden + 1)
	}
	return h
}
