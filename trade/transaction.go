package trade

// Transaction is one customs declaration. Its amounts are whole numbers of millionths of a US dollar and of grams, so that
// sums of them are exact in any order, wherever they are added.
type Transaction struct {
	Date               int // YYYYMMDD; the day, or day and month, are 0 where they are not known
	Product            string
	Importer, Exporter Code
	Value              int64 // millionths of a US dollar, > 0
	Quantity           int64 // grams, or UnknownQuantity, which is not 0
}

// UnknownQuantity is the quantity of a transaction that states none.
const UnknownQuantity = -1

// Sum is the transactions of one product between two economies in a period, added up.
type Sum struct {
	Importer, Exporter Code
	Value              int64 // millionths of a US dollar
	Priced             int64 // the part of Value whose quantity is known
	Quantity           int64 // grams, of that part
	Known              int64 // transactions whose quantity is known
	Transactions       int64
}

// Add counts a transaction.
func (s *Sum) Add(t *Transaction) {
	s.Value += t.Value
	s.Transactions++
	if t.Quantity != UnknownQuantity {
		s.Priced += t.Value
		s.Quantity += t.Quantity
		s.Known++
	}
}

// FromMillionths turns millionths of a US dollar into dollars, grams into tonnes: the nearest float64 below 9 billion, exact
// for whole ones.
func FromMillionths(n int64) float64 {
	if n < 1<<53 {
		return float64(n) / 1e6
	}
	return float64(n/1e6) + float64(n%1e6)/1e6
}

// MaxMillionths bounds the amounts of one transaction, in dollars or tonnes.
const MaxMillionths = 9e12

// ToMillionths is the whole number of millionths nearest to x, 0 ≤ x < MaxMillionths. exact says that nothing was rounded.
func ToMillionths(x float64) (n int64, exact bool) {
	whole := int64(x)
	n = whole*1e6 + int64((x-float64(whole))*1e6+0.5)
	return n, FromMillionths(n) == x
}

// PeriodOf is the year or the month of a date YYYYMMDD.
func PeriodOf(date int, monthly bool) Period {
	if monthly {
		return Period(date / 100)
	}
	return Period(date / 10000)
}
