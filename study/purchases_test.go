package study_test

import (
	"cmp"
	"context"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"chokepoint/study"
	"chokepoint/study/studytest"
	"chokepoint/trade"
)

// TestPurchases: one look at each flow gives what scans give, for groups of exporters that overlap and that have several codes, and for
// importers by themselves or merged, which only scans can do.
func TestPurchases(t *testing.T) {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(16, 81)), 3, 12)
	s := studytest.Source(t, flows)
	scanned := *s
	studytest.CountPasses(&scanned) // an engine that has scans alone
	var apart, groups []trade.Set
	for _, c := range studytest.Economies {
		apart = append(apart, trade.SetOf(c))
	}
	groups = append([]trade.Set{trade.SetOf(156, 842), trade.SetOf(276, 280), trade.SetOf(528, 156, 276), {}}, apart[:len(apart)-1]...)
	sales := 0
	for _, importers := range [][]trade.Set{apart, apart[:2], apart[3:4], {trade.SetOf(36, 410), trade.SetOf(842)}} {
		read := func(s *study.Source) map[string][][]study.Purchase {
			st, err := s.Study(context.Background(), study.Query{Importers: "all", Method: "iw-2024"})
			if err != nil {
				t.Fatal(err)
			}
			all := map[string][][]study.Purchase{}
			err = st.Purchases(context.Background(), st.Years, importers, groups, func(product string, bought [][]study.Purchase) {
				for _, list := range bought {
					slices.SortFunc(list, func(a, b study.Purchase) int { return cmp.Compare(a.Importer, b.Importer) })
					for i := range list {
						sales += len(list[i].Sales)
						list[i].Sales = slices.SortedFunc(slices.Values(list[i].Sales), func(a, b study.Sale) int { return cmp.Compare(a.Exporter, b.Exporter) })
					}
				}
				all[product] = bought
			})
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		if got, want := read(s), read(&scanned); !reflect.DeepEqual(got, want) {
			t.Errorf("%d importers: %v\nscans: %v", len(importers), got, want)
		}
	}
	if sales < 1000 {
		t.Errorf("only %d sales", sales)
	}
}
