package kernel

import (
	"context"

	"chokepoint/store"
	"chokepoint/trade"
)

// Margins hands over what each economy imports and exports of each product of a year, products ascending; nil products are
// all. Flows among the economies of inside, which may be none, are left out: a bloc whose inner trade does not count. What
// take gets is valid during the call.
func Margins(ctx context.Context, year *store.Year, products []string, inside trade.Set, take func(product string, m store.Margins) error) error {
	less := newOutward(inside)
	for n, k := range placesOf(year, products) {
		if n%64 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		var m store.Margins
		switch {
		case inside.Len() <= 1:
			m = year.Index(k).Margins
		case year.Exact():
			m = less.of(year.Lazy(k))
		default:
			m = marginsWithout(year.Flows(k), inside)
		}
		if err := take(year.Product(k), m); err != nil {
			return err
		}
	}
	return nil
}

// outward takes the trade inside a bloc out of the margins of one product after another. It reads only what members buy: sums of whole
// dollars are exact, so that the difference of two is the sum of the rest. marginsWithout is the definition.
type outward struct {
	inside  *members
	sold    [trade.MaxCode]float64 // by members to members
	margins store.Margins          // the last that it gave
}

func newOutward(inside trade.Set) *outward { return &outward{inside: newMembers(inside)} }

// of gives the margins of a product, which are valid until the next.
func (o *outward) of(f store.Flows, x store.Index) store.Margins {
	m := &o.margins
	m.Importer, m.Imports, m.Exporter, m.Exports, m.World = m.Importer[:0], m.Imports[:0], m.Exporter[:0], m.Exports[:0], x.World
	for i, code := range x.Importer {
		imports := x.Imports[i]
		if o.inside.has(code) {
			lo, hi := x.Run(i)
			value := f.Value[lo:hi]
			for k, exp := range f.Exporter[lo:hi] {
				if o.inside.has(exp) {
					o.sold[exp&(trade.MaxCode-1)] += value[k]
					imports -= value[k]
				}
			}
		}
		if imports > 0 {
			m.Importer, m.Imports = append(m.Importer, code), append(m.Imports, imports)
		}
	}
	for i, code := range x.Exporter {
		exports := x.Exports[i]
		if sold := &o.sold[code&(trade.MaxCode-1)]; *sold > 0 {
			exports -= *sold
			m.World -= *sold
			*sold = 0
		}
		if exports > 0 {
			m.Exporter, m.Exports = append(m.Exporter, code), append(m.Exports, exports)
		}
	}
	return *m
}

func marginsWithout(f store.Flows, inside trade.Set) store.Margins {
	var importer, exporter []uint16
	var value []float64
	for i, v := range f.Value {
		if !inside.Has(trade.Code(f.Importer[i])) || !inside.Has(trade.Code(f.Exporter[i])) {
			importer, exporter, value = append(importer, f.Importer[i]), append(exporter, f.Exporter[i]), append(value, v)
		}
	}
	return store.IndexOf(importer, exporter, value).Margins
}

// Price is a product over the flows whose weight is known: of some exporters, and of all.
type Price struct {
	Product            string
	Value, Tonnes      float64 // US dollars and tonnes of some exporters
	World, WorldTonnes float64 // of all
}

// Prices gives the prices of all products of a year, ascending. What the exporters sell to each other is left
// out. The list is shared: nobody may write to it.
func Prices(ctx context.Context, year *store.Year, exporters trade.Set) ([]Price, error) {
	// No threshold moves them: the year remembers them, some 200 kB for each who asked.
	return store.RememberOf(ctx, year, pricesKey{exporters}, store.SizeOfSlice[Price], func() ([]Price, error) {
		list, price := make([]Price, year.Len()), pricesOf(year, exporters)
		return list, eachProduct(ctx, len(list), func() func(k int) {
			return func(k int) { list[k] = price(k) }
		})
	})
}

// pricesOf finds the price of a product in the shortest way that there is.
func pricesOf(year *store.Year, exporters trade.Set) func(k int) Price {
	codes := exporters.Intersect(year.Exporters().Union(year.Importers())).Codes()
	if len(codes) > 1 {
		own, sells := newMembers(exporters), ones(exporters)
		return func(k int) Price { return priceOf(year.Priced(k), year.Index(k), own, sells) }
	}
	// Nobody among them sells to another.
	var exporter trade.Code // none
	if len(codes) == 1 {
		exporter = codes[0]
	}
	if of, ok := year.Weighed(exporter); ok {
		return func(k int) Price {
			own, world := of(k)
			return Price{Product: year.Product(k), Value: own.Value, Tonnes: own.Tonnes, World: world.Value, WorldTonnes: world.Tonnes}
		}
	}
	return func(k int) Price { return priceOfOne(year.Priced(k), codes) }
}

type pricesKey struct{ exporters trade.Set }

// members says by code who is in a set.
type members [trade.MaxCode]bool

func newMembers(set trade.Set) *members {
	m := &members{}
	for _, c := range set.Codes() {
		m[c] = true
	}
	return m
}

func (m *members) has(code uint16) bool { return m[code&(trade.MaxCode-1)] }

