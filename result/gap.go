package result

// Gap is a part of a question that the dataset cannot answer: a zero there would stand for absence.
type Gap struct {
	Status  Status
	Subject string   // label of the importer, or id of the method
	Years   []int    // periods concerned, ascending
	Members []string // labels of the members that lack imports, where Status is Incomplete
	Note    string   // the gap in a sentence
}

// Status says what the figures of a row rest on.
type Status string

// The statuses. Where nothing can be computed, figures are missing.
const (
	Computed      Status = "computed"
	Incomplete    Status = "incomplete"     // some members of the importer have no imports in the dataset: figures are of the others
	ShortWindow   Status = "short window"   // the method looks back further than the dataset goes: figures are lower bounds
	NoImports     Status = "no imports"     // the dataset has no imports of the importer: no figures
	NotComputable Status = "not computable" // the dataset has fewer years than the method asks for: no figures
)

// Answers says whether there are figures at all.
func (s Status) Answers() bool { return s != NoImports && s != NotComputable }
