package indicator

import (
	"strings"
	"testing"
)

// TestSums: what the engines take from the entry of a base sum agrees with what the entry tells readers.
func TestSums(t *testing.T) {
	for s := range Sum(NumSums) {
		ind, ok := Get(s.Name())
		if !ok || ind.base.sum != s || ind.Formula != "" {
			t.Fatalf("sum %d is not the indicator %q", s, s.Name())
		}
		if ind.Level() != s.Level() {
			t.Errorf("%s: level %s, its sum has %s", ind.Name, ind.Level(), s.Level())
		}
		if rounds := ind.Unit == "t" || ind.Unit == "USD²"; s.Rounded() != rounds {
			t.Errorf("%s in %s: rounded is %v, want %v", ind.Name, ind.Unit, s.Rounded(), rounds)
		}
		dollars, ok := s.Covers()
		if ok && (dollars.Part() != s.Part() || !dollars.Weighed() || !s.Weighed()) {
			t.Errorf("%s: its dollars are %s, want a sum of the same part over flows whose weight is known", ind.Name, dollars.Name())
		}
		sql := s.SQL(strings.NewReplacer("$v", "v", "$k", "k", "$q", "q", "$inside", "inside", "$out", "out", "$sold", "sold", "$partner", "partner"))
		if sql == "" || strings.Contains(sql, "$") {
			t.Errorf("%s: SQL %q, want an aggregate of columns that engines name", ind.Name, sql)
		}
		if strings.Contains(ind.base.sql, "$k") != s.Weighed() {
			t.Errorf("%s: weighed is %v, its SQL is %s", ind.Name, s.Weighed(), ind.base.sql)
		}
	}
}
