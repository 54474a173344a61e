package chart

import (
	"fmt"
	"math"
	"testing"
)

// smallTrade has sellers s0, s1 … and buyers b0, b1 …; the first seller sells most, to everybody.
func smallTrade(sellers, buyers int) (nodes []FlowNode, flows []Flow) {
	for i := range sellers {
		nodes = append(nodes, FlowNode{ID: fmt.Sprint("s", i), Name: fmt.Sprint("seller ", i)})
	}
	for k := range buyers {
		nodes = append(nodes, FlowNode{ID: fmt.Sprint("b", k), Name: fmt.Sprint("buyer ", k), Column: 1})
		for i := range sellers {
			flows = append(flows, Flow{From: fmt.Sprint("s", i), To: fmt.Sprint("b", k), Value: float64((sellers - i) * (buyers - k)), Marked: i == 0 && k%2 == 0})
		}
	}
	return nodes, flows
}

func told(from, to string, value float64, marked bool) string {
	return fmt.Sprint(from, " to ", to, ": ", value, " ", marked)
}

func TestLargestFlowsKeepsAllThatFlows(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {3, 40}, {40, 3}, {40, 40}, {6, 6}, {5, 7}, {7, 6}} {
		nodes, flows := smallTrade(size[0], size[1])
		kept, all := LargestFlows(12, nodes, flows, [2]string{"other sellers", "other buyers"}, told)
		if len(kept) > 12 {
			t.Errorf("%v: %d nodes, want at most 12", size, len(kept))
		}
		if size[0]+size[1] <= 12 && len(kept) != size[0]+size[1] {
			t.Errorf("%v: %d nodes, want all", size, len(kept))
		}
		sum := func(list []Flow, marked bool) (x float64) {
			for _, f := range list {
				if f.Marked == marked {
					x += f.Value
				}
			}
			return x
		}
		for _, marked := range []bool{true, false} {
			if got, want := sum(all, marked), sum(flows, marked); math.Abs(got-want) > 1e-9*want {
				t.Errorf("%v: flows marked %v add up to %v, want %v", size, marked, got, want)
			}
		}
		seen := map[string]bool{}
		for _, n := range kept {
			seen[n.ID] = true
		}
		for _, f := range all {
			if !seen[f.From] || !seen[f.To] {
				t.Errorf("%v: a flow from %s to %s has no node", size, f.From, f.To)
			}
		}
	}
}

func TestFlowsDrawsWhatFlows(t *testing.T) {
	nodes, flows := smallTrade(2, 2)
	flows[1].Value = math.NaN()
	o := Flows("depends", "other trade", nodes, flows)
	s := o["series"].([]any)[0].(Option)
	if n := len(s["links"].([]any)); n != 3 {
		t.Errorf("%d ribbons, want 3: nothing is drawn of a missing value", n)
	}
	if n := len(s["data"].([]any)); n != 4 {
		t.Errorf("%d nodes, want 4", n)
	}
	if Flows("", "", nodes, nil) != nil {
		t.Error("a picture of no flows; want none")
	}
}
