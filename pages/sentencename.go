package pages

import (
	"chokepoint/brief"
	"chokepoint/study"
	"chokepoint/trade"
)

// withArticle is a name as it stands inside a sentence: the USA, Germany.
var withArticle = trade.WithArticle

// inSentence is nameOf inside a sentence.
func (v *pageRequest) inSentence(label string) string { return withArticle(v.nameOf(label)) }

// withNames is a sentence of an answer with names in place of its codes.
func (v *pageRequest) withNames(sentence string) string {
	return brief.WithNames(sentence, func(label string) (string, bool) { return study.NameOf(label, v.server.Blocs, v.economy) })
}
