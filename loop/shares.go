package loop

import (
	"strings"

	"chokepoint/result"
)

// DrawShares are the shares of draws in which something holds for a technology, in words.
type DrawShares struct {
	Technology                                                 string
	WithPolicy, NoPolicy, Sunset, NetAboveZero, AddedAboveZero string
}

// Shares reads them off an answer to loop.
func Shares(t *result.Table) (list []DrawShares) {
	for _, r := range Schema.Rows(t) {
		if r.Year != result.MissingInt {
			continue
		}
		if len(list) == 0 || list[len(list)-1].Technology != r.Technology {
			list = append(list, DrawShares{Technology: r.Technology})
		}
		s := &list[len(list)-1]
		switch share := result.Percent(r.Mean); {
		case r.Quantity == ReachesHalf && r.Run == WithPolicy:
			s.WithPolicy = share
		case r.Quantity == ReachesHalf && r.Run == NoPolicy:
			s.NoPolicy = share
		case r.Quantity == TakesOff:
			s.Sunset = share
		case r.Quantity == NetAboveZero && r.Run == WithPolicy:
			s.NetAboveZero = share
		case r.Quantity == NetAboveZero && r.Run == Difference:
			s.AddedAboveZero = share
		}
	}
	return list
}

// Decisive are sentences that say, for each technology of an answer to loop sensitivity, what decides the sign of the net gain.
func Decisive(t *result.Table) (list []string) {
	rows := InfluenceSchema.Rows(t)
	for i, r := range rows {
		if i == 0 || rows[i-1].Technology != r.Technology {
			list = append(list, decisiveSentence(r.Technology, rows))
		}
	}
	return list
}

// CapitalIllustration is Illustration as a sentence begins.
func CapitalIllustration() string { return "This is " + Illustration }

// IsBackTest says whether a note tells of a back-test.
func IsBackTest(n result.Note) bool { return strings.HasPrefix(n.Text, backTestOf) }

// backTestOf begins notes on back-tests.
const backTestOf = "back-test of "
