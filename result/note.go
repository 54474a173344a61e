package result

import (
	"fmt"
	"slices"
)

// Note is what a reader must know beside the figures: of which kind it is, what it is about, and a sentence that says it. Programs
// read the values; only people read the sentence.
type Note struct {
	Kind     NoteKind `json:"kind"`
	Status   Status   `json:"status,omitempty"`   // of the figures that it is about; "" where it changes none
	Subject  string   `json:"subject,omitempty"`  // economy, bloc, method, list or file
	Years    []int    `json:"years,omitempty"`    // periods concerned, ascending
	Members  []string `json:"members,omitempty"`  // economies concerned, or goods: those that are lacking, or that belong to the subject
	Products []string `json:"products,omitempty"` // codes concerned
	Columns  []string `json:"columns,omitempty"`  // names of the columns concerned
	Text     string   `json:"text"`               // a sentence, without the full stop
}

// NoteKind is a kind of notes.
type NoteKind string

// The kinds of notes.
const (
	Reading        NoteKind = "reading"         // how to read the table
	MissingImports NoteKind = "missing imports" // the dataset has no imports of the Subject
	IncompleteBloc NoteKind = "incomplete bloc" // nor of the Members of the Subject, a bloc or several economies
	MissingExports NoteKind = "missing exports" // the dataset has no exports of the Subject
	PartialWorld   NoteKind = "partial world"   // world totals lack what the Members buy
	MissingYears   NoteKind = "missing years"   // the dataset lacks Years that were asked for, or that the Subject, a method, looks back to
	FewProducts    NoteKind = "few products"    // the dataset lacks products that were asked for, or most of the revision's
	HiddenGoods    NoteKind = "hidden goods"    // the Members, goods of the Subject, have no code of their own
	CodeChange     NoteKind = "code change"     // the meaning of Products changes within the years
	Revised        NoteKind = "revision"        // figures differ between releases
	Entrepot       NoteKind = "entrepôt"        // goods of others pass through the Subject
	InnerTrade     NoteKind = "inner trade"     // the Members are part of the Subject, whose inner trade is not counted
	Selected       NoteKind = "selection"       // how what was asked for was understood
	Origin         NoteKind = "origin"          // where a definition or figures come from
	Prices         NoteKind = "prices"          // which dollars amounts are
	NoEstimate     NoteKind = "no estimate"     // a model cannot be estimated
	NoClass        NoteKind = "no class"        // the dataset holds too little of Years to say where an economy stands
)

// Note adds a note on how to read the table, unless the table has the same one already.
func (t *Table) Note(format string, args ...any) {
	t.Add(Note{Kind: Reading, Text: fmt.Sprintf(format, args...)})
}

// Add adds notes, each once.
func (t *Table) Add(notes ...Note) { t.Notes = AddNotes(t.Notes, notes...) }

// AddNotes adds notes to a list, each once.
func AddNotes(list []Note, notes ...Note) []Note {
	for _, n := range notes {
		if !slices.ContainsFunc(list, func(o Note) bool { return o.Text == n.Text }) {
			list = append(list, n)
		}
	}
	return list
}

// NotesOf makes a note of each sentence.
func NotesOf(kind NoteKind, texts ...string) (notes []Note) {
	for _, text := range texts {
		notes = append(notes, Note{Kind: kind, Text: text})
	}
	return notes
}

// Texts are the sentences of notes.
func Texts(notes []Note) []string {
	texts := make([]string, len(notes))
	for i := range notes {
		texts[i] = notes[i].Text
	}
	return texts
}

// details are the notes that programs act on.
func (t *Table) details() (notes []Note) {
	for _, n := range t.Notes {
		if n.Kind != Reading {
			notes = append(notes, n)
		}
	}
	return notes
}
