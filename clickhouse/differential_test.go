package clickhouse_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"chokepoint/analysis"
	"chokepoint/clickhouse"
	"chokepoint/clickhouse/loopback"
	"chokepoint/ingest"
	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/suite"
	"chokepoint/synth"
	"chokepoint/trade"
)

// madeUpArchive is an archive of a small world.
func madeUpArchive(t *testing.T) (archive string) {
	t.Helper()
	return archiveOf(t, synth.Config{Seed: 7, FirstYear: 2022, LastYear: 2024, Products: 700, Economies: 30, FlowsPerYear: 20000, Quantities: true})
}

func archiveOf(t *testing.T, config synth.Config) (archive string) {
	t.Helper()
	archive = filepath.Join(t.TempDir(), synth.ArchiveName)
	f, err := os.Create(archive)
	if err != nil {
		t.Fatal(err)
	}
	world := synth.New(config)
	if err = errors.Join(world.WriteArchive(f, func(int, int64) {}), f.Close()); err != nil {
		t.Fatal(err)
	}
	return archive
}

// options read it as the dataset "world".
func options(dir string) ingest.Options {
	return ingest.Options{DataDir: dir, Name: "world", Synthetic: true, ProgramVersion: "test", Progress: func(ingest.Progress) {}}
}

// madeUp is a folder with a small dataset, "world".
func madeUp(t *testing.T) (dir string) {
	t.Helper()
	return madeFrom(t, madeUpArchive(t))
}

func made(t *testing.T, config synth.Config) (dir string) {
	t.Helper()
	return madeFrom(t, archiveOf(t, config))
}

