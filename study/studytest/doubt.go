package studytest

import (
	"slices"

	"chokepoint/trade"
)

// Without drops what some economies import in some years, so that world totals lack it.
func Without(flows []Flow, years []int, importers ...trade.Code) []Flow {
	return slices.DeleteFunc(slices.Clone(flows), func(f Flow) bool {
		return slices.Contains(years, f.Year) && slices.Contains(importers, f.Importer)
	})
}

// unseen is what missing importers may buy in a year, relative to the world exports that are there, as a fraction: what they sell
// over what all others sell.
type unseen struct{ over, under int64 }

func unseenIn(flows []Flow, year int) (u unseen, missing []trade.Code) {
	importing, sold := map[trade.Code]bool{}, map[trade.Code]int64{}
	for _, f := range flows {
		if f.Year == year {
			importing[f.Importer] = true
			sold[f.Exporter] += f.Dollars
		}
	}
	for c, v := range sold {
		if importing[c] {
			u.under += v
		} else {
			u.over += v
			missing = append(missing, c)
		}
	}
	return u, missing
}

// times are the same facts in a smaller unit.
func (f Facts) times(n int64) Facts {
	for _, x := range []*int64{&f.Imports, &f.Exports, &f.Intra, &f.FromPartner, &f.TotalExports, &f.World, &f.PartnerWorld, &f.netWorld} {
		*x *= n
	}
	for _, by := range []*map[trade.Code]int64{&f.BySupplier, &f.byExporter, &f.byNetExporter} {
		scaled := map[trade.Code]int64{}
		for c, v := range *by {
			scaled[c] = n * v
		}
		*by = scaled
	}
	return f
}

func moreOf(by map[trade.Code]int64, dollars func(top int64) int64) map[trade.Code]int64 {
	var leader trade.Code
	more, top := map[trade.Code]int64{}, int64(-1)
	for c, v := range by {
		more[c] = v
		if v > top {
			leader, top = c, v
		}
	}
	more[leader] += dollars(top)
	return more
}

// extremes are the facts with what missing importers may buy: where that speaks most against the verdict of a method, and most for it.
func (f Facts) extremes(id string, u unseen) (against, in Facts) {
	f = f.times(u.under)
	bought, net := f.World/u.under*u.over, f.netWorld/u.under*u.over
	against, in = f, f
	against.Exports += min(bought, 3*f.Exports) // nobody sells them more than three times what it sells to all others
	against.TotalExports += min(bought, 3*f.TotalExports)
	against.World += bought
	switch id {
	case "geodep-2024": // all from the largest exporter
		in.World += bought
		in.byExporter = moreOf(f.byExporter, func(int64) int64 { return bought })
	case "ec-2023-spof":
		in.byExporter = moreOf(f.byExporter, func(top int64) int64 {
			in.World += min(bought, 3*top)
			return min(bought, 3*top)
		})
	case "oecd-2024": // concentrated exports speak against it
		against.netWorld += net
		against.byNetExporter = moreOf(f.byNetExporter, func(int64) int64 { return net })
		in.netWorld += net
	default: // all from the partner
		in.World += min(bought, 3*f.PartnerWorld)
		in.PartnerWorld += min(bought, 3*f.PartnerWorld)
	}
	return against, in
}

// Span is how many products a count is at the least and at the most.
type Span struct{ Least, Most int }

// SlowSpans is what SlowCount could be, whatever missing importers buy, by definition. An importer that lacks members in these years is left out.
func SlowSpans(flows []Flow, id string, k, n int, partnerMethod bool) map[Key]Span {
	products, years := map[string]bool{}, map[int]bool{}
	for _, f := range flows {
		products[f.Product], years[f.Year] = true, true
	}
	unseenOf, missingOf := map[int]unseen{}, map[int][]trade.Code{}
	for y := range years {
		unseenOf[y], missingOf[y] = unseenIn(flows, y)
	}
	facts := factsOf(flows, id)
	type span struct{ may, must bool }
	verdict := onceEach(func(y int, p string, c, q []trade.Code) span {
		f := facts(y, p, c, q)
		if f.Imports == 0 {
			return span{}
		}
		against, in := f.extremes(id, unseenOf[y])
		return span{SlowVerdict[id](f) || SlowVerdict[id](in), SlowVerdict[id](f) && SlowVerdict[id](against)}
	})
	got := map[Key]Span{}
	for y := range years {
		for _, importer := range SlowParties {
			lacks := false
			for back := range n {
				lacks = lacks || slices.ContainsFunc(slices.Concat(importer.Any...), func(c trade.Code) bool { return slices.Contains(missingOf[y-back], c) })
			}
			if lacks {
				continue
			}
			for _, partner := range SlowParties {
				var span Span
				for p := range products {
					could, would := false, false
					for _, c := range importer.Any {
						for _, q := range partner.Any {
							f := facts(y, p, c, q)
							if f.FromPartner == 0 || !partnerMethod && f.top != 0 && !slices.Contains(q, f.top) {
								continue
							}
							mays, musts := 0, 0
							for back := range n {
								if !years[y-back] {
									continue
								}
								v := verdict(y-back, p, c, q)
								if v.may {
									mays++
								}
								if v.must {
									musts++
								}
							}
							could, would = could || mays >= k, would || musts >= k
						}
					}
					if could {
						span.Most++
					}
					if would {
						span.Least++
					}
				}
				got[Key{y, importer.Text, partner.Text}] = span
			}
		}
	}
	return got
}