// priceOfOne is the price of a product of one exporter, or of none, and of all.
func priceOfOne(f store.Flows, exporter []trade.Code) Price {
	p := Price{Product: f.Product}
	quantity, value := f.Quantity, f.Value[:len(f.Quantity)]
	world, tonnes := 0.0, 0.0
	for i, q := range quantity {
		if q > 0 {
			world += value[i]
			tonnes += q
		}
	}
	p.World, p.WorldTonnes = world, tonnes
	for _, code := range exporter {
		for i, exp := range f.Exporter[:len(quantity)] {
			if exp == uint16(code) && quantity[i] > 0 {
				p.Value += value[i]
				p.Tonnes += quantity[i]
			}
		}
	}
	return p
}

// priceOf is the price of a product of several exporters, flow by flow: of each importer in turn, who is one of the exporters or not. sells is 1
// for these and 0 for others, so that nobody has to guess who sells: what is multiplied by 0 changes no sum.
func priceOf(f store.Flows, x store.Index, own *members, sells *[trade.MaxCode]float64) Price {
	p := Price{Product: f.Product}
	if f.Quantity == nil {
		return p
	}
	for i, importer := range x.Importer {
		lo, hi := x.First[i], x.Next(i)
		p.add(f.Exporter[lo:hi], f.Value[lo:hi], f.Quantity[lo:hi], own.has(importer), sells)
	}
	return p
}

// add adds what one importer buys.
func (p *Price) add(exporter []uint16, value, quantity []float64, member bool, sells *[trade.MaxCode]float64) {
	exporter, value = exporter[:len(quantity)], value[:len(quantity)]
	world, worldTonnes, sold, tonnes := p.World, p.WorldTonnes, p.Value, p.Tonnes
	for i, q := range quantity {
		if !(q > 0) {
			continue
		}
		v, own := value[i], sells[exporter[i]&(trade.MaxCode-1)]
		if member {
			world += v * (1 - own)
			worldTonnes += q * (1 - own)
			continue
		}
		world += v
		worldTonnes += q
		sold += v * own
		tonnes += q * own
	}
	p.World, p.WorldTonnes, p.Value, p.Tonnes = world, worldTonnes, sold, tonnes
}

// Deals is what an economy trades with others, by code, and what the world does.
type Deals struct {
	Sold, Bought     []float64 // US dollars, by the partner's code; what members of a bloc sell to one another is in Sold by their own codes
	Exports, Imports float64   // to and from all others
	World            float64
}

// AddUp finds what the economy trades with all others from what it does with each.
func (d *Deals) AddUp(economy trade.Set) {
	d.Exports, d.Imports = 0, 0
	for c := range d.Sold {
		if !economy.Has(trade.Code(c)) {
			d.Exports += d.Sold[c]
			d.Imports += d.Bought[c]
		}
	}
}

// DealsOf adds up what an economy, of one or more codes, trades with others in products, nil for all. It looks at partners alone, none for
// all: what is sold to others may then be missing by code, and is in Exports. What it gives is shared: nobody may write to it.
func DealsOf(ctx context.Context, year *store.Year, economy, partners trade.Set, products []string) (*Deals, error) {
	if year.Importers().Minus(partners).Minus(economy).Len() == 0 {
		partners = trade.Set{}
	}
	if products != nil {
		return dealsOf(ctx, year, economy, partners, products)
	}
	type key struct{ economy, partners trade.Set } // no threshold moves them: the year remembers them, 8 kB an economy
	size := func(d *Deals) int64 { return store.SizeOfSlice(d.Sold) + store.SizeOfSlice(d.Bought) }
	return store.RememberOf(ctx, year, key{economy, partners}, size, func() (*Deals, error) { return dealsOf(ctx, year, economy, partners, nil) })
}

func dealsOf(ctx context.Context, year *store.Year, economy, partners trade.Set, products []string) (*Deals, error) {
	d := &Deals{Sold: make([]float64, trade.MaxCode), Bought: make([]float64, trade.MaxCode)}
	own := newMembers(economy)
	exact := &exactDeals{Deals: d, own: own, codes: economy.Codes()}
	if partners.Len() > 0 {
		exact.partners = newMembers(partners)
	}
	for n, k := range placesOf(year, products) {
		if n%64 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if year.Exact() {
			exact.add(year, k)
		} else {
			d.add(year.Flows(k), own)
		}
	}
	if !year.Exact() {
		d.AddUp(economy)
		return d, nil
	}
	for _, c := range exact.codes { // the index knows what all members buy and sell, with what they sell to one another
		d.Exports -= d.Sold[c]
		d.Imports -= d.Sold[c]
	}
	return d, nil
}

// add adds up a product flow by flow.
func (d *Deals) add(f store.Flows, own *members) {
	for i, v := range f.Value {
		d.World += v
		if own.has(f.Exporter[i]) {
			d.Sold[f.Importer[i]] += v
		} else if own.has(f.Importer[i]) {
			d.Bought[f.Exporter[i]] += v
		}
	}
}