func madeFrom(t *testing.T, archive string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if _, err := ingest.BACI(t.Context(), []string{archive}, options(dir)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// asked are questions and their parameters. PRODUCT stands for one that the dataset has.
var asked = []string{
	"count importers=all partners=all",
	"count importers=all,EU27 partners=- method=all world=gross",
	"count importers=EU27,USA,USA+CAN partners=CHN|USA,EU27,CHN method=merics-2024,geodep-2024,ec-2021,oecd-2024 world=net",
	"count importers=EU27:members partners=EU27:any persistence=2/3 method=geodep-2024,merics-2024",
	"dependencies importers=all partners=CHN,EU27 method=geodep-2024,hjs-2020",
	"dependencies importers=USA|EU27 partners=- method=ec-2021,oecd-2024 world=net",
	"indicators importers=all,EU27 partners=- ",
	"indicators importers=EU27,USA partners=all,EU27 world=net",
	"asymmetry a=USA b=CHN",
	"asymmetry a=EU27 b=USA+CAN world=net",
	"asymmetry a=EU27 b=USA+CAN",
	"asymmetry a=EU27 b=USA+CAN years=2023", // a statement listed no sellers
	"sensitivity importers=USA partners=CHN",
	"compare importers=all partners=CHN method=all",
	"count importers=all,EU27 partners=CHN,EU27,USA method=odd-1,odd-2,odd-3",
	"count importers=all partners=all persistence=1/2 method=merics-2024,geodep-2024",
	"dependencies importers=all,EU27 partners=CHN,EU27 persistence=1/3 method=odd-2",
	"count importers=all partners=- method=odd-4 persistence=2/2",
	"chokepoints importers=all partners=all",
	"chokepoints importers=all,EU27 partners=EU27,CHN,USA+CAN world=net years=2023,2024",
	"chokepoints importers=all partners=EU27|CHN method=ec-2021",
	"balance economy=USA partners=CHN,EU27",
	"balance economy=CHN products=84,85",
	"balance economy=CHN partners=USA list=hs-sections",
	"displacement economy=CHN partners=USA,EU27,ADVANCED:any years=2023,2024",
	"scoreboard economy=CHN",
	"scoreboard economy=CHN+HKG by=direction coverage=none",
	"scoreboard economy=EU27",
	"breadth economy=CHN",
	"similarity economy=CHN partners=USA,EU27",
	"complexity",
	"complexity economies=all,EU27,USA+CAN",
	"breadth economy=EU27",
	"similarity economy=EU27 partners=USA+CAN,CHN",
	"balance economy=USA+CAN partners=CHN,EU27 list=hs-sections",
	"displacement economy=EU27 partners=USA+CAN years=2023,2024",
	"count importers=EU27:members,EU27,USA partners=- method=ec-2021,ec-2023-spof,oecd-2024",
	"count importers=DEU+FRA,ITA partners=CHN,USA+CAN method=ec-2021,ec-2023-spof world=net",
	"dependencies importers=DEU,EU27,USA partners=CHN,EU27 method=iw-2024,ec-2021 hubs=entrepots",
	"indicators importers=USA,CHN,EU27 partners=CHN hubs=entrepots",
	"explain importers=ITA products=PRODUCT method=ec-2021,oecd-2024 hubs=entrepots",
	"explain importers=USA products=PRODUCT",
	"explain importers=EU27 partners=USA+CAN products=PRODUCT world=net",
	"explain importers=JPN partners=EU27 products=PRODUCT method=odd-1,odd-2,odd-3,odd-4 years=2023",
	"scenario cut suppliers=CHN importers=all,EU27",
	"scenario cut suppliers=CHN,USA to=EU27 products=PRODUCT,84 importers=all cut=0.5 rule=sqrt spare=0.1 years=2023 stock-days=30",
	"scenario cut scenario=single-points rule=present spare=0.1",
	"scenario path suppliers=CHN importers=USA products=85",
	"scenario sources suppliers=CHN importers=USA products=85",
	"scenario ranges suppliers=CHN importers=USA products=85",
	"scenario tariff suppliers=CHN importers=USA products=8501 tariff=0.25",
	"scenario cascade suppliers=CHN products=8501",
	// Of years before the newest no purchases are remembered.
	"count importers=EU27,USA,USA+CAN partners=CHN|USA,EU27,CHN method=merics-2024,geodep-2024,ec-2021,oecd-2024 world=net years=2023",
	"dependencies importers=USA|EU27 partners=- method=ec-2021,oecd-2024 world=net years=2023",
	"dependencies importers=DEU,EU27,USA partners=CHN,EU27,USA+CAN method=iw-2024,ec-2021,odd-1,odd-2 years=2023",
	"indicators importers=EU27,USA partners=all,EU27 world=net years=2023",
	"compare importers=USA,EU27 partners=CHN,JPN+KOR method=all years=2023",
	"count importers=EU27:members partners=EU27:any,CHN method=geodep-2024,merics-2024,odd-3 years=2023",
	"backtest from=2023 to=2024",
	"backtest from=2023 to=2024 products=84 by=episode",
}

// odd are methods with criteria of every form: not, or, sums that take all suppliers, what others sell, quantities.
var odd = map[string]string{
	"odd-1": "top_supplier_share > 0.4 or not (exporters >= 12 and others_exports > 1e6)",
	"odd-2": "partner_share >= 0.2 and not (rearrangement_ratio < 0.05) and top3_share < 0.99",
	"odd-3": "partner_unit_value > 0.9 * world_unit_value or partner_share > 0.5 * top_supplier_share",
	"odd-4": "import_unit_value > 1.2 * world_unit_value and not (import_export_ratio < 2) and imports ^ 3 > 1e9 * suppliers",
}

func oddMethod(name string) (*method.Method, error) {
	if criterion := odd[name]; criterion != "" {
		return method.Parse(name+".toml", fmt.Appendf(nil, "id = %q\ntitle = %q\nsource = \"a test\"\nstatus = \"published\"\ncriteria = [%q]\n", name, name, criterion))
	}
	return method.Get(name)
}

// TestSameAnswers asks the files, one server and three shards the same.
func TestSameAnswers(t *testing.T) {
	servers := loopback.Start(t, suite.Cluster, 3)
	ports := []int{servers[0].Port}
	dir := madeUp(t)
	files, err := store.Open(dir, "world")
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	local := &study.Source{Dataset: files, Blocs: trade.BuiltinBlocs(), Method: oddMethod}
	var three *study.Source
	for i, address := range []string{"clickhouse://default@127.0.0.1:%d/default", "clickhouse://default@127.0.0.1:%d/default?cluster=three"} {
		c, err := clickhouse.Connect(t.Context(), fmt.Sprintf(address, ports[0]))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		for range 2 { // the second finds everything there
			if err := c.Push(t.Context(), dir, files, func(int64, int64) {}); err != nil {
				t.Fatal(err)
			}
		}
		e, err := c.Open(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		three = &study.Source{Dataset: e.Dataset, Engine: e, Blocs: trade.BuiltinBlocs(), Method: oddMethod}
		for _, question := range asked {
			t.Run(fmt.Sprint(2*i+1, " ", question), func(t *testing.T) {
				want, err := ask(t.Context(), local, question)
				if err != nil {
					t.Fatal(err)
				}
				if len(want) < 2 {
					t.Error("the answer is empty: the comparison says nothing")
				}
				got, err := ask(t.Context(), three, question)
				if err != nil {
					t.Fatal(err)
				}
				same(t, want, got, true)
			})
		}
	}
	t.Run("criteria", func(t *testing.T) { criteriaHold(t, ports[0]) })
	t.Run("stopped", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := ask(ctx, three, asked[0]); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want canceled", err)
		}
	})
	t.Run("reader", func(t *testing.T) {
		c, err := clickhouse.Connect(t.Context(), fmt.Sprintf("clickhouse://reader@127.0.0.1:%d/default", ports[0]))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.Push(t.Context(), dir, files, func(int64, int64) {}); err == nil || !strings.Contains(err.Error(), "may only read") {
			t.Errorf("push as a reader: %v", err)
		}
	})
	t.Run("shard down", func(t *testing.T) {
		e, err := connect(t, threeShards, ports[0]).Open(t.Context(), "") // that of the questions above remembers their answers
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		servers[2].Kill()
		if answer, err := ask(t.Context(), &study.Source{Dataset: e.Dataset, Engine: e, Blocs: trade.BuiltinBlocs()}, asked[0]); err == nil {
			t.Errorf("an answer of %d rows without the third shard", len(answer))
		} else if !strings.Contains(err.Error(), "shard 3 of 3") {
			t.Errorf("got %v, want the shard named", err)
		}
	})
}

// ask puts a question and gives the table as text.
func ask(ctx context.Context, s *study.Source, question string) ([][]string, error) {
	words := strings.Fields(strings.ReplaceAll(question, "PRODUCT", s.Dataset.Products().At(40).Code))
	q, ok := analysis.QuestionOf(words[0])
	if !ok { // its name has two words
		if q, ok = analysis.QuestionOf(strings.Join(words[:2], " ")); !ok {
			return nil, fmt.Errorf("no question %s", words[0])
		}
		words = words[1:]
	}
	r := study.Request{Own: map[string]string{}}
	for _, p := range q.Parameters {
		if _, shared := study.ParameterOf(p.Name); !shared {
			r.Own[p.Name] = p.Standard
		}
	}
	for _, word := range words[1:] {
		name, value, _ := strings.Cut(word, "=")
		if _, shared := study.ParameterOf(name); !shared {
			r.Own[name] = value
		} else if err := r.Set(name, value); err != nil {
			return nil, err
		}
	}
	table, err := q.Answer(ctx, s, r)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := result.Write(&b, table, result.FormatCSV, result.Options{}); err != nil {
		return nil, err
	}
	return csv.NewReader(&b).ReadAll()
}

// closeEnough is how far ratios may be apart: sums of squares and of tonnes are rounded in another order.
const closeEnough = 1e-12

// same compares two tables: text, counts and, where all values are whole dollars, sums of them to the digit, ratios to 1e-12.
func same(t *testing.T, want, got [][]string, whole bool) {
	t.Helper()
	if len(want) != len(got) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
	for i, row := range want {
		for k, text := range row {
			if got[i][k] == text {
				continue
			}
			x, notX := strconv.ParseFloat(text, 64)
			y, notY := strconv.ParseFloat(got[i][k], 64)
			exact := whole && strings.HasSuffix(want[0][k], "_usd") || strings.HasPrefix(want[0][k], "products")
			if notX != nil || notY != nil || exact || math.Abs(x-y) > closeEnough*math.Max(1, math.Abs(x)) {
				t.Fatalf("row %d, column %s: got %s, want %s\n%v\n%v", i, want[0][k], got[i][k], text, got[i], row)
			}
		}
	}
}
