package oracle

// A Method is a published definition: its criteria over the columns of
// importer_row and partner_row (sql/sums.sql), written so that whole amounts
// are compared without division.
type Method struct {
	ID       string
	Partner  bool // criteria look at one partner
	Criteria string
	Need, Of int    // criteria hold in Need of the last Of years
	Net      bool   // a bloc of the row is one exporter
	Bloc     string // that it is about: of a member, trade with other members is inside
}

// Methods are the definitions of the published sources, one by one.
var Methods = []Method{
	// CEPII GeoDep (Lefebvre and Wibaux 2024): HHI of imports > 0.4, HHI of world exports > 0.4, imports / exports > 1,
	// in two of three years.
	{"geodep-2024", false, `10 * imports_sq > 4 * imports * imports
		AND 10 * world_sq > 4 * world * world
		AND imports > exports`, 2, 3, false, ""},
	// Henry Jackson Society (2020): net importer, more than 50 % from the partner, which has more than 30 % of the world market.
	{"hjs-2020", true, `imports > exports AND 2 * from_partner > imports AND 10 * partner_exports > 3 * world`, 1, 1, false, ""},
	// French customs (2022): more than 50 % from one economy that has more than 50 % of world exports.
	{"dsece-2022", true, `2 * from_partner > imports AND 2 * partner_exports > world`, 1, 1, false, ""},
	// European Commission, SWD(2021) 352: HHI of extra-bloc suppliers > 0.4; extra-bloc imports / all imports > 0.5;
	// extra-bloc imports / all exports, inside the bloc and out of it, > 1. About the EU: of a member, from and to outside it.
	{"ec-2021", false, `10 * imports_sq > 4 * imports * imports
		AND 2 * imports > imports + inner_trade
		AND imports > total_exports`, 1, 1, false, "EU27"},
	// OECD (Arriola et al. 2024): fewer than half of the effective suppliers that are globally possible,
	// M^2/S_M < 1/2 X^2/S_X, with S the sum of squares; a bloc is one on both sides.
	{"oecd-2024", false, `product(2 * imports * imports, world_sq) < product(world * world, imports_sq)`, 1, 1, true, ""},
	// IW (Matthes 2024): at least 50 % from the partner.
	{"iw-2024", true, `2 * from_partner >= imports`, 1, 1, false, ""},
	// Cabinet Office of Japan (2022): more than 50 %.
	{"japan-2022", true, `2 * from_partner > imports`, 1, 1, false, ""},
	// MERICS (Zenglein 2020): more than 50 %.
	{"merics-2020", true, `2 * from_partner > imports`, 1, 1, false, ""},
	// One partner with at least 80 % and at least USD 10 m.
	{"bottle-2025", true, `10 * from_partner >= 8 * imports AND from_partner >= 10000000 * scale()`, 1, 1, false, ""},
	// McKinsey Global Institute: HHI of imports above 3,000 points.
	{"mgi", false, `10 * imports_sq > 3 * imports * imports`, 1, 1, false, ""},
	// MERICS Trade Dependency Database (Chimits 2024), third criterion provisional.
	{"merics-2024", true, `imports >= 2 * exports AND 10 * from_partner >= 3 * imports AND 10 * partner_exports >= 3 * world`, 1, 1, false, ""},
	// The same for imports of at least USD 5 m.
	{"merics-2024-floor", true, `imports >= 5000000 * scale() AND imports >= 2 * exports AND 10 * from_partner >= 3 * imports AND 10 * partner_exports >= 3 * world`, 1, 1, false, ""},
	// Korea (2021): more than 80 %.
	{"korea-2021", true, `10 * from_partner > 8 * imports`, 1, 1, false, ""},
	// Federation of Korean Industries (2022): more than 90 %, and (X - M) / (X + M) < -0.9 (assumed), which is 19 X < M.
	{"fki-2022", true, `10 * from_partner > 9 * imports AND 19 * exports < imports`, 1, 1, false, ""},
	// European Commission (2023): the criteria of 2021, and one exporter with more than half of world exports (stand-in).
	{"ec-2023-spof", false, `10 * imports_sq > 4 * imports * imports
		AND 2 * imports > imports + inner_trade
		AND imports > total_exports
		AND 2 * top_export > world`, 1, 1, false, "EU27"},
}