// exactDeals are deals of a year whose sums are exact, in whatever order they are added up.
type exactDeals struct {
	*Deals
	own, partners *members // partners nil: all
	codes         []trade.Code
}

// add is Deals.add of a product: the world is in the index, as is what the economy trades in all, and only what it buys is read where it
// sells nothing of a product. A single code is looked up among the suppliers of each importer: most are passed by.
func (d *exactDeals) add(year *store.Year, k int) {
	f, x := year.Lazy(k)
	d.World += x.World
	sells := false
	for i, code := range x.Exporter {
		if d.own.has(code) {
			sells = true
			d.Exports += x.Exports[i]
		}
	}
	if sells && d.partners == nil {
		f.VerifyValues()
	}
	for i, code := range x.Importer {
		buys := d.own.has(code)
		if buys {
			d.Imports += x.Imports[i]
		} else if !sells || d.partners != nil && !d.partners.has(code) {
			continue
		}
		lo, hi := x.Run(i)
		value := f.Value[lo:hi]
		if len(d.codes) == 1 && !buys {
			if j := place(f.Exporter[lo:hi], uint16(d.codes[0])); j >= 0 {
				d.Sold[code] += value[j]
			}
			continue
		}
		for j, exp := range f.Exporter[lo:hi] {
			if d.own.has(exp) {
				d.Sold[code] += value[j]
			} else if buys {
				d.Bought[exp] += value[j]
			}
		}
	}
}

// Seller is a supplier of a product, an economy or the members of a bloc.
type Seller struct {
	Product  string
	Supplier trade.Set
}

// Onward is what reaches third economies from a seller by way of one other economy.
type Onward struct {
	Value     float64 // US dollars
	Dependent int     // economies that buy half of their imports from the seller only if what comes by others is counted
}

// Half is the share of imports from which on an economy counts as dependent in Onward.
const Half = 0.5

// Onwards follows the goods of sellers, in their order.
func Onwards(ctx context.Context, year *store.Year, sellers []Seller) ([]Onward, error) {
	list := make([]Onward, len(sellers))
	each := func(context.Context) (func(lo, hi int) (struct{}, error), func()) {
		w := &onwardWorker{}
		return func(lo, hi int) (struct{}, error) {
			for i, s := range sellers[lo:hi] {
				if k, ok := year.Find(s.Product); ok {
					f, _ := year.Lazy(k)
					f.VerifyValues()
					list[lo+i] = w.of(f, year.Index(k), s.Supplier)
				}
			}
			return struct{}{}, nil
		}, func() {}
	}
	return list, blocks(ctx, len(sellers), blockOfFew, each, func(struct{}) error { return nil })
}

// onwardWorker follows the goods of one seller after another in the same memory.
type onwardWorker struct {
	resold       [trade.MaxCode]float64 // what an economy can sell: its imports, or its exports if these are more
	fromSupplier [trade.MaxCode]float64
}

// of: third economy i buys from j, which itself buys from the supplier s. Of what j can sell, its imports or its exports
// if these are more, the part m(j,s) ÷ max(M(j), X(j)) comes from s; i's exposure by way of j is that part of what it buys
// from j. It is a proxy: goods are mixed in proportion, and only goods of the same code are followed.
func (w *onwardWorker) of(f store.Flows, x store.Index, supplier trade.Set) (o Onward) {
	own := newMembers(supplier)
	for i, code := range x.Exporter {
		w.resold[code&(trade.MaxCode-1)] = x.Exports[i]
	}
	for i, code := range x.Importer {
		at := code & (trade.MaxCode - 1)
		w.resold[at] = max(w.resold[at], x.Imports[i])
		direct := 0.0
		lo, hi := x.Run(i)
		value := f.Value[lo:hi]
		for k, exp := range f.Exporter[lo:hi] {
			if own.has(exp) {
				direct += value[k]
			}
		}
		w.fromSupplier[at] = direct
	}
	for i, code := range x.Importer {
		if own.has(code) {
			continue
		}
		byWay := 0.0
		lo, hi := x.Run(i)
		value := f.Value[lo:hi]
		for k, exp := range f.Exporter[lo:hi] {
			if bought := w.fromSupplier[exp&(trade.MaxCode-1)]; bought != 0 && !own.has(exp) {
				byWay += value[k] * bought / w.resold[exp&(trade.MaxCode-1)]
			}
		}
		o.Value += byWay
		if direct := w.fromSupplier[code&(trade.MaxCode-1)]; direct < Half*x.Imports[i] && direct+byWay >= Half*x.Imports[i] {
			o.Dependent++
		}
	}
	for _, codes := range [][]uint16{x.Exporter, x.Importer} {
		for _, code := range codes {
			w.resold[code&(trade.MaxCode-1)], w.fromSupplier[code&(trade.MaxCode-1)] = 0, 0
		}
	}
	return o
}

// ImportsBy adds up the imports of economies that are not in without.
func ImportsBy(m store.Margins, without trade.Set) (sum float64) {
	for i, code := range m.Importer {
		if !without.Has(trade.Code(code)) {
			sum += m.Imports[i]
		}
	}
	return sum
}
