package clickhouse_test

import (
	"testing"

	"chokepoint/clickhouse/loopback"
	"chokepoint/ingest"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/suite"
	"chokepoint/trade"
)

// TestRealAnswers asks the real archives, as files, on one server and on three shards, the same: every command that answers
// with a table.
func TestRealAnswers(t *testing.T) {
	suite.ClusterReal.Request(t)
	for name, asked := range map[string][]string{
		"baci-hs17-2024/BACI_HS17_V202601.zip": {
			"count importers=all,EU27 partners=CHN",
			"dependencies importers=USA,EU27 partners=CHN",
			"indicators importers=USA partners=-",
			"asymmetry a=EU27 b=CHN",
			"sensitivity importers=USA partners=CHN",
			"compare importers=USA partners=CHN method=merics-2024,hjs-2020",
			"chokepoints importers=all partners=CHN",
			"scoreboard economy=CHN list=mic25",
			"breadth economy=CHN",
			"breadth economy=CHN by=stage",
			"similarity economy=CHN partners=ADVANCED,EMERGING",
			"complexity by=product",
			"balance economy=CHN partners=USA,EU27 list=mic25",
			"firms economy=CHN list=mic25",
			"explain importers=USA products=850760",
		},
		"baci-hs92-paper-1995-2018/BACI_HS92_V202001.zip": {
			"count importers=all partners=all method=merics-2024,geodep-2024,ec-2021",
			"dependencies importers=CHN partners=USA|EU27",
			"indicators importers=CHN,EU27 partners=USA,EU27 world=net",
			"asymmetry a=USA b=CHN",
			"compare importers=all partners=USA method=merics-2024,hjs-2020,geodep-2024",
			"chokepoints importers=all partners=all,EU27 years=2005,2018",
			"scoreboard economy=USA list=hs-sections",
			"breadth economy=USA",
			"similarity economy=CHN partners=ADVANCED,EMERGING",
			"balance economy=CHN partners=USA,EU27",
			"displacement economy=CHN partners=ADVANCED:any years=2005,2018",
			"policy policy=mic25 list=hs-sections outcome=log-imports",
		},
	} {
		t.Run(name, func(t *testing.T) { realAnswers(t, suite.ClusterReal.File(t, name), asked) })
	}
}

func realAnswers(t *testing.T, archive string, asked []string) {
	dir := t.TempDir()
	if _, err := ingest.BACI(t.Context(), []string{archive}, ingest.Options{DataDir: dir, Name: "real", ProgramVersion: "test", Progress: func(ingest.Progress) {}}); err != nil {
		t.Fatal(err)
	}
	files, err := store.Open(dir, "real")
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	local := &study.Source{Dataset: files, Blocs: trade.BuiltinBlocs()}
	want := map[string][][]string{}
	for _, question := range asked {
		if want[question], err = ask(t.Context(), local, question); err != nil {
			t.Fatalf("%s: %v", question, err)
		}
	}
	servers := loopback.Start(t, suite.ClusterReal, 3)
	for shards, address := range map[string]string{"one server": oneServer, "three shards": threeShards} {
		c := connect(t, address, servers[0].Port)
		if err := c.Push(t.Context(), dir, files, func(int64, int64) {}); err != nil {
			t.Fatal(err)
		}
		e, err := c.Open(t.Context(), "real")
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		source := &study.Source{Dataset: e.Dataset, Engine: e, Blocs: trade.BuiltinBlocs()}
		for _, question := range asked {
			t.Run(shards+" "+question, func(t *testing.T) {
				got, err := ask(t.Context(), source, question)
				if err != nil {
					t.Fatal(err)
				}
				same(t, want[question], got, files.Manifest().Exact)
			})
		}
	}
}
