package trade

import "testing"

// TestStandingBlocs: every bloc that comes with the program is there as it was in the year, by the codes that releases have, and none twice.
func TestStandingBlocs(t *testing.T) {
	for _, period := range []int{1995, 2019, 2021, 2024, 202403} {
		sets := StandingBlocs(period)
		has := map[Set]int{}
		for _, set := range sets {
			if has[set]++; set.Len() < 2 || has[set] > 1 {
				t.Errorf("%d: %v is there %d times", period, set.Codes(), has[set])
			}
		}
		for _, b := range BuiltinBlocs().All() {
			s, err := ParseSelection(b.ID, BuiltinEconomies(), BuiltinBlocs())
			if err != nil {
				t.Fatal(err)
			}
			if want := s.Parties[0].Any[0].Codes(period); want.Len() > 1 && has[want] != 1 {
				t.Errorf("%d: %s is missing", period, b.ID)
			}
		}
	}
}
