package sector

import (
	"strings"
	"testing"

	"chokepoint/trade"
)

// TestClasses: a user's table of classes is read as a product list, and the program's own gives the stages that StageOf gives.
func TestClasses(t *testing.T) {
	l, err := Parse("bec5.toml", nil, "bec5.csv", []byte("code,revision,sector,reason\n850511,HS17,intermediate,magnets\n6702,HS17,final,flowers\n"))
	if err != nil {
		t.Fatal(err)
	}
	classes, err := l.Classes(trade.HS17)
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]string{"850511": "intermediate", "670210": "final", "670290": "final", "850760": ""} {
		if classes[code] != want {
			t.Errorf("%s is %q, want %q", code, classes[code], want)
		}
	}
	if _, err := l.Classes(trade.HS92); err == nil || !strings.Contains(err.Error(), "no codes of HS92") {
		t.Errorf("another revision: %v", err)
	}
	twice, err := Parse("bec5.toml", nil, "bec5.csv", []byte("code,revision,sector,reason\n850511,HS17,a,x\n8505,HS17,b,x\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := twice.Classes(trade.HS17); err == nil || !strings.Contains(err.Error(), "850511 is in a and in b in HS17; expected one class") {
		t.Errorf("two classes: %v", err)
	}
	bec, err := OpenBuiltin("bec")
	if err != nil {
		t.Fatal(err)
	}
	stages, err := bec.Classes(trade.HS17)
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range ProductsOf(trade.HS17) {
		if stage, ok := stages[code]; ok && stage != StageOf(trade.HS17, code) {
			t.Errorf("%s is %s, and %s by StageOf", code, stage, StageOf(trade.HS17, code))
		}
	}
}
