package clickhouse_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	driver "github.com/ClickHouse/clickhouse-go/v2"

	"chokepoint/indicator"
	"chokepoint/method"
)

// criteriaHold asks a server whether criteria hold for random sums and compares with Meet: what meets a criterion must hold as
// SQL, and what holds without meeting it must be on the threshold.
func criteriaHold(t *testing.T, port int) {
	conn, err := driver.Open(&driver.Options{Addr: []string{fmt.Sprintf("127.0.0.1:%d", port)}, Auth: driver.Auth{Database: "default", Username: "default"}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var texts []string
	for _, m := range method.Builtin() {
		for _, c := range m.Criteria {
			texts = append(texts, c.Text)
		}
	}
	for _, text := range odd {
		texts = append(texts, text)
	}
	rng := rand.New(rand.NewPCG(9, 9))
	onThreshold, held := 0, 0
	for _, text := range texts {
		c, err := indicator.ParseCriterion(text)
		if err != nil {
			t.Fatal(err)
		}
		var conditions []string
		var met []bool
		for range 60 {
			cell := &indicator.Columns{N: 1}
			for s := range cell.Col {
				x := float64(rng.IntN(12)) // small numbers tie often
				if rng.IntN(15) == 0 {
					x = math.NaN()
				}
				cell.Col[s] = []float64{x}
			}
			keep := []bool{true}
			err := c.Meet(cell, &indicator.Scratch{}, keep, func(int, []indicator.Sum) (func(indicator.Sum) indicator.Exact, error) {
				return func(s indicator.Sum) indicator.Exact { return indicator.ExactOf(cell.At(s, 0)) }, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			met = append(met, keep[0])
			conditions = append(conditions, "toUInt8("+c.SQL(func(s indicator.Sum) string {
				return "toFloat64(" + strconv.FormatFloat(cell.At(s, 0), 'g', -1, 64) + ")"
			})+")")
		}
		var answers []uint8
		if err := conn.QueryRow(t.Context(), "SELECT ["+strings.ReplaceAll(strings.Join(conditions, ", "), "NaN", "nan")+"]").Scan(&answers); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		for i, holds := range answers {
			switch {
			case met[i] && holds == 0:
				t.Errorf("%s is met and does not hold: %s", text, conditions[i])
			case !met[i] && holds == 1:
				onThreshold++
			case met[i]:
				held++
			}
		}
	}
	if held < 100 || onThreshold > held {
		t.Errorf("%d criteria are met and hold, %d hold without: the comparison says little", held, onThreshold)
	}
}
